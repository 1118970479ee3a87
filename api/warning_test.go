package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
)

// TestMisnamedOptionBlock refuses what would be dropped otherwise, so that no post goes
// out with other options than its author sent.
func TestMisnamedOptionBlock(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, key := range []string{
		"scriptedOption", "scripted", "Scripted", "scritpedOptions", "SCRIPTED_OPTIONS", "scripted-option", "scriptedOpts", "options", "Option",
	} {
		for _, path := range []string{"/post", "/validate/post"} {
			r := s.call(http.MethodPost, path, jsonMap{"post": "a", "platforms": []string{"scripted"}, key: jsonMap{"altText": []string{"b"}}}).want(http.StatusBadRequest)
			equal(t, problem{Code: core.CodeUnknownOption, Field: key}, r.problems()[0])
			equal(t, "no network of this server takes "+key+"; did you mean scriptedOptions?", r.text("message"))
		}
	}
	equal(t, 0, len(s.timeline()))
}

// TestForeignOptionBlock passes over the options of networks that are not here.
func TestForeignOptionBlock(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, key := range []string{"elsewhereOptions", "birdOptions", "settings"} {
		r := s.call(http.MethodPost, "/post", jsonMap{"post": key, "platforms": []string{"scripted"}, key: jsonMap{"a": "b"}}).want(http.StatusOK)
		if message := r.warnings()[key]; !strings.Contains(message, "ignored") || strings.Contains(message, "did you mean") {
			t.Errorf("the warning of %s is %q", key, message)
		}
	}
	equal(t, 3, len(s.timeline()))
}

func TestWarningsNameWhatWasMeant(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for key, meant := range map[string]string{
		"scheduledate": "scheduleDate", "schedule_date": "scheduleDate", "mediaUrlss": "mediaUrls", "NOTES": "notes",
		"idempotency_key": "idempotencyKey", "firstcoment": "firstComment", "scriptedOption": "scriptedOptions",
		"scriptedoptoins": "scriptedOptions",
	} {
		body := jsonMap{"post": "a", "platforms": []string{"scripted"}, key: "2027-01-05T09:30:00Z"}
		message := s.call(http.MethodPost, "/validate/post", body).want(http.StatusOK).warnings()[key]
		if !strings.HasSuffix(message, "; did you mean "+meant+"?") {
			t.Errorf("the warning of %s is %q, want it to name %s", key, message, meant)
		}
	}
}

func TestWarningsOfTheSchedule(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for date, want := range map[string]string{
		"2020-01-01T00:00:00Z": "scheduleDate has passed, which means at once",
		"":                     "scheduleDate is empty, which means at once",
	} {
		body := jsonMap{"post": "a", "platforms": []string{"scripted"}, "scheduleDate": date}
		equal(t, map[string]string{"scheduleDate": want}, s.call(http.MethodPost, "/validate/post", body).want(http.StatusOK).warnings())
		r := s.call(http.MethodPost, "/post", body).want(http.StatusOK)
		equal(t, map[string]string{"scheduleDate": want}, r.warnings())
		equal(t, "success", r.text("status"))
	}
	null := jsonMap{"post": "a", "platforms": []string{"scripted"}, "scheduleDate": nil}
	equal(t, map[string]string{}, s.call(http.MethodPost, "/post", null).want(http.StatusOK).warnings())
}

func TestWarningsOfNetworksElsewhere(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	body := jsonMap{"post": "a", "platforms": []string{"scripted"}, "subreddit": "golang", "title": "t"}
	got := s.call(http.MethodPost, "/validate/post", body).want(http.StatusOK).warnings()
	if strings.Contains(got["subreddit"], "title") || !strings.Contains(got["title"], "options take a title") {
		t.Errorf("the warnings are %q", got)
	}
}

// TestManyWarnings keeps the answer to a request that is all mistakes readable.
func TestManyWarnings(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	tests := map[string]struct {
		method, path string
		fixed        string // members of the body
		format       string
	}{
		"fields":   {http.MethodPost, "/post", `"post":"a","platforms":["scripted"]`, `,"unknown%d":1`},
		"networks": {http.MethodPost, "/post", `"platforms":["scripted"],"post":{"default":"b"`, `,"n%d":"c"`},
		"deletion": {http.MethodDelete, "/post", `"deleteAllScheduled":true`, `,"unknown%d":1`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			const n = 5000
			var b strings.Builder
			b.WriteString("{" + tt.fixed)
			for i := range n {
				fmt.Fprintf(&b, tt.format, i)
			}
			b.WriteString(strings.Repeat("}", strings.Count(tt.fixed, "{")+1))
			r := s.call(tt.method, tt.path, b.String()).want(http.StatusOK)
			list := r.object()["warnings"].([]any)
			equal(t, 51, len(list))
			equal(t, any(fmt.Sprintf("%d more names in the request were ignored", n-50)), list[50].(jsonMap)["message"])
		})
	}
}
