package publish_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
)

// Many requests change the same posts while workers send them: each post ends as what it
// shows, and is out once.
func TestChangesWhilePostsGoOut(t *testing.T) {
	t.Parallel()
	const posts, workers = 12, 3
	w := newWorld(t)
	ids := make([]string, posts)
	for i := range ids {
		ids[i] = w.accept(w.later(fmt.Sprintf("Post %02d, first", i))).Post.ID
	}
	w.clock.Set(coretest.Epoch().Add(time.Hour))
	ctx := context.WithoutCancel(t.Context())
	var changing, working sync.WaitGroup
	stop := make(chan struct{})
	for range workers {
		working.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					w.workConcurrently(ctx)
				}
			}
		})
	}
	for i, id := range ids {
		for _, c := range []core.PostChange{
			pause(true), pause(false), rewrite(fmt.Sprintf("Post %02d, second", i)), moveTo(coretest.Epoch()), pause(false),
		} {
			changing.Go(func() {
				_, err := w.publisher.Change(ctx, w.profile.ID, id, c)
				if code := core.CodeOf(core.AsError(err)); err != nil && code != core.CodeNotChangeable && code != core.CodeProcessing {
					t.Errorf("change: %v", err)
				}
			})
		}
	}
	changing.Wait()
	close(stop)
	working.Wait()
	w.drain()
	for _, id := range ids {
		if w.outcome(id).Post.Held() {
			w.change(id, pause(false))
		}
	}
	w.drain()
	for i, id := range ids {
		o := w.outcome(id)
		timeline := slices.DeleteFunc(w.network.Timeline(), func(p coretest.Post) bool { return !strings.HasPrefix(p.Text, fmt.Sprintf("Post %02d,", i)) })
		if len(timeline) != 1 || timeline[0].Text != o.Post.Request.Text.Default || o.Post.Status != core.PostSuccess || o.Post.Before != nil {
			t.Errorf("published %+v, and the post shows %s %q", timeline, o.Post.Status, o.Post.Request.Text.Default)
		}
	}
}

// workConcurrently is work for a goroutine of its own, which must not end the test.
func (w *world) workConcurrently(ctx context.Context) {
	jobs, err := w.store.Claim(ctx, queue.Wanted{Kinds: w.kinds(), N: 1, Lease: lease})
	for _, j := range jobs {
		d := queue.Conclude(w.publisher.Handlers()[j.Kind](ctx, j), j, w.clock.Now(), queue.Backoff{Base: time.Second, Max: time.Second})
		if err = w.store.Finish(ctx, j, d); errors.Is(err, queue.ErrLeaseLost) {
			err = nil
		}
	}
	if err != nil {
		w.t.Error(err)
	}
}
