package rest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/internal/rest"
)

const token = core.Secret("secret-token-value")

// newClient returns a client that does not wait between attempts.
func newClient(t *testing.T) *rest.Client {
	t.Helper()
	return newClientWith(t, coretest.NewClock(coretest.Epoch()))
}

// newClientWith returns a client that moves the clock instead of waiting.
func newClientWith(t *testing.T, clock *coretest.Clock) *rest.Client {
	t.Helper()
	clock.SkipWaits()
	direct := &http.Client{Transport: &http.Transport{}} // no proxy of the environment
	t.Cleanup(direct.CloseIdleConnections)
	return rest.New(rest.Config{Platform: "net", HTTP: direct, Clock: clock, MaxBody: 1000, MapError: mapError})
}

// mapError tells temporary statuses from others, and quotes the body.
func mapError(_ string, r *rest.Response) *core.Error {
	kind := core.KindInvalid
	if r.Status >= 500 {
		kind = core.KindTemporary
	}
	return &core.Error{
		Kind: kind, Message: string(r.Body), RequestID: r.Header.Get("X-Request-Id"),
		RetryAfter: rest.RetryAfter(r.Header, coretest.Epoch()),
	}
}

// serve starts a server that counts its calls.
func serve(t *testing.T, h http.HandlerFunc) (address string, calls *atomic.Int32) {
	t.Helper()
	calls = new(atomic.Int32)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		calls.Add(1)
		h(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, calls
}

func text(s string) func(context.Context) (io.ReadCloser, error) {
	return func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s)), nil }
}

func TestDoSendsTheAddressByteForByte(t *testing.T) {
	t.Parallel()
	var got atomic.Value
	address, _ := serve(t, func(_ http.ResponseWriter, r *http.Request) { got.Store(r.RequestURI) })
	for _, target := range []string{
		"/", "/a/b?x=1", "/?x", "/posts/urn%3Ali%3Ashare%3A1", "/p?ids=List(urn%3Ali%3Ashare%3A1,b)",
		"/up%253D/x%2Fy/%7e~(a)'!*;?sig=%253D%2f+/==&&t", "/a//b/../c/./d", "/%e4%bd%a0?q=%e4|{}^`",
		"/a[b]|c^d", "/x?", "?q=1",
	} {
		want := target
		if strings.HasPrefix(target, "?") {
			want = "/" + target
		}
		_, err := newClient(t).Do(t.Context(), rest.Request{Method: http.MethodGet, URL: address + target})
		if err != nil {
			t.Errorf("%s: %v", target, err)
			continue
		}
		if diff := cmp.Diff(want, got.Load()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestDoRefusesAddresses(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"", "example.com/x", "ftp://example.com", "https://", "https://u:p@example.com/", "https://example.com/a b",
		"https://example.com/ä", "https://example.com/\n", "https://example.com/%zz", "https://example.com/a#b",
		"https://example.com//a|b",
	} {
		_, err := newClient(t).Do(t.Context(), rest.Request{Op: "net.op", Method: http.MethodGet, URL: address})
		e := core.AsError(err)
		if err == nil || !e.Unsent || e.Kind != core.KindTemporary {
			t.Errorf("%q: %v", address, err)
		}
		if strings.Contains(e.Error(), "u:p") {
			t.Errorf("%q: the error quotes the address: %v", address, err)
		}
	}
}

func TestDoRepeats(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name       string
		repeatable bool
		status     int
		failures   int32
		wantCalls  int32
		wantErr    bool
	}{
		{"repeatable until it works", true, 503, 2, 3, false},
		{"repeatable in vain", true, 503, 9, 3, true},
		{"not repeatable", false, 503, 9, 1, true},
		{"refused for good", true, 400, 9, 1, true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var n atomic.Int32
			address, calls := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if body, err := io.ReadAll(r.Body); err != nil || string(body) != "content" || r.ContentLength != 7 {
					t.Errorf("body %q of length %d (%v)", body, r.ContentLength, err)
				}
				if n.Add(1) <= tc.failures {
					w.WriteHeader(tc.status)
				}
			})
			_, err := newClient(t).Do(t.Context(), rest.Request{
				Method: http.MethodPut, URL: address, Body: text("content"), Size: 7, Repeatable: tc.repeatable,
			})
			if (err != nil) != tc.wantErr {
				t.Errorf("error %v", err)
			}
			if calls.Load() != tc.wantCalls {
				t.Errorf("%d calls, want %d", calls.Load(), tc.wantCalls)
			}
		})
	}
}

// A network that says how long to wait is not called before; a long wait is left
// to the caller.
func TestDoWaitsAsLongAsItIsTold(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		retryAfter string
		calls      int32
		waited     time.Duration // at least
	}{
		{"", 3, 0},
		{"2", 3, 4 * time.Second},
		{"5", 3, 10 * time.Second},
		{"6", 1, 0},
	} {
		t.Run(tc.retryAfter, func(t *testing.T) {
			t.Parallel()
			address, calls := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", tc.retryAfter)
				w.WriteHeader(http.StatusServiceUnavailable)
			})
			clock := coretest.NewClock(coretest.Epoch())
			_, err := newClientWith(t, clock).Do(t.Context(), rest.Request{Method: http.MethodGet, URL: address, Repeatable: true})
			if err == nil || calls.Load() != tc.calls {
				t.Errorf("%d calls, want %d (%v)", calls.Load(), tc.calls, err)
			}
			if waited := clock.Now().Sub(coretest.Epoch()); waited < tc.waited || waited > tc.waited+time.Second {
				t.Errorf("waited %s, want about %s", waited, tc.waited)
			}
		})
	}
}

func TestDoStopsRepeatingWhenTheContextEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	address, calls := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	_, err := newClient(t).Do(ctx, rest.Request{Method: http.MethodGet, URL: address, Repeatable: true})
	if err == nil || calls.Load() != 1 {
		t.Errorf("%d calls, error %v", calls.Load(), err)
	}
}

func TestDoMapsErrors(t *testing.T) {
	t.Parallel()
	const other = core.Secret("secret-of-the-body")
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if got := r.Header.Get("Authorization"); got != "Bearer "+token.Reveal() {
			t.Errorf("Authorization %q", got)
		}
		w.Header().Set("X-Request-Id", "id "+token.Reveal())
		w.WriteHeader(http.StatusTeapot)
		_, _ = fmt.Fprintf(w, "I saw %s and %s", token.Reveal(), other.Reveal())
	})
	_, err := newClient(t).Do(t.Context(), rest.Request{
		Op: "net.op", Method: http.MethodGet, URL: address, Token: token, Secrets: []core.Secret{other},
	})
	want := &core.Error{
		Kind: core.KindInvalid, Op: "net.op", Platform: "net", Status: http.StatusTeapot,
		Message: "I saw [redacted] and [redacted]", RequestID: "id [redacted]",
	}
	if diff := cmp.Diff(want, core.AsError(err)); diff != "" {
		t.Error(diff)
	}
}

// A network that echoes a password writes it as JSON does.
func TestDoHidesSecretsThatJSONWritesInAnotherWay(t *testing.T) {
	t.Parallel()
	const password = core.Secret(`a "quoted" \ password`)
	address, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		if err := json.NewEncoder(w).Encode(map[string]string{"message": password.Reveal() + " is wrong"}); err != nil {
			t.Error(err)
		}
	})
	client := rest.New(rest.Config{Platform: "net", MapError: func(_ string, r *rest.Response) *core.Error {
		var body struct{ Message string }
		if err := json.Unmarshal(r.Body, &body); err != nil {
			t.Error(err)
		}
		return &core.Error{Kind: core.KindInvalid, Message: body.Message}
	}})
	_, err := client.Do(t.Context(), rest.Request{Op: "net.op", Method: http.MethodGet, URL: address, Secrets: []core.Secret{password}})
	if got, want := core.AsError(err).Message, "[redacted] is wrong"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Some networks refuse what they have already with an answer that names it.
func TestDoTakesOtherStatuses(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusConflict)
		_, _ = io.WriteString(w, `{"a":"b"}`)
	})
	for _, takes := range [][]int{nil, {http.StatusGone}, {http.StatusGone, http.StatusConflict}} {
		var out map[string]string
		_, err := newClient(t).JSON(t.Context(), rest.Request{Method: http.MethodPost, URL: address, Takes: takes}, nil, &out)
		if want := len(takes) == 2; want != (err == nil && out["a"] == "b") {
			t.Errorf("taking %v: %v, %v", takes, out, err)
		}
	}
}

func TestDoFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	address, calls := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	})
	_, err := newClient(t).Do(t.Context(), rest.Request{Method: http.MethodGet, URL: address, Token: token})
	if core.AsError(err).Status != http.StatusFound || calls.Load() != 1 {
		t.Errorf("%d calls, error %v", calls.Load(), err)
	}
}

func TestDoBoundsAnswers(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(make([]byte, 5000))
	})
	resp, err := newClient(t).Do(t.Context(), rest.Request{Method: http.MethodGet, URL: address})
	if err != nil || len(resp.Body) != 1000 {
		t.Fatalf("%v, %v", resp, err)
	}
	var out struct{}
	_, err = newClient(t).JSON(t.Context(), rest.Request{Op: "net.op", Method: http.MethodGet, URL: address}, nil, &out)
	if e := core.AsError(err); e.Kind != core.KindTemporary || e.Unsent || e.Status != http.StatusOK {
		t.Errorf("undecodable answer: %+v", e)
	}
}

// What is no JSON is a defect of the adapter, and nothing was sent.
func TestJSONOfTheUnencodable(t *testing.T) {
	t.Parallel()
	_, err := newClient(t).JSON(t.Context(), rest.Request{Op: "net.op", Method: http.MethodPost}, make(chan int), nil)
	if e := core.AsError(err); e.Kind != core.KindInternal || !e.Unsent || e.Op != "net.op" || e.Platform != "net" {
		t.Errorf("%+v", e)
	}
}

func TestJSONRoundTrip(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Content-Type") != "application/json" || r.Header.Get("X-Own") != "1" || r.Header["Authorization"] != nil {
			t.Errorf("headers %v", r.Header)
		}
		_, _ = io.Copy(w, r.Body)
	})
	shared := http.Header{"X-Own": {"1"}}
	var out map[string]string
	_, err := newClient(t).JSON(t.Context(), rest.Request{Method: http.MethodPost, URL: address, Header: shared}, map[string]string{"a": "b"}, &out)
	if err != nil || out["a"] != "b" {
		t.Fatalf("%v, %v", out, err)
	}
	if len(shared) != 1 {
		t.Errorf("the caller's header was changed: %v", shared)
	}
}

// The only errors that allow an irreversible call to be repeated are those of
// connections that were never made.
func TestDoTellsWhetherTheRequestLeft(t *testing.T) {
	t.Parallel()
	tlsServer := httptest.NewTLSServer(http.NotFoundHandler()) // whose certificate nobody trusts
	t.Cleanup(tlsServer.Close)
	cut, _ := serve(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	halfway, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte("{"))
		panic(http.ErrAbortHandler)
	})
	never, calls := serve(t, func(http.ResponseWriter, *http.Request) {})
	t.Cleanup(func() {
		if n := calls.Load(); n != 0 {
			t.Errorf("%d calls under a context that had ended", n)
		}
	})
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tc := range []struct {
		name, address string
		ctx           context.Context
		unsent        bool
	}{
		{"nobody listens", "http://127.0.0.1:1/", t.Context(), true},
		{"no such host", "http://host.invalid/", t.Context(), true},
		{"TLS handshake fails", tlsServer.URL, t.Context(), true},
		{"context ended before", never, ended, true},
		{"cut before the answer", cut, t.Context(), false},
		{"cut within the answer", halfway, t.Context(), false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t).Do(tc.ctx, rest.Request{
				Op: "net.create", Method: http.MethodPost, URL: tc.address, Token: token,
				Body: text("{}"), Size: 2, Timeout: 10 * time.Minute,
			})
			e := core.AsError(err)
			if e.Kind != core.KindTemporary || e.Unsent != tc.unsent || e.Op != "net.create" || e.Platform != "net" {
				t.Errorf("%+v", e)
			}
			var u *url.Error
			if errors.As(err, &u) || strings.Contains(e.Error(), token.Reveal()) {
				t.Errorf("the error quotes the request: %v", err)
			}
		})
	}
}

func TestDoTakesAnAnswerCutAfterItsHeaders(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Id", "7")
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusCreated)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	resp, err := newClient(t).Do(t.Context(), rest.Request{Method: http.MethodPost, URL: address, DiscardBody: true})
	if err != nil || resp.Header.Get("X-Id") != "7" {
		t.Errorf("%v, %v", resp, err)
	}
}

// A refusal that may have said that the thing exists already proves nothing. Of a
// call that may be repeated, its status says enough.
func TestDoDoesNotTrustARefusalThatWasCut(t *testing.T) {
	t.Parallel()
	address, calls := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "r-1")
		w.Header().Set("Content-Length", "100")
		w.WriteHeader(http.StatusUnprocessableEntity)
		_, _ = io.WriteString(w, "a duplicate of ")
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	})
	for repeatable, want := range map[bool]core.Kind{false: core.KindTemporary, true: core.KindInvalid} {
		_, err := newClient(t).Do(t.Context(), rest.Request{
			Op: "net.create", Method: http.MethodPost, URL: address, Repeatable: repeatable, DiscardBody: true,
		})
		e := core.AsError(err)
		if e.Kind != want || e.Unsent || e.Status != http.StatusUnprocessableEntity || e.RequestID != "r-1" || e.Op != "net.create" {
			t.Errorf("repeatable %v: %+v", repeatable, e)
		}
	}
	if calls.Load() != 2 {
		t.Errorf("%d calls, want 2", calls.Load())
	}
}

func TestDoPassesOnTheBodysError(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, func(http.ResponseWriter, *http.Request) {})
	broken := &core.Error{Kind: core.KindMedia, Field: "mediaUrls[0]", Message: "gone"}
	unsent := &core.Error{Kind: core.KindMedia, Field: "mediaUrls[0]", Message: "never fetched", Unsent: true} // not of this call
	for _, tc := range []struct {
		name   string
		body   func(context.Context) (io.ReadCloser, error)
		unsent bool
	}{
		{"on opening", func(context.Context) (io.ReadCloser, error) { return nil, broken }, true},
		{"on reading", func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(io.MultiReader(strings.NewReader("ab"), failing{unsent})), nil
		}, false},
	} {
		_, err := newClient(t).Do(t.Context(), rest.Request{Method: http.MethodPut, URL: address, Body: tc.body, Size: 10})
		if e := core.AsError(err); e.Kind != core.KindMedia || e.Field != broken.Field || e.Unsent != tc.unsent {
			t.Errorf("%s: %+v", tc.name, e)
		}
	}
	if broken.Unsent || !unsent.Unsent {
		t.Error("the body's own error was changed")
	}
}

// A download that fails while its bytes are being sent is the cause of whatever comes
// of the request, and sending it again would not help.
func TestDoBlamesTheBodyForWhatFollows(t *testing.T) {
	t.Parallel()
	broken := &core.Error{Kind: core.KindTemporary, Code: core.CodeMediaURL, Field: "mediaUrls[0]", Message: "the download broke"}
	for name, answer := range map[string]func(w http.ResponseWriter){
		"refused": func(w http.ResponseWriter) { w.WriteHeader(http.StatusBadRequest) },
		"taken":   func(w http.ResponseWriter) { w.WriteHeader(http.StatusCreated) },
		"cut":     func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, calls := serve(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // until it breaks
				answer(w)
			})
			opened := 0
			_, err := newClient(t).Do(t.Context(), rest.Request{
				Op: "net.put", Method: http.MethodPut, URL: address, Size: 1 << 20, Repeatable: true, DiscardBody: true,
				Body: func(context.Context) (io.ReadCloser, error) {
					opened++
					return io.NopCloser(failing{broken}), nil
				},
			})
			if e := core.AsError(err); e.Message != broken.Message || e.Code != broken.Code || e.Field != broken.Field {
				t.Errorf("%+v", e)
			}
			if opened != 1 || calls.Load() > 1 {
				t.Errorf("the content was opened %d times for %d calls, want once", opened, calls.Load())
			}
		})
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := coretest.Epoch()
	for value, want := range map[string]time.Duration{
		"":           0,
		"30":         30 * time.Second,
		" 5 ":        5 * time.Second,
		"-1":         0,
		"soon":       0,
		"9999999999": 0,
		"1000000":    24 * time.Hour,
		now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
		now.Add(-time.Hour).Format(http.TimeFormat):       0,
	} {
		if got := rest.RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

func TestNewHTTPClientConnects(t *testing.T) {
	t.Parallel()
	address, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") })
	own := rest.NewHTTPClient()
	t.Cleanup(own.CloseIdleConnections)
	resp, err := rest.New(rest.Config{HTTP: own, MapError: mapError}).Do(t.Context(), rest.Request{Method: http.MethodGet, URL: address})
	if err != nil || resp.Status != http.StatusOK || string(resp.Body) != "hello" {
		t.Errorf("%v, %v", resp, err)
	}
}
