package publish_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
)

const grace = 24 * time.Hour

// revoke ends the account's authorization: the network refuses its token, which whoever keeps
// the accounts learns of when somebody tells it.
func (w *world) revoke() {
	w.t.Helper()
	w.network.Revoke(coretest.MemberToken)
	w.tokens.OnLost(w.markLost)
}

func (w *world) markLost(accountID, reason string) {
	w.t.Helper()
	a, err := w.store.UpdateAccount(context.WithoutCancel(w.t.Context()), accountID, func(a *core.Account) error {
		a.Status, a.StatusReason = core.AccountRelinkRequired, reason
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
	w.tokens.Fail(accountID, core.RelinkError(a, reason))
}

// relink gives the account another token, and tells the publisher as whoever keeps accounts does.
func (w *world) relink() {
	w.t.Helper()
	w.relinkSilently()
	if err := w.publisher.Relinked(w.t.Context(), w.account.ID); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) relinkSilently() {
	w.t.Helper()
	const token = "another token"
	w.network.AddMember(coretest.Member{Token: token, RemoteID: w.account.RemoteID, Name: "Ada"})
	_, err := w.store.UpdateAccount(context.WithoutCancel(w.t.Context()), w.account.ID, func(a *core.Account) error {
		a.Status, a.StatusReason = core.AccountActive, ""
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
	w.tokens.Set(w.account.ID, token)
}

// until works off what is due until a time, and stands there.
func (w *world) until(at time.Time) {
	w.t.Helper()
	for range 1000 {
		for w.work() {
		}
		next, err := w.store.NextRunAt(w.t.Context(), w.kinds(), queue.Everything)
		if err != nil {
			w.t.Fatal(err)
		}
		if next.IsZero() || next.After(at) {
			w.clock.Set(at)
			return
		}
		w.clock.Set(next)
	}
	w.t.Fatal("there is no end of work")
}

func (w *world) wantPublishedOnce(id, text string) {
	w.t.Helper()
	if o := w.outcome(id); o.Post.Status != core.PostSuccess {
		w.t.Errorf("%s: status %s, %v", text, o.Post.Status, o.Deliveries[0].Error)
	}
	if n := len(slices.DeleteFunc(w.texts(), func(s string) bool { return s != text })); n != 1 {
		w.t.Errorf("%s: published %d times", text, n)
	}
}

func TestScheduledPostWaitsForTheRelink(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		media   bool
		lostAt  time.Duration // before the post's time
		restart bool
	}{
		"text, lost before anything was done":       {lostAt: time.Hour},
		"text, lost at its time":                    {lostAt: time.Second},
		"picture, lost before anything was done":    {media: true, lostAt: time.Hour},
		"picture, lost once it was uploaded":        {media: true, lostAt: time.Minute},
		"picture, and another process goes on":      {media: true, lostAt: time.Hour, restart: true},
		"text, lost at its time, and a new process": {lostAt: time.Second, restart: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.later("In time")
			if tc.media {
				r.Media.Default = coretest.MediaRefs(w.picture("a.png"))
			}
			id := w.accept(r).Post.ID
			w.until(r.ScheduleAt.Add(-tc.lostAt))
			w.revoke()
			w.until(r.ScheduleAt.Add(3 * time.Hour))
			o := w.outcome(id)
			d := o.Deliveries[0]
			if o.Post.Status != core.PostOpen || d.State != core.DeliveryPreparing || d.Error == nil || core.CodeOf(d.Error) != core.CodeAccountRelink {
				t.Fatalf("after its time: %s, %s, %v", o.Post.Status, d.State, d.Error)
			}
			wait := o.Waits[d.ID]
			if by := r.ScheduleAt.Add(grace).Format(time.RFC3339); !strings.Contains(wait.For, "linked again") || !strings.Contains(wait.For, by) {
				t.Errorf("waits for %q, want the relink by %s", wait.For, by)
			}
			if len(w.tokens.Refusals()) > 1 {
				t.Errorf("the network was asked with the refused token %d times", len(w.tokens.Refusals()))
			}
			if holder, err := w.store.LaneHolder(t.Context(), publish.JobKind, w.account.ID); err != nil || holder != "" {
				t.Errorf("the lane is held by %q, %v", holder, err)
			}
			if tc.restart {
				w.publisher = w.newPublisher()
			}
			w.relink()
			for w.work() {
			}
			w.wantPublishedOnce(id, "In time")
			if d := w.delivery(id); d.WaitsFor != "" && !d.Final() || d.Error != nil {
				t.Errorf("left: %q, %v", d.WaitsFor, d.Error)
			}
		})
	}
}

// A post that is prepared ahead, and whose account is linked again before its time, is on time.
func TestRelinkBeforeItsTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.later("On time")
	r.Media.Default = coretest.MediaRefs(w.picture("a.png"))
	id := w.accept(r).Post.ID
	w.revoke()
	w.until(r.ScheduleAt.Add(-10 * time.Minute))
	if d := w.delivery(id); d.State != core.DeliveryPreparing || d.Error == nil {
		t.Fatalf("ahead of its time: %s, %v", d.State, d.Error)
	}
	w.relink()
	w.until(r.ScheduleAt.Add(-time.Minute))
	if d := w.delivery(id); len(d.Checkpoint) == 0 {
		t.Error("nothing was prepared after the relink")
	}
	w.until(r.ScheduleAt)
	for w.work() {
	}
	w.wantPublishedOnce(id, "On time")
	if d := w.delivery(id); !d.CommittedAt.Equal(r.ScheduleAt) {
		t.Errorf("sent at %v, want %v", d.CommittedAt, r.ScheduleAt)
	}
}

func TestNotRelinkedInTime(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		setting time.Duration
		waits   time.Duration
		told    string
	}{
		"a day":      {0, grace, "24h0m0s"},
		"an hour":    {time.Hour, time.Hour, "1h0m0s"},
		"not at all": {-1, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.publisher = w.newPublisher(func(c *publish.Config) { c.RelinkGrace = tc.setting })
			r := w.later("Too late")
			r.Media.Default = coretest.MediaRefs(w.picture("a.png"))
			id := w.accept(r).Post.ID
			w.revoke()
			by := r.ScheduleAt.Add(tc.waits)
			w.until(by.Add(-time.Second))
			if o := w.outcome(id); o.Post.Status != core.PostOpen {
				t.Fatalf("before its end: %s, %v", o.Post.Status, o.Deliveries[0].Error)
			}
			w.until(by)
			for w.work() {
			}
			o := w.outcome(id)
			d := o.Deliveries[0]
			if o.Post.Status != core.PostError || core.CodeOf(d.Error) != core.CodeAccountRelink || d.Error.Kind != core.KindAuth || !o.RetryAvailable() {
				t.Fatalf("%s, %v, retry %v", o.Post.Status, d.Error, o.RetryAvailable())
			}
			if told := strings.Contains(d.Error.Message, "waited"); told != (tc.told != "") || !strings.Contains(d.Error.Message, tc.told) {
				t.Errorf("message %q", d.Error.Message)
			}
			w.relink()
			if w.work() || len(w.texts()) != 0 {
				t.Errorf("something went out: %q", w.texts())
			}
		})
	}
}

// Whoever sends a post at once is told at once; what waits does not keep it.
func TestImmediatePostsDoNotWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.later("Waits")
	waiting := w.accept(r).Post.ID
	w.revoke()
	w.until(r.ScheduleAt.Add(time.Minute))
	for range 2 {
		now := coretest.PostRequest("Now")
		now.AllowDuplicate = true
		id := w.accept(now).Post.ID
		for w.work() {
		}
		d := w.delivery(id)
		if d.State != core.DeliveryFailed || core.CodeOf(d.Error) != core.CodeAccountRelink || strings.Contains(d.Error.Message, "waited") {
			t.Errorf("%s, %v", d.State, d.Error)
		}
	}
	if o := w.outcome(waiting); o.Post.Status != core.PostOpen {
		t.Errorf("the scheduled post is %s", o.Post.Status)
	}
	approved := coretest.PostRequest("Approved")
	approved.RequiresApproval = true
	w.relinkSilently()
	id := w.accept(approved).Post.ID
	w.markLost(w.account.ID, "revoked again")
	yes := true
	if _, err := w.publisher.Change(t.Context(), w.profile.ID, id, core.PostChange{Approved: &yes}); core.CodeOf(core.AsError(err)) != core.CodeAccountRelink {
		t.Errorf("approving without an authorization: %v", err)
	}
}

// TestWaitingPostsKeepTheirOrder: whichever way the relink becomes known, posts go out one
// after another in the order of their times, at once.
func TestWaitingPostsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		relink func(w *world)
		within time.Duration
	}{
		"told":       {(*world).relink, 0},
		"told twice": {func(w *world) { w.relink(); w.relink() }, 0},
		"not told":   {(*world).relinkSilently, 5 * time.Minute},
		"by another process": {func(w *world) {
			w.publisher = w.newPublisher()
			w.relink()
			w.publisher = w.newPublisher()
		}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			start := w.clock.Now().Add(time.Hour)
			var want, ids []string
			for i := range 4 {
				text := fmt.Sprintf("Post %d", i)
				var media []string
				if i%2 == 0 { // which takes longer to be made ready
					media = append(media, w.picture(text+".png"))
				}
				ids = append(ids, w.schedule(text, time.Hour+time.Duration(i)*7*time.Minute, media...))
				want = append(want, text)
			}
			w.revoke()
			w.until(start.Add(2 * time.Hour))
			tc.relink(w)
			back := w.clock.Now()
			w.concurrently(back.Add(tc.within))
			if diff := cmp.Diff(want, w.texts()); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
			for i, id := range ids {
				w.wantPublishedOnce(id, want[i])
			}
		})
	}
}

// concurrently works off what is due, and what is until a time, with several attempts that
// are under way at the same time.
func (w *world) concurrently(until time.Time) {
	w.t.Helper()
	for range 100 {
		jobs, err := w.store.Claim(w.t.Context(), queue.Wanted{Kinds: w.kinds(), N: 3, Lease: lease})
		if err != nil {
			w.t.Fatal(err)
		}
		slices.Reverse(jobs) // the last one is the fastest
		for _, j := range jobs {
			w.finish(j, w.publisher.Handlers()[j.Kind](w.t.Context(), j))
		}
		if len(jobs) > 0 {
			continue
		}
		next, err := w.store.NextRunAt(w.t.Context(), w.kinds(), queue.Everything)
		if err != nil {
			w.t.Fatal(err)
		}
		if next.IsZero() || next.After(until) {
			return
		}
		w.clock.Set(next)
	}
	w.t.Fatal("there is no end of work")
}

// unseen is a store in which an account is linked again right after a delivery was put among
// those that wait for it.
type unseen struct {
	publish.Store
	relink func()
}

func (s *unseen) UpdateDelivery(ctx context.Context, id string, fn func(*core.Delivery) error) (core.Delivery, error) {
	before, err := s.GetDelivery(ctx, id)
	if err != nil {
		return before, err
	}
	d, err := s.Store.UpdateDelivery(ctx, id, fn)
	if relink := s.relink; err == nil && relink != nil && d.Error != nil && d.Error.Kind == core.KindAuth && before.Error == nil {
		s.relink = nil
		relink()
	}
	return d, err
}

// TestRelinkWhileTheRefusalIsRecorded: it is not overlooked that the account was linked again
// in between.
func TestRelinkWhileTheRefusalIsRecorded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.publisher = w.newPublisher(func(c *publish.Config) { c.Store = &unseen{c.Store, w.relinkSilently} })
	r := w.later("Seen")
	r.Media.Default = coretest.MediaRefs(w.picture("a.png"))
	id := w.accept(r).Post.ID
	w.revoke()
	w.markLost(w.account.ID, "revoked")
	w.clock.Set(r.ScheduleAt)
	for w.work() {
	}
	w.wantPublishedOnce(id, "Seen")
}

// TestChangesWhileItWaits: a post that waits for its account is deleted, paused and let go as
// any other.
func TestChangesWhileItWaits(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	for name, tc := range map[string]struct {
		change    func(w *world, id string)
		afterward func(w *world, id string)
		status    core.PostStatus
		published int
	}{
		"deleted": {change: func(w *world, id string) {
			if del := w.publisher.Delete(w.t.Context(), w.profile.ID, id, false); del.Err != nil {
				w.t.Fatal(del.Err)
			}
		}, status: core.PostDeleted},
		"paused": {change: func(w *world, id string) { w.change(id, core.PostChange{Paused: &yes}) }, status: core.PostPaused},
		"paused and let go": {
			change:    func(w *world, id string) { w.change(id, core.PostChange{Paused: &yes}) },
			afterward: func(w *world, id string) { w.change(id, core.PostChange{Paused: &no}) },
			status:    core.PostSuccess, published: 1,
		},
		"moved": {
			change: func(w *world, id string) {
				at := w.clock.Now().Add(time.Hour)
				w.refuse(id, core.PostChange{ScheduleAt: &at}, core.CodeAccountRelink, "")
			},
			status: core.PostSuccess, published: 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			r := w.later("Waits")
			id := w.accept(r).Post.ID
			w.revoke()
			w.until(r.ScheduleAt.Add(time.Hour))
			tc.change(w, id)
			w.until(r.ScheduleAt.Add(2 * time.Hour))
			w.relink()
			for w.work() {
			}
			if tc.afterward != nil {
				tc.afterward(w, id)
			}
			w.until(r.ScheduleAt.Add(3 * time.Hour))
			if o := w.outcome(id); o.Post.Status != tc.status || len(w.texts()) != tc.published {
				t.Errorf("%s, published %q; want %s and %d", o.Post.Status, w.texts(), tc.status, tc.published)
			}
		})
	}
}

// TestRefusedTokenIsRenewed: what the network refused is done once more with the new token.
func TestRefusedTokenIsRenewed(t *testing.T) {
	t.Parallel()
	for name, op := range map[string]coretest.Op{
		"upload": coretest.OpUpload, "preflight": coretest.OpPreflight, "commit": coretest.OpCommit,
		"first comment": coretest.OpFollowUp, "looking for it": coretest.OpFound, "reading back": coretest.OpInspect,
		"reconciliation": coretest.OpReconcile, "deletion": coretest.OpDelete,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.readable()
			w.tokens.Renewable(w.account.ID, "renewed")
			w.network.AddMember(coretest.Member{Token: "renewed", RemoteID: w.account.RemoteID, Name: "Ada"})
			switch op {
			case coretest.OpReconcile:
				w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
			case coretest.OpFound:
				w.network.Next(coretest.OpFollowUp, coretest.LoseAnswer)
			default:
			}
			w.network.Next(op, coretest.Answer(401, 0))
			r := commented("Once", "First!")
			r.Media.Default = coretest.MediaRefs(w.picture("a.png"))
			id := w.accept(r).Post.ID
			w.drain()
			d := w.delivery(id)
			if d.State != core.DeliveryPublished || d.Error != nil || len(w.texts()) != 1 {
				t.Fatalf("%s, %v, published %q", d.State, d.Error, w.texts())
			}
			for _, f := range d.FollowUps {
				if f.State != core.FollowUpDone {
					t.Errorf("%s: %s, %v", f.Name, f.State, f.Error)
				}
			}
			if got := w.network.Timeline()[0].Comments; len(got) != 1 {
				t.Errorf("comments %q", got)
			}
			if del := w.publisher.Delete(t.Context(), w.profile.ID, id, false); del.Err != nil {
				t.Error(del.Err)
			}
			if refused := w.tokens.Refusals(); len(refused) != 1 || refused[0].Token != coretest.MemberToken {
				t.Errorf("refusals %d, want one, of the former token", len(refused))
			}
		})
	}
}

// TestRenewalDuringTheCheck: what is asked before a post is accepted is asked again too.
func TestRenewalDuringTheCheck(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tokens.Renewable(w.account.ID, "renewed")
	w.network.AddMember(coretest.Member{Token: "renewed", RemoteID: w.account.RemoteID, Name: "Ada"})
	w.network.Revoke(coretest.MemberToken)
	report, err := w.publisher.Check(t.Context(), w.profile.ID, w.later("Fine"))
	if err != nil || len(report.Problems) != 0 || len(w.network.Calls(coretest.OpPreflight)) != 2 {
		t.Errorf("%v, %v after %d calls", report.Problems, err, len(w.network.Calls(coretest.OpPreflight)))
	}
}

// TestEndlessRenewals: a network that refuses every token is not asked for ever.
func TestEndlessRenewals(t *testing.T) {
	t.Parallel()
	for name, scheduled := range map[string]bool{"at once": false, "scheduled": true} {
		for _, op := range []coretest.Op{coretest.OpCommit, coretest.OpUpload} {
			t.Run(fmt.Sprint(name, " ", op), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t)
				r := coretest.PostRequest("Never", w.picture("a.png"))
				if scheduled {
					r.ScheduleAt = w.clock.Now().Add(time.Hour)
				}
				for i := range 50 {
					token := core.Secret(fmt.Sprint("token ", i))
					w.tokens.Renewable(w.account.ID, token)
					w.network.AddMember(coretest.Member{Token: token, RemoteID: w.account.RemoteID, Name: "Ada"})
				}
				w.network.Always(op, coretest.Answer(401, 0))
				id := w.accept(r).Post.ID
				w.drain()
				if d := w.delivery(id); d.State != core.DeliveryFailed || d.Error.Kind != core.KindAuth || len(w.texts()) != 0 {
					t.Errorf("%s, %v", d.State, d.Error)
				}
				if n := len(w.tokens.Refusals()); n < 2 || n > 10 {
					t.Errorf("%d tokens were refused", n)
				}
			})
		}
	}
}

// TestRefusedCommitIsRecordedFirst: a renewal may take its time; whoever takes over from a
// server that dies meanwhile knows that nothing was sent.
func TestRefusedCommitIsRecordedFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.accept(coretest.PostRequest("Refused")).Post.ID
	w.network.Revoke(coretest.MemberToken)
	state := core.DeliveryState("")
	w.tokens.OnLost(func(string, string) { state = w.delivery(id).State })
	w.drain()
	if state != core.DeliveryPreparing {
		t.Errorf("the delivery is %q while the token is renewed", state)
	}
}

// TestRenewalInTrouble: that the token cannot be renewed just now is no reason to give a post
// up, whoever waits for it.
func TestRenewalInTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tokens.FailRenewal(&core.Error{Kind: core.KindTemporary, Message: "the network does not answer"})
	w.tokens.Renewable(w.account.ID, "renewed")
	w.network.AddMember(coretest.Member{Token: "renewed", RemoteID: w.account.RemoteID, Name: "Ada"})
	w.network.Revoke(coretest.MemberToken)
	id := w.accept(coretest.PostRequest("In the end")).Post.ID
	for w.work() {
	}
	if o := w.outcome(id); o.Post.Status != core.PostOpen || o.Deliveries[0].Error == nil || o.Deliveries[0].Error.Kind != core.KindTemporary {
		t.Errorf("%s, %v", o.Post.Status, o.Deliveries[0].Error)
	}
	if e := w.outcome(id).Deliveries[0].Error; e != nil && !strings.HasSuffix(e.Message, "renewing it failed, which is tried again: the network does not answer") {
		t.Errorf("the reason is not told: %s", e.Message)
	}
	w.drain()
	w.wantPublishedOnce(id, "In the end")
	if n := len(w.tokens.Refusals()); n != 2 {
		t.Errorf("%d refusals", n)
	}
}
