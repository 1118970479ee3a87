package publish_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
)

// forgetful finds nothing when it looks a post up: the network's listing lags, or
// its clock is another.
type forgetful struct{ core.Publication }

func forget(p core.Publication) core.Publication { return forgetful{p} }

func (forgetful) Reconcile(context.Context, *core.Session, time.Time) (core.Receipt, bool, error) {
	return core.Receipt{}, false, nil
}

func TestDuplicateOfTheOwnLostCallIsTheSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *coretest.Config) { c.DuplicateWindow = time.Hour })
	w.use(forget)
	w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
	post := w.accept(coretest.PostRequest("Once"))
	w.drain()
	d := w.delivery(post.Post.ID)
	timeline := w.network.Timeline()
	if d.State != core.DeliveryPublished || len(timeline) != 1 || d.Receipt.RemoteID != timeline[0].RemoteID {
		t.Errorf("state %s %v with receipt %+v and %d posts; want the lost call's post found by its duplicate",
			d.State, d.Error, d.Receipt, len(timeline))
	}
}

func TestFirstDuplicateIsARefusal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *coretest.Config) { c.DuplicateWindow = time.Hour })
	w.network.Publish(w.account.RemoteID, "Posted by hand")
	post := w.accept(coretest.PostRequest("Posted by hand"))
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryFailed || d.Error.Kind != core.KindDuplicate {
		t.Errorf("state %s %v, want failed as a duplicate", d.State, d.Error)
	}
}

// TestSuspendedMachine lets the wall clock run on while a call waits for its
// answer: the lease ends and the call's time seems to be over, but it is not.
func TestSuspendedMachine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := coretest.NewGate()
	w.network.Next(coretest.OpCommit, gate.Before)
	post := w.accept(coretest.PostRequest("Once"))
	_, done := w.attemptUpTo(gate)

	w.clock.Advance(time.Hour)
	if !w.work() {
		t.Fatal("the job did not come back although its lease has ended")
	}
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryCommitting {
		t.Errorf("state %s while the call is under way, want committing", d.State)
	}
	gate.Open()
	if err := <-done; err != nil && !errors.Is(err, queue.ErrLeaseLost) {
		t.Error(err)
	}
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || w.commits() != 1 {
		t.Errorf("state %s after %d commits, want published after 1", d.State, w.commits())
	}
}

func TestAReceiptCountsWhateverHappenedMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.use(forget)
	gate := coretest.NewGate()
	w.network.Next(coretest.OpCommit, gate.After)
	post := w.accept(coretest.PostRequest("Once"))
	_, done := w.attemptUpTo(gate)

	// Another process finds the delivery abandoned, and wrongly that its call had
	// no effect.
	w.clock.Advance(time.Hour)
	other := w.newPublisher(w.altering(forget))
	for range 2 { // abandoned → uncertain → preparing
		j, ok := w.claim()
		if !ok {
			t.Fatal("the job did not come back")
		}
		w.finish(j, other.Attempt(t.Context(), j))
	}
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPreparing {
		t.Fatalf("state %s, want preparing", d.State)
	}
	gate.Open()
	if err := <-done; err != nil && !errors.Is(err, queue.ErrLeaseLost) {
		t.Error(err)
	}
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || w.commits() != 1 {
		t.Errorf("state %s after %d commits, want published after 1: the receipt came before the second call", d.State, w.commits())
	}
}

// failedPost returns a post whose only delivery failed in a way that a retry may
// cure.
func failedPost(w *world) publish.Outcome {
	w.t.Helper()
	w.network.Next(coretest.OpPreflight, coretest.Answer(403, 0))
	post := w.accept(coretest.PostRequest("Deleted"))
	w.drain()
	return post
}

// interposed is a store that calls before once, ahead of the next list of
// deliveries.
type interposed struct {
	publish.Store
	before func()
}

func (s *interposed) ListDeliveries(ctx context.Context, postIDs ...string) ([]core.Delivery, error) {
	list, err := s.Store.ListDeliveries(ctx, postIDs...)
	if before := s.before; before != nil {
		s.before = nil
		before()
	}
	return list, err
}

func TestRetryAndDeleteAtOnce(t *testing.T) {
	t.Parallel()
	t.Run("retry in the middle of the deletion", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		post := failedPost(w)
		slow := &interposed{Store: w.store, before: func() {
			if _, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID); err != nil {
				t.Error(err)
			}
		}}
		deleting := w.newPublisher(func(c *publish.Config) { c.Store = slow })
		if del := deleting.Delete(t.Context(), w.profile.ID, post.Post.ID, false); del.Err != nil {
			t.Fatal(del.Err)
		}
		w.drain()
		if o := w.outcome(post.Post.ID); o.Post.Status != core.PostDeleted || w.commits() != 0 {
			t.Errorf("status %s after %d commits, want deleted after none", o.Post.Status, w.commits())
		}
	})
	t.Run("deletion in the middle of the retry", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		post := failedPost(w)
		slow := &interposed{Store: w.store, before: func() {
			if del := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false); del.Err != nil {
				t.Error(del.Err)
			}
		}}
		if _, err := w.newPublisher(func(c *publish.Config) { c.Store = slow }).Retry(t.Context(), w.profile.ID, post.Post.ID); err != nil {
			t.Fatal(err)
		}
		w.drain()
		if o := w.outcome(post.Post.ID); o.Post.Status != core.PostDeleted || w.commits() != 0 {
			t.Errorf("status %s after %d commits, want deleted after none", o.Post.Status, w.commits())
		}
	})
}

func TestRetryBeforeTheOldJobHasEnded(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network.Next(coretest.OpPreflight, coretest.Answer(403, 0))
	post := w.accept(coretest.PostRequest("Again"))
	j, _ := w.claim()
	err := w.publisher.Attempt(t.Context(), j) // has failed, but the runner has not finished the job
	if _, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID); err != nil {
		t.Fatal(err)
	}
	w.finish(j, err)
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished {
		t.Errorf("state %s, want published", d.State)
	}
}

func TestDeletionThatFailsInPartLeavesATrueStatus(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	page := coretest.Page(1)
	w.link(page)
	r := coretest.PostRequest("To two accounts")
	r.AccountIDs = []string{page.ID}
	post := w.accept(r)
	w.work() // one is published
	w.network.Next(coretest.OpDelete, coretest.Answer(403, 0))
	del := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false)
	if core.KindOf(del.Err) != core.KindForbidden {
		t.Fatalf("deletion: %v, want what the network said", del.Err)
	}
	if o := w.outcome(post.Post.ID); o.Post.Status != core.PostSuccess {
		t.Errorf("status %s, want success: one is published and the other cancelled", o.Post.Status)
	}
	if del := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false); del.Err != nil {
		t.Errorf("once more: %v", del.Err)
	}
	if o := w.outcome(post.Post.ID); o.Post.Status != core.PostDeleted || len(w.network.Timeline()) != 0 {
		t.Errorf("status %s with %d posts, want deleted", o.Post.Status, len(w.network.Timeline()))
	}
}

// careless returns errors without a kind.
type careless struct{ core.Publication }

func (careless) Prepare(context.Context, *core.Session) (core.Progress, error) {
	return core.Progress{}, errors.New("cannot read my own checkpoint")
}

func TestAdaptersPlainErrorEndsTheDelivery(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.use(func(p core.Publication) core.Publication { return careless{p} })
	post := w.accept(coretest.PostRequest("Try"))
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryFailed || d.Error.Kind != core.KindInternal {
		t.Errorf("state %s %v, want failed by a defect", d.State, d.Error)
	}
}

func TestStoreTroubleUsesUpNoPatience(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.tokens.Fail(w.account.ID, errors.New("the store is away"))
	post := w.accept(coretest.PostRequest("Later"))
	for range 20 {
		w.work()
		w.clock.Advance(time.Minute)
	}
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPreparing || d.Failures != 0 {
		t.Fatalf("state %s after %d failures, want that it waits", d.State, d.Failures)
	}
	w.tokens.Fail(w.account.ID, nil)
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished {
		t.Errorf("state %s, want published", d.State)
	}
}

func TestStoreTroubleUsesUpNoLookUps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
	post := w.accept(coretest.PostRequest("Once"))
	w.work()
	w.tokens.Fail(w.account.ID, errors.New("the store is away"))
	for range 5 {
		w.clock.Advance(10 * time.Minute)
		w.work()
	}
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryUncertain || d.Reconciliations != 0 {
		t.Fatalf("state %s after %d look-ups, want that it waits", d.State, d.Reconciliations)
	}
	w.tokens.Fail(w.account.ID, nil)
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || w.commits() != 1 {
		t.Errorf("state %s %v after %d commits, want published after 1", d.State, d.Error, w.commits())
	}
}

func TestLookUpsThatTroublePreventsDoNotCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
	w.network.Next(coretest.OpReconcile, coretest.Answer(503, 0), coretest.Answer(429, time.Hour), coretest.Answer(503, 0), coretest.LoseRequest)
	post := w.accept(coretest.PostRequest("Once"))
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || w.commits() != 1 {
		t.Errorf("state %s %v after %d commits, want published after 1", d.State, d.Error, w.commits())
	}
}

func TestLookUpsThatTroublePreventsEndInTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
	w.network.Always(coretest.OpReconcile, coretest.Answer(429, 6*time.Hour))
	post := w.accept(coretest.PostRequest("Once"))
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryUncertain || !d.Settled || w.commits() != 1 {
		t.Errorf("state %s %v after %d commits, want uncertain for good after 1", d.State, d.Error, w.commits())
	}
	// As often as the network allows in a day, and as often as one looks otherwise.
	if got := len(w.network.Calls(coretest.OpReconcile)); got < 5 || got > 7 {
		t.Errorf("%d look-ups, want one every six hours for a day and the last", got)
	}
}

func TestExpiredWorkerDoesNotTakeTheFence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.accept(coretest.PostRequest("Once"))
	expired, _ := w.claim()
	w.clock.Advance(lease + time.Second)
	if _, ok := w.claim(); !ok {
		t.Fatal("the job did not come back")
	}
	if err := w.publisher.Attempt(t.Context(), expired); !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("the expired worker ended with %v, want ErrLeaseLost", err)
	}
}

func TestForeignUploadIsNotFetched(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	refusal := &core.Error{Kind: core.KindMedia, Code: core.CodeMediaURL, Field: "mediaUrls[0]", Message: "no upload of this profile has this id"}
	w.publisher = w.newPublisher(func(c *publish.Config) { c.Media = guarded{w.assets, refusal} })
	post := w.accept(coretest.PostRequest("Not mine", "upload:stranger"))
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryFailed || d.Error.Message != refusal.Message {
		t.Errorf("state %s %v, want the refusal", d.State, d.Error)
	}
}

// guarded refuses every file.
type guarded struct {
	*coretest.Assets
	err error
}

func (g guarded) Authorize(context.Context, string, core.Need) error { return g.err }
