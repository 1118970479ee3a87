package linkedin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// While calls are held back, nothing that takes them is well.
func TestExamineWhileCallsAreHeld(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config  linkedin.Config
		refused bool
		calls   string // the finding about the account's calls
		posting string
		quota   core.FindingStatus // of the app
	}{
		"after a 429": {
			linkedin.Config{}, true, "createPost until 2026-11-20T09:", " again after 2026-11-20T09:", ok,
		},
		"the member's quota is used up": {
			linkedin.Config{MemberQuota: 1},
			false, "createPost until 2026-11-21T00:00:00Z (the 1 calls of the day for one member are made)",
			" again after 2026-11-21T00:00:00Z: the 1 calls of the day for one member are made.", ok,
		},
		"the app's quota is used up": {
			linkedin.Config{AppQuota: 1},
			false, "createPost until 2026-11-21T00:00:00Z (the 1 calls of the day for the app are made)",
			" again after 2026-11-21T00:00:00Z: the 1 calls of the day for the app are made.", warning,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			tc.config.APIURL = f.URL
			f.provider = newProvider(t, tc.config, f.deps)
			if tc.refused {
				f.Next(t, "POST /rest/posts", sandbox.Respond(http.StatusTooManyRequests, `{"status":429}`))
			}
			_, err := f.plan(pageDemo(), core.Draft{Text: "x"}).Commit(t.Context(), f.session(pageDemo()))
			if e := core.AsError(err); tc.refused && (e.Kind != core.KindRateLimited || !strings.Contains(e.Message, "is made after 2026-11-20T09:")) {
				t.Errorf("the refusal does not tell until when: %+v", e)
			}
			found := f.provider.Examine(t.Context(), f.session(pageDemo()))
			if got := findingOf(t, found, "calls"); got.Status != warning || !strings.Contains(got.Message, tc.calls) || got.Help == "" {
				t.Errorf("%+v", got)
			}
			if got := findingOf(t, found, "posting"); got.Status != warning || !strings.Contains(got.Message, tc.posting) {
				t.Errorf("%+v", got)
			}
			if got := findingOf(t, found, "quota"); got.Status != tc.quota {
				t.Errorf("%+v", got)
			}
			if n := f.provider.HeldEndpoints(); n == 0 {
				t.Error("no endpoint counts as held")
			}
		})
	}
}
