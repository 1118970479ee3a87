package linkedintest_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestConsent(t *testing.T) {
	t.Parallel()
	const redirect = "http://127.0.0.1:4711/link/callback"
	s := linkedintest.New(t, linkedintest.WithApps(sandbox.DefaultApps()[0]))
	s.AddApp(t, sandbox.App{ClientID: "other", ClientSecret: "x", Title: "Other", Products: []sandbox.Product{sandbox.ProductShare}})
	s.AllowRedirect(t, redirect)
	address := func(clientID, scope string) string {
		return s.OAuthURL() + "/authorization?" + url.Values{
			"response_type": {"code"}, "client_id": {clientID}, "redirect_uri": {redirect}, "state": {"s"}, "scope": {scope},
		}.Encode()
	}
	for _, clientID := range []string{sandbox.ShareClientID, "other"} {
		if back := s.Consent(t, address(clientID, "w_member_social"), sandbox.JohnID); back.Get("code") == "" || back.Get("state") != "s" {
			t.Errorf("%s: sent back with %v", clientID, back)
		}
	}
	for name, tt := range map[string]struct {
		back url.Values
		want string
	}{
		"cancelled":       {s.Decide(t, address("other", "w_member_social"), sandbox.JohnID, sandbox.Cancel), "user_cancelled_authorize"},
		"not signed in":   {s.Decide(t, address("other", "w_member_social"), sandbox.JohnID, sandbox.CancelLogin), "user_cancelled_login"},
		"without product": {s.Consent(t, address("other", "openid"), sandbox.JohnID), "unauthorized_scope_error"},
	} {
		if got := tt.back.Get("error"); got != tt.want || tt.back.Has("code") {
			t.Errorf("%s: sent back with %v", name, tt.back)
		}
	}
	people := map[string]int{}
	for _, g := range s.Sandbox.Grants() {
		people[g.ClientID+" "+g.Person]++
	}
	want := map[string]int{sandbox.ShareClientID + " " + sandbox.JohnID: 1, "other " + sandbox.JohnID: 1}
	if diff := cmp.Diff(want, people); diff != "" {
		t.Errorf("grants (-want +got):\n%s", diff)
	}
}

func TestGrant(t *testing.T) {
	t.Parallel()
	s := linkedintest.New(t)
	tokens := s.Grant(t, sandbox.CommunityClientID, sandbox.JaneID)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+"/v2/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+tokens.AccessToken)
	res, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil || res.StatusCode != http.StatusOK || tokens.RefreshToken == "" {
		t.Errorf("status %d, %v", res.StatusCode, err)
	}
}
