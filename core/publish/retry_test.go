package publish_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// TestRetryBeginsAnew: what an earlier attempt has uploaded may be what the network
// refused.
func TestRetryBeginsAnew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wakes := 0
	w.publisher = w.newPublisher(func(c *publish.Config) { c.Wake = func() { wakes++ } })
	w.network.Next(coretest.OpPreflight, coretest.Answer(503, 0))
	w.network.Next(coretest.OpCommit, coretest.Answer(403, 0))
	post := w.accept(coretest.PostRequest("Again", w.picture("a.png")))
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryFailed || d.Failures != 1 {
		t.Fatalf("state %s %v after %d failures, want failed after one that passed", d.State, d.Error, d.Failures)
	}
	wakes = 0
	w.clock.Advance(48 * time.Hour) // later than a post may wait for the network's limit
	o, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID)
	if err != nil {
		t.Fatal(err)
	}
	if d := o.Deliveries[0]; o.Post.Status != core.PostOpen || d.State != core.DeliveryAccepted || d.Error != nil || wakes != 1 {
		t.Errorf("status %s, state %s %v, %d wakes; want it open, accepted and told to the runner", o.Post.Status, d.State, d.Error, wakes)
	}
	if d := o.Deliveries[0]; d.Failures != 0 || !d.DueAt.Equal(w.clock.Now()) {
		t.Errorf("%d failures, due at %v; want its patience back", d.Failures, d.DueAt)
	}
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished {
		t.Errorf("state %s %v, want published", d.State, d.Error)
	}
	if got := len(w.network.Calls(coretest.OpUpload)); got != 2 {
		t.Errorf("%d uploads, want 2: one for each beginning", got)
	}
}

// TestRetryOfADamagedUpload: the server would send the same bytes again.
func TestRetryOfADamagedUpload(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]bool{"upload:0123": false, "https://media.example/damaged.png": true} {
		w := newWorld(t)
		w.assets.Next(url, coretest.Fail(&core.Error{
			Kind: core.KindMedia, Code: core.CodeMediaURL, Field: "mediaUrls[0]", Message: "the file is damaged",
		}))
		post := w.accept(coretest.PostRequest("Damaged", url))
		w.drain()
		o := w.outcome(post.Post.ID)
		if d := o.Deliveries[0]; d.State != core.DeliveryFailed || o.RetryAvailable() != want {
			t.Errorf("%s: state %s %v, retry available: %v, want failed and %v", url, d.State, d.Error, o.RetryAvailable(), want)
		}
		if _, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID); (err == nil) != want {
			t.Errorf("%s: retry: %v, want it possible: %v", url, err, want)
		}
	}
}

// opening is a store that calls before once, ahead of the next update of a post.
type opening struct {
	publish.Store
	before func()
}

func (s *opening) UpdatePost(ctx context.Context, id string, fn func(*core.Post) error) (core.Post, error) {
	if before := s.before; before != nil {
		s.before = nil
		before()
	}
	return s.Store.UpdatePost(ctx, id, fn)
}

// TestRetryThatEndsBeforeThePostIsOpen: a worker is faster than the request.
func TestRetryThatEndsBeforeThePostIsOpen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := failedPost(w)
	slow := w.newPublisher(func(c *publish.Config) { c.Store = &opening{Store: w.store, before: w.drain} })
	if _, err := slow.Retry(t.Context(), w.profile.ID, post.Post.ID); err != nil {
		t.Fatal(err)
	}
	if o := w.outcome(post.Post.ID); o.Post.Status != core.PostSuccess || w.commits() != 1 {
		t.Errorf("status %s after %d commits, want success after 1", o.Post.Status, w.commits())
	}
}

// TestRetriesAtOnce: a request that comes between the two steps of another one asks for what
// is being done, and is told nothing that would make a client create a second post.
func TestRetriesAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := failedPost(w)
	second := func() {
		o, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID)
		if err != nil || o.Post.Status != core.PostOpen || o.Post.Retries != 1 {
			t.Errorf("the second request: status %s after %d retries, %v", o.Post.Status, o.Post.Retries, err)
		}
	}
	first := w.newPublisher(func(c *publish.Config) { c.Store = &opening{Store: w.store, before: second} })
	if o, err := first.Retry(t.Context(), w.profile.ID, post.Post.ID); err != nil || o.Post.Retries != 1 {
		t.Errorf("the first request: %d retries, %v", o.Post.Retries, err)
	}
	w.drain()
	if w.commits() != 1 {
		t.Errorf("%d commits, want 1", w.commits())
	}
}

// TestRetryReadsBetweenTheStepsOfAnother: the post was read before another request opened it,
// and its deliveries when they were out.
func TestRetryReadsBetweenTheStepsOfAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	post := failedPost(w)
	other := func() {
		if _, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID); err != nil {
			t.Error(err)
		}
		w.drain()
	}
	late := w.newPublisher(func(c *publish.Config) { c.Store = &interposed{Store: w.store, before: other} })
	o, err := late.Retry(t.Context(), w.profile.ID, post.Post.ID)
	if err != nil || o.Post.Status != core.PostSuccess || o.Post.Retries != 1 || w.commits() != 1 {
		t.Errorf("status %s after %d retries and %d commits, %v; want it published once", o.Post.Status, o.Post.Retries, w.commits(), err)
	}
}

// TestWhyNoRetry: what a client is told decides what it does next.
func TestWhyNoRetry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	out := w.accept(coretest.PostRequest("Out"))
	w.drain()
	w.network.Next(coretest.OpCommit, coretest.Answer(400, 0))
	wrong := w.accept(coretest.PostRequest("Wrong"))
	w.drain()
	for id, want := range map[string][2]string{
		out.Post.ID:   {"the post is published", "Only a post with status error"},
		wrong.Post.ID: {"unchanged cannot help", "POST /post/copy"},
	} {
		_, err := w.publisher.Retry(t.Context(), w.profile.ID, id)
		e := core.AsError(err)
		if core.CodeOf(e) != core.CodeNotRetryable || !strings.Contains(e.Message, want[0]) || !strings.Contains(core.HelpOf(e), want[1]) {
			t.Errorf("%v, help %q, want %q", err, core.HelpOf(e), want)
		}
	}
}
