package publish_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

// troubled is a store that can only be read, for a reason.
type troubled struct {
	publish.Store
	err error
}

func (s troubled) Trouble() error { return s.err }

// waitOf returns what the only delivery of a post is said to wait for.
func (w *world) waitOf(p *publish.Publisher, id string) publish.Wait {
	w.t.Helper()
	o, err := p.Get(w.t.Context(), w.profile.ID, id)
	if err != nil || len(o.Deliveries) != 1 {
		w.t.Fatalf("%d deliveries, %v", len(o.Deliveries), err)
	}
	return o.Waits[o.Deliveries[0].ID]
}

func (w *world) wantWait(p *publish.Publisher, id, want string, since time.Time) {
	w.t.Helper()
	got := w.waitOf(p, id)
	if want == "" && got != (publish.Wait{}) || !strings.Contains(got.For, want) || want != "" && !got.Since.Equal(since) {
		w.t.Errorf("waits for %q since %v, want %q since %v", got.For, got.Since, want, since)
	}
}

// A post that is overdue does not say that it is ready for its time, but what keeps it, also
// when the database takes no note of it.
func TestWhatKeepsAnOverduePost(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	due := w.clock.Now().Add(time.Minute)
	first := w.schedule("first", time.Minute)
	w.clock.Advance(time.Millisecond)
	second := w.schedule("second", time.Minute-time.Millisecond)
	w.wantWait(w.publisher, first, "", time.Time{})
	prepared := w.clock.Now()
	for w.work() {
	}
	full := w.newPublisher(func(c *publish.Config) {
		c.Store = troubled{c.Store, fmt.Errorf("write: %w", store.ErrFull)}
	})
	for _, p := range []*publish.Publisher{w.publisher, full} {
		w.wantWait(p, first, "ready for its time", prepared)
	}
	w.clock.Set(due)
	w.wantWait(w.publisher, first, "a worker", due)
	w.clock.Advance(28 * time.Second)
	w.wantWait(w.publisher, first, "a worker", due)
	w.wantWait(full, first, "its disk is full", due)
	unknown := w.newPublisher(func(c *publish.Config) { c.Store = troubled{c.Store, errors.New("no")} })
	w.wantWait(unknown, first, "the server's log", due)

	gate := coretest.NewGate()
	w.network.Next(coretest.OpCommit, gate.Before)
	j, done := w.attemptUpTo(gate)
	w.wantWait(w.publisher, first, "", time.Time{})
	w.wantWait(w.publisher, second, "another post of the same account", due)
	gate.Open()
	w.finish(j, <-done)
	w.drain()
	w.wantWait(w.publisher, second, "", time.Time{})
	if d := w.delivery(second); d.State != core.DeliveryPublished {
		t.Errorf("state %s", d.State)
	}
}

// A reason that an attempt has noted stands, unless the database keeps the post now; one
// that was sent at once says nothing as long as it is not slow.
func TestNotedReasonsStand(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.network.Next(coretest.OpPrepare, coretest.Fail(&core.Error{Kind: core.KindTemporary, Message: "later"}))
	id := w.accept(coretest.PostRequest("Now")).Post.ID
	w.wantWait(w.publisher, id, "", time.Time{})
	began := w.clock.Now()
	w.work()
	w.wantWait(w.publisher, id, "another try", began)
	w.clock.Advance(time.Second)
	w.wantWait(w.publisher, id, "another try", began)
	locked := w.newPublisher(func(c *publish.Config) { c.Store = troubled{c.Store, store.ErrBusy} })
	w.wantWait(locked, id, "another program keeps it locked", began)
	gate := coretest.NewGate()
	w.network.Next(coretest.OpPrepare, gate.Before)
	w.clock.Advance(time.Minute)
	j, done := w.attemptUpTo(gate)
	gate.Open()
	w.finish(j, <-done)
	w.drain()
	w.wantWait(w.publisher, id, "", time.Time{})
}
