package publish_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
)

// The network applied a call whose answer was lost, and somebody deleted the post there
// before it was looked for: sent again, it is refused as a duplicate of the deleted one,
// which proves neither that it is there nor that it is not to be.
func TestDuplicateOfAPostThatIsGone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		look     coretest.Behaviour // at the original of the duplicate
		there    bool
		want     core.DeliveryState
		inferred bool
	}{
		"it is gone":          {want: core.DeliveryUncertain},
		"it is there":         {there: true, want: core.DeliveryPublished},
		"nobody may read it":  {look: coretest.Answer(403, 0), want: core.DeliveryPublished, inferred: true},
		"it cannot be read":   {look: coretest.Answer(503, 0), want: core.DeliveryPublished, inferred: true},
		"it is in processing": {look: coretest.Stand(core.StandingProcessing, ""), want: core.DeliveryPublished},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.readable()
			original := "post-0"
			if tc.there {
				original = w.network.Publish(w.account.RemoteID, "what the network made of it")
			}
			w.network.Next(coretest.OpCommit, coretest.LoseRequest,
				coretest.Fail(&core.Error{Kind: core.KindDuplicate, Status: 409, RemoteID: original, Message: "this was just posted"}))
			if tc.look != nil {
				w.network.Next(coretest.OpInspect, tc.look)
			}
			post := w.accept(coretest.PostRequest("Once"))
			w.drain()
			d := w.delivery(post.Post.ID)
			if d.State != tc.want || !d.Settled || w.commits() != 2 {
				t.Fatalf("state %s, settled %v, %v, after %d commits; want %s after 2", d.State, d.Settled, d.Error, w.commits(), tc.want)
			}
			if tc.want == core.DeliveryUncertain {
				if d.Error.RemoteID != original || !strings.Contains(d.Error.Message, "deleted since") {
					t.Errorf("%+v does not tell of the deleted post", d.Error)
				}
			} else if d.Receipt.RemoteID != original || d.Receipt.Inferred != tc.inferred {
				t.Errorf("receipt %+v, want that of %s, inferred %v", d.Receipt, original, tc.inferred)
			}
		})
	}
}

// Whether a post that is not found was never there, or was deleted, no look can tell.
func TestWhatIsSentAgainSaysSo(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		lost coretest.Behaviour
		want bool
	}{
		"not applied":        {coretest.LoseRequest, true},
		"applied":            {coretest.LoseAnswer, false},
		"refused, and again": {coretest.Answer(429, 0), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.network.Next(coretest.OpCommit, tc.lost)
			post := w.accept(coretest.PostRequest("Once"))
			w.drain()
			d := w.delivery(post.Post.ID)
			told := 0
			for _, warned := range d.Warnings {
				if warned.Code == core.CodeUncertain && strings.Contains(warned.Message, "it was sent again") && strings.Contains(warned.Message, "it did not have the post") {
					told++
				}
			}
			if d.State != core.DeliveryPublished || told != len(d.Warnings) || (told == 1) != tc.want {
				t.Errorf("state %s, warnings %v", d.State, d.Warnings)
			}
		})
	}
}

// A post that was proven not to be there and is not sent again, since its author has deleted it,
// does not say that it was.
func TestWhatIsNotSentAgainDoesNotSaySo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network.Next(coretest.OpCommit, coretest.LoseRequest)
	post := w.accept(coretest.PostRequest("Once"))
	w.work()
	w.goOn(w.publisher, func() bool { return w.delivery(post.Post.ID).Unsent() })
	if err := w.publisher.Delete(t.Context(), w.profile.ID, post.Post.ID, false).Err; err != nil {
		t.Fatal(err)
	}
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryCancelled || w.commits() != 1 || len(d.Warnings) != 0 {
		t.Errorf("%s after %d calls, warnings %v; want it cancelled, and none", d.State, w.commits(), d.Warnings)
	}
}

// Neither does one that never left again, or that was refused then.
func TestWhatIsRefusedThenDoesNotSaySo(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]*core.Error{
		"unsent":  {Kind: core.KindForbidden, Unsent: true, Message: "the account may not post"},
		"refused": {Kind: core.KindInvalid, Status: 422, Message: "the text is not allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.network.Next(coretest.OpCommit, coretest.LoseRequest, coretest.Fail(refusal))
			post := w.accept(coretest.PostRequest("Once"))
			w.drain()
			if d := w.delivery(post.Post.ID); d.State != core.DeliveryFailed || w.commits() != 2 || len(d.Warnings) != 0 {
				t.Errorf("%s after %d calls, warnings %v; want it failed after 2, and none", d.State, w.commits(), d.Warnings)
			}
		})
	}
}

// A process that dies while it sends a post again leaves nobody who could say so but whoever
// takes over.
func TestWhatWasSentAgainBeforeADeathSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gate := coretest.NewGate()
	w.network.Next(coretest.OpCommit, coretest.LoseRequest, gate.After)
	post := w.accept(coretest.PostRequest("Once"))
	w.work()
	w.goOn(w.publisher, func() bool { return w.delivery(post.Post.ID).Unsent() })
	next, err := w.store.NextRunAt(t.Context(), w.kinds(), queue.Everything)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.Set(next)
	_, done := w.attemptUpTo(gate)
	w.publisher = w.newPublisher()
	w.clock.Advance(2 * lease)
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0].Message, "it was sent again") {
		t.Errorf("%s, warnings %v; want it found, and one", d.State, d.Warnings)
	}
	gate.Open()
	if err := <-done; err != nil && !errors.Is(err, queue.ErrLeaseLost) {
		t.Errorf("the first worker ended with %v", err)
	}
}

// nameless is a publication whose Commit does not say what it has published.
type nameless struct {
	core.Publication
	core.Reconciler
}

func (p nameless) Commit(ctx context.Context, s *core.Session) (core.Receipt, error) {
	r, err := p.Publication.Commit(ctx, s)
	r.RemoteID = ""
	return r, err
}

// A receipt that names nothing proves nothing, whether the network has the post or not.
func TestReceiptWithoutAName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.use(func(p core.Publication) core.Publication { return nameless{p, p.(core.Reconciler)} })
	post := w.accept(coretest.PostRequest("Once"))
	if !w.work() {
		t.Fatal("nothing was done")
	}
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryUncertain || d.Settled || !strings.Contains(d.Error.Message, "does not name the post") {
		t.Errorf("state %s, settled %v, %v; want it looked for", d.State, d.Settled, d.Error)
	}
	w.drain()
	d, shown := w.delivery(post.Post.ID), w.network.Timeline()
	if d.State != core.DeliveryPublished || len(shown) != 1 || d.Receipt.RemoteID != shown[0].RemoteID || w.commits() != 1 {
		t.Errorf("state %s, receipt %+v, %d posts after %d commits; want it found", d.State, d.Receipt, len(shown), w.commits())
	}
}
