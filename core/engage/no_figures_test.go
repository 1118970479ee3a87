package engage_test

import (
	"context"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/engage"
)

// readable is a forum that can read posts back.
type readable struct{ *coretest.Forum }

func (p readable) Inspect(ctx context.Context, s *core.Session, remoteID string) (core.Standing, string, error) {
	return coretest.Readable{Provider: p.Provider}.Inspect(ctx, s, remoteID)
}

// reads lets the fixture's service work with a forum that can read posts back.
func (f *fixture) reads() {
	f.t.Helper()
	registry, err := core.NewRegistry(readable{f.forum})
	if err != nil {
		f.t.Fatal(err)
	}
	if f.Service, err = engage.New(engage.Config{Store: f.store, Registry: registry, Sessions: f, Pending: f.pending(registry), Clock: f.clock}); err != nil {
		f.t.Fatal(err)
	}
}

// Who asks for figures that are not there is told why, as far as the network tells.
func TestWhyThereAreNoFigures(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name  string
		look  coretest.Behaviour
		blind bool
		want  string
	}{
		{name: "gone", look: coretest.Succeed, want: "does not have the post any more"},
		{name: "refused", look: coretest.Stand(core.StandingRefused, "SPAM"), want: "did not publish it (SPAM)"},
		{name: "processing", look: coretest.Stand(core.StandingProcessing, ""), want: "still at work"},
		{name: "of another", look: coretest.Stand(core.StandingShown, ""), want: "the posts of others"},
		{name: "no post", look: coretest.Fail(&core.Error{Kind: core.KindInvalid, Message: "Not a post."}), want: "for the post nowhere: Not a post"},
		{name: "may not read", look: coretest.Answer(403, 0), want: "could not be found out"},
		{name: "cannot read", blind: true, want: "or gives the account no figures"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			if !tc.blind {
				f.reads()
				f.forum.Next(coretest.OpInspect, tc.look)
			}
			results, err := f.PostAnalytics(t.Context(), f.account.ProfileID, f.native("nowhere"))
			if err != nil {
				t.Fatal(err)
			}
			e := core.AsError(results[0].Err)
			if e.Code != core.CodeAnalytics || !strings.Contains(e.Message, tc.want) {
				t.Errorf("got %v, want it to say %q", e, tc.want)
			}
		})
	}
}

// A look is a call: of many posts without figures, a few are looked at.
func TestLooksAreBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.reads()
	many := strings.Split("abcdefghij", "")
	results, err := f.NativeAnalytics(t.Context(), f.account.ProfileID, f.native(""), many)
	if looks := len(f.forum.Calls(coretest.OpInspect)); err != nil || len(results) != len(many) || looks != 5 {
		t.Errorf("%d looks for %d posts: %v; want 5", looks, len(results), err)
	}
}
