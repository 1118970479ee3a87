package api_test

import (
	"context"
	"net/http"
	"testing"
)

// TestEverythingAtOnce: what only a network knows to be wrong is told together with
// what is wrong whatever the network, and nothing is told that merely follows from it.
func TestEverythingAtOnce(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const picture = "https://cdn.example/1.png"
	bad := jsonMap{"nope": 1}
	tests := map[string]struct {
		body   jsonMap
		fields []string
	}{
		"schedule, note and option": {
			jsonMap{"post": "a", "scheduleDate": "x", "notes": 1, "scriptedOptions": bad},
			[]string{"notes", "scheduleDate", "scriptedOptions.nope"},
		},
		"an address and an option": {
			jsonMap{"post": "a", "mediaUrls": []any{"ftp://h/x", picture}, "scriptedOptions": bad},
			[]string{"mediaUrls[0]", "scriptedOptions.nope"},
		},
		"all that is there to post": {
			jsonMap{"mediaUrls": []any{7}, "scriptedOptions": bad},
			[]string{"mediaUrls[0]", "scriptedOptions.nope"},
		},
		"what no upload is": {
			jsonMap{"mediaUrls": []any{"upload:a b", "upload:none"}, "scriptedOptions": bad},
			[]string{"mediaUrls[0]", "mediaUrls[1]", "scriptedOptions.nope"},
		},
		"an account and an option":    {jsonMap{"post": "a", "accountIds": []any{"nobody", 7}, "scriptedOptions": bad}, []string{"accountIds[0]", "accountIds[1]", "scriptedOptions.nope"}},
		"no text but a note":          {jsonMap{"notes": 1}, []string{"notes", "post"}},
		"text that cannot be read":    {jsonMap{"post": 1, "scriptedOptions": bad}, []string{"post", "scriptedOptions.nope"}},
		"text of one network":         {jsonMap{"post": jsonMap{"scripted": 1}}, []string{"post.scripted"}},
		"options that cannot be read": {jsonMap{"scriptedOptions": 1}, []string{"scriptedOptions"}},
		"options of a wrong name":     {jsonMap{"scriptedOption": bad}, []string{"scriptedOption"}},
		"media that cannot be read":   {jsonMap{"mediaUrls": 1, "scriptedOptions": bad}, []string{"mediaUrls"}},
		"no network that can be read": {jsonMap{"post": "a", "platforms": nil, "platform": jsonMap{}}, []string{"platform"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			body := jsonMap{"platforms": []string{"scripted"}}
			for k, v := range tt.body {
				if body[k] = v; v == nil {
					delete(body, k)
				}
			}
			for _, path := range []string{"/post", "/validate/post"} {
				equal(t, tt.fields, s.call(http.MethodPost, path, body).want(http.StatusBadRequest).fields())
			}
		})
	}
	t.Cleanup(func() { // the context of the test has ended
		r := s.send(context.Background(), http.MethodGet, "/history", nil, header{"X-API-KEY", apiKey}).want(http.StatusOK)
		equal(t, 0, len(r.object()["history"].([]any)))
	})
}
