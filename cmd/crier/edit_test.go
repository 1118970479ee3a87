package main

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEdit(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		args  []string
		stdin string
		want  map[string]any
	}{
		"another time": {args: []string{"--schedule", "2030-12-24T19:00:00+01:00"}, want: map[string]any{"scheduleDate": "2030-12-24T18:00:00Z"}},
		"pause":        {args: []string{"--pause"}, want: map[string]any{"scheduledPause": true}},
		"resume":       {args: []string{"--resume"}, want: map[string]any{"scheduledPause": false}},
		"approval":     {args: []string{"--approve", "--notes", ""}, want: map[string]any{"approved": true, "notes": ""}},
		"withdrawn":    {args: []string{"--withdraw-approval"}, want: map[string]any{"approved": false}},
		"text":         {args: []string{"--text", "Hi {{0}}", "--mention", "Ada=person:7"}, want: map[string]any{"post": "Hi {{0}}", "mentions": []any{map[string]any{"name": "Ada", "id": "7", "isCompany": false}}}},
		"no text":      {args: []string{"--text", ""}, want: map[string]any{"post": ""}},
		"twice":        {args: []string{"--text", "Hi", "--allow-duplicate"}, want: map[string]any{"post": "Hi", "allowDuplicate": true}},
		"from stdin":   {args: []string{"--text", "-"}, stdin: "Piped\n", want: map[string]any{"post": "Piped"}},
		"media":        {args: []string{"--media", "https://a.example/1.png", "--media", "https://a.example/2.png"}, want: map[string]any{"mediaUrls": []any{"https://a.example/1.png", "https://a.example/2.png"}}},
		"without":      {args: []string{"--no-media", "--no-first-comment", "--enable-comments"}, want: map[string]any{"mediaUrls": []any{}, "firstComment": false, "disableComments": false}},
		"comment":      {args: []string{"--first-comment", "More", "--disable-comments"}, want: map[string]any{"firstComment": map[string]any{"comment": "More"}, "disableComments": true}},
		"options":      {args: []string{"--options", `{"linkedInOptions":{"visibility":"connections"}}`}, want: map[string]any{"linkedInOptions": map[string]any{"visibility": "connections"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := newFakeAPI(t, `200 {"status":"success","id":"p1","refId":"r","postStatus":"pending","scheduledPaused":false,"scheduleDate":"2030-12-24T18:00:00Z","warnings":[{"message":"Mind the gap"}]}`)
			got := execute(t.Context(), api.environ(), tt.stdin, append([]string{"edit", "p1"}, tt.args...)...)
			if got.code != exitOK || !strings.HasPrefix(got.stdout, "post p1: pending\n  to appear at 2030-12-24T18:00:00Z\n") || !strings.Contains(got.stdout, "Mind the gap") {
				t.Errorf("%+v", got)
			}
			asked := api.requests()[0]
			var body map[string]any
			if err := json.Unmarshal([]byte(asked.body), &body); err != nil {
				t.Fatal(err)
			}
			tt.want["id"] = "p1"
			if diff := cmp.Diff(tt.want, body); diff != "" || asked.method+asked.path != "PATCH/post" {
				t.Errorf("%s %s (-want +got):\n%s", asked.method, asked.path, diff)
			}
		})
	}
}

func TestEditNow(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `200 {"status":"success","id":"p1","postStatus":"processing","scheduledPaused":false}`)
	before := time.Now().Truncate(time.Second)
	if got := execute(t.Context(), api.environ(), "", "edit", "p1", "--now"); got.code != exitOK || got.stdout != "post p1: processing\n" {
		t.Errorf("%+v", got)
	}
	var body struct{ ScheduleDate time.Time }
	if err := json.Unmarshal([]byte(api.requests()[0].body), &body); err != nil || body.ScheduleDate.Before(before) || body.ScheduleDate.After(time.Now()) {
		t.Errorf("asked for %v, %v; want now", body.ScheduleDate, err)
	}
}

func TestEditMistakes(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `409 {"action":"update","status":"error","code":1056,"message":"the post has gone out already","help":"Copy it."}`)
	for name, tt := range map[string]struct {
		args []string
		code int
		want string
	}{
		"nothing":     {[]string{"p1"}, exitUsage, "nothing is to be changed"},
		"no post":     {[]string{"--pause"}, exitUsage, "no post is named"},
		"both":        {[]string{"p1", "--pause", "--resume"}, exitUsage, "--pause and --resume contradict"},
		"two times":   {[]string{"p1", "--now", "--schedule", "+1h"}, exitUsage, "contradict"},
		"bad time":    {[]string{"p1", "--schedule", "noon"}, exitUsage, "is not a time"},
		"file":        {[]string{"p1", "--media", "a.png"}, exitUsage, "crier media upload"},
		"bad mention": {[]string{"p1", "--text", "a", "--mention", "Ada"}, exitUsage, "--mention"},
		"bad options": {[]string{"p1", "--options", "[]"}, exitUsage, "--options"},
		"too late":    {[]string{"p1", "--pause"}, exitFailure, "the post has gone out already (error 1056)\nCopy it."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := execute(t.Context(), api.environ(), "", append([]string{"edit"}, tt.args...)...)
			if got.code != tt.code || !strings.Contains(got.stderr, tt.want) {
				t.Errorf("%+v, want %d and %q", got, tt.code, tt.want)
			}
		})
	}
}

func TestPostThatRequiresApproval(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `200 {"status":"awaiting approval","id":"p1","message":"waits","errors":[],"postIds":[]}`)
	got := execute(t.Context(), api.environ(), "", "post", "Hello", "--platform", "x", "--requires-approval")
	if got.code != exitOK || got.stdout != "post p1: awaiting approval\n" || !strings.Contains(api.requests()[0].body, `"requiresApproval":true`) {
		t.Errorf("%+v, asked %s", got, api.requests()[0].body)
	}
}

func TestLatenessIsShown(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `200 {"id":"p1","status":"processing","post":"a","postIds":[{"platform":"x","id":"1","lateSeconds":95}],"progress":[{"platform":"y","state":"preparing","lateSeconds":3600}]}`)
	got := execute(t.Context(), api.environ(), "", "history", "p1")
	if got.code != exitOK || !strings.Contains(got.stdout, "1m35s late") || !strings.Contains(got.stdout, "preparing, 1h0m0s late") {
		t.Errorf("%+v", got)
	}
}
