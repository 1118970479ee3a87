package publish_test

import (
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// An account's posts of a day are counted: what is to go out at once is refused with the
// time to wait, and what was accepted waits for the new day.
func TestPostsPerDay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *coretest.Config) { c.PostsPerDay = 2 })
	start := w.clock.Now()
	midnight := start.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
	late := coretest.PostRequest("scheduled for today")
	late.ScheduleAt = start.Add(time.Minute)
	scheduled := w.accept(late)
	for _, text := range []string{"one", "two"} {
		w.accept(coretest.PostRequest(text))
	}
	w.accept(coretest.PostRequest("one too many, accepted before", w.picture("a.png")))
	for w.work() {
	}
	quota, err := w.publisher.Quota(t.Context(), w.account)
	if err != nil || quota.Used != 2 || !quota.Exhausted() || !quota.ResetsAt.Equal(midnight) {
		t.Fatalf("quota %+v, %v", quota, err)
	}

	_, err = w.publisher.Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: coretest.PostRequest("three")})
	e := core.AsError(err)
	if e.Kind != core.KindRateLimited || e.Code != core.CodeQuota || e.RetryAfter != midnight.Sub(start) {
		t.Errorf("%+v", e)
	}

	w.clock.Set(late.ScheduleAt)
	for w.work() {
	}
	if d := w.delivery(scheduled.Post.ID); d.State != core.DeliveryPreparing || core.CodeOf(d.Error) != core.CodeQuota || d.Failures != 0 {
		t.Errorf("%s, %+v; want it to wait", d.State, d.Error)
	}
	if d := w.delivery(scheduled.Post.ID); !strings.Contains(d.WaitsFor, "looked at by itself, next at 2026-") || !strings.Contains(d.Error.Help, "do not send it again") {
		t.Errorf("waits for %q, help %q: the author would send it again", d.WaitsFor, d.Error.Help)
	}
	if kept := w.assets.Kept(); len(kept) != 0 {
		t.Errorf("the files of %v are kept until tomorrow", kept)
	}
	w.drain()
	d := w.delivery(scheduled.Post.ID)
	if d.State != core.DeliveryPublished || d.PublishedAt.Before(midnight) || d.PublishedAt.After(midnight.Add(3*time.Minute)) {
		t.Errorf("%s at %s, want it soon after %s", d.State, d.PublishedAt, midnight)
	}
}
