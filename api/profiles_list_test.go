package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// titles returns the titles of listed profiles.
func titles(list []jsonMap) []string {
	var out []string
	for _, p := range list {
		out = append(out, p["title"].(string))
	}
	return out
}

func TestListProfiles(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	keys := map[string]profile{}
	for _, title := range []string{"Alder", "Birch", "Cedar"} {
		keys[title] = s.newProfile(title, nil)
		s.clock.Advance(time.Second)
	}
	s.call(http.MethodPost, "/profiles/social", jsonMap{"platform": "scripted", "accessToken": string(coretest.MemberToken)}, keys["Birch"].header()).want(http.StatusOK)

	for name, tt := range map[string]struct {
		pairs []string
		want  []string
	}{
		"all":                 {nil, []string{"Alder", "Birch", "Cedar"}},
		"title":               {[]string{"title", "Cedar"}, []string{"Cedar"}},
		"title, other case":   {[]string{"title", "cedar"}, nil},
		"refId":               {[]string{"refId", keys["Alder"].refID}, []string{"Alder"}},
		"with accounts":       {[]string{"hasActiveSocialAccounts", "true"}, []string{"Birch"}},
		"without accounts":    {[]string{"hasActiveSocialAccounts", "false"}, []string{"Alder", "Cedar"}},
		"with a network":      {[]string{"includesActiveSocialAccounts[0]", "scripted"}, []string{"Birch"}},
		"with two networks":   {[]string{"includesActiveSocialAccounts", "scripted,elsewhere"}, nil},
		"apps of their own":   {[]string{"isByokLinked", "true"}, nil},
		"no apps of theirs":   {[]string{"isByokLinked", "false"}, []string{"Alder", "Birch", "Cedar"}},
		"keys":                {[]string{"profileKeys[0]", keys["Cedar"].key, "profileKeys[1]", keys["Alder"].key, "profileKeys[2]", "nope"}, []string{"Alder", "Cedar"}},
		"the API key":         {[]string{"profileKeys[0]", apiKey}, nil},
		"title and no refId":  {[]string{"title", "Cedar", "refId", keys["Alder"].refID}, nil},
		"the primary profile": {[]string{"refId", s.profile.RefID}, nil},
		"first page":          {[]string{"limit", "2"}, []string{"Alder", "Birch"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			equal(t, tt.want, titles(s.with(t).listedProfiles(tt.pairs...)))
		})
	}
	first := s.call(http.MethodGet, "/profiles?limit=2", nil).want(http.StatusOK).object()["pagination"].(jsonMap)
	equal(t, []any{true, 2.0}, []any{first["hasMore"], first["limit"]})
	second := s.call(http.MethodGet, query("/profiles", "limit", "2", "cursor", first["nextCursor"].(string)), nil).want(http.StatusOK).object()
	equal(t, jsonMap{"hasMore": false, "limit": 2.0}, second["pagination"].(jsonMap))
	equal(t, "Cedar", second["profiles"].([]any)[0].(jsonMap)["title"])

	// A user profile sees itself alone.
	own := func(pairs ...string) jsonMap {
		return s.call(http.MethodGet, query("/profiles", pairs...), nil, keys["Alder"].header()).want(http.StatusOK).object()
	}
	equal(t, 1.0, own()["count"])
	equal(t, keys["Alder"].refID, own("refId", keys["Alder"].refID)["profiles"].([]any)[0].(jsonMap)["refId"])
	for _, pairs := range [][]string{{"refId", keys["Birch"].refID}, {"title", "Birch"}, {"profileKeys[]", keys["Birch"].key}} {
		equal(t, 0.0, own(pairs...)["count"])
	}
}

func TestListedProfile(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	p := s.newProfile("Acme", nil)
	equal(t, jsonMap{
		"status": "active", "title": "Acme", "refId": p.refID, "suspended": false, "messagingActive": false, "activeSocialAccounts": []any{},
		"created":    jsonMap{"_seconds": float64(coretest.Epoch().Unix()), "_nanoseconds": 0.0, "utc": "2026-11-20T09:00:00.000Z"},
		"createdUTC": "2026-11-20T09:00:00.000Z",
	}, s.listedProfiles()[0])
}

func TestIncludeInProfiles(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.network = func(c *coretest.Config) { c.PostsPerDay = 5 } })
	p := s.newProfile("Acme", nil)
	s.call(http.MethodPost, "/profiles/social", jsonMap{"platform": "scripted", "accessToken": string(coretest.MemberToken), "expiresIn": 864000}, p.header()).want(http.StatusOK)
	s.clock.Advance(time.Minute)
	s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}}, p.header()).want(http.StatusOK)

	r := s.call(http.MethodGet, query("/profiles", "refId", p.refID, "include", "suspension,socialHealth,activity,quota,linkingErrors,unlinkHistory,actionLog"), nil).want(http.StatusOK)
	equal(t, map[string]string{"linkingErrors": "", "unlinkHistory": "", "actionLog": ""}, leftOut(r))
	got := r.object()["profiles"].([]any)[0].(jsonMap)
	account := s.call(http.MethodGet, "/accounts", nil, p.header()).want(http.StatusOK).object()["accounts"].([]any)[0].(jsonMap)["id"]
	equal(t, jsonMap{"suspended": false}, got["suspension"].(jsonMap))
	equal(t, jsonMap{
		"platform": "scripted", "accountId": account, "displayName": "Ada Example", "status": "active",
		"refreshRequired": "2026-11-30T09:00:00.000Z", "refreshDaysRemaining": 10.0,
	}, got["socialHealth"].([]any)[0].(jsonMap))
	equal(t, jsonMap{"lastPostCreated": "2026-11-20T09:01:00.000Z", "lastAccountLinked": "2026-11-20T09:00:00.000Z"}, got["activity"].(jsonMap))
	equal(t, jsonMap{
		"posts":   []any{jsonMap{"platform": "scripted", "accountId": account, "limit": 5.0, "used": 1.0, "remaining": 4.0, "resetsAt": "2026-11-21T00:00:00.000Z"}},
		"uploads": jsonMap{"used": 0.0, "quota": 0.0},
	}, got["quota"].(jsonMap))
}

// leftOut returns the names that the warnings say nothing is known of.
func leftOut(r *response) map[string]string {
	out := map[string]string{}
	for _, w := range r.object()["warnings"].([]any) {
		name, rest, _ := strings.Cut(w.(jsonMap)["message"].(string), " is left out: this server keeps no data on it")
		out[name] = rest
	}
	return out
}

func TestProfileQueriesThatAreRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for name, tt := range map[string]struct {
		pairs  []string
		fields []string
	}{
		"limit":                 {[]string{"limit", "5001"}, []string{"limit"}},
		"no limit":              {[]string{"limit", "0"}, []string{"limit"}},
		"no boolean":            {[]string{"hasActiveSocialAccounts", "yes", "isByokLinked", "1"}, []string{"hasActiveSocialAccounts", "isByokLinked"}},
		"include, no refId":     {[]string{"include", "quota"}, []string{"refId"}},
		"include, unknown":      {[]string{"include", "secrets", "refId", "x"}, []string{"include"}},
		"log of too many days":  {[]string{"actionLog", "366"}, []string{"actionLog"}},
		"log of something else": {[]string{"actionLog", "all"}, []string{"actionLog"}},
		"key of one":            {[]string{"profileKey", "x"}, []string{"profileKey"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			equal(t, tt.fields, s.call(http.MethodGet, query("/profiles", tt.pairs...), nil).want(http.StatusBadRequest).fields())
		})
	}
	for days, warned := range map[string]int{"": 0, "false": 0, "true": 1, "30": 1} {
		list, _ := s.call(http.MethodGet, query("/profiles", "actionLog", days), nil).want(http.StatusOK).object()["warnings"].([]any)
		equal(t, warned, len(list))
	}
	equal(t, core.CodeParameters, s.call(http.MethodGet, query("/profiles", "limit", "x"), nil).want(http.StatusBadRequest).problems()[0].Code)
}
