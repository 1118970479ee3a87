package publish_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// The tests of this file hold the promise: no post is lost, and none goes out
// twice, wherever a worker dies and whichever answers are lost.

func TestLostAnswerIsLookedUp(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lost       coretest.Behaviour
		lookUp     coretest.Behaviour
		unreadable bool
		want       core.DeliveryState
		posts      int
		commits    int
	}{
		"applied, and found":            {lost: coretest.LoseAnswer, want: core.DeliveryPublished, posts: 1, commits: 1},
		"not applied, and sent again":   {lost: coretest.LoseRequest, want: core.DeliveryPublished, posts: 1, commits: 2},
		"server error, not applied":     {lost: coretest.Answer(502, 0), want: core.DeliveryPublished, posts: 1, commits: 2},
		"applied, and nobody can tell":  {lost: coretest.LoseAnswer, unreadable: true, want: core.DeliveryUncertain, posts: 1, commits: 1},
		"not applied, and nobody knows": {lost: coretest.LoseRequest, unreadable: true, want: core.DeliveryUncertain, posts: 0, commits: 1},
		"not applied, and then refused": {lost: coretest.LoseRequest, lookUp: coretest.Answer(400, 0), want: core.DeliveryFailed, posts: 0, commits: 1},
		"look-up fails, then finds":     {lost: coretest.LoseAnswer, lookUp: coretest.Answer(503, 0), want: core.DeliveryPublished, posts: 1, commits: 1},
		"panic in the call":             {lost: coretest.Panic("boom"), want: core.DeliveryPublished, posts: 1, commits: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(c *coretest.Config) { c.Unreadable = tc.unreadable })
			w.network.Next(coretest.OpCommit, tc.lost)
			if tc.lookUp != nil {
				w.network.Next(coretest.OpReconcile, tc.lookUp)
			}
			post := w.accept(coretest.PostRequest("Once", w.picture("a.png")))
			w.drain()
			o := w.outcome(post.Post.ID)
			d := o.Deliveries[0]
			if d.State != tc.want || len(w.network.Timeline()) != tc.posts || w.commits() != tc.commits {
				t.Fatalf("state %s with %d posts after %d commits; want %s with %d after %d",
					d.State, len(w.network.Timeline()), w.commits(), tc.want, tc.posts, tc.commits)
			}
			switch tc.want {
			case core.DeliveryPublished:
				if o.Post.Status != core.PostSuccess || d.Receipt.RemoteID != w.network.Timeline()[0].RemoteID {
					t.Errorf("status %s, receipt %+v", o.Post.Status, d.Receipt)
				}
			case core.DeliveryUncertain:
				if o.Post.Status != core.PostError || d.Error.Kind != core.KindUncertain || !d.Settled {
					t.Errorf("status %s, error %v, settled %v; want an uncertainty that is told", o.Post.Status, d.Error, d.Settled)
				}
				if o.RetryAvailable() {
					t.Error("an uncertain post must not be retried: it may be published")
				}
			default:
			}
		})
	}
}

func TestUnlinkedAccountLeavesALostAnswerUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
	post := w.accept(coretest.PostRequest("Once"))
	w.work()
	if err := w.store.DeleteAccount(t.Context(), w.account.ID); err != nil {
		t.Fatal(err)
	}
	w.drain()
	d := w.delivery(post.Post.ID)
	if d.State != core.DeliveryUncertain || !d.Settled {
		t.Errorf("state %s %v, want uncertain: the post may be published", d.State, d.Error)
	}
	if !strings.Contains(d.Error.Message, "unlinked before it was known") || strings.Contains(d.Error.Message, "unlinked before the post went out") {
		t.Errorf("message %q, want that it may have gone out before the account was unlinked", d.Error.Message)
	}
}

// The network refuses the text as a duplicate, and names the post of the first delivery.
func TestFoundPostOfAnotherDeliveryIsNoSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *coretest.Config) { c.DuplicateWindow = time.Hour })
	first := w.accept(coretest.PostRequest("Same text"))
	w.drain()
	w.network.Next(coretest.OpCommit, coretest.LoseRequest)
	again := coretest.PostRequest("Same text")
	again.AllowDuplicate = true
	second := w.accept(again)
	w.drain()
	if d := w.delivery(first.Post.ID); d.State != core.DeliveryPublished {
		t.Errorf("first: %s", d.State)
	}
	d := w.delivery(second.Post.ID)
	if d.State != core.DeliveryFailed || d.Error.Kind != core.KindDuplicate {
		t.Errorf("second: %s %v, want failed as a duplicate: the post that was found is the first one's", d.State, d.Error)
	}
}

// On a network that takes the same text twice, each delivery has a post of its own.
func TestPostOfAnotherDeliveryIsNotFound(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.accept(coretest.PostRequest("Same text"))
	w.drain()
	w.network.Next(coretest.OpCommit, coretest.LoseRequest)
	again := coretest.PostRequest("Same text")
	again.AllowDuplicate = true
	second := w.accept(again)
	w.drain()
	ids := map[string]bool{}
	for _, post := range []string{first.Post.ID, second.Post.ID} {
		d := w.delivery(post)
		if d.State != core.DeliveryPublished {
			t.Fatalf("%s: %s %v, want published", post, d.State, d.Error)
		}
		ids[d.Receipt.RemoteID] = true
	}
	if posts := w.network.Timeline(); len(posts) != 2 || len(ids) != 2 {
		t.Errorf("the network has %d posts, the receipts name %v, want two", len(posts), ids)
	}
}

// TestWorkerDiesAnywhere kills the worker at every write that it makes to the
// store and every call that it makes to the network, before and after, and lets
// another go on.
func TestWorkerDiesAnywhere(t *testing.T) {
	t.Parallel()
	for _, moment := range []string{"before", "after"} {
		for step := 1; ; step++ {
			w := newWorld(t)
			killer := &killer{Store: w.store, step: step, after: moment == "after"}
			doomed := w.newPublisher(func(c *publish.Config) { c.Store = killer })
			post := w.accept(coretest.PostRequest("Alive", w.picture("a.png")))
			for !killer.dead() {
				j, ok := w.claim()
				if !ok {
					break
				}
				ctx, cancel := context.WithCancel(t.Context())
				killer.arm(cancel)
				err := doomed.Attempt(ctx, j)
				cancel()
				if !killer.dead() {
					w.finish(j, err)
				}
			}
			if !killer.dead() {
				if step < 4 {
					t.Fatalf("the worker made only %d writes", step-1)
				}
				break // every write has had its turn
			}
			w.drain()
			o := w.outcome(post.Post.ID)
			if o.Post.Status != core.PostSuccess || len(w.network.Timeline()) != 1 {
				t.Errorf("killed %s write %d: status %s, %d posts, state %s %v",
					moment, step, o.Post.Status, len(w.network.Timeline()), o.Deliveries[0].State, o.Deliveries[0].Error)
			}
		}
	}
}

// unsettling is a store whose process dies whenever it is about to change a post.
type unsettling struct{ publish.Store }

func (unsettling) UpdatePost(context.Context, string, func(*core.Post) error) (core.Post, error) {
	return core.Post{}, errKilled
}

// TestWorkerDiesBeforeThePostIsSettled: whoever looks sees what follows from the
// deliveries, long before another worker takes up the job.
func TestWorkerDiesBeforeThePostIsSettled(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer coretest.Behaviour
		want   core.PostStatus
	}{
		"published": {coretest.Succeed, core.PostSuccess},
		"failed":    {coretest.Answer(403, 0), core.PostError},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.network.Next(coretest.OpCommit, tc.answer)
			doomed := w.newPublisher(func(c *publish.Config) { c.Store = unsettling{w.store} })
			post := w.accept(coretest.PostRequest("Alive"))
			j, _ := w.claim()
			if err := doomed.Attempt(t.Context(), j); !errors.Is(err, errKilled) {
				t.Fatalf("attempt: %v, want it killed", err)
			}
			if o, err := doomed.Get(t.Context(), w.profile.ID, post.Post.ID); err != nil || o.Post.Status != tc.want {
				t.Errorf("status %s, %v while posts cannot be written, want %s", o.Post.Status, err, tc.want)
			}
			o, err := w.publisher.Wait(t.Context(), w.profile.ID, post.Post.ID, time.Hour)
			if err != nil || !o.Final() || o.Post.Status != tc.want {
				t.Errorf("status %s, %v, want %s at once", o.Post.Status, err, tc.want)
			}
			list, err := w.publisher.List(t.Context(), store.PostQuery{ProfileID: w.profile.ID, Statuses: []core.PostStatus{tc.want}})
			if err != nil || len(list) != 1 {
				t.Errorf("%d posts of status %s, %v; want the one: it is settled, not only shown so", len(list), tc.want, err)
			}
		})
	}
}

// errKilled is what a dead process would have answered.
var errKilled = errors.New("killed")

// killer is a store whose process dies at the step-th write.
type killer struct {
	publish.Store
	mu     sync.Mutex
	step   int
	after  bool
	killed bool
	cancel context.CancelFunc
}

func (k *killer) arm(cancel context.CancelFunc) { k.cancel = cancel }

func (k *killer) dead() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.killed
}

// write counts a write, and makes it fail from the chosen one on.
func (k *killer) write(do func() error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.killed {
		return errKilled
	}
	k.step--
	if k.step > 0 {
		return do()
	}
	if k.after {
		_ = do()
	}
	k.killed = true
	k.cancel()
	return errKilled
}

func (k *killer) UpdateDelivery(ctx context.Context, id string, fn func(*core.Delivery) error) (d core.Delivery, err error) {
	// A dead process insists on nothing: without a cancelled context the
	// publisher would try again until its patience ends.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err = k.write(func() error {
		d, err = k.Store.UpdateDelivery(ctx, id, fn)
		return err
	})
	if errors.Is(err, errKilled) {
		err = fmt.Errorf("%w: %w", queue.ErrLeaseLost, errKilled)
	}
	return d, err
}

func (k *killer) UpdatePost(ctx context.Context, id string, fn func(*core.Post) error) (p core.Post, err error) {
	err = k.write(func() error {
		p, err = k.Store.UpdatePost(ctx, id, fn)
		return err
	})
	return p, err
}

func (k *killer) Extend(ctx context.Context, j queue.Job, d time.Duration) error {
	return k.write(func() error { return k.Store.Extend(ctx, j, d) })
}

func TestStalledWorkerCannotCommit(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := coretest.NewGate()
	w.network.Next(coretest.OpPrepare, gate.Before)
	post := w.accept(coretest.PostRequest("Once"))

	_, done := w.attemptUpTo(gate)

	w.clock.Advance(lease + time.Second) // the lease ends; another worker takes over
	w.drain()
	gate.Open()
	if err := <-done; !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("the stalled worker ended with %v, want ErrLeaseLost", err)
	}
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || w.commits() != 1 {
		t.Errorf("state %s after %d commits, want published after 1", d.State, w.commits())
	}
}

func TestCommitUnderWayIsLeftAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := coretest.NewGate()
	w.network.Next(coretest.OpCommit, gate.Before)
	post := w.accept(coretest.PostRequest("Once"))
	j, done := w.attemptUpTo(gate)

	// Even a worker that holds a newer lease must wait until the call cannot be
	// under way any more.
	other := j
	other.Lease = "another lease"
	err := w.newPublisher().Attempt(t.Context(), other)
	d := queue.Conclude(err, other, w.clock.Now(), queue.Backoff{})
	if d.Outcome != queue.Snoozed || d.RunAt.Before(w.clock.Now().Add(commitTimeout)) {
		t.Errorf("the other worker got %v, want to wait out the call", err)
	}
	gate.Open()
	w.finish(j, <-done)
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || w.commits() != 1 {
		t.Errorf("state %s after %d commits, want published after 1", d.State, w.commits())
	}
}

func TestCancelDuringPreparation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := coretest.NewGate()
	w.network.Next(coretest.OpPrepare, gate.Before)
	post := w.accept(coretest.PostRequest("Never"))
	_, done := w.attemptUpTo(gate)
	if del := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false); del.Err != nil {
		t.Fatal(del.Err)
	}
	gate.Open()
	if err := <-done; !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("the worker ended with %v, want ErrLeaseLost", err)
	}
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryCancelled || w.commits() != 0 {
		t.Errorf("state %s after %d commits, want cancelled after none", d.State, w.commits())
	}
}

func TestDeleteDuringCommitIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := coretest.NewGate()
	w.network.Next(coretest.OpCommit, gate.Before)
	post := w.accept(coretest.PostRequest("Going out"))
	j, done := w.attemptUpTo(gate)
	del := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false)
	if core.CodeOf(core.AsError(del.Err)) != core.CodeProcessing {
		t.Errorf("deletion: %v, want CodeProcessing", del.Err)
	}
	gate.Open()
	w.finish(j, <-done)
	if o := w.outcome(post.Post.ID); o.Post.Status != core.PostSuccess {
		t.Errorf("status %s, want success", o.Post.Status)
	}
}

func TestShutdownLetsACommitEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := coretest.NewGate()
	w.network.Next(coretest.OpCommit, gate.After)
	post := w.accept(coretest.PostRequest("Last words"))
	j, _ := w.claim()
	ctx, stop := context.WithCancel(t.Context())
	done := w.start(ctx, j, gate)
	stop()
	gate.Open()
	w.finish(j, <-done)
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished {
		t.Errorf("state %s, want published", d.State)
	}
}

func TestManyWorkersPublishEachPostOnce(t *testing.T) {
	t.Parallel()
	const posts, workers = 60, 8
	w := newWorld(t)
	w.clock.SkipWaits()
	for i := range posts {
		if i%3 == 0 {
			w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
		}
		w.accept(coretest.PostRequest(fmt.Sprintf("Post %d", i)))
	}
	for range 10 {
		var wg sync.WaitGroup
		for range workers {
			p := w.newPublisher()
			wg.Go(func() {
				for {
					jobs, err := w.store.Claim(t.Context(), queue.Wanted{Kinds: []string{publish.JobKind}, N: 2, Lease: lease})
					if err != nil {
						t.Error(err)
					}
					if len(jobs) == 0 {
						return
					}
					for _, j := range jobs {
						err := p.Attempt(t.Context(), j)
						d := queue.Conclude(err, j, w.clock.Now(), queue.Backoff{Base: time.Second, Max: time.Second})
						if err := w.store.Finish(t.Context(), j, d); err != nil {
							t.Error(err)
						}
					}
				}
			})
		}
		wg.Wait()
		w.clock.Advance(time.Minute)
	}
	texts := map[string]int{}
	for _, p := range w.network.Timeline() {
		texts[p.Text]++
	}
	for i := range posts {
		if text := fmt.Sprintf("Post %d", i); texts[text] != 1 {
			t.Errorf("%q is on the network %d times, want once", text, texts[text])
		}
	}
}

// ghostly finds every lost post by the name that a duplicate error gave it.
type ghostly struct{ core.Publication }

func (ghostly) Reconcile(context.Context, *core.Session, time.Time) (core.Receipt, bool, error) {
	return core.Receipt{RemoteID: "ghost", Inferred: true}, true, nil
}

func TestDuplicateOfADeletedPostIsNoSuccess(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		deleteFirst bool
		was         func(*core.Delivery) error // what else became of the deleted one
		want        core.DeliveryState
	}{
		"the same text was deleted": {deleteFirst: true, want: core.DeliveryUncertain},
		"it had another text, since an edit": {deleteFirst: true, want: core.DeliveryUncertain, was: func(d *core.Delivery) error {
			edited := "Edited"
			d.EditedText = &edited
			return nil
		}},
		"nothing was deleted": {want: core.DeliveryPublished},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.use(func(p core.Publication) core.Publication { return ghostly{p} })
			text := "Same text"
			if tc.deleteFirst {
				first := w.accept(coretest.PostRequest("Same  text"))
				w.drain()
				if del := w.publisher.Delete(t.Context(), w.profile.ID, first.Post.ID, false); del.Err != nil {
					t.Fatal(del.Err)
				}
				if tc.was != nil {
					text = "Edited"
					if _, err := w.store.UpdateDelivery(t.Context(), first.Deliveries[0].ID, tc.was); err != nil {
						t.Fatal(err)
					}
				}
			}
			w.network.Next(coretest.OpCommit, coretest.LoseRequest)
			second := w.accept(coretest.PostRequest(text))
			w.drain()
			if d := w.delivery(second.Post.ID); d.State != tc.want {
				t.Errorf("state %s %v, want %s", d.State, d.Error, tc.want)
			}
		})
	}
}

// The ghost of a post is recognised although only one of its deliveries was deleted.
func TestDuplicateOfAPartlyDeletedPostIsNoSuccess(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.use(func(p core.Publication) core.Publication { return ghostly{p} })
	first := w.accept(coretest.PostRequest("Same text"))
	w.drain()
	if _, err := w.store.UpdateDelivery(t.Context(), first.Deliveries[0].ID, func(d *core.Delivery) error {
		d.DeletedAt = w.clock.Now()
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	w.network.Next(coretest.OpCommit, coretest.LoseRequest)
	second := w.accept(coretest.PostRequest("Same\ttext "))
	w.drain()
	if d := w.delivery(second.Post.ID); d.State != core.DeliveryUncertain {
		t.Errorf("state %s %v, want uncertain", d.State, d.Error)
	}
}
