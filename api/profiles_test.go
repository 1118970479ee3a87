package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
)

// addProfile makes a user profile in the store, behind the API's back.
func (s *server) addProfile(title string, key core.Secret) core.Profile {
	s.t.Helper()
	p := core.Profile{ID: core.NewID(s.clock.Now()), Title: title, RefID: core.NewRefID(), CreatedAt: s.clock.Now()}
	if err := s.store.CreateProfile(s.t.Context(), p, core.HashKey(key)); err != nil {
		s.t.Fatal(err)
	}
	return p
}

// linkTo links the person's account to a profile.
func (s *server) linkTo(p core.Profile) core.Account {
	s.t.Helper()
	a, _, err := s.accounts.Link(s.t.Context(), p.ID, accounts.LinkRequest{
		Platform: "scripted", Credentials: core.Credentials{AccessToken: coretest.MemberToken},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// The key of a profile selects it also in the body, on the routes that are about profiles.
func TestProfileKeyInTheBody(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const acmeKey, otherKey = "ACME123-KEY4567-OFTHE89-PROFILE", "OTHER12-KEY4567-OFTHE89-PROFILE"
	acme := s.addProfile("Acme", acmeKey)
	s.addProfile("Other", otherKey)
	account := s.linkTo(acme)
	inHeader := func(key string) header { return header{"Profile-Key", key} }
	tests := map[string]struct {
		key     string
		headers []header
		status  int
		want    problem
	}{
		"unknown":           {"NOPE", nil, http.StatusForbidden, problem{Code: core.CodeProfileKey, Field: "profileKey"}},
		"other than header": {acmeKey, []header{inHeader(otherKey)}, http.StatusBadRequest, problem{Code: core.CodeParameters, Field: "profileKey"}},
		"wrong header":      {acmeKey, []header{inHeader("NOPE")}, http.StatusForbidden, problem{Code: core.CodeProfileKey, Field: "Profile-Key"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.with(t).call(http.MethodDelete, "/profiles/social", jsonMap{"platform": "scripted", "profileKey": tt.key}, tt.headers...)
			equal(t, tt.want, r.want(tt.status).problems()[0])
		})
	}
	for _, body := range []jsonMap{{}, {"profileKey": nil}, {"profileKey": ""}, {"profileKey": " " + acmeKey}} {
		body["platform"] = "scripted"
		r := s.call(http.MethodDelete, "/profiles/social", body, inHeader(acmeKey)).want(http.StatusOK)
		equal(t, acme.RefID, r.text("refId"))
	}
	if _, err := s.accounts.Get(t.Context(), acme.ID, account.ID); core.CodeOf(core.AsError(err)) != core.CodeAccountNotFound {
		t.Errorf("the account is still linked: %v", err)
	}
	r := s.call(http.MethodPost, "/profiles/social", jsonMap{"platform": "scripted", "accessToken": string(coretest.MemberToken), "profileKey": acmeKey}).want(http.StatusOK)
	equal(t, acme.RefID, r.text("refId"))
	equal(t, 1.0, s.call(http.MethodGet, "/accounts", nil, inHeader(acmeKey)).want(http.StatusOK).object()["count"])
}

// A key that is replaced in the store behind the API's back ends with the memory of it.
func TestReplacedKeyEnds(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const old, replacement = "OLD1234-KEY4567-OFTHE89-PROFILE", "NEW1234-KEY4567-OFTHE89-PROFILE"
	p := s.addProfile("Acme", old)
	s.call(http.MethodGet, "/user", nil, header{"Profile-Key", old}).want(http.StatusOK)
	if err := s.store.SetProfileKey(t.Context(), p.ID, core.HashKey(replacement)); err != nil {
		t.Fatal(err)
	}
	s.clock.Advance(2 * time.Second)
	s.call(http.MethodGet, "/user", nil, header{"Profile-Key", old}).want(http.StatusForbidden)
	s.call(http.MethodGet, "/user", nil, header{"Profile-Key", replacement}).want(http.StatusOK)
}
