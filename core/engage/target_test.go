package engage_test

import (
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/engage"
)

// An id of a network is looked for with the account that is named, of the network that is
// named beside it.
func TestWhoseAnIDOfANetworkIs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	bob := coretest.Page(1)
	if err := f.store.CreateAccount(t.Context(), bob, []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	post := f.forum.Publish(bob.RemoteID, "Hello")
	here := []string{bob.Platform}
	for _, tc := range []struct {
		name                  string
		platforms, accountIDs []string
		account, field, about string
	}{
		{"the network's default account", here, nil, f.account.ID, "", ""},
		{"another account", nil, []string{bob.ID}, bob.ID, "", ""},
		{"another account and its network", here, []string{bob.ID}, bob.ID, "", ""},
		{"two accounts", nil, []string{bob.ID, f.account.ID}, "", "accountIds", "accountIds"},
		{"two accounts and their network", here, []string{bob.ID, f.account.ID}, "", "accountIds", "accountIds"},
		{"an account and an unknown network", []string{"nowhere"}, []string{bob.ID}, "", "platforms[0]", "nowhere"},
		{"an account of nobody", here, []string{"none"}, "", "accountIds[0]", ""},
		{"nothing", nil, nil, "", "platforms", "name the network"},
	} {
		ref := engage.PostRef{ID: post, Native: true, Platforms: tc.platforms, AccountIDs: tc.accountIDs}
		results, err := f.Comments(t.Context(), f.account.ProfileID, ref)
		if tc.field != "" {
			if e := core.AsError(err); err == nil || e.Field != tc.field || !strings.Contains(e.Message, tc.about) {
				t.Errorf("%s: %v, want a problem of %s with %q", tc.name, err, tc.field, tc.about)
			}
			continue
		}
		if err != nil || len(results) != 1 || results[0].Account.ID != tc.account {
			t.Errorf("%s: %+v, %v; want the account %s", tc.name, results, err, tc.account)
		}
	}
}

// A network that is misspelt is told so, rather than that the post is not there.
func TestMisspeltNetworkOfAPost(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	p := f.beside()
	misspelt := strings.ToUpper(f.account.Platform)
	_, err := f.PostAnalytics(t.Context(), p.ProfileID, engage.PostRef{ID: p.ID, Platforms: []string{f.account.Platform, misspelt}})
	e := core.AsError(err)
	if err == nil || e.Code != core.CodeUnknownPlatform || e.Field != "platforms[1]" || !strings.Contains(e.Message, `did you mean "`+f.account.Platform+`"?`) {
		t.Errorf("%v, want a hint at what was meant", err)
	}
}

// An account of another network than the one that is named is nobody's slip but the client's.
func TestAccountOfAnotherNetwork(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.beside()
	_, err := f.Comments(t.Context(), f.account.ProfileID, engage.PostRef{
		ID: "post", Native: true, Platforms: []string{fixedNetwork}, AccountIDs: []string{f.account.ID},
	})
	if e := core.AsError(err); err == nil || e.Field != "platforms" || !strings.Contains(e.Message, f.account.ID+" is on "+f.account.Platform) {
		t.Errorf("%v, want that the account is on another network", err)
	}
}
