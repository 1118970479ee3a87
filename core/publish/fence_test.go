package publish_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
)

// TestFenceHoldsOffAWorkerThatTrustsItsLease: its clock is behind, so that it does not
// notice that its lease has ended and that another has taken the delivery up.
func TestFenceHoldsOffAWorkerThatTrustsItsLease(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]coretest.Behaviour{
		"it would commit":      coretest.Succeed,
		"it would fail":        coretest.Answer(400, 0),
		"it would be put off":  coretest.Answer(503, 0),
		"it would wait longer": coretest.Answer(429, time.Hour),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			gate, otherGate := coretest.NewGate(), coretest.NewGate()
			w.network.Next(coretest.OpPrepare, then(gate.Before, answer), otherGate.Before)
			post := w.accept(coretest.PostRequest("Once"))
			j, _ := w.claim()
			j.LeaseUntil = j.LeaseUntil.Add(time.Hour)
			done := w.start(context.WithoutCancel(t.Context()), j, gate)
			w.clock.Advance(lease + time.Second)
			other, otherDone := w.attemptUpTo(otherGate)

			gate.Open()
			if err := <-done; !errors.Is(err, queue.ErrLeaseLost) {
				t.Errorf("it ended with %v, want ErrLeaseLost", err)
			}
			if d := w.delivery(post.Post.ID); d.State != core.DeliveryPreparing || d.Error != nil || w.commits() != 0 {
				t.Errorf("state %s %v after %d commits, want the other's preparation untouched", d.State, d.Error, w.commits())
			}
			otherGate.Open()
			w.finish(other, <-otherDone)
			if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || w.commits() != 1 {
				t.Errorf("state %s %v after %d commits, want published after 1", d.State, d.Error, w.commits())
			}
		})
	}
}

func TestLeaseOutlastsTheCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	prepared, called := coretest.NewGate(), coretest.NewGate()
	w.network.Next(coretest.OpPrepare, prepared.Before)
	w.network.Next(coretest.OpCommit, called.Before)
	w.accept(coretest.PostRequest("Once"))
	j, done := w.attemptUpTo(prepared)
	w.clock.Advance(lease / 2) // what is left is shorter than the call may take
	prepared.Open()
	<-called.Arrived
	ends, err := w.store.NextRunAt(t.Context(), []string{publish.JobKind}, queue.Everything)
	if err != nil {
		t.Fatal(err)
	}
	if left := ends.Sub(w.clock.Now()); left <= commitTimeout {
		t.Errorf("the lease ends %v after the call began, which may take %v", left, commitTimeout)
	}
	called.Open()
	w.finish(j, <-done)
}

func TestCancelledDeliveryStaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := coretest.NewGate()
	w.network.Next(coretest.OpPrepare, then(gate.Before, coretest.Answer(400, 0)))
	post := w.accept(coretest.PostRequest("Never"))
	_, done := w.attemptUpTo(gate)
	if del := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false); del.Err != nil {
		t.Fatal(del.Err)
	}
	gate.Open()
	if err := <-done; !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("the worker ended with %v, want ErrLeaseLost", err)
	}
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryCancelled || d.Error != nil {
		t.Errorf("state %s %v, want cancelled", d.State, d.Error)
	}
}

// TestInterruptedPreparationIsNoFailure: neither a shutdown nor a lost lease is the
// delivery's fault.
func TestInterruptedPreparationIsNoFailure(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ cause, want error }{
		"shutdown":   {nil, context.Canceled},
		"lost lease": {queue.ErrLeaseLost, queue.ErrLeaseLost},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			gate := coretest.NewGate()
			w.network.Next(coretest.OpPrepare, gate.Before)
			post := w.accept(coretest.PostRequest("Later"))
			j, _ := w.claim()
			ctx, stop := context.WithCancelCause(t.Context())
			done := w.start(ctx, j, gate)
			stop(tc.cause)
			if err := <-done; !errors.Is(err, tc.want) {
				t.Errorf("the attempt ended with %v, want %v", err, tc.want)
			}
			if d := w.delivery(post.Post.ID); d.State != core.DeliveryPreparing || d.Failures != 0 || d.Error != nil {
				t.Errorf("state %s after %d failures, %v; want that nothing counts", d.State, d.Failures, d.Error)
			}
		})
	}
}

// TestAnswerAfterTheLookUp lets another process find a post whose call seems to be
// abandoned, and the call end after that.
func TestAnswerAfterTheLookUp(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]coretest.Behaviour{"it arrives": coretest.Succeed, "it is lost": coretest.LoseRequest} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			gate := coretest.NewGate()
			w.network.Next(coretest.OpCommit, then(gate.After, answer))
			post := w.accept(coretest.PostRequest("Once"))
			_, done := w.attemptUpTo(gate)
			w.clock.Advance(time.Hour)
			other := w.newPublisher()
			for range 2 { // abandoned → uncertain → published
				j, _ := w.claim()
				w.finish(j, other.Attempt(t.Context(), j))
			}
			found := w.delivery(post.Post.ID)
			if found.State != core.DeliveryPublished {
				t.Fatalf("state %s, want published", found.State)
			}
			gate.Open()
			if err := <-done; !errors.Is(err, queue.ErrLeaseLost) {
				t.Errorf("the first worker ended with %v, want ErrLeaseLost", err)
			}
			if diff := cmp.Diff(found, w.delivery(post.Post.ID)); diff != "" {
				t.Errorf("the delivery changed (-found +now):\n%s", diff)
			}
			if diff := cmp.Diff([]core.DeliveryState{core.DeliveryPublished}, w.observer.ended); diff != "" {
				t.Errorf("observed (-want +got):\n%s", diff)
			}
		})
	}
}

// TestShutdownLetsALookUpEnd: a look-up may be the identical request, and its receipt
// the only one there will ever be.
func TestShutdownLetsALookUpEnd(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lost coretest.Behaviour
		want core.DeliveryState
	}{
		"found":     {coretest.LoseAnswer, core.DeliveryPublished},
		"not found": {coretest.LoseRequest, core.DeliveryPreparing},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			gate := coretest.NewGate()
			w.network.Next(coretest.OpCommit, tc.lost)
			w.network.Next(coretest.OpReconcile, gate.After)
			post := w.accept(coretest.PostRequest("Once"))
			w.work()
			w.clock.Advance(time.Minute)
			j, _ := w.claim()
			ctx, stop := context.WithCancel(t.Context())
			done := w.start(ctx, j, gate)
			stop()
			gate.Open()
			w.finish(j, <-done)
			if d := w.delivery(post.Post.ID); d.State != tc.want {
				t.Errorf("state %s %v, want %s", d.State, d.Error, tc.want)
			}
		})
	}
}

// TestEveryLostAnswerHasItsLookUps: those that an earlier call used up do not count.
func TestEveryLostAnswerHasItsLookUps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	unknown := coretest.Fail(&core.Error{Kind: core.KindUncertain})
	w.network.Next(coretest.OpCommit, coretest.LoseRequest, coretest.LoseAnswer)
	w.network.Next(coretest.OpReconcile, unknown, coretest.Succeed, unknown)
	post := w.accept(coretest.PostRequest("Once"))
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || w.commits() != 2 {
		t.Errorf("state %s %v after %d commits, want published after 2", d.State, d.Error, w.commits())
	}
}
