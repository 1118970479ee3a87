package publish_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
)

// repeatable is a network that takes a post once, under its key.
func repeatable(c *coretest.Config) { c.Repeatable = true }

// arrivedBy is how long after it was sent a request may take effect.
const arrivedBy = commitTimeout + 5*time.Second

// slow is a request whose connection is cut, and that arrives when the test lets it.
type slow struct{ arrive func() error }

func (s *slow) behave(ctx context.Context, apply func() error) error {
	s.arrive = apply
	return coretest.LoseRequest(ctx, apply)
}

// TestARepeatableCallIsNotWaitedFor: a lost answer is looked for soon, and what is not there is
// sent again at once.
func TestARepeatableCallIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	refused := coretest.Answer(403, 0)
	trouble := coretest.Answer(503, 0)
	unknown := coretest.Fail(&core.Error{Kind: core.KindUncertain, Message: "nobody can tell"})
	for name, tc := range map[string]struct {
		commits, looks []coretest.Behaviour
		configured     []time.Duration
		want           core.DeliveryState
		after          time.Duration // the first call
		sent           int
	}{
		"the answer was lost":             {commits: []coretest.Behaviour{coretest.LoseAnswer}, want: core.DeliveryPublished, after: time.Second, sent: 1},
		"the request was lost":            {commits: []coretest.Behaviour{coretest.LoseRequest}, want: core.DeliveryPublished, after: time.Second, sent: 2},
		"the second answer was lost":      {commits: []coretest.Behaviour{coretest.LoseRequest, coretest.LoseAnswer}, want: core.DeliveryPublished, after: 5 * time.Second, sent: 2},
		"two requests were lost":          {commits: []coretest.Behaviour{coretest.LoseRequest, trouble}, want: core.DeliveryPublished, after: 5 * time.Second, sent: 3},
		"three requests were lost":        {commits: []coretest.Behaviour{coretest.LoseRequest, trouble, coretest.LoseRequest}, want: core.DeliveryPublished, after: 30 * time.Second, sent: 4},
		"the look failed":                 {commits: []coretest.Behaviour{coretest.LoseAnswer}, looks: []coretest.Behaviour{trouble}, want: core.DeliveryPublished, after: 5 * time.Second, sent: 1},
		"nobody could tell yet":           {commits: []coretest.Behaviour{coretest.LoseAnswer}, looks: []coretest.Behaviour{unknown, unknown, unknown}, want: core.DeliveryPublished, after: 5 * time.Minute, sent: 1},
		"the network is busy":             {commits: []coretest.Behaviour{coretest.LoseRequest, coretest.Answer(429, 20*time.Second)}, want: core.DeliveryPublished, after: 21 * time.Second, sent: 3},
		"looks are planned sooner":        {commits: []coretest.Behaviour{coretest.LoseRequest}, configured: []time.Duration{500 * time.Millisecond, time.Minute}, want: core.DeliveryPublished, after: 500 * time.Millisecond, sent: 2},
		"the repetition proves nothing":   {commits: []coretest.Behaviour{coretest.LoseRequest, refused, refused, refused}, want: core.DeliveryFailed, after: time.Second + arrivedBy + 2*time.Second, sent: 3},
		"a refusal that was none of this": {commits: []coretest.Behaviour{coretest.LoseRequest, refused}, want: core.DeliveryPublished, after: time.Second + arrivedBy + 2*time.Second, sent: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, repeatable)
			w.publisher = w.newPublisher(func(c *publish.Config) { c.ReconcileAfter = tc.configured })
			w.network.Next(coretest.OpCommit, tc.commits...)
			w.network.Next(coretest.OpReconcile, tc.looks...)
			began := w.clock.Now()
			post := w.accept(coretest.PostRequest("Once", w.picture("a.png")))
			w.drain()
			d := w.delivery(post.Post.ID)
			posts := 0
			if tc.want == core.DeliveryPublished {
				posts = 1
			}
			if d.State != tc.want || len(w.network.Timeline()) != posts || w.commits() != tc.sent {
				t.Fatalf("%s %v, %d posts after %d calls; want %s, %d after %d", d.State, d.Error, len(w.network.Timeline()), w.commits(), tc.want, posts, tc.sent)
			}
			ended := d.UpdatedAt.Sub(began)
			if tc.want == core.DeliveryPublished {
				ended = d.PublishedAt.Sub(began)
			}
			if ended > tc.after || ended < tc.after-2*time.Second {
				t.Errorf("it ended after %v, want %v", ended, tc.after)
			}
			want := 0
			if tc.sent > 1 {
				want = 1
			}
			if told := strings.Count(messages(d.Warnings), "it was sent again. If somebody deleted it"); told < want || told > 0 && want == 0 {
				t.Errorf("sent %d times, the warnings are %q", tc.sent, messages(d.Warnings))
			}
		})
	}
}

func messages(ws []core.Warning) string {
	var all []string
	for _, w := range ws {
		all = append(all, w.Message)
	}
	return strings.Join(all, "\n")
}

// TestASlowRequestOfARepeatableCall: while the first request may arrive, the post is neither
// told to have failed nor cancelled, whatever the second one came to.
func TestASlowRequestOfARepeatableCall(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		arrives time.Duration // 0: never
		want    core.DeliveryState
	}{
		"it arrives":       {arrives: 20 * time.Second, want: core.DeliveryPublished},
		"it never arrives": {want: core.DeliveryFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, repeatable)
			var first slow
			w.network.Next(coretest.OpCommit, first.behave, coretest.Answer(400, 0))
			began := w.clock.Now()
			post := w.accept(coretest.PostRequest("Once"))
			w.work()
			w.clock.Set(w.delivery(post.Post.ID).ReconcileAt)
			w.work()
			w.network.Always(coretest.OpCommit, coretest.Answer(400, 0))
			d := w.delivery(post.Post.ID)
			if d.State != core.DeliveryUncertain || d.Settled || d.Reconciliations != 0 {
				t.Fatalf("after the refusal: %s, settled %v, %d looks used up", d.State, d.Settled, d.Reconciliations)
			}
			if wait := d.ReconcileAt.Sub(d.RepeatedAt); wait != arrivedBy {
				t.Errorf("the next look is %v after the repetition, want %v", wait, arrivedBy)
			}
			deletion := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false)
			if core.CodeOf(core.AsError(deletion.Err)) != core.CodeProcessing {
				t.Errorf("deleting it: %v; it may be published", deletion.Err)
			}
			if tc.arrives > 0 {
				w.clock.Set(began.Add(tc.arrives))
				if err := first.arrive(); err != nil {
					t.Fatal(err)
				}
			}
			w.drain()
			posts := map[core.DeliveryState]int{core.DeliveryPublished: 1}[tc.want]
			if d := w.delivery(post.Post.ID); d.State != tc.want || len(w.network.Timeline()) != posts {
				t.Errorf("%s %v, %d posts; want %s", d.State, d.Error, len(w.network.Timeline()), tc.want)
			}
		})
	}
}

// TestASlowRequestAfterItsRepetition makes no second post, and Crier deletes none that it would
// bring back.
func TestASlowRequestAfterItsRepetition(t *testing.T) {
	t.Parallel()
	w := newWorld(t, repeatable)
	var first slow
	w.network.Next(coretest.OpCommit, first.behave)
	post := w.accept(coretest.PostRequest("Once"))
	w.work()
	w.clock.Set(w.delivery(post.Post.ID).ReconcileAt)
	w.work()
	d := w.delivery(post.Post.ID)
	if d.State != core.DeliveryPublished {
		t.Fatalf("%s %v", d.State, d.Error)
	}
	until := d.RepeatedAt.Add(arrivedBy)
	if told := messages(d.Warnings); !strings.Contains(told, "may come back if it is deleted there within 35s") {
		t.Errorf("the warnings %q do not say that a deletion may be undone", told)
	}
	remove := func() error {
		return w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false).Err
	}
	w.clock.Set(until.Add(-time.Second))
	if err := remove(); core.CodeOf(core.AsError(err)) != core.CodeProcessing || !strings.Contains(core.HelpOf(core.AsError(err)), until.UTC().Format(time.RFC3339)) {
		t.Errorf("deleting it while the first request may arrive: %v", err)
	}
	if err := first.arrive(); err != nil {
		t.Fatal(err)
	}
	if posts := w.network.Timeline(); len(posts) != 1 || posts[0].RemoteID != d.Receipt.RemoteID {
		t.Errorf("posts %+v, receipt %s", posts, d.Receipt.RemoteID)
	}
	w.clock.Set(until)
	if err := remove(); err != nil {
		t.Errorf("deleting it afterwards: %v", err)
	}
	if posts := w.network.Timeline(); len(posts) != 0 {
		t.Errorf("posts %+v", posts)
	}
}

// TestWorkerDiesAnywhereAroundARepetition: wherever the worker dies, the post is there once, and
// under the key that it had.
func TestWorkerDiesAnywhereAroundARepetition(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{"before", "after"} {
		for step := 1; ; step++ {
			w := newWorld(t, repeatable)
			var first slow
			w.network.Next(coretest.OpCommit, first.behave, coretest.LoseRequest)
			killer := &killer{Store: w.store, step: step, after: moment == "after"}
			doomed := w.newPublisher(func(c *publish.Config) { c.Store = killer })
			post := w.accept(coretest.PostRequest("Alive"))
			for !killer.dead() {
				next, err := w.store.NextRunAt(t.Context(), w.kinds(), queue.Everything)
				if err != nil {
					t.Fatal(err)
				}
				if next.IsZero() {
					break
				}
				if next.After(w.clock.Now()) {
					w.clock.Set(next)
				}
				j, ok := w.claim()
				if !ok {
					break
				}
				ctx, cancel := context.WithCancel(t.Context())
				killer.arm(cancel)
				err = doomed.Attempt(ctx, j)
				cancel()
				if !killer.dead() {
					w.finish(j, err)
				}
			}
			if !killer.dead() {
				if step < 8 {
					t.Fatalf("the worker made only %d writes", step-1)
				}
				break
			}
			w.drain()
			if first.arrive != nil {
				if err := first.arrive(); err != nil {
					t.Fatal(err)
				}
			}
			if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || len(w.network.Timeline()) != 1 || w.network.Timeline()[0].RemoteID != d.Receipt.RemoteID {
				t.Errorf("killed %s write %d: %s %v, posts %+v", moment, step, d.State, d.Error, w.network.Timeline())
			}
		}
	}
}

// TestOnlyARepeatableCallIsRepeatedSoon: without a key, a look comes as planned.
func TestOnlyARepeatableCallIsRepeatedSoon(t *testing.T) {
	t.Parallel()
	got := map[string]time.Duration{}
	for name, configure := range map[string]func(*coretest.Config){"with a key": repeatable, "without": func(*coretest.Config) {}} {
		w := newWorld(t, configure)
		w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
		post := w.accept(coretest.PostRequest("Once"))
		w.work()
		d := w.delivery(post.Post.ID)
		got[name] = d.ReconcileAt.Sub(d.CommittedAt)
	}
	if diff := cmp.Diff(map[string]time.Duration{"with a key": time.Second, "without": 30 * time.Second}, got); diff != "" {
		t.Errorf("the first look (-want +got):\n%s", diff)
	}
}

// TestARepetitionComesToItsProof: a call that only another preparation can mend, or that the
// network does not take in for long, is not repeated until patience ends, however long a call may
// take: its absence is proven, and the post is prepared anew or fails.
func TestARepetitionComesToItsProof(t *testing.T) {
	t.Parallel()
	lostFile := coretest.Fail(&core.Error{Kind: core.KindTemporary, Status: 400, Upstream: "BlobNotFound", RetryAfter: time.Second, Message: "a file of the post is gone"})
	for name, tc := range map[string]struct {
		always coretest.Behaviour
		proven time.Duration // by when, beyond the time in which a request may arrive
	}{
		"a file is gone":         {lostFile, 3 * time.Second},
		"the network is failing": {coretest.Answer(503, 0), 2 * time.Minute},
	} {
		for _, timeout := range []time.Duration{30 * time.Second, time.Minute, 10 * time.Minute} {
			t.Run(name+", "+timeout.String(), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, repeatable)
				w.publisher = w.newPublisher(func(c *publish.Config) { c.CommitTimeout, c.Lease = timeout, timeout+15*time.Second })
				w.network.Next(coretest.OpCommit, coretest.LoseRequest)
				w.network.Always(coretest.OpCommit, tc.always)
				began := w.clock.Now()
				post := w.accept(coretest.PostRequest("Once"))
				w.work()
				w.goOn(w.publisher, func() bool { return w.delivery(post.Post.ID).State != core.DeliveryUncertain })
				if d := w.delivery(post.Post.ID); d.State != core.DeliveryPreparing || w.clock.Now().Sub(began) > timeout+5*time.Second+tc.proven {
					t.Fatalf("%s after %v and %d calls; want proof", d.State, w.clock.Now().Sub(began), w.commits())
				}
				w.network.Always(coretest.OpCommit, nil)
				w.drain()
				if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || len(w.network.Timeline()) != 1 {
					t.Errorf("%s %v, %d posts", d.State, d.Error, len(w.network.Timeline()))
				}
			})
		}
	}
}

// TestDeletionOfARepeatedPostAfterASetBack: how long a slow request may take is not counted by a
// clock that was set back since.
func TestDeletionOfARepeatedPostAfterASetBack(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		restarted bool
		notice    func(*world)
	}{
		"noticed at once":            {notice: (*world).checkClock},
		"noticed by the deletion":    {notice: func(*world) {}},
		"noticed by another process": {restarted: true, notice: (*world).checkClock},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, repeatable)
			w.checkClock()
			w.clock.Advance(time.Minute)
			w.network.Next(coretest.OpCommit, coretest.LoseRequest)
			post := w.accept(coretest.PostRequest("Once"))
			w.work()
			w.clock.Set(w.delivery(post.Post.ID).ReconcileAt)
			w.work()
			if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || d.RepeatedAt.IsZero() {
				t.Fatalf("%s, repeated at %v", d.State, d.RepeatedAt)
			}
			w.clock.Jump(-24 * time.Hour)
			tc.notice(w)
			if tc.restarted {
				w.publisher = w.newPublisher()
			}
			remove := func() error {
				return w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false).Err
			}
			began := w.clock.Now()
			err := remove()
			until := began.Add(arrivedBy)
			if core.CodeOf(core.AsError(err)) != core.CodeProcessing || !strings.Contains(core.HelpOf(core.AsError(err)), until.UTC().Format(time.RFC3339)) {
				t.Errorf("deleting it right after the set-back: %v, %s; want it refused until %v", err, core.HelpOf(core.AsError(err)), until)
			}
			w.clock.Advance(arrivedBy)
			if err := remove(); err != nil {
				t.Errorf("deleting it %v after the set-back: %v, %s", arrivedBy, err, core.HelpOf(core.AsError(err)))
			}
			if posts := w.network.Timeline(); len(posts) != 0 {
				t.Errorf("posts %+v", posts)
			}
		})
	}
}
