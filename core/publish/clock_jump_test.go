package publish_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// A clock that is set ahead is told, and so is the whole of what it is set back by: the time
// that has passed since the last look hides none of it.
func TestClockIsSet(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		by      time.Duration
		events  []string
		setBack []time.Duration
	}{
		"not":            {0, nil, nil},
		"a little":       {20 * time.Second, nil, nil},
		"ahead":          {time.Minute, []string{"clock.set_ahead"}, nil},
		"far ahead":      {8 * time.Hour, []string{"clock.set_ahead"}, nil},
		"back":           {-time.Minute, []string{"clock.set_back"}, []time.Duration{time.Minute}},
		"back by little": {-20 * time.Second, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			j := w.keepJournal()
			w.checkClock()
			w.clock.Advance(5 * time.Second)
			w.clock.Jump(tc.by)
			w.checkClock()
			w.clock.Advance(5 * time.Second)
			w.checkClock()
			if diff := cmp.Diff(tc.events, j.events(t)); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if !slices.Equal(w.observer.setBack, tc.setBack) {
				t.Errorf("set-backs %v, want %v", w.observer.setBack, tc.setBack)
			}
		})
	}
}

// A call looks older than it is after the clock was set ahead: for a while nobody concludes
// from it that the post is not there, or sends it again.
func TestClockSetAheadBeforeALookUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var since []time.Time
	w.use(func(p core.Publication) core.Publication { return sinceSpy{p, &since} })
	w.checkClock()
	w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
	post := w.accept(coretest.PostRequest("Lost before the clock was set ahead"))
	w.work()
	w.clock.Jump(time.Hour)
	jumped := w.clock.Now()
	w.work()
	if len(since) > 0 {
		t.Error("the network was asked at once")
	}
	w.drain()
	if len(since) == 0 || w.clock.Now().Sub(jumped) < 90*time.Second {
		t.Errorf("looked up as of %v, %s after the clock was set", since, w.clock.Now().Sub(jumped))
	}
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || w.commits() != 1 {
		t.Errorf("state %s after %d commits", d.State, w.commits())
	}
}

// A clock that steps while a post is prepared is looked at before the post is sent: what the
// lease says means nothing by it.
func TestClockSetWhileAPostIsPrepared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	once := sync.OnceFunc(func() { w.clock.Jump(time.Hour) })
	j := w.keepJournal(w.altering(func(p core.Publication) core.Publication { return jumping{p, once} }))
	w.checkClock()
	var atCommit []string
	w.network.Next(coretest.OpCommit, func(_ context.Context, apply func() error) error { atCommit = j.events(t); return apply() })
	post := w.accept(coretest.PostRequest("Prepared while the clock was set"))
	w.drain()
	if !slices.Contains(atCommit, "clock.set_ahead") {
		t.Errorf("events before the call: %v", atCommit)
	}
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || len(w.network.Timeline()) != 1 {
		t.Errorf("state %s, %d posts", d.State, len(w.network.Timeline()))
	}
}

// jumping has somebody set the clock while the post is prepared.
type jumping struct {
	core.Publication
	jump func()
}

func (j jumping) Prepare(ctx context.Context, s *core.Session) (core.Progress, error) {
	j.jump()
	return j.Publication.Prepare(ctx, s)
}
