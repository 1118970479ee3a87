package api_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
)

// profile is a user profile that was made over the API.
type profile struct{ key, refID string }

// newProfile makes a user profile.
func (s *server) newProfile(title string, fields jsonMap) profile {
	s.t.Helper()
	body := jsonMap{"title": title}
	maps.Copy(body, fields)
	r := s.call(http.MethodPost, "/profiles", body).want(http.StatusOK)
	return profile{r.text("profileKey"), r.text("refId")}
}

func (p profile) header() header { return header{"Profile-Key", p.key} }

func TestCreateProfile(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, path := range []string{"/profiles", "/profiles/profile", "/profiles/create-profile", "/api/profiles"} {
		title := "Acme by " + path
		r := s.call(http.MethodPost, path, jsonMap{"title": "  " + title + " ", "messagingActive": true, "source": "npm"}).want(http.StatusOK)
		body := r.object()
		equal(t, jsonMap{"status": "success", "title": title, "refId": body["refId"], "profileKey": body["profileKey"], "messagingActive": true}, body)
		user := s.call(http.MethodGet, "/user", nil, header{"Profile-Key", r.text("profileKey")}).want(http.StatusOK).object()
		equal(t, []any{title, body["refId"]}, []any{user["title"], user["refId"]})
	}
	equal(t, 4.0, s.call(http.MethodGet, "/profiles", nil).want(http.StatusOK).object()["count"])
	for _, taken := range []string{"Acme by /profiles", s.profile.Title} {
		p := s.call(http.MethodPost, "/profiles", jsonMap{"title": taken}).want(http.StatusBadRequest).problems()[0]
		equal(t, problem{Code: core.CodeTitleTaken, Field: "title"}, p)
	}
}

// Keys are kept as hashes, and neither they nor mail addresses are logged.
func TestProfileKeysAreSecret(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	p := s.newProfile("Acme", jsonMap{"email": "owner@acme.example"})
	s.call(http.MethodGet, "/user", nil, p.header()).want(http.StatusOK)
	s.call(http.MethodGet, query("/profiles", "profileKeys[0]", p.key), nil).want(http.StatusOK)
	for _, secret := range []string{p.key, "owner@acme.example", apiKey} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("the log has %q", secret)
		}
	}
	if owner, err := s.store.ProfileByKey(t.Context(), core.HashKey(core.Secret(p.key))); err != nil || owner.RefID != p.refID {
		t.Errorf("the hash of the key belongs to %+v, %v", owner, err)
	}
}

func TestProfileFieldsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	long := strings.Repeat("x", 1001)
	tests := map[string]struct {
		body   jsonMap
		fields []string
	}{
		"nothing":              {jsonMap{}, []string{"title"}},
		"null":                 {jsonMap{"title": nil}, []string{"title"}},
		"blank":                {jsonMap{"title": " \t"}, []string{"title"}},
		"no text":              {jsonMap{"title": 1, "email": 1, "tags": 1, "messagingActive": 1}, []string{"email", "messagingActive", "tags", "title"}},
		"two lines":            {jsonMap{"title": "a\nb", "topHeader": "a\u2028b"}, []string{"title", "topHeader"}},
		"reversed":             {jsonMap{"title": "a\u202eb"}, []string{"title"}},
		"too long":             {jsonMap{"title": long[:256], "topHeader": long, "subHeader": long, "displayTitle": long[:256]}, []string{"displayTitle", "subHeader", "title", "topHeader"}},
		"mail with a name":     {jsonMap{"title": "a", "email": "Ada <ada@example.com>"}, []string{"email"}},
		"no mail address":      {jsonMap{"title": "a", "email": "ada"}, []string{"email"}},
		"mail on two lines":    {jsonMap{"title": "a", "email": "ada@example.com\r\nBcc: x@example.com"}, []string{"email", "email"}},
		"team without mail":    {jsonMap{"title": "a", "team": true}, []string{"email"}},
		"empty tag":            {jsonMap{"title": "a", "tags": []string{"x", " "}}, []string{"tags[1]"}},
		"tag of wrong type":    {jsonMap{"title": "a", "tags": []any{"x", 1}}, []string{"tags[1]"}},
		"many tags":            {jsonMap{"title": "a", "tags": slices.Repeat([]string{"x"}, 101)}, []string{"tags"}},
		"network in capitals":  {jsonMap{"title": "a", "disableSocial": []string{"Scripted"}}, []string{"disableSocial[0]"}},
		"network nearly right": {jsonMap{"title": "a", "disableSocial": []string{"elsewhere", "scriptd"}}, []string{"disableSocial[1]"}},
		"no network":           {jsonMap{"title": "a", "disableSocial": []string{"", "a b"}}, []string{"disableSocial[0]", "disableSocial[1]"}},
		"many networks":        {jsonMap{"title": "a", "disableSocial": slices.Repeat([]string{"x"}, 65)}, []string{"disableSocial"}},
		"several profiles":     {jsonMap{"title": "a", "profileKeys": []string{"x"}}, []string{"profileKeys"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			equal(t, tt.fields, s.call(http.MethodPost, "/profiles", tt.body).want(http.StatusBadRequest).fields())
		})
	}
}

func TestProfileFieldsWithoutEffect(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.call(http.MethodPost, "/profiles", jsonMap{
		"title": "Acme", "team": true, "email": "ada@example.com", "disableSocial": []string{"elsewhere", "scripted", "elsewhere"},
		"xAccountActivityActive": true, "colour": "red", "tag": "x",
	}).want(http.StatusOK)
	equal(t, map[string]string{
		"team":                   "team has no effect: this server has no accounts of people, only keys; notices about the profile go to its email",
		"disableSocial[0]":       `this server has no network "elsewhere"; if it gets one, the profile will not have it`,
		"disableSocial[2]":       `this server has no network "elsewhere"; if it gets one, the profile will not have it`,
		"xAccountActivityActive": "xAccountActivityActive has no effect: this server follows no activity of accounts",
		"colour":                 "unknown field colour was ignored",
		"tag":                    "unknown field tag was ignored; did you mean tags?",
	}, r.warnings())
	p := s.listedProfiles("title", "Acme")[0]
	equal(t, []any{"elsewhere", "scripted"}, p["disableSocial"].([]any))
}

// listedProfiles returns the profiles that GET /profiles lists for a query.
func (s *server) listedProfiles(pairs ...string) []jsonMap {
	s.t.Helper()
	var out []jsonMap
	for _, p := range s.call(http.MethodGet, query("/profiles", pairs...), nil).want(http.StatusOK).object()["profiles"].([]any) {
		out = append(out, p.(jsonMap))
	}
	return out
}

func TestUpdateProfile(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	acme := s.newProfile("Acme", jsonMap{"tags": []string{"old"}, "topHeader": "Welcome", "email": "a@example.com"})
	other := s.newProfile("Other", nil)
	everything := jsonMap{
		"title": "Acme Ltd", "displayTitle": "ACME", "hideTitle": true, "hideLogo": true, "hideTopHeader": true, "topHeader": "Hello",
		"subHeader": "Link here", "email": "b@example.com", "tags": []any{"x", "y"}, "messagingActive": true, "disableSocial": []any{"scripted"},
	}
	r := s.call(http.MethodPatch, "/profiles", everything, acme.header()).want(http.StatusOK)
	equal(t, jsonMap{"status": "success", "refId": acme.refID}, r.object())
	shown := s.listedProfiles("refId", acme.refID)[0]
	for key, value := range everything {
		equal(t, value, shown[key])
	}
	if kept := s.call(http.MethodGet, "/user", nil, acme.header()).want(http.StatusOK).object(); kept["title"] != "Acme Ltd" || kept["email"] != "b@example.com" {
		t.Errorf("a change is not shown at once: %v", kept)
	}

	// An empty value takes away, null and what is left out stay.
	s.call(http.MethodPut, "/profiles/profile", jsonMap{
		"profileKey": acme.key, "topHeader": "", "email": "", "tags": []string{}, "disableSocial": []string{}, "hideLogo": false, "title": nil,
	}).want(http.StatusOK)
	shown = s.listedProfiles("refId", acme.refID)[0]
	for _, key := range []string{"topHeader", "email", "tags", "disableSocial", "hideLogo"} {
		if value, there := shown[key]; there {
			t.Errorf("%s is still %v", key, value)
		}
	}
	equal(t, []any{"Acme Ltd", true, "Link here"}, []any{shown["title"], shown["hideTitle"], shown["subHeader"]})

	s.call(http.MethodPatch, "/profiles/profile", jsonMap{"refId": acme.refID, "title": "Acme Inc"}).want(http.StatusOK)
	s.call(http.MethodPut, "/profiles", jsonMap{"refId": acme.refID, "title": "Acme Inc"}, acme.header()).want(http.StatusOK)
	equal(t, 1, len(s.listedProfiles("title", "Acme Inc")))

	for name, tt := range map[string]struct {
		body    jsonMap
		headers []header
		status  int
		want    problem
	}{
		"nothing":         {jsonMap{"source": "npm"}, []header{acme.header()}, 400, problem{Code: core.CodeParameters}},
		"taken title":     {jsonMap{"title": "Other"}, []header{acme.header()}, 400, problem{Code: core.CodeTitleTaken, Field: "title"}},
		"empty title":     {jsonMap{"title": ""}, []header{acme.header()}, 400, problem{Code: core.CodeParameters, Field: "title"}},
		"two profiles":    {jsonMap{"title": "x", "refId": other.refID}, []header{acme.header()}, 400, problem{Code: core.CodeParameters, Field: "refId"}},
		"unknown refId":   {jsonMap{"title": "x", "refId": "nope"}, nil, 404, problem{Code: core.CodeProfileNotFound, Field: "refId"}},
		"unknown key":     {jsonMap{"title": "x", "profileKey": "nope"}, nil, 403, problem{Code: core.CodeProfileKey, Field: "profileKey"}},
		"primary's title": {jsonMap{"title": "x"}, nil, 400, problem{Code: core.CodeParameters, Field: "title"}},
		"primary's key":   {jsonMap{"newKey": true}, nil, 400, problem{Code: core.CodeParameters, Field: "newKey"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			equal(t, tt.want, s.with(t).call(http.MethodPatch, "/profiles", tt.body, tt.headers...).want(tt.status).problems()[0])
		})
	}
}

func TestUpdatePrimaryProfile(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.call(http.MethodPatch, "/profiles", jsonMap{"email": "ops@example.com", "displayTitle": "We"}).want(http.StatusOK)
	equal(t, s.profile.RefID, r.text("refId"))
	equal(t, "ops@example.com", s.call(http.MethodGet, "/user", nil).want(http.StatusOK).text("email"))
	equal(t, 0, len(s.listedProfiles()))
}

// A new key ends the old one at once, also for requests that it has just been good for.
func TestNewProfileKey(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	acme := s.newProfile("Acme", nil)
	s.call(http.MethodGet, "/user", nil, acme.header()).want(http.StatusOK)
	r := s.call(http.MethodPatch, "/profiles", jsonMap{"newKey": true}, acme.header()).want(http.StatusOK)
	replacement := profile{r.text("profileKey"), r.text("refId")}
	if replacement.refID != acme.refID || replacement.key == acme.key {
		t.Errorf("the new key is of %+v, the old one of %+v", replacement, acme)
	}
	equal(t, core.CodeProfileKey, s.call(http.MethodGet, "/user", nil, acme.header()).want(http.StatusForbidden).problems()[0].Code)
	s.call(http.MethodGet, "/user", nil, replacement.header()).want(http.StatusOK)
	// Who has lost the key names the profile by its refId.
	again := s.call(http.MethodPatch, "/profiles", jsonMap{"newKey": true, "refId": acme.refID}).want(http.StatusOK)
	s.call(http.MethodGet, "/user", nil, replacement.header()).want(http.StatusForbidden)
	s.call(http.MethodGet, "/user", nil, header{"Profile-Key", again.text("profileKey")}).want(http.StatusOK)
}
