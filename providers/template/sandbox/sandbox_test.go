package sandbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/template/sandbox"
)

const base = "https://sandbox.example"

// call makes a request of a member, and returns the answer.
func call(t *testing.T, box *sandbox.Sandbox, m sandbox.Member, method, path, kind string, body []byte) (status int, answer map[string]string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, bytes.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+box.Token(m.ID).Reveal())
	r.Header.Set("Content-Type", kind)
	w := httptest.NewRecorder()
	box.ServeHTTP(w, r)
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatalf("%s %s: %s", method, path, w.Body)
	}
	return w.Code, answer
}

// What is one beyond a limit is refused, whoever sends it.
func TestLimits(t *testing.T) {
	t.Parallel()
	picture := func(width, height int) []byte { return coretest.Picture(base, width, height).Data }
	box := sandbox.New(core.SandboxOptions{URL: base})
	_, uploaded := call(t, box, sandbox.Ann(), http.MethodPost, "/images", "image/png", picture(2, 2))
	images := func(n int, alt string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(fmt.Sprintf(`{"id":%q,"alt":%q},`, uploaded["id"], alt), n), ",") + "]"
	}
	for name, tc := range map[string]struct {
		member             sandbox.Member
		method, path, kind string
		body               []byte
		status             int
	}{
		"the longest text":       {sandbox.Ann(), "PUT", "/posts/a", "", []byte(`{"text":"` + strings.Repeat("ä", 280) + `"}`), 200},
		"a longer text":          {sandbox.Ann(), "PUT", "/posts/b", "", []byte(`{"text":"` + strings.Repeat("ä", 281) + `"}`), 422},
		"nothing":                {sandbox.Ann(), "PUT", "/posts/c", "", []byte(`{"text":" "}`), 422},
		"four images":            {sandbox.Ann(), "PUT", "/posts/d", "", []byte(`{"images":` + images(4, strings.Repeat("ä", 400)) + `}`), 200},
		"five images":            {sandbox.Ann(), "PUT", "/posts/e", "", []byte(`{"images":` + images(5, "") + `}`), 422},
		"a longer description":   {sandbox.Ann(), "PUT", "/posts/f", "", []byte(`{"images":` + images(1, strings.Repeat("ä", 401)) + `}`), 422},
		"somebody else's image":  {sandbox.Ben(), "PUT", "/posts/g", "", []byte(`{"images":` + images(1, "") + `}`), 422},
		"an image that is none":  {sandbox.Ann(), "POST", "/images", "image/png", []byte("text"), 415},
		"another type of images": {sandbox.Ann(), "POST", "/images", "image/gif", picture(2, 2), 415},
		"too many bytes":         {sandbox.Ann(), "POST", "/images", "image/png", make([]byte, 2_000_001), 413},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if status, answer := call(t, box, tc.member, tc.method, tc.path, tc.kind, tc.body); status != tc.status {
				t.Errorf("%d %v, want %d", status, answer, tc.status)
			}
		})
	}
}

// The address of a post leads to a page that shows what it says.
func TestPages(t *testing.T) {
	t.Parallel()
	box := sandbox.New(core.SandboxOptions{URL: base})
	_, posted := call(t, box, sandbox.Ann(), http.MethodPut, "/posts/key", "", []byte(`{"text":"1 < 2"}`))
	for path, want := range map[string]string{
		strings.TrimPrefix(posted["url"], base): "1 &lt; 2", "/members/ann": "1 &lt; 2", "/members/ben": "Ben Example",
		"/members/ben/key": "no such post", "/members/none": "nobody",
	} {
		w := httptest.NewRecorder()
		box.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s shows %s, want %s", path, w.Body, want)
		}
	}
}

// Faults hit requests to the network, and the control API shows and forgets what was posted.
func TestControls(t *testing.T) {
	t.Parallel()
	told := 0
	box := sandbox.New(core.SandboxOptions{URL: base, OnClock: func() { told++ }})
	control := func(method, path, body, want string) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		if box.ServeHTTP(w, r); w.Code >= http.StatusBadRequest || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s %s: %d %s, want %s", method, path, w.Code, w.Body, want)
		}
	}
	control("POST", "/sandbox/faults", `{"match":"PUT /posts/*","action":"respond","status":503,"body":"{}"}`, "503")
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusOK} {
		if status, _ := call(t, box, sandbox.Ann(), http.MethodPut, "/posts/key", "", []byte(`{"text":"Hello"}`)); status != want {
			t.Errorf("%d, want %d", status, want)
		}
	}
	control("GET", "/sandbox/posts", "", `"text": "Hello"`)
	control("POST", "/sandbox/clock", `{"days":1}`, `"ahead": "24h0m0s"`)
	control("POST", "/sandbox/reset", "", "")
	control("GET", "/sandbox/clock", "", `"ahead": "0s"`)
	control("GET", "/sandbox/posts", "", "[]")
	if told != 2 {
		t.Errorf("told %d times that the clock was moved", told)
	}
}
