package publish_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// meanwhileStore calls meanwhile before it stores the first post.
type meanwhileStore struct {
	publish.Store
	meanwhile func() error
}

func (s *meanwhileStore) InsertPost(ctx context.Context, n store.NewPost) error {
	if f := s.meanwhile; f != nil {
		s.meanwhile = nil
		if err := f(); err != nil {
			return err
		}
	}
	return s.Store.InsertPost(ctx, n)
}

// batch is a list of posts with these texts, at once and an hour apart, with a key.
func (w *world) batch(texts ...string) publish.Batch {
	now := w.clock.Now()
	b := publish.Batch{
		ProfileID: w.profile.ID, ID: core.NewID(now), At: now,
		Idempotency: &store.Request{ProfileID: w.profile.ID, Key: "key", BodyHash: []byte("hash"), CreatedAt: now},
	}
	for i, text := range texts {
		r := coretest.PostRequest(text)
		r.ScheduleAt = now.Add(time.Duration(i) * time.Hour)
		b.Requests, b.Names = append(b.Requests, r), append(b.Names, fmt.Sprintf("row %d", i))
	}
	return b
}

// stored is how many posts there are, refused ones included.
func (w *world) stored() int {
	w.t.Helper()
	list, err := w.publisher.List(w.t.Context(), store.PostQuery{ProfileID: w.profile.ID})
	if err != nil {
		w.t.Fatal(err)
	}
	return len(list)
}

// everybody works with several workers at a time until there is nothing to do now.
func (w *world) everybody(workers int) {
	w.t.Helper()
	var wg sync.WaitGroup
	for range workers {
		p := w.newPublisher()
		wg.Go(func() {
			for {
				jobs, err := w.store.Claim(w.t.Context(), queue.Wanted{Kinds: []string{publish.JobKind}, N: 1, Lease: lease})
				if err != nil {
					w.t.Error(err)
				}
				if len(jobs) == 0 {
					return
				}
				w.finish(jobs[0], p.Attempt(w.t.Context(), jobs[0]))
			}
		})
	}
	wg.Wait()
}

// The posts of a batch go out in its order, be they due at one time or at once.
func TestBatchKeepsTheOrder(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]time.Duration{"at once": 0, "at one time": time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const rows, workers = 24, 6
			w := newWorld(t)
			w.clock.SkipWaits()
			b := publish.Batch{ProfileID: w.profile.ID, ID: core.NewID(w.clock.Now()), At: w.clock.Now()}
			var want []string
			for i := range rows {
				r := coretest.PostRequest(fmt.Sprintf("row %02d", i))
				if in > 0 {
					r.ScheduleAt = w.clock.Now().Add(in)
				}
				b.Requests, b.Names, want = append(b.Requests, r), append(b.Names, r.Text.Default), append(want, r.Text.Default)
			}
			if _, problems, err := w.publisher.AcceptAll(t.Context(), b); err != nil || problems != nil {
				t.Fatal(problems, err)
			}
			w.clock.Advance(max(in-time.Minute, time.Second))
			w.everybody(workers)
			if len(w.texts()) > 0 {
				t.Errorf("%v went out before the others were ready", w.texts())
			}
			w.clock.Advance(time.Minute)
			for range rows { // a worker that finds the lane busy goes home
				w.everybody(workers)
			}
			if diff := cmp.Diff(want, w.texts()); diff != "" {
				t.Errorf("published (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAcceptAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	b := w.batch("One", "Two", "Three")
	outcomes, problems, err := w.publisher.AcceptAll(t.Context(), b)
	if err != nil || problems != nil || len(outcomes) != 3 {
		t.Fatalf("outcomes %v, problems %v, error %v", outcomes, problems, err)
	}
	for i, o := range outcomes {
		got := w.outcome(b.PostID(i))
		if got.Post.ID != o.Post.ID || got.Post.Request.Text.Default != b.Requests[i].Text.Default || len(got.Deliveries) != 1 {
			t.Errorf("post %d is stored as %+v", i, got)
		}
	}
	if _, _, err := w.publisher.AcceptAll(t.Context(), w.batch("Four")); !errors.Is(err, store.ErrKeyUsed) {
		t.Errorf("the same key again: %v", err)
	}
	w.clock.Advance(3 * time.Hour)
	w.drain()
	if got := w.commits(); got != 3 {
		t.Errorf("%d posts went out, want 3", got)
	}
}

// TestAcceptAllOrNone: what happens between the check of the posts and the write leaves no
// part of them, and their key free.
func TestAcceptAllOrNone(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		meanwhile func(w *world) error
		duplicate int // the place that has one; -1: none
		others    int // posts stored meanwhile
	}{
		"a duplicate": {func(w *world) error {
			_, err := w.submit(coretest.PostRequest("Three"))
			return err
		}, 2, 1},
		"the store fails": {func(*world) error { return errors.New("the disk is gone") }, -1, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			other := w.newPublisher(func(c *publish.Config) {
				c.Store = &meanwhileStore{c.Store, func() error { return tc.meanwhile(w) }}
			})
			b := w.batch("One", "Two", "Three")
			_, problems, err := other.AcceptAll(t.Context(), b)
			if (err != nil) != (tc.duplicate < 0) {
				t.Errorf("error %v", err)
			}
			for place, list := range problems {
				if (place == tc.duplicate) != (len(list) == 1 && core.CodeOf(list[0]) == core.CodeDuplicate) {
					t.Errorf("problems of post %d: %v", place, list)
				}
			}
			if got := w.stored(); got != tc.others {
				t.Errorf("%d posts are stored, want %d", got, tc.others)
			}
			if tc.duplicate >= 0 {
				b.Requests[tc.duplicate].AllowDuplicate = true
			}
			if _, problems, err := other.AcceptAll(t.Context(), b); err != nil || problems != nil {
				t.Errorf("once more: problems %v, error %v", problems, err)
			}
			if got, want := w.stored(), tc.others+3; got != want {
				t.Errorf("%d posts are stored at the end, want %d", got, want)
			}
		})
	}
}
