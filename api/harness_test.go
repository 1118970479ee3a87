package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/engage"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/schedule"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
	"github.com/crier-social/crier/core/vault"
)

const apiKey = "TEST123-KEY4567-OFTHE89-PRIMARY"

// server is the API over HTTP, on a real publisher, a real runner and a real
// store, in front of a scripted network.
type server struct {
	t        testing.TB
	url      string
	client   *http.Client
	store    store.Store
	network  *coretest.Provider
	assets   *coretest.Assets
	clock    *coretest.Clock
	api      *api.API
	uploads  *uploads
	runner   *queue.Runner
	profile  core.Profile
	account  core.Account // the person, default of the network
	page     core.Account // linked by linkPage
	accounts *accounts.Manager
	notifier *notify.Notifier
	log      *logBuffer
	observed *observations
	// publisher is the real one.
	publisher *publish.Publisher
}

// options change how a server is made.
type options struct {
	network func(*coretest.Config)
	// provider stands in front of the network's adapter.
	provider func(*coretest.Provider) core.Provider
	also     []core.Provider // other networks
	api      func(*api.Config)
	server   func(*http.Server)
	idle     bool            // no runner: nothing is ever sent
	quota    int64           // of uploads, in bytes; 0: none
	notices  publish.Notices // whom outcomes are told to; nil: nobody
	unique   bool            // duplicates are refused, as a server does unless it is told otherwise
}

// runnerPoll is less than all else waits for, so that the pauses of the runner can be told from
// those of a request.
const runnerPoll = 900 * time.Millisecond

func newServer(t testing.TB, change ...func(*options)) *server {
	t.Helper()
	var o options
	for _, f := range change {
		f(&o)
	}
	s := &server{
		t: t, clock: coretest.NewClock(coretest.Epoch()), assets: coretest.NewAssets(),
		profile: coretest.Profile(), log: &logBuffer{}, observed: &observations{},
	}
	s.openStore()
	s.uploads = newUploads(t, s.store, s.profile.ID, s.clock, o.quota)
	network := coretest.Config{Clock: s.clock}
	if o.network != nil {
		o.network(&network)
	}
	s.network = coretest.NewProvider(network)
	s.start(o)
	return s
}

func (s *server) openStore() {
	s.t.Helper()
	s.store = dbtest.Open(s.t, s.clock)
	hash := sha256.Sum256([]byte(apiKey))
	if err := s.store.CreateProfile(s.t.Context(), s.profile, hash[:]); err != nil {
		s.t.Fatal(err)
	}
}

// start wires everything and listens.
func (s *server) start(o options) {
	s.t.Helper()
	log := slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var provider core.Provider = s.network
	if o.provider != nil {
		provider = o.provider(s.network)
	}
	registry, err := core.NewRegistry(append([]core.Provider{provider}, o.also...)...)
	if err != nil {
		s.t.Fatal(err)
	}
	ring, err := vault.New(vault.NewKey())
	if err != nil {
		s.t.Fatal(err)
	}
	s.accounts = accounts.New(accounts.Config{Store: s.store, Registry: registry, Vault: ring, Clock: s.clock, Log: log})
	s.account = s.link("")
	publisher, err := publish.New(publish.Config{
		Store: s.store, Registry: registry, Media: s.assets, Tokens: s.accounts, Clock: s.clock,
		Log: log, Wake: func() { s.runner.Wake() }, AllowDuplicates: !o.unique, Notices: o.notices,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.publisher = publisher
	engagement, err := engage.New(engage.Config{
		Store: s.store, Registry: registry, Sessions: publisher, Pending: publisher, Tokens: s.accounts, Clock: s.clock, Log: log,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.runner, err = queue.NewRunner(queue.RunnerConfig{
		Backend: s.store, Handlers: publisher.Handlers(), Clock: s.clock, Log: log,
		Poll:  runnerPoll,
		Lease: 1000 * time.Hour, // settle moves the clock however long a worker of a slow machine takes
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if !o.idle {
		s.runner.Start(context.WithoutCancel(s.t.Context()))
		s.t.Cleanup(func() {
			if err := s.runner.Stop(context.Background()); err != nil {
				s.t.Error(err)
			}
		})
	}
	config := api.Config{
		Publisher: publisher, Schedules: schedule.New(schedule.Config{Store: s.store, Clock: s.clock}), Engagement: engagement, Accounts: s.accounts, Profiles: s.store, Requests: s.store, Registry: registry,
		Uploads: s.uploads, Media: newLooker(s.assets), Samples: samples(), Clock: s.clock, Log: log, PublicURL: "https://crier.example",
		Version: "test", Observe: s.observed.add, Webhooks: s.newNotifier(ring, log),
		Checker: accounts.NewChecker(accounts.CheckerConfig{Accounts: s.accounts, Registry: registry, Sessions: publisher}),
		Linking: accounts.NewLinking(accounts.LinkingConfig{
			Accounts: s.accounts, Store: s.store, Profiles: s.store, Registry: registry, Vault: ring, Clock: s.clock, Log: log, PublicURL: "https://crier.example",
		}),
	}
	if o.api != nil {
		o.api(&config)
	}
	a, err := api.New(config)
	if err != nil {
		s.t.Fatal(err)
	}
	s.api = a
	s.listen(o.server)
}

// listen has an HTTP server of its own serve the API from now on.
func (s *server) listen(change func(*http.Server)) {
	srv := httptest.NewUnstartedServer(s.api.Handler())
	if change != nil {
		change(srv.Config)
	}
	srv.Start()
	s.t.Cleanup(srv.Close)
	s.url, s.client = srv.URL, srv.Client()
	s.client.Timeout = coretest.Patience
}

// link links an account of the network; without a remote id, the person.
func (s *server) link(remoteID string) core.Account {
	s.t.Helper()
	a, _, err := s.accounts.Link(s.t.Context(), s.profile.ID, accounts.LinkRequest{
		Platform: "scripted", RemoteID: remoteID,
		Credentials: core.Credentials{AccessToken: coretest.MemberToken},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func samples() []api.Sample {
	f := coretest.Picture("sample:dunes", 8, 8)
	return []api.Sample{{Name: "dunes", MIME: "image/png", Content: f.Data}}
}

// with returns the server for a subtest or fuzz target.
func (s *server) with(t testing.TB) *server {
	c := *s
	c.t = t
	return &c
}

// response is what the API answered.
type response struct {
	t testing.TB
	exchange
}

// header is a pair for request headers.
type header struct{ name, value string }

// call sends a request with the API key. body is sent as it is when it is a
// string or bytes, and as JSON otherwise; nil means none.
func (s *server) call(method, path string, body any, headers ...header) *response {
	s.t.Helper()
	all := append([]header{{"Authorization", "Bearer " + apiKey}}, headers...)
	return s.send(s.t.Context(), method, path, body, all...)
}

// send sends a request as it is, and holds the exchange against the description.
func (s *server) send(ctx context.Context, method, path string, body any, headers ...header) *response {
	s.t.Helper()
	r, err := s.trySend(ctx, method, path, body, headers...)
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// begin sends a request with the API key, whose answer may have to wait for what the test does.
func (s *server) begin(method, path string, body any, headers ...header) <-chan *response {
	answered := make(chan *response, 1)
	go func() {
		r, err := s.trySend(s.t.Context(), method, path, body, append(headers, header{"X-API-KEY", apiKey})...)
		if err != nil {
			s.t.Error(err)
		}
		answered <- r
	}()
	return answered
}

// answer waits for the answer to a request that was begun.
func (s *server) answer(answered <-chan *response) *response {
	s.t.Helper()
	r := coretest.Receive(s.t, "an answer", answered)
	if r == nil {
		s.t.FailNow()
	}
	return r
}

// unannounced is a body whose length no header tells.
type unannounced []byte

func (s *server) trySend(ctx context.Context, method, path string, body any, headers ...header) (*response, error) {
	s.t.Helper()
	chunks, chunked := body.(unannounced)
	if chunked {
		body = []byte(chunks)
	}
	data := encode(s.t, body)
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	if chunked {
		req.ContentLength = -1
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	sent := map[string]bool{}
	for _, h := range headers {
		if !sent[h.name] {
			req.Header.Del(h.name) // what is set by default
		}
		sent[h.name] = true
		req.Header.Add(h.name, h.value)
	}
	res, err := s.client.Do(req)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		return nil, err
	}
	e := exchange{request: req, requestBody: data, status: res.StatusCode, header: res.Header, body: answer}
	e.holdsTo(s.t, description(s.t))
	e.checkHeaders(s.t)
	return &response{s.t, e}, nil
}

// checkHeaders checks what every answer must have.
func (e exchange) checkHeaders(t testing.TB) {
	t.Helper()
	contentType := e.header.Get("Content-Type")
	switch {
	case (strings.Contains(e.request.URL.Path, "/samples/") || strings.Contains(e.request.URL.Path, "/media/file/")) && e.status < 400:
	case contentType == "application/problem+json" && strings.Contains(e.request.Header.Get("Accept"), contentType):
	case contentType != "application/json; charset=utf-8":
		t.Errorf("%s: Content-Type is %q", e, contentType)
	}
	for _, name := range []string{"X-Request-Id", "X-Content-Type-Options", "Content-Security-Policy"} {
		if e.header.Get(name) == "" {
			t.Errorf("%s: the answer has no %s", e, name)
		}
	}
}

func encode(t testing.TB, body any) []byte {
	t.Helper()
	switch b := body.(type) {
	case nil:
		return nil
	case []byte:
		return b
	case string:
		return []byte(b)
	}
	data, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func jsonUnmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }

// want fails the test unless the answer has the status.
func (r *response) want(status int) *response {
	r.t.Helper()
	if r.status != status {
		r.t.Fatalf("%s: status %d, want %d\n%s", r, r.status, status, r.body)
	}
	return r
}

// object returns the answer as a JSON object.
func (r *response) object() map[string]any {
	r.t.Helper()
	var v map[string]any
	if err := json.Unmarshal(r.body, &v); err != nil {
		r.t.Fatalf("%s: %v\n%s", r, err, r.body)
	}
	return v
}

// text returns a string member of the answer.
func (r *response) text(key string) string {
	r.t.Helper()
	s, ok := r.object()[key].(string)
	if !ok {
		r.t.Fatalf("%s: %s is not a string: %s", r, key, r.body)
	}
	return s
}

// problem is the part of an error that tests compare.
type problem struct {
	Code     core.Code `json:"code"`
	Field    string    `json:"field"`
	Platform string    `json:"platform"`
	Verify   bool      `json:"verifyCheck"`
	Message  string    `json:"-"`
}

// problems returns every error of the answer: those of errors, or the flat one.
func (r *response) problems() []problem {
	r.t.Helper()
	var body struct {
		problem
		Errors []problem `json:"errors"`
	}
	if err := json.Unmarshal(r.body, &body); err != nil {
		r.t.Fatalf("%s: %v\n%s", r, err, r.body)
	}
	if len(body.Errors) > 0 {
		return body.Errors
	}
	return []problem{body.problem}
}

// fields returns the fields that the errors name.
func (r *response) fields() []string {
	r.t.Helper()
	var out []string
	for _, p := range r.problems() {
		out = append(out, p.Field)
	}
	slices.Sort(out)
	return out
}

// settle waits until the post has ended.
func (s *server) settle(id string) *response {
	s.t.Helper()
	deadline := time.After(coretest.Patience)
	for {
		r := s.call(http.MethodGet, "/post/"+id, nil).want(http.StatusOK)
		if st := r.text("status"); st != "processing" && st != "pending" {
			return r
		}
		select {
		case <-deadline:
			s.t.Fatalf("the post has not ended: %s", r.body)
		case <-time.After(2 * time.Millisecond):
			s.clock.Advance(10 * time.Second)
		}
	}
}

// timeline returns the texts on the network.
func (s *server) timeline() []string {
	var out []string
	for _, p := range s.network.Timeline() {
		out = append(out, p.Text)
	}
	return out
}

// query writes a path with parameters.
func query(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		v.Add(pairs[i], pairs[i+1])
	}
	return path + "?" + v.Encode()
}

type jsonMap = map[string]any
