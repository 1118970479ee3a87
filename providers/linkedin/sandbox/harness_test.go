package sandbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// box is a sandbox that listens, with a clock that the test moves.
type box struct {
	*sandbox.Sandbox
	t     *testing.T
	url   string
	dir   string // where uploads are kept
	clock *coretest.Clock
}

func start(t *testing.T, change ...func(*sandbox.Options)) *box {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	o := sandbox.Options{Clock: clock, Dir: t.TempDir()}
	for _, c := range change {
		c(&o)
	}
	s := sandbox.New(o)
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &box{Sandbox: s, t: t, url: server.URL, dir: o.Dir, clock: clock}
}

// wantStored checks how many files are kept.
func (b *box) wantStored(n int) {
	b.t.Helper()
	if files, err := os.ReadDir(b.dir); err != nil || len(files) != n {
		b.t.Errorf("files %v (%v), want %d", files, err, n)
	}
}

// answer is a response that was read completely.
type answer struct {
	status int
	header http.Header
	body   string
}

type errorBody struct {
	Status      int
	Code        string
	ServiceCode int `json:"serviceErrorCode"`
	Message     string
	Details     struct {
		InputErrors []struct {
			Code, Description string
			Input             struct {
				Path struct {
					Field string `json:"fieldPath"`
				} `json:"inputPath"`
			}
		}
	} `json:"errorDetails"`
}

func (a answer) decode(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("body %q: %v", a.body, err)
	}
}

func (a answer) problem(t *testing.T) errorBody {
	t.Helper()
	var e errorBody
	a.decode(t, &e)
	if e.Status != a.status {
		t.Errorf("status %d in the body, %d in the head", e.Status, a.status)
	}
	return e
}

type edit func(*http.Request)

func with(name, value string) edit { return func(r *http.Request) { r.Header.Set(name, value) } }

func without(name string) edit { return func(r *http.Request) { r.Header.Del(name) } }

func token(value string) edit { return with("Authorization", "Bearer "+value) }

func (b *box) request(method, target, body string, edits ...edit) *http.Request {
	b.t.Helper()
	if !strings.HasPrefix(target, "http") {
		target = b.url + target
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+sandbox.PageToken)
	r.Header.Set("LinkedIn-Version", "202606")
	r.Header.Set("X-Restli-Protocol-Version", "2.0.0")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for _, e := range edits {
		e(r)
	}
	return r
}

// try sends a request whose connection may break.
func (b *box) try(method, target, body string, edits ...edit) (answer, error) {
	b.t.Helper()
	transport := &http.Transport{DisableKeepAlives: true}
	res, err := (&http.Client{Transport: transport, Timeout: time.Minute}).Do(b.request(method, target, body, edits...))
	if err != nil {
		return answer{}, err
	}
	raw, err := io.ReadAll(res.Body)
	return answer{status: res.StatusCode, header: res.Header, body: string(raw)}, errors.Join(err, res.Body.Close())
}

func (b *box) do(method, target, body string, edits ...edit) answer {
	b.t.Helper()
	a, err := b.try(method, target, body, edits...)
	if err != nil {
		b.t.Fatal(err)
	}
	return a
}

// want sends a request and checks the status.
func (b *box) want(status int, method, target, body string, edits ...edit) answer {
	b.t.Helper()
	a := b.do(method, target, body, edits...)
	if a.status != status {
		b.t.Fatalf("%s %s: status %d, want %d: %s", method, target, a.status, status, a.body)
	}
	return a
}

// body is the smallest create, changed.
func body(changes map[string]any) string {
	m := map[string]any{
		"author": sandbox.PageURN, "commentary": "Hello", "visibility": "PUBLIC",
		"distribution":   map[string]any{"feedDistribution": "MAIN_FEED"},
		"lifecycleState": "PUBLISHED",
	}
	for name, v := range changes {
		if v == nil {
			delete(m, name)
		} else {
			m[name] = v
		}
	}
	raw, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// post publishes and returns the URN.
func (b *box) post(changes map[string]any, edits ...edit) string {
	b.t.Helper()
	return b.want(http.StatusCreated, http.MethodPost, "/rest/posts", body(changes), edits...).header.Get("x-restli-id")
}

type upload struct {
	URL     string `json:"uploadUrl"`
	Image   string `json:"image"`
	Expires int64  `json:"uploadUrlExpiresAt"`
}

func (b *box) initialize(owner string, edits ...edit) upload {
	b.t.Helper()
	a := b.want(http.StatusOK, http.MethodPost, "/rest/images?action=initializeUpload",
		fmt.Sprintf(`{"initializeUploadRequest":{"owner":%q}}`, owner), edits...)
	var v struct{ Value upload }
	a.decode(b.t, &v)
	return v.Value
}

// image uploads a picture for an author and returns its URN.
func (b *box) image(owner string, content []byte, edits ...edit) string {
	b.t.Helper()
	u := b.initialize(owner, edits...)
	b.want(http.StatusCreated, http.MethodPut, u.URL, string(content), edits...)
	return u.Image
}

func enc(s string) string {
	return strings.NewReplacer("+", "%20", "(", "%28", ")", "%29", "'", "%27").Replace(url.QueryEscape(s))
}

func pngOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := png.Encode(&buf, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}
