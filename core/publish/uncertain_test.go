package publish_test

import (
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/queue"
)

// TestAdviceWhileALostAnswerIsLookedFor: whoever is told to send the post again while
// it is still looked for gets it twice.
func TestAdviceWhileALostAnswerIsLookedFor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *coretest.Config) { c.Unreadable = true })
	w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
	w.network.Next(coretest.OpReconcile, coretest.Answer(503, 0))
	post := w.accept(coretest.PostRequest("Once"))
	began := w.clock.Now()

	// The answer is lost; then a look that does not count, and one that does. Waits
	// that are not set are of random length.
	for _, next := range []struct{ from, to time.Duration }{
		{30 * time.Second, 30 * time.Second}, {time.Minute, 90 * time.Second}, {5 * time.Minute, 5 * time.Minute},
	} {
		if !w.work() {
			t.Fatalf("nothing was done after %v", w.clock.Now().Sub(began))
		}
		d := w.delivery(post.Post.ID)
		due := d.ReconcileAt
		if wait := due.Sub(began); d.State != core.DeliveryUncertain || d.Settled || wait < next.from || wait > next.to {
			t.Fatalf("state %s, settled %v, next look after %v; want it uncertain, and a look from %v to %v", d.State, d.Settled, wait, next.from, next.to)
		}
		help := core.HelpOf(d.Error)
		for _, says := range []string{"finding out", due.UTC().Format(time.RFC3339), "Do not send it again"} {
			if !strings.Contains(help, says) {
				t.Errorf("help %q does not say %q", help, says)
			}
		}
		_, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID)
		if e := core.AsError(err); core.CodeOf(e) != core.CodeNotRetryable || core.HelpOf(e) != help {
			t.Errorf("retry: %v, help %q; want the same advice", err, core.HelpOf(e))
		}
		if runAt, err := w.store.NextRunAt(t.Context(), []string{"deliver"}, queue.Everything); err != nil || !runAt.Equal(due) {
			t.Errorf("the next look is planned for %v, %v; %v was told", runAt, err, due)
		}
		w.clock.Set(due)
	}

	w.drain()
	d := w.delivery(post.Post.ID)
	if help := core.HelpOf(d.Error); !d.Settled || help != core.CodeUncertain.Info().Help {
		t.Errorf("settled %v, help %q; want it settled, and the advice to look", d.Settled, help)
	}
}

// TestRetryOfWhatMayBePublished says the truth: nothing is wrong with the post, and
// nobody knows whether it is there.
func TestRetryOfWhatMayBePublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *coretest.Config) { c.Unreadable = true })
	w.network.Next(coretest.OpCommit, coretest.LoseAnswer)
	post := w.accept(coretest.PostRequest("Perhaps"))
	w.drain()
	_, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID)
	e := core.AsError(err)
	if core.CodeOf(e) != core.CodeNotRetryable || !strings.Contains(e.Message, "nobody knows whether the post went out") ||
		!strings.Contains(core.HelpOf(e), "Look at the account") || strings.Contains(e.Message, "correct it") {
		t.Errorf("retry: %v, help %q; want that nobody knows, and to look", err, core.HelpOf(e))
	}
}

// TestRetryAfterARetryThatMayBePublished: of two deliveries, the one that failed was
// retried once; a new post for it would send the other, perhaps, twice.
func TestRetryAfterARetryThatMayBePublished(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *coretest.Config) { c.Unreadable = true })
	w.network.Next(coretest.OpCommit, coretest.Answer(403, 0), coretest.LoseAnswer)
	post := w.accept(coretest.PostRequest("Perhaps"))
	w.drain()
	if _, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID); err != nil {
		t.Fatal(err)
	}
	w.drain()
	_, err := w.publisher.Retry(t.Context(), w.profile.ID, post.Post.ID)
	if e := core.AsError(err); !strings.Contains(e.Message, "nobody knows") {
		t.Errorf("second retry: %v; want no advice to send it again", err)
	}
}

// TestLookThatWasTooEarly: when the network says when it will know, it is asked then, and not
// only at the next of the planned times, of which none is used up.
func TestLookThatWasTooEarly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	early := coretest.Fail(&core.Error{Kind: core.KindUncertain, Message: "not shown yet", RetryAfter: 20 * time.Second})
	w.network.Next(coretest.OpCommit, coretest.LoseRequest)
	w.network.Next(coretest.OpReconcile, early, early)
	post := w.accept(coretest.PostRequest("Once"))
	w.work()
	lost := w.clock.Now()
	for _, want := range []time.Duration{30 * time.Second, 50 * time.Second, 70 * time.Second} {
		d := w.delivery(post.Post.ID)
		if wait := d.ReconcileAt.Sub(lost); wait != want || d.Reconciliations != 0 {
			t.Fatalf("the next look is after %v, with %d used up; want %v and none", wait, d.Reconciliations, want)
		}
		w.clock.Set(d.ReconcileAt)
		w.work()
	}
	w.drain()
	if d := w.delivery(post.Post.ID); d.State != core.DeliveryPublished || d.PublishedAt.Sub(lost) > 2*time.Minute {
		t.Errorf("%s %v after the answer was lost", d.State, d.PublishedAt.Sub(lost))
	}
}
