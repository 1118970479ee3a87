package publish_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/schedule"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
)

// scheduled is a submission whose time the schedule chooses.
func (w *world) scheduled(text, title string) publish.Submission {
	r := coretest.PostRequest(text)
	r.AutoSchedule = title
	m := schedule.New(schedule.Config{Store: w.store, Clock: w.clock})
	return publish.Submission{
		ProfileID: w.profile.ID, Request: r,
		NextSlot: func(ctx context.Context, after time.Time) (time.Time, error) {
			return m.Next(ctx, w.profile.ID, title, after)
		},
	}
}

// setSchedule sets a schedule with slots at these hours.
func (w *world) setSchedule(title string, hours ...int) {
	w.t.Helper()
	c := schedule.Change{Title: title}
	for _, h := range hours {
		c.Times = append(c.Times, time.Duration(h)*time.Hour)
	}
	if _, err := schedule.New(schedule.Config{Store: w.store, Clock: w.clock}).Set(w.t.Context(), w.profile.ID, c); err != nil {
		w.t.Fatal(err)
	}
}

func TestPostTakesTheNextSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setSchedule("default", 8, 10)
	var posts []publish.Outcome
	for i, want := range []string{"2026-11-20T10:00:00Z", "2026-11-21T08:00:00Z", "2026-11-21T10:00:00Z"} {
		o, err := w.publisher.Accept(t.Context(), w.scheduled(fmt.Sprint("Post ", i), "default"))
		if err != nil {
			t.Fatal(err)
		}
		if got := o.Post.Request.ScheduleAt.Format(time.RFC3339); got != want || !o.Deliveries[0].DueAt.Equal(o.Post.Request.ScheduleAt) {
			t.Errorf("post %d is scheduled for %s and due at %v, want %s", i, got, o.Deliveries[0].DueAt, want)
		}
		posts = append(posts, o)
	}
	if d := w.publisher.Delete(t.Context(), w.profile.ID, posts[1].Post.ID, false); d.Err != nil {
		t.Fatal(d.Err)
	}
	o, err := w.publisher.Accept(t.Context(), w.scheduled("In the gap", "default"))
	if err != nil || !o.Post.Request.ScheduleAt.Equal(posts[1].Post.Request.ScheduleAt) {
		t.Errorf("the slot of a deleted post is not used again: %v (%v)", o.Post.Request.ScheduleAt, err)
	}
	w.drain()
	for _, o := range []publish.Outcome{posts[0], posts[2], o} {
		if got := w.delivery(o.Post.ID); got.State != core.DeliveryPublished || got.PublishedAt.Before(o.Post.Request.ScheduleAt) {
			t.Errorf("%s at %v, want it published at %v", got.State, got.PublishedAt, o.Post.Request.ScheduleAt)
		}
	}
}

// TestRefusedPostTakesNoSlot: neither a mistake in the request nor a key that was used
// before costs a slot.
func TestRefusedPostTakesNoSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setSchedule("default", 10)
	o, err := w.publisher.Accept(t.Context(), w.scheduled("", "default"))
	if err == nil || o.Post.Status != core.PostError {
		t.Fatalf("an empty text was accepted (%v)", err)
	}
	keyed := func() publish.Submission {
		s := w.scheduled("Hello", "default")
		s.Request.IdempotencyKey = "key"
		return s
	}
	for i := range 3 {
		_, err := w.publisher.Accept(t.Context(), keyed())
		if used := err != nil && core.CodeOf(core.AsErrors(err)[0]) == core.CodeKeyReused; used != (i > 0) {
			t.Errorf("attempt %d: %v", i, err)
		}
	}
	taken, err := w.store.TakenSlots(t.Context(), w.profile.ID, "default", w.clock.Now(), 10)
	if err != nil || len(taken) != 1 {
		t.Errorf("%v are taken (%v), want one slot", taken, err)
	}
}

// TestSlotIsLookedForAgain: the slot for which a request was checked may pass, or be taken,
// while the network is asked.
func TestSlotIsLookedForAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.setSchedule("default", 10)
	w.network.Next(coretest.OpPreflight, func(_ context.Context, apply func() error) error {
		w.clock.Advance(2 * time.Hour)
		r := store.NewPost{Post: core.Post{
			ID: "other", ProfileID: w.profile.ID, Status: core.PostOpen, CreatedAt: w.clock.Now(),
			Request: core.PostRequest{AutoSchedule: "default", ScheduleAt: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)},
		}}
		return errors.Join(w.store.InsertPost(context.WithoutCancel(t.Context()), r), apply())
	})
	o, err := w.publisher.Accept(t.Context(), w.scheduled("Hello", "default"))
	if got := o.Post.Request.ScheduleAt.Format(time.RFC3339); err != nil || got != "2026-11-22T10:00:00Z" {
		t.Errorf("the post got the slot %s (%v)", got, err)
	}
}

func TestTimeOfOnesOwnIsNoSlot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := coretest.PostRequest("Hello")
	r.AutoSchedule, r.ScheduleAt, r.AllowDuplicate = "default", w.clock.Now().Add(time.Hour), true
	for range 2 {
		if o := w.accept(r); o.Post.Request.AutoSchedule != "" {
			t.Errorf("the post is of the schedule %q", o.Post.Request.AutoSchedule)
		}
	}
}

// TestConcurrentPostsTakeConsecutiveSlots: many requests to several servers on one store,
// some of which are refused, take each its own slot, and leave none out.
func TestConcurrentPostsTakeConsecutiveSlots(t *testing.T) {
	t.Parallel()
	const servers, requests = 3, 20 // to each
	w := newWorld(t)
	shared := dbtest.New(t)
	worlds := make([]*world, servers)
	for i := range worlds {
		other := *w
		other.store = shared.Open(t, w.clock)
		other.publisher = other.newPublisher()
		worlds[i] = &other
	}
	w.store = worlds[0].store
	w.link(w.account)
	w.setSchedule("default", 0, 6, 12, 18)

	var (
		wg  sync.WaitGroup
		mu  sync.Mutex
		got []time.Time
	)
	for i, server := range worlds {
		for n := range requests {
			wg.Go(func() {
				if _, err := server.publisher.Accept(t.Context(), server.scheduled("", "default")); err == nil {
					t.Error("an empty text was accepted")
				}
				o, err := server.publisher.Accept(t.Context(), server.scheduled(fmt.Sprint("Post ", i, n), "default"))
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				defer mu.Unlock()
				got = append(got, o.Post.Request.ScheduleAt)
			})
		}
	}
	wg.Wait()
	slices.SortFunc(got, time.Time.Compare)
	want := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC) // into December
	if len(got) != servers*requests {
		t.Fatalf("%d posts have a slot, want %d", len(got), servers*requests)
	}
	for i, at := range got {
		if !at.Equal(want) {
			t.Fatalf("slot %d is %v, want %v", i, at, want)
		}
		want = want.Add(6 * time.Hour)
	}
}
