package accounts_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
)

// TestOutdone: what an account has is kept only where it is known to be better than what it
// would get, and works.
func TestOutdone(t *testing.T) {
	t.Parallel()
	const month = 30 * 24 * time.Hour
	more := []string{coretest.ScopePost, coretest.ScopeRead}
	for _, tc := range []struct {
		name   string
		app    string        // that the account is linked through
		ends   time.Duration // from now, of what it has; 0: not known
		scopes []string
		blank  bool // what the new authorization allows is not known
		lost   bool
		want   accounts.Advantage
	}{
		{name: "longer", app: "other", ends: 3 * month, want: accounts.LastsLonger},
		{name: "longer, granted elsewhere", ends: 3 * month, want: accounts.LastsLonger},
		{name: "the same app", app: "main", ends: 3 * month},
		{name: "lost", app: "other", ends: 3 * month, lost: true},
		{name: "hardly longer", app: "other", ends: 2*month + time.Hour},
		{name: "shorter", app: "other", ends: month},
		{name: "not known", app: "other"},
		{name: "shorter, and allows more", app: "other", ends: month, scopes: append(more, "figures"), want: accounts.AllowsMore},
		{name: "shorter, than what is not known", app: "other", ends: month, scopes: more, blank: true},
		{name: "other scopes, not more", app: "other", ends: month, scopes: []string{"figures"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, coretest.Config{})
			has := core.Credentials{AccessToken: coretest.MemberToken, App: tc.app, Scopes: tc.scopes}
			if tc.ends > 0 {
				has.ExpiresAt = w.clock.Now().Add(tc.ends)
			}
			member := core.Account{Platform: network, RemoteID: coretest.MemberID, Kind: core.AccountPerson, DisplayName: "Ada Example"}
			before, err := w.LinkGrant(t.Context(), profileA, core.Grant{Credentials: has, Accounts: []core.Account{member}}, []string{coretest.MemberID})
			if err != nil {
				t.Fatal(err)
			}
			if tc.lost {
				if err := w.AuthorizationLost(t.Context(), before[0].ID, "it was revoked"); err != nil {
					t.Fatal(err)
				}
			}
			next := has
			next.App, next.Scopes, next.ExpiresAt = "main", more, w.clock.Now().Add(2*month)
			if tc.blank {
				next.Scopes = nil
			}
			grant := core.Grant{Credentials: next, Accounts: []core.Account{member, {Platform: network, RemoteID: "page-1", Kind: core.AccountOrganization}}}
			got, err := w.Outdone(t.Context(), profileA, grant)
			if err != nil {
				t.Fatal(err)
			}
			var want []accounts.Outdone
			if tc.want != "" {
				want = []accounts.Outdone{{Account: before[0], By: tc.want}}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			// Without being named, what was granted elsewhere gets the new one only if that is better.
			if tc.app != "" {
				return
			}
			if after, err := w.LinkGrant(t.Context(), profileA, grant, nil); err != nil || len(after) != 0 {
				t.Errorf("linked %+v, %v", after, err)
			}
		})
	}
}
