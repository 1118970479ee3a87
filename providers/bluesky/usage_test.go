package bluesky_test

import (
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// The tokens of an account change several times a day; its calls are those of one account.
func TestUsageOutlastsARenewal(t *testing.T) {
	t.Parallel()
	w := newEngageWorld(t)
	posts := func(s *core.Session) int {
		usage, err := w.provider.Usage(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range usage.Endpoints {
			if e.Endpoint == "putRecord" {
				return e.Calls
			}
		}
		return 0
	}
	s := w.alice(t)
	tokens := w.Login(t, sandbox.AliceHandle, sandbox.AliceAppPassword)
	w.posted(t, s, "one")
	before := posts(s)
	fresh, err := w.provider.Refresh(t.Context(), core.Credentials{
		AccessToken: core.Secret(tokens.AccessToken), RefreshToken: core.Secret(tokens.RefreshToken), Binding: core.Secret(`{"pds":"` + w.URL + `"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	renewed := coretest.NewSession(t, s.Account, coretest.WithToken(fresh.AccessToken), coretest.WithBinding(fresh.Binding), coretest.WithClock(w.clock))
	w.posted(t, renewed, "two")
	if after := posts(renewed); before != 1 || after != 2 {
		t.Errorf("%d calls before the renewal and %d after another post, want 1 and 2", before, after)
	}
	if n := posts(w.bob(t)); n != 0 {
		t.Errorf("%d calls are counted as somebody else's", n)
	}
}
