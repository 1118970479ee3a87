package api_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

func TestAuthentication(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const userKey = "USER123-KEY4567-OFTHE89-PROFILE"
	s.addProfile("Acme", userKey)
	tests := map[string]struct {
		headers []header
		status  int
		code    core.Code
	}{
		"bearer":          {[]header{{"Authorization", "Bearer " + apiKey}}, http.StatusOK, 0},
		"bearer, case":    {[]header{{"Authorization", "bearer  " + apiKey}}, http.StatusOK, 0},
		"header":          {[]header{{"X-Api-Key", apiKey}}, http.StatusOK, 0},
		"none":            {nil, http.StatusUnauthorized, core.CodeUnauthorized},
		"empty":           {[]header{{"Authorization", "Bearer "}}, http.StatusUnauthorized, core.CodeUnauthorized},
		"wrong":           {[]header{{"Authorization", "Bearer nope"}}, http.StatusUnauthorized, core.CodeUnauthorized},
		"wrong scheme":    {[]header{{"Authorization", "Basic " + apiKey}}, http.StatusUnauthorized, core.CodeUnauthorized},
		"user profile":    {[]header{{"Authorization", "Bearer " + apiKey}, {"Profile-Key", userKey}}, http.StatusOK, 0},
		"by other header": {[]header{{"X-Api-Key", apiKey}, {"Profile-Key", " " + userKey + " "}}, http.StatusOK, 0},
		"primary profile": {[]header{{"Authorization", "Bearer " + apiKey}, {"Profile-Key", apiKey}}, http.StatusOK, 0},
		"no profile":      {[]header{{"Authorization", "Bearer " + apiKey}, {"Profile-Key", " "}}, http.StatusOK, 0},
		"unknown profile": {[]header{{"Authorization", "Bearer " + apiKey}, {"Profile-Key", "ABC"}}, http.StatusForbidden, core.CodeProfileKey},
		"two profiles":    {[]header{{"Authorization", "Bearer " + apiKey}, {"Profile-Key", userKey}, {"Profile-Key", apiKey}}, http.StatusBadRequest, core.CodeParameters},
		"one, twice":      {[]header{{"Authorization", "Bearer " + apiKey}, {"Profile-Key", userKey}, {"Profile-Key", userKey}}, http.StatusOK, 0},
		"key of a user":   {[]header{{"Authorization", "Bearer " + userKey}}, http.StatusUnauthorized, core.CodeUnauthorized},
		"only of a user":  {[]header{{"Authorization", "Bearer " + userKey}, {"Profile-Key", userKey}}, http.StatusUnauthorized, core.CodeUnauthorized},
		"profile, no key": {[]header{{"Profile-Key", "ABC"}}, http.StatusUnauthorized, core.CodeUnauthorized},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			r := s.send(t.Context(), http.MethodGet, "/user", nil, tt.headers...).want(tt.status)
			if tt.code == 0 {
				return
			}
			body := r.object()
			equal(t, jsonMap{"action": "request", "status": "error", "code": float64(tt.code)},
				jsonMap{"action": body["action"], "status": body["status"], "code": body["code"]})
			if (tt.status == http.StatusUnauthorized) != (r.header.Get("WWW-Authenticate") != "") {
				t.Errorf("WWW-Authenticate is %q", r.header.Get("WWW-Authenticate"))
			}
		})
	}
}

// TestEveryRouteWantsAKey asks every described operation without a key.
func TestEveryRouteWantsAKey(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for path, item := range description(t).Paths.Map() {
		for method, operation := range item.Operations() {
			public := operation.Security != nil && len(*operation.Security) == 0
			path := strings.NewReplacer("{id}", "x", "{name}", "dunes").Replace(path)
			r := s.send(t.Context(), method, path, nil)
			if (r.status == http.StatusUnauthorized) == public {
				t.Errorf("%s was answered with %d without a key; public: %v", r, r.status, public)
			}
		}
	}
}

// TestNoRouteActsForAnotherProfile asks every operation with a key to act for a
// profile other than the key's, which must not be done for the key's own instead.
func TestNoRouteActsForAnotherProfile(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for path, item := range description(t).Paths.Map() {
		for method, operation := range item.Operations() {
			if operation.Security != nil {
				continue
			}
			filters := path == "/profiles" && method == http.MethodGet
			path := strings.ReplaceAll(path, "{id}", "x")
			equal(t, problem{Code: core.CodeProfileKey, Field: "Profile-Key"},
				s.call(method, path, nil, header{"Profile-Key", "ABC"}).want(http.StatusForbidden).problems()[0])
			for where, query := range map[string]string{"profileKey": "?profileKey=ABC", "profileKeys": "?profileKeys[]=ABC"} {
				if where == "profileKeys" && filters {
					continue
				}
				equal(t, problem{Code: core.CodeUnsupported, Field: where}, s.call(method, path+query, nil).want(http.StatusBadRequest).problems()[0])
			}
		}
	}
}

func TestUnknownRoutes(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	tests := []struct {
		method, path string
		status       int
		code         core.Code
		allow        []string
	}{
		{http.MethodGet, "/", 404, core.CodeRouteNotFound, nil},
		{http.MethodGet, "/nope", 404, core.CodeRouteNotFound, nil},
		{http.MethodPost, "/api/nope%0a%00/x", 404, core.CodeRouteNotFound, nil},
		{http.MethodGet, "/post/", 404, core.CodeRouteNotFound, nil},
		{http.MethodGet, "//post", 404, core.CodeRouteNotFound, nil},
		{http.MethodGet, "/samples/nope", 404, core.CodeRouteNotFound, nil},
		{http.MethodGet, "/post", 405, core.CodeMethodNotAllowed, []string{"DELETE", "POST"}},
		{http.MethodPatch, "/api/history", 405, core.CodeMethodNotAllowed, []string{"GET"}},
		{"BREW", "/user", 405, core.CodeMethodNotAllowed, []string{"GET"}},
		{http.MethodOptions, "/user", 405, core.CodeMethodNotAllowed, []string{"GET"}},
	}
	for _, tt := range tests {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			r := s.send(t.Context(), tt.method, tt.path, nil).want(tt.status)
			equal(t, tt.code, r.problems()[0].Code)
			for _, m := range tt.allow {
				if !strings.Contains(r.header.Get("Allow"), m) {
					t.Errorf("Allow is %q", r.header.Get("Allow"))
				}
			}
		})
	}
}

// TestHead asks with HEAD for what GET answers.
func TestHead(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for path, want := range map[string]int{
		"/user": http.StatusOK, "/api/history?limit=0": http.StatusBadRequest, "/post/nope": http.StatusNotFound,
		"/samples/dunes": http.StatusOK, "/openapi.json": http.StatusOK, "/nope": http.StatusNotFound,
	} {
		head := s.call(http.MethodHead, path, nil).want(want)
		get := s.call(http.MethodGet, path, nil).want(want)
		equal(t, []any{0, get.header.Get("Content-Type")}, []any{len(head.body), head.header.Get("Content-Type")})
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.call(http.MethodPost, "/post", strings.Repeat(" ", 1<<20+1)).want(http.StatusRequestEntityTooLarge)
	equal(t, core.CodeBodyTooLarge, r.problems()[0].Code)
	for _, path := range []string{"/post", "/profiles/social", "/validate/post"} {
		r = s.call(http.MethodPost, path, "a=b", header{"Content-Type", "application/x-www-form-urlencoded"}).want(http.StatusUnsupportedMediaType)
		equal(t, core.CodeContentType, r.problems()[0].Code)
	}
	s.call(http.MethodPost, "/post", `{}`, header{"Content-Type", ""}).want(http.StatusBadRequest)
	s.call(http.MethodPost, "/post", `{}`, header{"Content-Type", "application/vnd.api+json"}).want(http.StatusBadRequest)
	if !strings.Contains(s.call(http.MethodPost, "/post", "{\n\"post\": x}").want(http.StatusBadRequest).text("message"), "line 2, column 9") {
		t.Error("the message does not tell where the mistake is")
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	given := s.call(http.MethodGet, "/user", nil, header{"X-Request-Id", "trace-1.a:b_c"})
	equal(t, "trace-1.a:b_c", given.header.Get("X-Request-Id"))
	for _, bad := range []string{"a b", "<script>", strings.Repeat("a", 129)} {
		if got := s.call(http.MethodGet, "/user", nil, header{"X-Request-Id", bad}).header.Get("X-Request-Id"); len(got) != 20 {
			t.Errorf("the id %q was answered with %q", bad, got)
		}
	}
	if !strings.Contains(s.log.String(), `"request":"trace-1.a:b_c"`) {
		t.Error("the log does not name the request")
	}
}

func TestProblemDetails(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, accept := range []string{"application/problem+json", "application/json;q=0.5, application/problem+json;q=0.9", "application/json, application/problem+json", "application/problem+json;q=0.1, */*"} {
		r := s.call(http.MethodPost, "/post", jsonMap{"post": 1, "platforms": 2}, header{"Accept", accept}).want(http.StatusBadRequest)
		body := r.object()
		equal(t, jsonMap{
			"type": "https://crier.example/error-explainer?code=101", "title": core.CodeParameters.Info().Meaning,
			"status": 400.0, "code": 101.0, "detail": body["message"],
		}, jsonMap{"type": body["type"], "title": body["title"], "status": body["status"], "code": body["code"], "detail": body["detail"]})
		equal(t, 2, len(body["errors"].([]any)))
	}
	for _, accept := range []string{"*/*", "application/json", "application/problem+json;q=0", "application/*", ";;", "application/problem+json;q=0.5, application/json", "application/problem+json;q=2", "application/problem+json;q=x"} {
		r := s.call(http.MethodGet, "/nope", nil, header{"Accept", accept})
		equal(t, "application/json; charset=utf-8", r.header.Get("Content-Type"))
	}
	refused := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"nowhere"}}, header{"Accept", "application/problem+json"}).want(http.StatusBadRequest)
	equal(t, any(float64(core.CodeUnknownPlatform)), refused.object()["code"])
	ok := s.call(http.MethodGet, "/user", nil, header{"Accept", "application/problem+json"}).want(http.StatusOK)
	equal(t, "application/json; charset=utf-8", ok.header.Get("Content-Type"))
}

// broken is a publisher that fails in the way that a test wants.
type broken struct {
	api.Publisher
	get func() (publish.Outcome, error)
}

func (b broken) Get(context.Context, string, string) (publish.Outcome, error) { return b.get() }

func TestDefects(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		get    func() (publish.Outcome, error)
		status int
		code   core.Code
	}{
		"panic":  {func() (publish.Outcome, error) { panic("secret-detail") }, 500, core.CodeInternal},
		"defect": {func() (publish.Outcome, error) { return publish.Outcome{}, core.AsError(errors.New("secret-detail")) }, 500, core.CodeInternal},
		"store":  {func() (publish.Outcome, error) { return publish.Outcome{}, errors.New("secret-detail") }, 503, core.CodeStoreUnavailable},
		"gone":   {func() (publish.Outcome, error) { return publish.Outcome{}, store.ErrNotFound }, 404, core.CodeHistoryNotFound},
		"answer that cannot be encoded": {func() (publish.Outcome, error) {
			return publish.Outcome{Deliveries: []core.Delivery{{
				State: core.DeliveryPublished, Receipt: core.Receipt{Extra: map[string]any{"x": func() {}}},
			}}}, nil
		}, 500, core.CodeInternal},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, func(o *options) {
				o.api = func(c *api.Config) { c.Publisher = broken{c.Publisher, tt.get} }
			})
			r := s.call(http.MethodGet, "/post/x", nil).want(tt.status)
			equal(t, tt.code, r.problems()[0].Code)
			if strings.Contains(string(r.body), "secret-detail") {
				t.Errorf("the cause is shown: %s", r.body)
			}
			if tt.status >= 500 && name != "answer that cannot be encoded" && !strings.Contains(s.log.String(), "secret-detail") {
				t.Error("the cause is not in the log")
			}
			if tt.status == http.StatusServiceUnavailable {
				equal(t, "1", r.header.Get("Retry-After"))
			}
		})
	}
}

func TestNoSecretInLogs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const token = "very-secret-token"
	s.call(http.MethodPost, "/profiles/social", jsonMap{"platform": "scripted", "accessToken": token, "refreshToken": token}).want(http.StatusBadRequest)
	s.call(http.MethodPost, "/profiles/social", jsonMap{"platform": token, "accessToken": jsonMap{"a": token}, "expiresIn": token})
	s.call(http.MethodGet, "/history?token="+token, nil).want(http.StatusOK)
	s.send(t.Context(), http.MethodGet, "/user", nil, header{"X-Api-Key", token})
	for _, secret := range []string{token, apiKey} {
		for line := range strings.Lines(s.log.String()) {
			if strings.Contains(line, secret) {
				t.Errorf("the log has a secret: %s", line)
			}
		}
	}
}

// TestLogNamesThePost finds the post that each kind of request concerns in its line
// of the log.
func TestLogNamesThePost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.network.Next(coretest.OpCommit, coretest.Answer(http.StatusForbidden, 0))
	key, body := header{"Idempotency-Key", "k"}, jsonMap{"post": "a", "platforms": []string{"scripted"}}
	id := s.call(http.MethodPost, "/post", body, key, header{"X-Request-Id", "create"}).want(http.StatusBadRequest).text("id")
	s.call(http.MethodPost, "/post", body, key, header{"X-Request-Id", "again"}).want(http.StatusBadRequest)
	s.call(http.MethodGet, "/post/"+id, nil, header{"X-Request-Id", "get"}).want(http.StatusOK)
	s.call(http.MethodPut, "/post/retry", jsonMap{"id": id}, header{"X-Request-Id", "retry"}).want(http.StatusOK)
	s.settle(id)
	s.call(http.MethodDelete, "/post", jsonMap{"id": id}, header{"X-Request-Id", "delete"}).want(http.StatusOK)
	s.call(http.MethodGet, "/post/secret", nil, header{"X-Request-Id", "nothing"}).want(http.StatusNotFound)
	s.call(http.MethodDelete, "/post", jsonMap{"id": "secret"}, header{"X-Request-Id", "nothing"}).want(http.StatusNotFound)

	got := map[string]string{}
	for line := range strings.Lines(s.log.String()) {
		var entry struct{ Msg, Request, Post string }
		if err := jsonUnmarshal([]byte(line), &entry); err != nil {
			t.Fatal(err)
		}
		if entry.Msg == "request answered" {
			got[entry.Request] = entry.Post
		}
	}
	for _, request := range []string{"create", "again", "get", "retry", "delete"} {
		equal(t, id, got[request])
	}
	equal(t, "", got["nothing"])
}

func TestHelpFitsTheError(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	tests := map[string]struct {
		r    *response
		want string
	}{
		"of a field":    {s.call(http.MethodPost, "/post", jsonMap{"post": 1, "platforms": "scripted"}), core.CodeParameters.Info().Help},
		"of the body":   {s.call(http.MethodPost, "/post", "{"), "Correct what the message names and send the request again."},
		"of the path":   {s.call(http.MethodGet, "/history/scripted", nil), "GET /providers lists the abilities of each network."},
		"of the number": {s.call(http.MethodGet, "/nope", nil), core.CodeRouteNotFound.Info().Help},
	}
	for name, tt := range tests {
		if got := tt.r.text("help"); got != tt.want {
			t.Errorf("%s: help is %q, want %q", name, got, tt.want)
		}
	}
}

func TestObserve(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.call(http.MethodGet, "/api/post/x", nil)
	s.call(http.MethodGet, "/nope", nil)
	for _, want := range []observation{{"/post/:id", "GET", 404}, {"", "GET", 404}} {
		if !s.observed.has(want) {
			t.Errorf("%+v was not observed", want)
		}
	}
}

// TestBrokenOffBody ends a request in the middle of its body.
func TestBrokenOffBody(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/post", io.MultiReader(strings.NewReader(`{"post"`), failing{}))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+apiKey)
	if res, err := s.client.Do(req); err == nil {
		_ = res.Body.Close()
		t.Errorf("the request was answered with %d", res.StatusCode)
	}
	s.call(http.MethodGet, "/user", nil).want(http.StatusOK)
}

// slow is a publisher that answers when the client has hung up.
type slow struct {
	api.Publisher
	asked chan struct{}
	err   error // what it answers with; nil means that of the context
}

func (p slow) Get(ctx context.Context, _, _ string) (publish.Outcome, error) {
	close(p.asked)
	<-ctx.Done()
	if p.err != nil {
		return publish.Outcome{}, p.err
	}
	return publish.Outcome{}, fmt.Errorf("reading the post: %w", ctx.Err())
}

// TestClientThatHangsUp is no trouble of the server, unless there is one besides.
func TestClientThatHangsUp(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err    error
		status int
		level  string
	}{
		"alone":         {nil, 499, "INFO"},
		"store trouble": {errors.New("disk I/O error"), http.StatusServiceUnavailable, "ERROR"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			asked, statuses := make(chan struct{}), make(chan int, 1)
			s := newServer(t, func(o *options) {
				o.api = func(c *api.Config) {
					c.Publisher = slow{c.Publisher, asked, tt.err}
					c.Observe = func(_, _ string, status int, _ time.Duration) { statuses <- status }
				}
			})
			ctx, hangUp := context.WithCancel(t.Context())
			go func() {
				<-asked
				hangUp()
			}()
			if r, err := s.trySend(ctx, http.MethodGet, "/post/x", nil, header{"X-API-KEY", apiKey}); err == nil {
				t.Errorf("%s was answered with %d", r, r.status)
			}
			equal(t, tt.status, coretest.Receive(t, "the status of the answer", statuses))
			equal(t, tt.level, s.log.find("request answered", "level"))
			equal(t, tt.err != nil, s.log.find("request answered", "error") != "")
		})
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("cable pulled") }

func TestNewNeedsItsParts(t *testing.T) {
	t.Parallel()
	if _, err := api.New(api.Config{}); err == nil {
		t.Error("an API of nothing was made")
	}
}
