package publish_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

func TestImmediatePost(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *coretest.Config) { c.Polls = 2 })
	r := coretest.PostRequest("Hello", w.picture("a.png"), w.picture("b.png"))
	post := w.accept(r)
	w.drain()

	o := w.outcome(post.Post.ID)
	if o.Post.Status != core.PostSuccess || !o.Final() {
		t.Errorf("status %q, want success", o.Post.Status)
	}
	d := o.Deliveries[0]
	timeline := w.network.Timeline()
	if len(timeline) != 1 || d.Receipt.RemoteID != timeline[0].RemoteID || d.Receipt.URL == "" {
		t.Fatalf("receipt %+v does not name the one post of %+v", d.Receipt, timeline)
	}
	if got := len(timeline[0].Media); got != 2 {
		t.Errorf("the post has %d pictures, want 2", got)
	}
	if d.State != core.DeliveryPublished || d.PublishedAt.IsZero() || d.CommittedAt.IsZero() {
		t.Errorf("delivery %+v is not marked as published", d)
	}
	if diff := cmp.Diff([]string{post.Post.ID}, w.assets.Released()); diff != "" {
		t.Errorf("released media (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]core.DeliveryState{core.DeliveryPublished}, w.observer.ended); diff != "" {
		t.Errorf("observed (-want +got):\n%s", diff)
	}
}

// Whoever looks at a post that nobody works on sees what it waits for, and since when.
func TestWhatIsWaitedForIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *coretest.Config) { c.Polls = 3 })
	r := coretest.PostRequest("Later", w.picture("a.png"))
	due := w.clock.Now().Add(10 * time.Minute)
	r.ScheduleAt = due
	post := w.accept(r)

	began := w.clock.Now()
	w.work()
	d := w.delivery(post.Post.ID)
	if d.WaitsFor != "the network is processing mediaUrls[0]" || !d.WaitsSince.Equal(began) {
		t.Errorf("waits for %q since %v, want the network since %v", d.WaitsFor, d.WaitsSince, began)
	}
	w.clock.Advance(time.Minute)
	w.work()
	if d = w.delivery(post.Post.ID); !d.WaitsSince.Equal(began) {
		t.Errorf("the wait began at %v, want still %v", d.WaitsSince, began)
	}
	for range 5 {
		w.clock.Advance(time.Minute)
		w.work()
	}
	if d = w.delivery(post.Post.ID); !strings.Contains(d.WaitsFor, "ready for its time") {
		t.Errorf("waits for %q, want its time", d.WaitsFor)
	}
	w.clock.Set(due)
	w.drain()
	if d = w.delivery(post.Post.ID); d.State != core.DeliveryPublished {
		t.Errorf("state %s", d.State)
	}
}

func TestDeliveriesOfAPostShareItsMedia(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := coretest.Page(1)
	w.link(page)
	url := w.picture("a.png")
	r := coretest.PostRequest("To two accounts", url)
	r.AccountIDs = []string{page.ID}
	w.accept(r)
	w.drain()
	if got := len(w.network.Timeline()); got != 2 {
		t.Fatalf("%d posts, want 2", got)
	}
	if got := w.assets.Fetches(url); got != 1 {
		t.Errorf("the picture was fetched %d times, want once", got)
	}
}

func TestScheduledPostGoesOutAtItsSecond(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := coretest.PostRequest("Later", w.picture("a.png"))
	due := w.clock.Now().Add(time.Hour)
	r.ScheduleAt = due
	post := w.accept(r)

	w.clock.Set(due.Add(-16 * time.Minute))
	if w.work() {
		t.Fatal("work began before the time to prepare")
	}
	w.clock.Set(due.Add(-15 * time.Minute))
	if !w.work() {
		t.Fatal("nothing was prepared a quarter of an hour ahead")
	}
	if got := len(w.network.Calls(coretest.OpUpload)); got != 1 {
		t.Errorf("%d uploads ahead of the time, want 1", got)
	}
	if kept := w.assets.Kept(); len(kept) != 0 {
		t.Errorf("the files of %v are kept although only the time is waited for", kept)
	}
	w.clock.Set(due.Add(-time.Millisecond))
	if w.work() || w.commits() != 0 {
		t.Fatal("the post went out before its time")
	}
	w.clock.Set(due)
	w.drain()
	d := w.delivery(post.Post.ID)
	if d.State != core.DeliveryPublished || !d.PublishedAt.Equal(due) {
		t.Errorf("state %s at %v, want published at %v", d.State, d.PublishedAt, due)
	}
	if got := len(w.network.Calls(coretest.OpUpload)); got != 1 {
		t.Errorf("%d uploads in all, want 1: what is uploaded is not uploaded again", got)
	}
}

func TestPastScheduleMeansNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := coretest.PostRequest("Late")
	r.ScheduleAt = w.clock.Now().Add(-time.Hour)
	if o := w.accept(r); o.Post.Scheduled() {
		t.Error("a post with a past time counts as scheduled")
	}
}

func TestRefusedRequestIsKeptAndNothingIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := coretest.PostRequest("")
	r.Platforms = append(r.Platforms, "nonesuch")
	r.AccountIDs = []string{"stranger"}
	o, err := w.publisher.Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r})
	var problems core.Errors
	if !errors.As(err, &problems) {
		t.Fatalf("error %v, want a list of problems", err)
	}
	var got []core.Code
	for _, e := range problems {
		got = append(got, core.CodeOf(e))
	}
	if diff := cmp.Diff([]core.Code{core.CodeUnknownPlatform, core.CodeAccountNotFound, core.CodeParameters}, got); diff != "" {
		t.Errorf("codes (-want +got):\n%s", diff)
	}
	kept := w.outcome(o.Post.ID)
	if kept.Post.Status != core.PostError || len(kept.Post.Refusal) != 3 || len(kept.Deliveries) != 0 {
		t.Errorf("the refused post is kept as %+v", kept)
	}
	if w.work() || len(w.network.Calls()) != 0 {
		t.Error("something was sent for a refused post")
	}
}

func TestAllProblemsOfPlanAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := coretest.Page(1)
	w.link(page)
	r := coretest.PostRequest("")
	r.AccountIDs = []string{page.ID, w.account.ID} // one of them a second time
	_, err := w.publisher.Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r})
	problems := core.AsErrors(err)
	if len(problems) != 2 {
		t.Fatalf("problems %v, want one for each of two accounts", err)
	}
	for _, e := range problems {
		if e.Field != "post" || e.Platform == "" {
			t.Errorf("problem %+v lacks field or platform", e)
		}
	}
}

func TestScheduledPostIsCheckedAtSubmission(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		skip    bool
		refused bool
	}{
		"validated":         {refused: true},
		"validation is off": {skip: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := coretest.PostRequest("Picture", "https://media.example/missing.png")
			r.ScheduleAt = w.clock.Now().Add(time.Hour)
			r.SkipValidation = tc.skip
			_, err := w.publisher.Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r})
			if refused := err != nil; refused != tc.refused {
				t.Fatalf("error %v, want refused: %v", err, tc.refused)
			}
			if tc.refused && core.AsErrors(err)[0].Field != "mediaUrls[0]" {
				t.Errorf("error %v does not name the entry", err)
			}
			if kept := w.assets.Kept(); len(kept) != 0 {
				t.Errorf("media of a check is kept: %v", kept)
			}
		})
	}
}

func TestFailuresByKind(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		behaviours []coretest.Behaviour
		op         coretest.Op
		want       core.DeliveryState
		kind       core.Kind
		commits    int
	}{
		"refused outright": {
			op: coretest.OpCommit, behaviours: []coretest.Behaviour{coretest.Answer(400, 0)},
			want: core.DeliveryFailed, kind: core.KindInvalid, commits: 1,
		},
		"forbidden": {
			op: coretest.OpPreflight, behaviours: []coretest.Behaviour{coretest.Answer(403, 0)},
			want: core.DeliveryFailed, kind: core.KindForbidden,
		},
		"limited, then taken": {
			op: coretest.OpCommit, behaviours: []coretest.Behaviour{coretest.Answer(429, time.Hour), coretest.Answer(429, time.Hour)},
			want: core.DeliveryPublished, commits: 3,
		},
		"unreachable, then taken": {
			op: coretest.OpCommit, behaviours: []coretest.Behaviour{coretest.Refuse, coretest.Refuse, coretest.Refuse},
			want: core.DeliveryPublished, commits: 4,
		},
		"upload fails, then works": {
			op: coretest.OpUpload, behaviours: []coretest.Behaviour{coretest.Answer(503, 0), coretest.LoseRequest},
			want: core.DeliveryPublished, commits: 1,
		},
		"adapter panics once": {
			op: coretest.OpPrepare, behaviours: []coretest.Behaviour{coretest.Panic("boom")},
			want: core.DeliveryPublished, commits: 1,
		},
		"adapter panics always": {
			op: coretest.OpPrepare, behaviours: []coretest.Behaviour{coretest.Panic("boom"), coretest.Panic("boom")},
			want: core.DeliveryFailed, kind: core.KindInternal,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.network.Next(tc.op, tc.behaviours...)
			post := w.accept(coretest.PostRequest("Try", w.picture("a.png")))
			w.drain()
			d := w.delivery(post.Post.ID)
			if d.State != tc.want {
				t.Fatalf("state %s (%v), want %s", d.State, d.Error, tc.want)
			}
			if tc.kind != "" && (d.Error == nil || d.Error.Kind != tc.kind) {
				t.Errorf("error %v, want kind %s", d.Error, tc.kind)
			}
			if tc.want == core.DeliveryPublished && d.Error != nil {
				t.Errorf("a published delivery keeps the error %v", d.Error)
			}
			if w.commits() != tc.commits {
				t.Errorf("%d commits, want %d", w.commits(), tc.commits)
			}
		})
	}
}

func TestTemporaryFailureIsGivenUpInTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network.Always(coretest.OpPreflight, coretest.Answer(503, 0))
	post := w.accept(coretest.PostRequest("Try"))
	w.drain()
	o := w.outcome(post.Post.ID)
	if o.Post.Status != core.PostError || !o.RetryAvailable() {
		t.Fatalf("status %s, retry available %v; want an error that can be retried", o.Post.Status, o.RetryAvailable())
	}
	if got := len(w.network.Calls(coretest.OpPreflight)); got != 8 {
		t.Errorf("%d attempts, want 8", got)
	}

	w.network.Heal()
	if _, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID); err != nil {
		t.Fatal(err)
	}
	w.drain()
	o = w.outcome(post.Post.ID)
	if o.Post.Status != core.PostSuccess || len(w.network.Timeline()) != 1 {
		t.Errorf("after the retry: status %s, %d posts", o.Post.Status, len(w.network.Timeline()))
	}
	_, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID)
	if e := core.AsError(err); core.CodeOf(e) != core.CodeNotRetryable {
		t.Errorf("a second retry: %v, want CodeNotRetryable", err)
	}
}

func TestRevokedTokenMarksTheAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network.Revoke(coretest.MemberToken)
	post := w.accept(coretest.PostRequest("Hello"))
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryFailed || d.Error.Kind != core.KindAuth {
		t.Errorf("delivery %s %v, want failed for lack of authorization", d.State, d.Error)
	}
	if refused := w.tokens.Refusals(); len(refused) != 1 || refused[0].AccountID != w.account.ID || refused[0].Token != coretest.MemberToken {
		t.Errorf("refusals %+v, want that of the account's token once", refused)
	}
}

func TestIdempotencyKeyOfTheBody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := coretest.PostRequest("Once")
	r.IdempotencyKey = "k1"
	w.accept(r)
	_, err := w.publisher.Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r})
	if e := core.AsError(err); core.CodeOf(e) != core.CodeKeyReused || e.Field != "idempotencyKey" {
		t.Errorf("second use: %v, want CodeKeyReused", err)
	}
	w.drain()
	if got := len(w.network.Timeline()); got != 1 {
		t.Errorf("%d posts, want 1", got)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	published := w.accept(coretest.PostRequest("Published"))
	w.drain()
	r := coretest.PostRequest("Scheduled")
	r.ScheduleAt = w.clock.Now().Add(time.Hour)
	scheduled := w.accept(r)

	if del := w.publisher.Delete(t.Context(), w.profile.ID, published.Post.ID, false); del.Err != nil {
		t.Fatal(del.Err)
	}
	if got := len(w.network.Timeline()); got != 0 {
		t.Errorf("%d posts on the network after the deletion, want none", got)
	}
	all, err := w.publisher.DeleteScheduled(t.Context(), w.profile.ID)
	if err != nil || len(all) != 1 || all[0].PostID != scheduled.Post.ID || all[0].Err != nil {
		t.Fatalf("deleting what is scheduled: %+v, %v", all, err)
	}
	w.drain()
	if w.commits() != 1 {
		t.Errorf("%d commits, want 1: the cancelled post must not go out", w.commits())
	}
	if d := w.delivery(scheduled.Post.ID); d.State != core.DeliveryCancelled {
		t.Errorf("state %s, want cancelled", d.State)
	}
	again := w.publisher.Delete(t.Context(), w.profile.ID, published.Post.ID, false)
	if core.CodeOf(core.AsError(again.Err)) != core.CodeAlreadyDeleted {
		t.Errorf("deleting twice: %v", again.Err)
	}
	foreign := w.publisher.Delete(t.Context(), "another profile", scheduled.Post.ID, false)
	if core.CodeOf(core.AsError(foreign.Err)) != core.CodeDeleteNotFound {
		t.Errorf("another profile's deletion: %v", foreign.Err)
	}
}

func TestDeleteThatTheNetworkRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := w.accept(coretest.PostRequest("Stays"))
	w.drain()
	w.network.Next(coretest.OpDelete, coretest.Answer(403, 0))
	del := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false)
	if core.KindOf(del.Err) != core.KindForbidden {
		t.Errorf("error %v, want forbidden", del.Err)
	}
	if o := w.outcome(post.Post.ID); o.Post.Status != core.PostSuccess {
		t.Errorf("status %s, want success: nothing was deleted", o.Post.Status)
	}
	if del := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, true); del.Err != nil {
		t.Errorf("marking it as deleted by hand: %v", del.Err)
	}
}

func TestCheckSendsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := coretest.PostRequest("Look", w.picture("a.png"), "https://media.example/missing.png")
	report, err := w.publisher.Check(t.Context(), w.profile.ID, r)
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Problems) != 1 || report.Problems[0].Field != "mediaUrls[1]" || report.Problems[0].Kind != core.KindMedia {
		t.Errorf("problems %v, want the missing picture", report.Problems)
	}
	if report.Previews[w.account.ID].Text != "Look" {
		t.Errorf("previews %+v lack the text", report.Previews)
	}
	for _, c := range w.network.Calls() {
		if c.Op.Writes() {
			t.Errorf("a dry run wrote: %+v", c)
		}
	}
	if _, err := w.publisher.List(t.Context(), store.PostQuery{ProfileID: w.profile.ID}); err != nil {
		t.Fatal(err)
	}
	if w.work() {
		t.Error("a dry run left a job")
	}
}

func TestExpiredLinkIsToldBeforeTheTime(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change  func(*core.Account)
		refused bool
		warned  bool
	}{
		"good":    {change: func(*core.Account) {}},
		"lost":    {change: func(a *core.Account) { a.Status = core.AccountRelinkRequired }, refused: true},
		"expired": {change: func(a *core.Account) { a.ExpiresAt = coretest.Epoch() }, refused: true},
		"expired, but renewable": {change: func(a *core.Account) {
			a.ExpiresAt, a.RefreshExpiresAt = coretest.Epoch(), coretest.Epoch().AddDate(1, 0, 0)
		}},
		"renewable, and the grant ends before the due": {change: func(a *core.Account) {
			a.ExpiresAt, a.RefreshExpiresAt = coretest.Epoch().Add(30*time.Minute), coretest.Epoch().Add(59*time.Minute)
		}, warned: true},
		"renewable until after the due": {change: func(a *core.Account) {
			a.ExpiresAt, a.RefreshExpiresAt = coretest.Epoch().Add(time.Minute), coretest.Epoch().Add(2*time.Hour)
		}},
		"expires before the due": {change: func(a *core.Account) { a.ExpiresAt = coretest.Epoch().Add(time.Minute) }, warned: true},
		"expires after the due":  {change: func(a *core.Account) { a.ExpiresAt = coretest.Epoch().Add(2 * time.Hour) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			_, err := w.store.UpdateAccount(t.Context(), w.account.ID, func(a *core.Account) error { tc.change(a); return nil })
			if err != nil {
				t.Fatal(err)
			}
			r := coretest.PostRequest("Later")
			r.ScheduleAt = w.clock.Now().Add(time.Hour)
			report, err := w.publisher.Check(t.Context(), w.profile.ID, r)
			if err != nil {
				t.Fatal(err)
			}
			if told := len(report.Problems) == 1 && report.Problems[0].Kind == core.KindAuth; told != tc.refused {
				t.Errorf("the dry run tells %v, want a lost link: %v", report.Problems, tc.refused)
			}
			if warned := len(report.Warnings) == 1 && report.Warnings[0].Code == core.CodeAccountRelink && report.Warnings[0].AccountID == w.account.ID; warned != tc.warned {
				t.Errorf("the dry run warns of %v, want a warning: %v", report.Warnings, tc.warned)
			}
			o, err := w.publisher.Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r})
			if refused := err != nil; refused != tc.refused {
				t.Fatalf("accept: %v, want refused: %v", err, tc.refused)
			}
			if warned := !tc.refused && len(o.Deliveries[0].Warnings) > 0; warned != tc.warned {
				t.Errorf("warned: %v, want %v", warned, tc.warned)
			}
		})
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := w.accept(coretest.PostRequest("Hello"))
	o, err := w.publisher.Wait(t.Context(), w.profile.ID, post.Post.ID, 0)
	if err != nil || o.Final() {
		t.Fatalf("waiting for no time: final %v, %v", o.Final(), err)
	}
	got, pauses := make(chan publish.Outcome, 1), w.clock.Follow(nil)
	go func() {
		o, _ := w.publisher.Wait(context.WithoutCancel(t.Context()), w.profile.ID, post.Post.ID, time.Minute)
		got <- o
	}()
	for range 2 { // until it is given up, and until it is looked at again
		pauses.Next(t)
	}
	w.work()
	if o := coretest.Receive(t, "the outcome", got); o.Post.Status != core.PostSuccess {
		t.Errorf("status %s, want success", o.Post.Status)
	}
}

func TestSweepFindsWhatHasNoJob(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := w.accept(coretest.PostRequest("Half written"))
	if _, err := w.store.Cancel(t.Context(), publish.JobKind, post.Deliveries[0].ID); err != nil {
		t.Fatal(err)
	}
	w.drain()
	if n, err := w.publisher.Sweep(t.Context()); n != 0 || err != nil {
		t.Fatalf("a fresh delivery counts as stranded: %d, %v", n, err)
	}
	w.clock.Advance(2*lease + time.Second)
	if n, err := w.publisher.Sweep(t.Context()); n != 1 || err != nil {
		t.Fatalf("swept %d, %v; want 1", n, err)
	}
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished {
		t.Errorf("state %s, want published", d.State)
	}
}

func TestUnsafeConfigurationIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	registry, err := core.NewRegistry(w.network)
	if err != nil {
		t.Fatal(err)
	}
	base := publish.Config{Store: w.store, Registry: registry, Media: w.assets, Tokens: w.tokens}
	for name, change := range map[string]func(*publish.Config){
		"no store":                        func(c *publish.Config) { c.Store = nil },
		"a lease shorter than the commit": func(c *publish.Config) { c.Lease, c.CommitTimeout = time.Second, time.Second },
		"descending reconciliations":      func(c *publish.Config) { c.ReconcileAfter = []time.Duration{2, 1} },
	} {
		c := base
		change(&c)
		if _, err := publish.New(c); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

var _ queue.Handler = (*publish.Publisher)(nil).Attempt
