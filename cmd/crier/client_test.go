package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// seen is one request as the fake server saw it.
type seen struct {
	method, path, key, prefer, auth, profile string
	body                                     string
	form                                     map[string][]string // fields, and files as "name: content"
}

// fakeAPI answers requests in the order of the script, and the last entry again
// and again.
type fakeAPI struct {
	*httptest.Server
	mu     sync.Mutex
	script []string // "status body", or "cut"
	seen   []seen
}

func newFakeAPI(t *testing.T, script ...string) *fakeAPI {
	t.Helper()
	f := &fakeAPI{script: script}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	entry := f.record(r)
	if entry == "cut" {
		panic(http.ErrAbortHandler) // closes the connection without an answer
	}
	var status int
	var body string
	_, _ = fmt.Sscan(entry, &status)
	_, body, _ = strings.Cut(entry, " ")
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

func (f *fakeAPI) record(r *http.Request) string {
	s := seen{
		method: r.Method, path: r.URL.RequestURI(), key: r.Header.Get("Idempotency-Key"),
		prefer: r.Header.Get("Prefer"), auth: r.Header.Get("Authorization"), profile: r.Header.Get("Profile-Key"),
	}
	if strings.HasPrefix(r.Header.Get("Content-Type"), "multipart/") {
		s.form = readForm(r)
	} else {
		raw, _ := io.ReadAll(r.Body)
		s.body = string(raw)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.seen = append(f.seen, s)
	entry := f.script[0]
	if len(f.script) > 1 {
		f.script = f.script[1:]
	}
	return entry
}

// requests returns what came so far. A request whose connection was cut may still
// be on its way out of its handler when the client has its error.
func (f *fakeAPI) requests() []seen {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.seen)
}

func readForm(r *http.Request) map[string][]string {
	if err := r.ParseMultipartForm(1 << 20); err != nil {
		return map[string][]string{"error": {err.Error()}}
	}
	form := r.MultipartForm.Value
	for name, files := range r.MultipartForm.File {
		for _, header := range files {
			file, err := header.Open()
			if err != nil {
				return map[string][]string{"error": {err.Error()}}
			}
			raw, _ := io.ReadAll(file)
			form[name] = append(form[name], header.Filename+" "+header.Header.Get("Content-Type")+" "+string(raw))
		}
	}
	return form
}

func (f *fakeAPI) environ() []string {
	return []string{"CRIER_URL=" + f.URL, "CRIER_API_KEY=the-key"}
}

// Every client command acts for the profile that flag or setting names.
func TestProfileKeyOfTheClient(t *testing.T) {
	t.Parallel()
	fromSetting := []string{"CRIER_PROFILE_KEY=of-the-setting"}
	for name, tt := range map[string]struct {
		environ, args []string
		want          string
	}{
		"neither": {nil, nil, ""},
		"setting": {fromSetting, nil, "of-the-setting"},
		"flag":    {nil, []string{"--profile-key", "of-the-flag"}, "of-the-flag"},
		"both":    {fromSetting, []string{"--profile-key", "of-the-flag"}, "of-the-flag"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, command := range [][]string{{"history"}, {"post", "Hello", "--platform", "scripted"}, {"schedule", "list"}} {
				api := newFakeAPI(t, published)
				execute(t.Context(), append(api.environ(), tt.environ...), "", append(command, tt.args...)...)
				if got := api.requests(); len(got) == 0 || got[0].profile != tt.want || got[0].auth != "Bearer the-key" {
					t.Errorf("%v: requests %+v, want the profile key %q beside the API key", command, got, tt.want)
				}
			}
		})
	}
}

const published = `200 {"status":"success","id":"p1","errors":[],"postIds":[{"status":"success","platform":"scripted","id":"urn:1","postUrl":"https://s.example/1"}],` +
	`"warnings":[{"platform":"scripted","message":"careful"}]}`

func TestPost(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t,
		`202 {"status":"processing","id":"p1"}`,
		`200 {"status":"processing","id":"p1","progress":[{"platform":"scripted","stage":"downloading","item":"mediaUrls[0]","done":5,"total":2048}]}`,
		published)
	got := execute(t.Context(), api.environ(), "", "post", "Hello", "--platform", "scripted,other", "--notes", "n", "--schedule", "2026-12-24T19:00:00+01:00",
		"--media", "https://e.example/a.jpg", "--options", `{"scriptedOptions":{"delay":1}}`)
	want := result{
		code:   exitOK,
		stdout: "post p1: success\n  scripted: urn:1 https://s.example/1\n  warning: scripted: careful\n",
		stderr: "scripted downloading mediaUrls[0] (2 kB)\n",
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	first := api.requests()[0]
	if first.prefer != "respond-async" || len(first.key) < 26 || first.auth != "Bearer the-key" || api.requests()[1].path != "/post/p1" {
		t.Errorf("requests %+v", api.requests())
	}
	var sent map[string]any
	if err := json.Unmarshal([]byte(first.body), &sent); err != nil {
		t.Fatal(err)
	}
	wantSent := map[string]any{
		"post": "Hello", "platforms": []any{"scripted", "other"}, "notes": "n", "scheduleDate": "2026-12-24T18:00:00Z",
		"mediaUrls": []any{"https://e.example/a.jpg"}, "scriptedOptions": map[string]any{"delay": 1.0},
	}
	if diff := cmp.Diff(wantSent, sent); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
}

func TestPostWithADiscussion(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, published)
	got := execute(t.Context(), api.environ(), "", "post", "Hi {{0}} and {{1}}", "--platform", "scripted", "--mention", "A = B=1234", "--mention", "Ada=urn:x:7",
		"--mention", "John=person:jR-42", "--mention", "Corp=company:corp", "--first-comment", "More",
		"--first-comment-media", "https://e.example/a.jpg", "--disable-comments")
	if got.code != exitOK {
		t.Fatalf("result %+v", got)
	}
	var sent map[string]any
	if err := json.Unmarshal([]byte(api.requests()[0].body), &sent); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"post": "Hi {{0}} and {{1}}", "platforms": []any{"scripted"}, "disableComments": true, "firstComment": map[string]any{"comment": "More", "mediaUrls": []any{"https://e.example/a.jpg"}},
		"mentions": []any{
			map[string]any{"name": "A = B", "id": "1234"},
			map[string]any{"name": "Ada", "id": "urn:x:7"},
			map[string]any{"name": "John", "id": "jR-42", "isCompany": false},
			map[string]any{"name": "Corp", "id": "corp", "isCompany": true},
		},
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	for _, wrong := range []string{"Acme", "=1", "Acme= ", "Ada=person:"} {
		refused := execute(t.Context(), api.environ(), "", "post", "Hi", "--platform", "scripted", "--mention", wrong)
		if refused.code != exitUsage || !strings.Contains(refused.stderr, "--mention: ") {
			t.Errorf("--mention %q: %+v", wrong, refused)
		}
	}
}

// What a post shows may stand in its options alone; and a first comment may be an image.
func TestPostWithoutAText(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, published)
	got := execute(t.Context(), api.environ(), "", "post", "--platform", "scripted", "--options", `{"scriptedOptions":{"poll":{}}}`, "--first-comment-media", "urn:x:1")
	if got.code != exitOK {
		t.Fatalf("result %+v", got)
	}
	var sent map[string]any
	if err := json.Unmarshal([]byte(api.requests()[0].body), &sent); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"post": "", "platforms": []any{"scripted"}, "scriptedOptions": map[string]any{"poll": map[string]any{}},
		"firstComment": map[string]any{"mediaUrls": []any{"urn:x:1"}},
	}
	if diff := cmp.Diff(want, sent); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	refused := execute(t.Context(), api.environ(), "", "post", "x", "--platform", "scripted", "--first-comment-media", "a.jpg")
	if refused.code != exitUsage || !strings.Contains(refused.stderr, "crier media upload") {
		t.Errorf("a file: %+v", refused)
	}
}

func TestPostAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, answer string
		code         int
		stdout       string
		stderr       string
	}{
		{
			"scheduled", `200 {"status":"scheduled","id":"p2","scheduleDate":"2026-12-24T18:00:00Z"}`,
			exitOK, "post p2: scheduled\n  to appear at 2026-12-24T18:00:00Z\n", "",
		},
		{
			"refused", `400 {"status":"error","id":"p3","errors":[{"action":"post","status":"error","code":132,"message":"too long","platform":"scripted","field":"post","help":"Shorten it."}]}`,
			exitFailure, "post p3: error\n  error 132: scripted: post: too long\n    Shorten it.\n", "",
		},
		{
			"flat error", `401 {"action":"request","status":"error","code":1001,"message":"the API key is wrong","help":"Send another."}`,
			exitFailure, "  error 1001: the API key is wrong\n    Send another.\n", "",
		},
		{
			"partial failure", `400 {"status":"error","id":"p4","errors":[{"code":1045,"message":"down","platform":"b","warnings":[{"message":"it was scaled"}]}],"postIds":[{"platform":"a","id":"1","warnings":[{"field":"captions","message":"left out"}]}]}`,
			exitFailure, "post p4: error\n  a: 1\n  warning: captions: left out\n  error 1045: b: down\n  warning: it was scaled\n", "",
		},
		{"not the API", `200 <html>hello</html>`, exitFailure, "", `not the API's JSON: "<html>hello</html>"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			api := newFakeAPI(t, test.answer)
			got := execute(t.Context(), api.environ(), "from stdin\n", "post", "-", "--platform", "scripted")
			if got.code != test.code || got.stdout != test.stdout || !strings.Contains(got.stderr, test.stderr) {
				t.Errorf("result %+v", got)
			}
			if !strings.Contains(api.requests()[0].body, `"post":"from stdin"`) {
				t.Errorf("sent %s", api.requests()[0].body)
			}
		})
	}
}

func TestPostGivesUpWaiting(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `202 {"status":"processing","id":"p1"}`, `200 {"status":"processing","id":"p1"}`)
	got := execute(t.Context(), api.environ(), "", "post", "x", "--platform", "scripted", "--wait", "10ms")
	if got.code != exitFailure || !strings.Contains(got.stderr, "`crier history p1`") {
		t.Errorf("result %+v", got)
	}
}

// An answer about the question, while the post is waited for, is not the outcome of the
// post.
func TestPostWhoseOutcomeIsNotTold(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `202 {"status":"processing","id":"p1"}`, `401 {"status":"error","code":1001,"message":"wrong key"}`)
	got := execute(t.Context(), api.environ(), "", "post", "x", "--platform", "scripted")
	want := result{code: exitFailure, stderr: "crier: wrong key (error 1001)\nThe post was accepted: `crier history p1` shows its outcome\n"}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

// underWay is a post of which one delivery waits, one works and one is in doubt.
const underWay = `200 {"status":"processing","id":"p1","created":"c","post":"x","postIds":[{"platform":"a","id":"1"}],"progress":[` +
	`{"platform":"b","state":"preparing","waitsFor":"the network is processing the video"},` +
	`{"platform":"c","state":"preparing","stage":"uploading","item":"mediaUrls[0]","done":512,"total":2048},` +
	`{"platform":"d","state":"uncertain","lastError":{"code":1050,"platform":"d","message":"the answer was lost","help":"Wait."}}]}`

const underWayShown = "post p1: processing\n  a: 1\n" +
	"  b: preparing, the network is processing the video\n" +
	"  c: preparing, uploading mediaUrls[0] (512 bytes of 2 kB)\n" +
	"  d: uncertain\n    error 1050: the answer was lost\n      Wait.\n"

// When the wait ends before the post does, it is told how far the post was on each
// network.
func TestPostShowsHowFarItIs(t *testing.T) {
	t.Parallel()
	for _, accepted := range []struct {
		name string
		args []string
		code int
		out  string
	}{
		{"after the wait", []string{"--wait", "500ms"}, exitFailure, underWayShown},
		{"without a wait", []string{"--wait", "0"}, exitOK, underWayShown + "  It is being sent; `crier history p1` shows its outcome.\n"},
	} {
		t.Run(accepted.name, func(t *testing.T) {
			t.Parallel()
			api := newFakeAPI(t, strings.Replace(underWay, "200", "202", 1), underWay)
			got := execute(t.Context(), api.environ(), "", append([]string{"post", "x", "--platform", "scripted"}, accepted.args...)...)
			if got.code != accepted.code {
				t.Errorf("exit code %d, want %d; stderr: %s", got.code, accepted.code, got.stderr)
			}
			if diff := cmp.Diff(accepted.out, got.stdout); diff != "" {
				t.Errorf("printed (-want +got):\n%s", diff)
			}
		})
	}
}

// Being accepted is no failure, and without a wait it is all there is to tell.
func TestPostWithoutWaiting(t *testing.T) {
	t.Parallel()
	const accepted = `202 {"status":"processing","id":"p1","message":"the post is being sent","errors":[],"warnings":[{"field":"colour","message":"unknown"}]}`
	tests := []struct {
		name, stdout string
		args         []string
	}{
		{"for people", "post p1: processing\n  warning: colour: unknown\n  It is being sent; `crier history p1` shows its outcome.\n", nil},
		{"for programs", `"message": "the post is being sent"`, []string{"--json"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			api := newFakeAPI(t, accepted)
			got := execute(t.Context(), api.environ(), "", append([]string{"post", "x", "--platform", "scripted", "--wait", "0"}, test.args...)...)
			if got.code != exitOK || !strings.Contains(got.stdout, test.stdout) || strings.Contains(got.stdout, "error 0") || len(api.requests()) != 1 {
				t.Errorf("result %+v after %d requests", got, len(api.requests()))
			}
		})
	}
}

// The answer that accepts a post may warn of what the outcome does not repeat.
func TestPostKeepsTheFirstWarnings(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t,
		`202 {"status":"processing","id":"p1","warnings":[{"field":"colour","message":"unknown"},{"platform":"scripted","message":"careful"}]}`,
		published)
	got := execute(t.Context(), api.environ(), "", "post", "x", "--platform", "scripted")
	want := result{stdout: "post p1: success\n  scripted: urn:1 https://s.example/1\n  warning: scripted: careful\n  warning: colour: unknown\n"}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
}

func TestLabelled(t *testing.T) {
	t.Parallel()
	tests := []struct{ platform, field, message, want string }{
		{"p", "post", "too long", "p: post: too long"},
		{"p", "o.alt", "o.alt must be a list", "p: o.alt must be a list"},
		{"", "o.alt", "o.alt[2] must be a text", "o.alt[2] must be a text"},
		{"", "post", "posts are not taken", "post: posts are not taken"},
		{"p", "", "down", "p: down"},
		{"", "", "down", "down"},
	}
	for _, test := range tests {
		if got := labelled(test.platform, test.field, test.message); got != test.want {
			t.Errorf("%q, want %q", got, test.want)
		}
	}
}

func TestPostSendsFiles(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first, second := filepath.Join(dir, `a "quoted".png`), filepath.Join(dir, "b.unknown")
	for file, content := range map[string]string{first: "one", second: "two"} {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	api := newFakeAPI(t,
		`200 {"providers":[{"name":"scripted","optionsKey":"scriptedOptions","options":[{"name":"altText"}]},{"name":"other","optionsKey":"otherOptions"}]}`,
		published)
	got := execute(t.Context(), api.environ(), "", "post", "Hi", "--platform", "scripted", "--media", first, "--media", second, "--alt", "A", "--alt", "B",
		"--options", `{"scriptedOptions":{"delay":1}}`)
	if got.code != exitOK || !strings.HasPrefix(got.stderr, "sending files (") {
		t.Fatalf("result %+v", got)
	}
	want := map[string][]string{
		"post": {"Hi"}, "platforms": {`["scripted"]`}, "scriptedOptions": {`{"altText":["A","B"],"delay":1}`},
		"media": {`a "quoted".png image/png one`, "b.unknown application/octet-stream two"},
	}
	if diff := cmp.Diff(want, api.requests()[1].form); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
}

func TestAltNeedsANetworkThatTakesIt(t *testing.T) {
	t.Parallel()
	const list = `200 {"providers":[{"name":"scripted","optionsKey":"scriptedOptions","options":[{"name":"delay"}]}]}`
	got := execute(t.Context(), newFakeAPI(t, list).environ(), "", "post", "Hi", "--platform", "scripted", "--media", "https://e.example/a", "--alt", "A")
	if got.code != exitFailure || !strings.Contains(got.stderr, "scripted takes no description") {
		t.Errorf("result %+v", got)
	}
	const takes = `200 {"providers":[{"name":"scripted","optionsKey":"scriptedOptions","options":[{"name":"altText"}]}]}`
	got = execute(t.Context(), newFakeAPI(t, takes).environ(), "", "post", "Hi", "--platform", "all", "--media", "https://e.example/a", "--alt", "A",
		"--options", `{"scriptedOptions":{"altText":["B"]}}`)
	if got.code != exitFailure || !strings.Contains(got.stderr, "scriptedOptions.altText as well") {
		t.Errorf("result %+v", got)
	}
}

func TestMultipartIsTheSameEachTime(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "f.jpg")
	if err := os.WriteFile(file, bytes.Repeat([]byte("x"), 100_000), 0o600); err != nil {
		t.Fatal(err)
	}
	var last, total int64
	p, err := multipartPayload(map[string]any{"post": "x", "isVideo": false}, []attachment{{"media", file}, {"media", file}}, func(d, n int64) { last, total = d, n })
	if err != nil {
		t.Fatal(err)
	}
	var bodies [2][]byte
	for i := range bodies {
		r, err := p.open()
		if err != nil {
			t.Fatal(err)
		}
		if bodies[i], err = io.ReadAll(r); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(bodies[0], bodies[1]) || int64(len(bodies[0])) != p.size || last != p.size || total != p.size {
		t.Errorf("%d and %d bytes, size %d, progress %d of %d", len(bodies[0]), len(bodies[1]), p.size, last, total)
	}
}

// A request that has to be sent again is the same request: key and body stay.
func TestRepeats(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		script     []string
		repeatable bool
		requests   int
		status     int // 0: an error
	}{
		{"connection cut once", []string{"cut", "200 {}"}, true, 2, 200},
		{"starting server", []string{"503 {}", "502 {}", "200 {}"}, true, 3, 200},
		{"first request is still being answered", []string{`409 {"code":1012}`, "200 {}"}, true, 2, 200},
		{"never answered", []string{"cut"}, true, clientTries, 0},
		{"always 503", []string{"503 {}"}, true, clientTries, 503},
		{"a conflict of another kind", []string{`409 {"code":1051}`}, true, 1, 409},
		{"an error of the server", []string{"500 {}"}, true, 1, 500},
		{"not repeatable", []string{"cut", "200 {}"}, false, 1, 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			api := newFakeAPI(t, test.script...)
			clock := coretest.NewClock(time.Unix(0, 0))
			clock.SkipWaits()
			c := newAPIClient(api.URL, "k", clock)
			body, err := jsonPayload("b")
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.do(t.Context(), call{method: http.MethodPost, path: "/post", header: http.Header{"Idempotency-Key": {"one"}}, body: body, repeatable: test.repeatable})
			status := 0
			if err == nil {
				status = got.status
			} else if !strings.Contains(err.Error(), api.URL) {
				t.Errorf("error %q does not name the server", err)
			}
			if status != test.status || len(api.requests()) != test.requests {
				t.Errorf("status %d (%v) after %d requests, want %d after %d", status, err, len(api.requests()), test.status, test.requests)
			}
			for _, s := range api.requests() {
				if s.key != "one" || s.body != `"b"` {
					t.Errorf("request %+v", s)
				}
			}
		})
	}
}

// The server says when it is worth coming back, within reason.
func TestRetryAfter(t *testing.T) {
	t.Parallel()
	tests := []struct {
		value string
		want  time.Duration
	}{
		{"7", 7 * time.Second},
		{"3600", longestPause},
		{"0", firstPause},
		{"-1", firstPause},
		{"tomorrow", firstPause},
		{"", firstPause},
	}
	for _, test := range tests {
		t.Run(test.value, func(t *testing.T) {
			t.Parallel()
			var asked bool
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if !asked {
					w.Header().Set("Retry-After", test.value)
					w.WriteHeader(http.StatusServiceUnavailable)
				}
				asked = true
			}))
			t.Cleanup(server.Close)
			begin := time.Unix(0, 0)
			clock := coretest.NewClock(begin)
			clock.SkipWaits()
			if _, err := newAPIClient(server.URL, "k", clock).do(t.Context(), call{method: http.MethodGet, path: "/history", repeatable: true}); err != nil {
				t.Fatal(err)
			}
			if waited := clock.Now().Sub(begin); waited != test.want {
				t.Errorf("waited %v, want %v", waited, test.want)
			}
		})
	}
}

func TestNoServer(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, "200 {}")
	api.Close()
	_, err := newAPIClient(api.URL, "k", core.SystemClock{}).do(t.Context(), call{method: http.MethodGet, path: "/history"})
	if err == nil || !strings.Contains(err.Error(), "crier serve") || !strings.Contains(err.Error(), "refused") {
		t.Errorf("error %v", err)
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `200 {"status":"success","message":"No validation issues found.","preview":{"scripted":{"text":"Hi","length":2,"limit":280},"twice":[{"text":"a","length":1,"limit":9},{"text":"b","length":1,"limit":9}]},`+
		`"warnings":[{"field":"colour","message":"unknown"}]}`)
	got := execute(t.Context(), api.environ(), "", "validate", "Hi", "--platform", "scripted")
	want := result{stdout: "scripted (2 of 280 characters):\nHi\n\ntwice (1 of 9 characters):\na\n\ntwice (1 of 9 characters):\nb\n\nNo validation issues found.\n  warning: colour: unknown\n"}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	full := newFakeAPI(t, `200 {"status":"success","message":"Fine.","preview":{"scripted":{"text":"Hi","length":2,"limit":9,"audience":{"count":512,"minimum":300},`+
		`"request":{"author":"a","content":{"article":{"title":"T","source":"https://e.example"},"options":[{"text":"one"}]}}}}}`)
	got = execute(t.Context(), full.environ(), "", "validate", "Hi", "--platform", "scripted")
	want = result{stdout: "scripted (2 of 9 characters):\nHi\n  article.source: https://e.example\n  article.title: T\n  options[0].text: one\n" +
		"  audience: at most 512 people; the network asks for 300\n\nFine.\n"}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	bad := newFakeAPI(t, `400 {"action":"post","status":"error","code":136,"message":"no such picture","field":"mediaUrls[0]"}`)
	got = execute(t.Context(), bad.environ(), "", "validate", "Hi", "--platform", "scripted")
	if got.code != exitFailure || got.stdout != "  error 136: mediaUrls[0]: no such picture\n" {
		t.Errorf("result %+v", got)
	}
}

func TestHistory(t *testing.T) {
	t.Parallel()
	const list = `200 {"history":[{"id":"p2","status":"error","created":"2026-11-21T10:00:00.000Z","post":"A long text\nthat goes on and on and on, far beyond what fits into a line",` +
		`"platforms":["a","b"]},{"id":"p1","status":"success","created":"2026-11-20T10:00:00.000Z","post":{"default":"Hi","a":"Ho"},"platforms":["a"]}],"count":2}`
	api := newFakeAPI(t, list)
	got := execute(t.Context(), api.environ(), "", "history", "--platform", "a", "--platform", "b", "--status", "error", "--last-days", "7", "--limit", "5")
	want := result{stdout: "" +
		"ID  CREATED                   STATUS   PLATFORMS  TEXT\n" +
		"p2  2026-11-21T10:00:00.000Z  error    a,b        A long text that goes on and on and on, far beyond what fit…\n" +
		"p1  2026-11-20T10:00:00.000Z  success  a          Hi\n"}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	if want := "/history?lastDays=7&limit=5&platforms%5B0%5D=a&platforms%5B1%5D=b&status=error"; api.requests()[0].path != want {
		t.Errorf("asked for %s, want %s", api.requests()[0].path, want)
	}
	execute(t.Context(), api.environ(), "", "history", "--last-days", "0")
	if want := "/history?lastDays=0"; api.requests()[1].path != want {
		t.Errorf("asked for the posts of all days by %s, want %s", api.requests()[1].path, want)
	}
	tests := []struct {
		name, answer string
		args         []string
		code         int
		out          string
	}{
		{"empty", `200 {"history":[]}`, nil, exitOK, "No posts.\n"},
		{"json", `200 {"history":[]}`, []string{"--json"}, exitOK, "{\n  \"history\": []\n}\n"},
		{"one", `200 {"id":"p1","status":"error","created":"c","post":"x","errors":[{"code":1050,"message":"lost"}]}`, []string{"p1"}, exitOK, "post p1: error\n  error 1050: lost\n  created c\n  text: x\n"},
		{
			"one with follow-ups", `200 {"id":"p1","status":"success","created":"c","post":"x","postIds":[{"platform":"a","id":"1","edited":"e","firstComment":{"status":"success","commentId":"c1"},` +
				`"disableComments":{"status":"pending","due":"d","error":{"code":1041,"message":"no role","platform":"a","help":"Get one."}}}]}`,
			[]string{"p1"},
			exitOK,
			"post p1: success\n  a: 1\n    edited at e\n    first comment: success c1\n    closing the comments: pending, due at d\n" +
				"      error 1041: no role\n        Get one.\n  created c\n  text: x\n",
		},
		{
			"of a network", `200 {"status":"partial","posts":[{"id":"urn:1","created":"c","post":"x","status":"PUBLISHED"}],"warnings":[{"message":"no figures"}]}`,
			[]string{"a"},
			exitOK, "  warning: no figures\nID     CREATED  STATUS     PLATFORMS  TEXT\nurn:1  c        PUBLISHED             x\n",
		},
		{"nothing on a network", `200 {"status":"success","posts":[]}`, []string{"a"}, exitOK, "No posts.\n"},
		{"one under way", underWay, []string{"p1"}, exitOK, underWayShown + "  created c\n  text: x\n"},
		{"one as json", `200 {"id":"p1"}`, []string{"p1", "--json"}, exitOK, "{\n  \"id\": \"p1\"\n}\n"},
		{"unknown", `404 {"status":"error","code":221,"message":"no such post","help":"Look around."}`, []string{"p9"}, exitFailure, ""},
		{"refused", `401 {"status":"error","code":1001,"message":"wrong key"}`, nil, exitFailure, ""},
		{"a proxy's page", `403 <html>`, nil, exitFailure, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			api := newFakeAPI(t, test.answer)
			got := execute(t.Context(), api.environ(), "", append([]string{"history"}, test.args...)...)
			if got.code != test.code || got.stdout != test.out || (got.code != exitOK) != (got.stderr != "") {
				t.Errorf("result %+v", got)
			}
		})
	}
}

func TestBars(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	b := newBars(t.Context(), &out)
	b.sent(sending, 10, 2048)
	b.sent(sending, 2048, 2048)
	b.show([]apiProgress{{Platform: "scripted", Activity: core.Activity{Stage: core.StageDownload, Item: "mediaUrls[0]", Done: 512, Total: 1024}}})
	b.show([]apiProgress{{Platform: "scripted", Activity: core.Activity{Stage: core.StageProcessing}}})
	b.close()
	for _, want := range []string{"sending files", "scripted downloading mediaUrls[0]", "scripted processing", "2 kB / 2 kB", "done"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not shown:\n%s", want, out.String())
		}
	}
}
