package sandbox_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// box is a sandbox that listens, with a clock that the test moves.
type box struct {
	*sandbox.Sandbox
	t     *testing.T
	url   string
	clock *coretest.Clock
}

func start(t *testing.T, change ...func(*sandbox.Options)) *box {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	server := httptest.NewUnstartedServer(nil)
	o := sandbox.Options{Clock: clock, Dir: t.TempDir(), BaseURL: "http://" + server.Listener.Addr().String()}
	for _, c := range change {
		c(&o)
	}
	s := sandbox.New(o)
	server.Config.Handler = s
	server.Start()
	t.Cleanup(func() {
		server.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return &box{Sandbox: s, t: t, url: o.BaseURL, clock: clock}
}

// answer is a response that was read completely.
type answer struct {
	status int
	header http.Header
	body   string
}

// problem is the name of the error of an answer.
func (a answer) problem() string {
	var e struct{ Error string }
	_ = json.Unmarshal([]byte(a.body), &e) // an answer that is none has none
	return e.Error
}

func (a answer) decode(t *testing.T, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.body), v); err != nil {
		t.Fatalf("body %q: %v", a.body, err)
	}
}

// try sends a request whose connection may break.
func (b *box) try(method, target, token, kind string, body []byte) (answer, error) {
	b.t.Helper()
	if !strings.HasPrefix(target, "http") {
		target = b.url + target
	}
	r, err := http.NewRequestWithContext(b.t.Context(), method, target, bytes.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	return b.send(r)
}

// send sends a request of its own making; redirects are answers.
func (b *box) send(r *http.Request) (answer, error) {
	b.t.Helper()
	client := &http.Client{
		Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	res, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return answer{}, err
	}
	return answer{res.StatusCode, res.Header, string(raw)}, res.Body.Close()
}

// want sends a request and checks the status.
func (b *box) want(status int, method, target, token string, in any) answer {
	b.t.Helper()
	var body []byte
	kind := ""
	if in != nil {
		kind = "application/json"
		raw, err := json.Marshal(in)
		if err != nil {
			b.t.Fatal(err)
		}
		body = raw
	}
	a, err := b.try(method, target, token, kind, body)
	if err != nil {
		b.t.Fatal(err)
	}
	if a.status != status {
		b.t.Fatalf("%s %s: status %d, want %d: %s", method, target, a.status, status, a.body)
	}
	return a
}

// get calls a method and decodes its answer.
func (b *box) get(method string, params url.Values, out any) {
	b.t.Helper()
	b.want(http.StatusOK, http.MethodGet, "/xrpc/"+method+"?"+params.Encode(), "", nil).decode(b.t, out)
}

// login begins a session with an app password.
func (b *box) login(handle, password string) string {
	b.t.Helper()
	tokens, err := b.Login(b.url, handle, password)
	if err != nil {
		b.t.Fatal(err)
	}
	return tokens.AccessToken
}

func (b *box) alice() string { return b.login(sandbox.AliceHandle, sandbox.AliceAppPassword) }

func (b *box) bob() string { return b.login(sandbox.BobHandle, sandbox.BobAppPassword) }

// object is a value of JSON.
type object = map[string]any

type strongRef struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

// create writes a record and returns where it is.
func (b *box) create(token, repo, collection string, record object) strongRef {
	b.t.Helper()
	var out strongRef
	b.want(http.StatusOK, http.MethodPost, "/xrpc/com.atproto.repo.createRecord", token,
		object{"repo": repo, "collection": collection, "record": b.dated(record)}).decode(b.t, &out)
	return out
}

func (b *box) dated(record object) object {
	if _, has := record["createdAt"]; !has {
		record["createdAt"] = b.clock.Now().UTC().Format(time.RFC3339)
	}
	return record
}

const postCollection = "app.bsky.feed.post"

// post writes a post.
func (b *box) post(token, repo, text string, more ...object) strongRef {
	b.t.Helper()
	record := object{"text": text}
	for _, fields := range more {
		maps.Copy(record, fields)
	}
	return b.create(token, repo, postCollection, record)
}

// gate writes the gate of a post, with the same key.
func (b *box) gate(token, repo, collection, post string, fields object) {
	b.t.Helper()
	fields["post"] = post
	b.want(http.StatusOK, http.MethodPost, "/xrpc/com.atproto.repo.putRecord", token, object{
		"repo": repo, "collection": collection, "rkey": post[strings.LastIndex(post, "/")+1:], "record": b.dated(fields),
	})
}

func reply(root, parent strongRef) object {
	return object{"reply": object{"root": root, "parent": parent}}
}

// refused writes a post and expects an error.
func (b *box) refused(token, repo string, record object) answer {
	b.t.Helper()
	return b.want(http.StatusBadRequest, http.MethodPost, "/xrpc/com.atproto.repo.createRecord", token,
		object{"repo": repo, "collection": postCollection, "record": b.dated(record)})
}
