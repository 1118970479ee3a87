package api_test

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

func TestDeleteProfile(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for name, tt := range map[string]struct {
		path    string
		body    func(p profile, title string) any
		headers func(p profile) []header
	}{
		"by header": {"/profiles", func(profile, string) any { return nil }, func(p profile) []header { return []header{p.header()} }},
		"by key":    {"/profiles/profile", func(p profile, _ string) any { return jsonMap{"profileKey": p.key} }, nil},
		"by title":  {"/profiles/delete-profile", func(_ profile, title string) any { return jsonMap{"title": title, "source": "pypi"} }, nil},
		"by refId":  {"/api/profiles", func(p profile, _ string) any { return jsonMap{"refId": p.refID} }, nil},
		"by everything": {"/profiles", func(p profile, title string) any {
			return jsonMap{"refId": p.refID, "title": title, "profileKey": p.key}
		}, func(p profile) []header { return []header{p.header()} }},
		"by both, again": {"/profiles", func(p profile, title string) any { return jsonMap{"refId": p.refID, "title": " " + title} }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			title := "Acme " + name
			p := s.newProfile(title, nil)
			s.call(http.MethodGet, "/user", nil, p.header()).want(http.StatusOK) // the key is remembered
			var headers []header
			if tt.headers != nil {
				headers = tt.headers(p)
			}
			r := s.call(http.MethodDelete, tt.path, tt.body(p, title), headers...).want(http.StatusOK)
			equal(t, jsonMap{"status": "success", "refId": p.refID}, r.object())
			equal(t, core.CodeProfileKey, s.call(http.MethodGet, "/user", nil, p.header()).want(http.StatusForbidden).problems()[0].Code)
			equal(t, 0, len(s.listedProfiles("refId", p.refID)))
			again := s.call(http.MethodDelete, "/profiles", jsonMap{"refId": p.refID}).want(http.StatusNotFound)
			equal(t, problem{Code: core.CodeProfileNotFound, Field: "refId"}, again.problems()[0])
			s.newProfile(title, nil) // the title is free
		})
	}
}

func TestDeleteProfileRefusals(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	acme, other := s.newProfile("Acme", nil), s.newProfile("Other", nil)
	for name, tt := range map[string]struct {
		body    any
		headers []header
		status  int
		want    problem
	}{
		"nobody":           {nil, nil, 400, problem{Code: core.CodeParameters}},
		"empty names":      {jsonMap{"title": "", "refId": "", "profileKey": ""}, nil, 400, problem{Code: core.CodeParameters}},
		"the primary":      {jsonMap{"title": s.profile.Title}, nil, 400, problem{Code: core.CodeParameters}},
		"the API key":      {nil, []header{{"Profile-Key", apiKey}}, 400, problem{Code: core.CodeParameters}},
		"title, case":      {jsonMap{"title": "acme"}, nil, 404, problem{Code: core.CodeProfileNotFound, Field: "title"}},
		"unknown key":      {jsonMap{"profileKey": "x"}, nil, 403, problem{Code: core.CodeProfileKey, Field: "profileKey"}},
		"key and title":    {jsonMap{"title": "Other"}, []header{acme.header()}, 400, problem{Code: core.CodeParameters, Field: "title"}},
		"key and refId":    {jsonMap{"refId": other.refID}, []header{acme.header()}, 400, problem{Code: core.CodeParameters, Field: "refId"}},
		"refId and title":  {jsonMap{"refId": other.refID, "title": "Acme"}, nil, 400, problem{Code: core.CodeParameters, Field: "title"}},
		"title of no text": {jsonMap{"title": 1}, nil, 400, problem{Code: core.CodeParameters, Field: "title"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			equal(t, tt.want, s.call(http.MethodDelete, "/profiles", tt.body, tt.headers...).want(tt.status).problems()[0])
			equal(t, 2, len(s.listedProfiles()))
		})
	}
}

// Of a deleted profile nothing goes out any more, and nothing is left of it; what belongs to
// others stays.
func TestDeletedProfileIsGone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	acme := s.newProfile("Acme", nil)
	link := jsonMap{"platform": "scripted", "accessToken": string(coretest.MemberToken)}
	account := s.call(http.MethodPost, "/profiles/social", link, acme.header()).want(http.StatusOK).object()["account"].(jsonMap)["id"].(string)
	inAnHour := s.clock.Now().Add(time.Hour).Format(time.RFC3339)
	scheduled := func(text string, headers ...header) string {
		body := jsonMap{"post": text, "platforms": []string{"scripted"}, "scheduleDate": inAnHour}
		return s.call(http.MethodPost, "/post", body, headers...).want(http.StatusOK).text("id")
	}
	for _, text := range []string{"one", "two", "three"} {
		scheduled(text, acme.header())
	}
	s.call(http.MethodPost, "/auto-schedule", jsonMap{"title": "Daily", "schedule": []string{"13:05Z"}}, acme.header()).want(http.StatusOK)
	upload := s.call(http.MethodPost, "/media/upload", jsonMap{"file": base64.StdEncoding.EncodeToString(picture())}, acme.header()).want(http.StatusOK)
	kept := scheduled("of the primary profile")

	s.call(http.MethodDelete, "/profiles", nil, acme.header()).want(http.StatusOK)

	if _, err := s.store.GetAccount(t.Context(), account); err == nil {
		t.Error("the account is still there")
	}
	file := strings.TrimPrefix(upload.text("url"), "https://crier.example")
	s.send(t.Context(), http.MethodGet, file, nil).want(http.StatusNotFound)
	s.clock.Advance(time.Hour)
	s.settle(kept)
	s.clock.Advance(24 * time.Hour)
	s.settle(s.post("a day later", nil))
	equal(t, []string{"a day later", "of the primary profile"}, slices.Sorted(slices.Values(s.timeline())))
}
