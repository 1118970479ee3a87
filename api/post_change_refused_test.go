package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// What a change cannot have is refused by name, alone and beside what it can have.
func TestFieldsOfNewPosts(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	id := s.inAnHour(nil)
	for key, tt := range map[string]struct {
		value any
		code  core.Code
		help  string
	}{
		"autoSchedule":      {jsonMap{"schedule": true}, core.CodeNotChangeable, "scheduleDate"},
		"autoRepost":        {jsonMap{"repeat": 2, "days": 2}, core.CodeNotChangeable, "POST /post/copy"},
		"requiresApproval":  {false, core.CodeNotChangeable, "approved: true"},
		"validateScheduled": {false, core.CodeNotChangeable, "Leave validateScheduled out"},
		"randomPost":        {true, core.CodeNotChangeable, "Send the text as post"},
		"randomMediaUrl":    {true, core.CodeNotChangeable, "mediaUrls"},
		"shortenLinks":      {true, core.CodeUnsupported, "Write the short link"},
		"isVideo":           {true, core.CodeParameters, "Correct the field"},
	} {
		for _, beside := range []jsonMap{{}, {"notes": "n", "post": "b"}} {
			beside["id"], beside[key] = id, tt.value
			r := s.call(http.MethodPatch, "/post", beside)
			problems := r.problems()
			if len(problems) != 1 || problems[0] != (problem{Code: tt.code, Field: key}) {
				t.Errorf("%v: %+v, want %s refused with %d", beside, problems, key, tt.code)
			}
			if _, help := r.said(); !strings.Contains(help, tt.help) {
				t.Errorf("%v: the help is %q", beside, help)
			}
		}
	}
	for _, off := range []jsonMap{{"autoSchedule": false}, {"autoRepost": nil}, {"shortenLinks": false}, {"isVideo": false}} {
		off["id"], off["notes"] = id, "n"
		equal(t, any(nil), s.call(http.MethodPatch, "/post", off).want(http.StatusOK).object()["warnings"])
	}
	equal(t, any("a change takes none"), any(s.call(http.MethodPatch, "/post", jsonMap{"id": id, "notes": "n", "idempotencyKey": "k"}).
		want(http.StatusOK).object()["warnings"].([]any)[0].(jsonMap)["message"].(string)[len("idempotencyKey was ignored: "):][:len("a change takes none")]))
}

// A change of nothing names what was taken for nothing.
func TestChangeOfNothing(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	id := s.inAnHour(nil)
	for name, tt := range map[string]struct {
		body  jsonMap
		field string
		says  string
	}{
		"misspelt":                 {jsonMap{"scheduledate": "2030-01-01T00:00:00Z"}, "scheduledate", "did you mean scheduleDate?"},
		"unknown":                  {jsonMap{"zzzzzzzz": 1}, "zzzzzzzz", "unknown field zzzzzzzz was ignored"},
		"network that is not here": {jsonMap{"twitterOptions": jsonMap{"a": 1}}, "twitterOptions", "no network that takes twitterOptions"},
		"key":                      {jsonMap{"idempotencyKey": "k"}, "idempotencyKey", "a change takes none"},
		"duplicates alone":         {jsonMap{"allowDuplicate": true}, "allowDuplicate", "stands beside"},
		"only the id":              {jsonMap{}, "post", "no field but id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.body["id"] = id
			r := s.with(t).call(http.MethodPatch, "/post", tt.body).want(http.StatusBadRequest)
			equal(t, []string{tt.field}, r.fields())
			message, help := r.said()
			if !strings.Contains(message, "nothing is to be changed") || !strings.Contains(message, tt.says) || !strings.Contains(help, "scheduleDate") {
				t.Errorf("said %q, help %q", message, help)
			}
		})
	}
}

// What cannot be read and what a network would refuse are told together, as for a new post.
func TestEverythingOfAChangeAtOnce(t *testing.T) {
	t.Parallel()
	s, _ := newForum(t)
	id := s.inAnHour(nil)
	out, _ := s.publish("Out")
	s.assets.Next("https://media.example/gone.png", coretest.Fail(&core.Error{Kind: core.KindMedia, Code: core.CodeMediaURL, Field: "mediaUrls[0]", Message: "not there"}))
	long := strings.Repeat("a", 300)
	for _, tt := range []struct {
		body   jsonMap
		fields []string
	}{
		{
			jsonMap{"id": id, "post": long, "mediaUrls": []string{"https://media.example/gone.png"}, "scriptedOptions": jsonMap{"bad": 1}, "scheduleDate": "x", "notes": 3},
			[]string{"notes", "post", "scheduleDate", "scriptedOptions.bad"},
		},
		{jsonMap{"id": id, "post": "b", "mediaUrls": []string{"https://media.example/gone.png"}}, []string{"mediaUrls[0]"}}, // once all else is right
		{jsonMap{"id": id, "post": long, "mentions": 1}, []string{"mentions"}},                                              // the text may be shorter with them
		{jsonMap{"id": out, "post": long, "notes": 3}, []string{"notes"}},
		{jsonMap{"id": "none", "post": long, "notes": 3}, []string{"notes"}},
	} {
		equal(t, tt.fields, s.call(http.MethodPatch, "/post", tt.body).want(http.StatusBadRequest).fields())
	}
}
