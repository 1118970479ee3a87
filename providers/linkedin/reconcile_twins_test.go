package linkedin_test

import (
	"context"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// Of two posts with the same content, each lost answer finds its own: the first one that
// was created after its call, and none that is known to be another's.
func TestReconcileTellsTwinsApart(t *testing.T) {
	t.Parallel()
	draft := core.Draft{Text: "Good morning!"}
	f := newFixture(t, linkedintest.WithOptions(func(o *sandbox.Options) { o.DuplicateWindow = -1 }))
	first, firstSession, firstSince := f.lose(pageDemo(), draft, sandbox.CutAfter())
	f.clock.Advance(20 * time.Minute)
	second, secondSession, secondSince := f.lose(pageDemo(), draft, sandbox.CutAfter())
	f.clock.Advance(time.Hour)
	posts := f.Sandbox.Posts() // the oldest first
	if len(posts) != 2 || !posts[1].CreatedAt.After(posts[0].CreatedAt) {
		t.Fatalf("posts %+v", posts)
	}
	older, newer := posts[0].URN, posts[1].URN
	find := func(pub core.Reconciler, s *core.Session, since time.Time, taken ...string) (string, bool) {
		t.Helper()
		s.Taken = func(_ context.Context, urn string) (bool, error) {
			return len(taken) > 0 && urn == taken[0], nil
		}
		receipt, found, err := pub.Reconcile(t.Context(), s, since)
		if err != nil {
			t.Fatal(err)
		}
		return receipt.RemoteID, found
	}
	if urn, _ := find(first, firstSession, firstSince); urn != older {
		t.Errorf("the first is %s, want %s", urn, older)
	}
	if urn, _ := find(second, secondSession, secondSince); urn != newer {
		t.Errorf("the second is %s, want %s", urn, newer)
	}
	// After the clock was set back, the calls may have been made at any time of a day.
	longAgo := firstSince.Add(-25 * time.Hour)
	if urn, _ := find(second, secondSession, longAgo, older); urn != newer {
		t.Errorf("beside the first, the second is %s, want %s", urn, newer)
	}
	if urn, found := find(second, secondSession, secondSince, newer); found {
		t.Errorf("a post that is another's was taken for the second: %s", urn)
	}
}

// A call of unknown age is never sent again: a member's post that cannot be read back
// stays unknown.
func TestReconcileSendsNothingOfUnknownAge(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s, since := f.lose(jane(), core.Draft{Text: "Once"}, sandbox.CutAfter())
	_, found, err := pub.Reconcile(t.Context(), s, since.Add(-24*time.Hour))
	if found || core.KindOf(err) != core.KindUncertain {
		t.Errorf("found %v, %v", found, err)
	}
	if n := f.count("POST", "/rest/posts"); n != 1 {
		t.Errorf("%d creates, want 1", n)
	}
}
