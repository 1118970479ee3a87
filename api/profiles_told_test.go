package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
)

// TestProfilesAreCreatedByTheAPIKey: a request that acts for a user profile creates none.
func TestProfilesAreCreatedByTheAPIKey(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	acme := s.newProfile("Acme", nil)
	for field, r := range map[string]*response{
		"Profile-Key": s.call(http.MethodPost, "/profiles", jsonMap{"title": "New"}, acme.header()),
		"profileKey":  s.call(http.MethodPost, "/profiles", jsonMap{"title": "New", "profileKey": acme.key}),
	} {
		p := r.want(http.StatusBadRequest).problems()[0]
		equal(t, problem{Code: core.CodeParameters, Field: field}, problem{Code: p.Code, Field: p.Field})
		if message, _ := r.said(); !strings.Contains(message, "with the API key alone") {
			t.Errorf("%s: %s", field, message)
		}
	}
	s.call(http.MethodPost, "/profiles", jsonMap{"title": "New"}, header{"Profile-Key", apiKey}).want(http.StatusOK)
}

// TestLostAnswerOfANewProfile: who repeats a creation is told how to get a key.
func TestLostAnswerOfANewProfile(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	key := header{"Idempotency-Key", "once"}
	warned := s.call(http.MethodPost, "/profiles", jsonMap{"title": "Acme"}, key).want(http.StatusOK).warnings()["Idempotency-Key"]
	again := s.call(http.MethodPost, "/profiles", jsonMap{"title": "Acme"}, key).want(http.StatusBadRequest)
	equal(t, core.CodeTitleTaken, again.problems()[0].Code)
	for _, text := range []string{warned, again.text("help")} {
		if !strings.Contains(text, "newKey: true") || strings.Contains(text, "no harm") {
			t.Errorf("the way to another key is not in %q", text)
		}
	}
}

// TestWrongProfileKeyInTheBody: the help is about the field, which no header stands for.
func TestWrongProfileKeyInTheBody(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.call(http.MethodPatch, "/profiles", jsonMap{"profileKey": "wrong", "email": ""}).want(http.StatusForbidden)
	if help := r.text("help"); !strings.Contains(help, "profileKey in the body") || strings.Contains(help, "header") {
		t.Errorf("the help is %q", help)
	}
}

// TestDeleteByTheQuery: what names a profile may stand in the query; nothing is guessed.
func TestDeleteByTheQuery(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	acme, other := s.newProfile("Acme", nil), s.newProfile("Other", nil)
	s.newProfile("Third", nil)
	s.call(http.MethodDelete, query("/profiles", "title", "Acme"), jsonMap{"title": "Other"}).want(http.StatusBadRequest)
	s.call(http.MethodDelete, query("/profiles", "title", "Acme", "refId", other.refID), nil).want(http.StatusBadRequest)
	s.call(http.MethodDelete, query("/profiles", "title", ""), nil).want(http.StatusBadRequest)
	equal(t, 3, len(s.listedProfiles()))
	equal(t, acme.refID, s.call(http.MethodDelete, query("/profiles", "title", "Acme"), nil).want(http.StatusOK).text("refId"))
	r := s.call(http.MethodDelete, query("/profiles", "refId", other.refID, "force", "true"), nil).want(http.StatusOK)
	equal(t, other.refID, r.text("refId"))
	if _, warned := r.warnings()["force"]; !warned {
		t.Errorf("nothing is said of force: %s", r.body)
	}
	equal(t, "Third", s.listedProfiles()[0]["title"])
}

// TestFiltersOfProfiles: an empty or misspelt filter is no way to list others than meant.
func TestFiltersOfProfiles(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.newProfile("Acme", nil)
	for pair, want := range map[[2]string]problem{
		{"title", ""}:  {Code: core.CodeParameters, Field: "title"},
		{"title", " "}: {Code: core.CodeParameters, Field: "title"},
		{"refId", ""}:  {Code: core.CodeParameters, Field: "refId"},
		{"includesActiveSocialAccounts", "scriptd"}:      {Code: core.CodeUnknownPlatform, Field: "includesActiveSocialAccounts[0]"},
		{"includesActiveSocialAccounts", "SCRIPTED"}:     {Code: core.CodeUnknownPlatform, Field: "includesActiveSocialAccounts[0]"},
		{"includesActiveSocialAccounts[]", "not a name"}: {Code: core.CodeUnknownPlatform, Field: "includesActiveSocialAccounts[0]"},
	} {
		p := s.call(http.MethodGet, query("/profiles", pair[0], pair[1]), nil).want(http.StatusBadRequest).problems()[0]
		equal(t, want, problem{Code: p.Code, Field: p.Field})
	}
	r := s.call(http.MethodGet, query("/profiles", "includesActiveSocialAccounts", "zzzzzzzz"), nil).want(http.StatusOK)
	equal(t, 0.0, r.object()["count"])
	if r.warnings()["includesActiveSocialAccounts[0]"] == "" {
		t.Errorf("nothing is said of the network: %s", r.body)
	}
}
