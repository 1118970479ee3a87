package interop_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// asker asks a network, and writes down what it answers.
type asker struct {
	t          *testing.T
	w          world
	exceptions map[string]exception
	answers    []answer
}

// request is a question.
type request struct {
	method  string // GET where it is empty
	path    string // below the PDS; an address where it has a scheme
	query   url.Values
	token   string
	body    any // JSON, unless it is []byte, zeros or url.Values
	header  http.Header
	headers []string // names of headers of the answer that are looked at
}

// answer is what a network said, in words that are the same for every network.
type answer struct {
	Question string            `json:"question"`
	Status   int               `json:"status"`
	Headers  map[string]string `json:"headers,omitempty"`
	Body     any               `json:"body,omitempty"`

	raw    []byte
	header http.Header
}

// query asks for what an XRPC method reads, https://atproto.com/specs/xrpc.
func query(nsid, token string, pairs ...string) request {
	return request{path: "/xrpc/" + nsid, token: token, query: values(pairs...)}
}

// procedure calls an XRPC method that does something.
func procedure(nsid, token string, body any) request {
	return request{method: http.MethodPost, path: "/xrpc/" + nsid, token: token, body: body}
}

func values(pairs ...string) url.Values {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return v
}

// ok asks, and fails the test unless the answer is 200.
func (a *asker) ok(question string, r request) answer {
	a.t.Helper()
	return a.expect(question, r, http.StatusOK, "")
}

// refused asks, and fails the test unless the answer is this error.
func (a *asker) refused(question string, r request, status int, name string) answer {
	a.t.Helper()
	return a.expect(question, r, status, name)
}

func (a *asker) expect(question string, r request, status int, name string) answer {
	a.t.Helper()
	got := a.ask(r)
	got.Question = question
	a.answers = append(a.answers, got)
	if e := a.exceptions[question]; e.status != 0 {
		status, name = e.status, e.name
	}
	var refusal struct {
		Error string `json:"error"`
	}
	_ = json.Unmarshal(got.raw, &refusal) // what is no JSON has no error's name
	if got.Status != status || refusal.Error != name {
		a.t.Errorf("%s: %d %s, want %d %q", question, got.Status, got.raw, status, name)
	}
	return got
}

// ask sends one request.
func (a *asker) ask(r request) answer {
	a.t.Helper()
	res, err := a.w.client.Do(r.build(a.t, a.w.pds))
	if err != nil {
		a.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		a.t.Fatal(err)
	}
	got := answer{Status: res.StatusCode, raw: raw, header: res.Header}
	for _, name := range r.headers {
		if value := res.Header.Get(name); value != "" {
			if got.Headers == nil {
				got.Headers = map[string]string{}
			}
			got.Headers[name] = a.w.words(value)
		}
	}
	got.Body = a.w.bodyInWords(raw)
	return got
}

func (r request) build(t *testing.T, base string) *http.Request {
	t.Helper()
	address := r.path
	if parsed, err := url.Parse(r.path); err != nil || parsed.Scheme == "" {
		address = base + r.path
	}
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	method := cmp.Or(r.method, http.MethodGet)
	body, contentType := r.encoded(t)
	req, err := http.NewRequestWithContext(t.Context(), method, address, body)
	if err != nil {
		t.Fatal(err)
	}
	if content, isZeros := r.body.(zeros); isZeros {
		req.ContentLength = int64(content)
	}
	maps.Copy(req.Header, r.header)
	if contentType != "" && req.Header.Get("Content-Type") == "" {
		req.Header.Set("Content-Type", contentType)
	}
	if r.token != "" {
		req.Header.Set("Authorization", "Bearer "+r.token)
	}
	return req
}

func (r request) encoded(t *testing.T) (body io.Reader, contentType string) {
	t.Helper()
	switch content := r.body.(type) {
	case nil:
		return http.NoBody, ""
	case []byte:
		return bytes.NewReader(content), ""
	case zeros:
		return content.reader(), ""
	case url.Values:
		return strings.NewReader(content.Encode()), "application/x-www-form-urlencoded"
	default:
		raw, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.NewReader(raw), "application/json"
	}
}

// into decodes an answer.
func into[T any](a *asker, got answer) T {
	a.t.Helper()
	var v T
	if err := json.Unmarshal(got.raw, &v); err != nil {
		a.t.Fatalf("%s: %v in %s", got.Question, err, got.raw)
	}
	return v
}
