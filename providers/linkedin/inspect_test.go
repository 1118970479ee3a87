package linkedin_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// A post that LinkedIn has accepted is not always shown (quirk 21).
func TestInspect(t *testing.T) {
	t.Parallel()
	f := newFixture(t, linkedintest.WithOptions(func(o *sandbox.Options) { o.PublishTime = time.Minute }))
	f.Next(t, "POST /rest/posts", sandbox.Reject(2*time.Minute))
	urn, s := f.written(pageDemo(), "x"), f.session(pageDemo())
	for _, step := range []struct {
		after    time.Duration
		standing core.Standing
		reason   string
	}{
		{0, core.StandingProcessing, "PUBLISH_REQUESTED"},
		{time.Minute, core.StandingShown, ""},
		{time.Minute, core.StandingRefused, "lifecycleState PUBLISH_FAILED, reviewStatus FAILED"},
	} {
		f.clock.Advance(step.after)
		standing, reason, err := f.provider.Inspect(t.Context(), s, urn)
		if err != nil || standing != step.standing || !strings.Contains(reason, step.reason) || (step.reason == "") != (reason == "") {
			t.Errorf("%s later: %s (%s), %v; want %s", step.after, standing, reason, err, step.standing)
		}
	}
	if err := f.provider.Delete(t.Context(), s, urn); err != nil {
		t.Fatal(err)
	}
	if standing, _, err := f.provider.Inspect(t.Context(), s, urn); err != nil || standing != core.StandingGone {
		t.Errorf("deleted: %s, %v", standing, err)
	}
	f.noNotes()
}

func TestInspectReadsEveryState(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, tc := range []struct {
		body     string
		standing core.Standing
	}{
		{`{"lifecycleState":"PUBLISHED"}`, core.StandingShown},
		{`{"lifecycleState":"PUBLISHED","lifecycleStateInfo":{"reviewStatus":"PUBLISHED"}}`, core.StandingShown},
		{`{"lifecycleState":"PUBLISHED","lifecycleStateInfo":{"reviewStatus":"FAILED"}}`, core.StandingRefused},
		{`{"lifecycleState":"PUBLISHED","lifecycleStateInfo":{"reviewStatus":"PENDING"}}`, core.StandingProcessing},
		{`{"lifecycleState":"PUBLISHED","lifecycleStateInfo":{"reviewStatus":"PROCESSING"}}`, core.StandingProcessing},
		{`{"lifecycleState":"DRAFT"}`, core.StandingProcessing},
		{`{"lifecycleState":"PUBLISH_FAILED"}`, core.StandingRefused},
	} {
		f.Next(t, "GET /rest/posts/*", sandbox.Respond(http.StatusOK, tc.body))
		if standing, _, err := f.provider.Inspect(t.Context(), f.session(pageDemo()), "urn:li:share:1"); err != nil || standing != tc.standing {
			t.Errorf("%s: %s, %v", tc.body, standing, err)
		}
	}
}

func TestInspectErrors(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	mine, page := f.written(jane(), "x"), f.written(pageDemo(), "x")
	s := f.session(pageDemo())
	if _, _, err := f.provider.Inspect(t.Context(), f.session(jane()), mine); core.KindOf(err) != core.KindForbidden {
		t.Errorf("a self-serve app cannot read its own posts: %v", err)
	}
	if _, _, err := f.provider.Inspect(t.Context(), s, "1"); core.KindOf(err) != core.KindInvalid {
		t.Errorf("no post: %v", err)
	}
	f.Next(t, "GET /rest/posts/*", sandbox.Respond(http.StatusNotFound, `{"status":404,"code":"RESOURCE_NOT_FOUND","message":"No virtual resource found"}`))
	if standing, _, err := f.provider.Inspect(t.Context(), s, page); core.KindOf(err) != core.KindForbidden {
		t.Errorf("an app without the product takes a post for gone: %s, %v", standing, err)
	}
}
