package notify_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
	"github.com/crier-social/crier/core/vault"
)

const scheduled, social = string(core.NoticeScheduled), string(core.NoticeSocial)

// patience is the time limit of calls that nothing keeps from arriving, however slow the test's
// machine is.
const patience = time.Hour

// fixture is a notifier on a real store, in front of a real endpoint.
type fixture struct {
	*notify.Notifier
	t        *testing.T
	clock    *coretest.Clock
	store    store.Store
	primary  core.Profile
	customer core.Profile
	endpoint *endpoint
	results  *results
	config   notify.Config
}

func newFixture(t *testing.T, change ...func(*notify.Config)) *fixture {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	st := openStore(t, clock)
	ring, err := vault.New(vault.NewKey())
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{
		t: t, clock: clock, store: st, primary: coretest.Profile(), customer: customer(),
		endpoint: newEndpoint(t), results: newResults(),
	}
	f.config = notify.Config{
		Store: st, Guard: netguard.New([]netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}), Vault: ring,
		Posts: posts{}, Relinker: relinker{}, Clock: clock, Log: slog.New(slog.DiscardHandler), Observer: f.results, Timeout: patience,
	}
	for _, c := range change {
		c(&f.config)
	}
	f.restart()
	return f
}

func customer() core.Profile {
	return coretest.Profile(func(p *core.Profile) {
		p.ID, p.Title, p.RefID, p.Primary = core.DerivedID("customer"), "Acme", "acme0123456789abcdef0123456789abcdef0123", false
	})
}

// openStore opens a database with the two profiles.
func openStore(t *testing.T, clock core.Clock) store.Store {
	t.Helper()
	st := dbtest.Open(t, clock)
	for _, p := range []core.Profile{coretest.Profile(), customer()} {
		if err := st.CreateProfile(t.Context(), p, []byte(p.ID)); err != nil {
			t.Fatal(err)
		}
	}
	return st
}

// restart puts a new notifier on the same store, as another process would.
func (f *fixture) restart() {
	f.t.Helper()
	n, err := notify.New(f.config)
	if err != nil {
		f.t.Fatal(err)
	}
	f.Notifier = n
}

// register registers the endpoint's path for an action; without a secret, calls are not
// signed.
func (f *fixture) register(p core.Profile, action, path string, secret ...core.Secret) store.Webhook {
	f.t.Helper()
	r := notify.Registration{Action: action, URL: f.endpoint.URL + path}
	if len(secret) > 0 {
		r.Secret = &secret[0]
	}
	w, err := f.Register(f.t.Context(), p.ID, r)
	if err != nil {
		f.t.Fatal(err)
	}
	return w
}

// tell tells of a post of the profile and returns the id of the notice.
func (f *fixture) tell(p core.Profile, postID string) string {
	f.t.Helper()
	f.clock.Advance(time.Millisecond) // ids sort by time
	n := postNotice(f.clock.Now(), postID)
	if err := f.Tell(f.t.Context(), p.ID, n); err != nil {
		f.t.Fatal(err)
	}
	return n.ID
}

func postNotice(now time.Time, postID string) core.Notice {
	return core.Notice{ID: core.NewID(now), Action: core.NoticeScheduled, CreatedAt: now, PostID: postID}
}

// work runs the jobs that are due, one after another, and returns how many there were.
func (f *fixture) work() int {
	f.t.Helper()
	for ran := 0; ; ran++ {
		j, ok := f.claim()
		if !ok {
			return ran
		}
		err := f.Handlers()[j.Kind](f.t.Context(), j)
		d := queue.Conclude(err, j, f.clock.Now(), queue.Backoff{Base: time.Minute, Max: time.Minute})
		if err := f.store.Finish(f.t.Context(), j, d); err != nil {
			f.t.Fatal(err)
		}
		if d.Outcome == queue.Retried {
			f.t.Fatalf("the job %s failed: %s", j.Key, d.Error)
		}
	}
}

func (f *fixture) claim() (queue.Job, bool) {
	f.t.Helper()
	jobs, err := f.store.Claim(f.t.Context(), queue.Wanted{Kinds: []string{notify.WebhookJob, notify.MailJob}, N: 1, Lease: time.Minute})
	if err != nil {
		f.t.Fatal(err)
	}
	if len(jobs) == 0 {
		return queue.Job{}, false
	}
	return jobs[0], true
}

// next moves the clock to when the next job is due; false: there is none.
func (f *fixture) next() bool {
	f.t.Helper()
	at, err := f.store.NextRunAt(f.t.Context(), []string{notify.WebhookJob, notify.MailJob}, queue.Everything)
	if err != nil {
		f.t.Fatal(err)
	}
	if at.After(f.clock.Now()) {
		f.clock.Set(at)
	}
	return !at.IsZero()
}

// workAll works until no job is left, moving the clock.
func (f *fixture) workAll() {
	f.t.Helper()
	for f.next() {
		f.work()
	}
}

func (f *fixture) message(id string) store.Message {
	f.t.Helper()
	m, err := f.store.GetMessage(f.t.Context(), id)
	if err != nil {
		f.t.Fatal(err)
	}
	return m
}

// posts renders every post but those that are gone.
type posts struct{}

func (posts) PostNotice(_ context.Context, _, postID string) (json.RawMessage, error) {
	if postID == "gone" {
		return nil, store.ErrNotFound
	}
	return json.RawMessage(`{"status":"success","id":"` + postID + `","errors":[],"postIds":[]}`), nil
}

// relinker has an address for every account.
type relinker struct{}

func (relinker) RelinkAddress(_ context.Context, profileID, accountID, noticeID string) (string, error) {
	return "https://crier.example/link/open/" + profileID + accountID + noticeID, nil
}

// results counts what became of tries.
type results struct {
	mu      sync.Mutex
	changed *sync.Cond
	counts  map[notify.Result]int
}

func newResults() *results {
	r := &results{counts: map[notify.Result]int{}}
	r.changed = sync.NewCond(&r.mu)
	return r
}

func (r *results) MessageTried(_ store.Channel, result notify.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[result]++
	r.changed.Broadcast()
}

// wait waits until so many tries had the result.
func (r *results) wait(result notify.Result, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.counts[result] < n {
		r.changed.Wait()
	}
}

func (r *results) all() map[notify.Result]int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.counts)
}

// received is one call of the endpoint.
type received struct {
	path   string
	header http.Header
	body   []byte
}

// text returns a member of the body that is a text.
func (r received) text(t *testing.T, key string) string {
	t.Helper()
	var body map[string]any
	if err := json.Unmarshal(r.body, &body); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	s, _ := body[key].(string)
	return s
}

// endpoint is a server that webhooks call. It answers 200 until it is told otherwise.
type endpoint struct {
	*httptest.Server
	mu      sync.Mutex
	calls   []received
	answers map[string]http.HandlerFunc
}

func newEndpoint(t *testing.T) *endpoint {
	t.Helper()
	e := &endpoint{answers: map[string]http.HandlerFunc{}}
	e.Server = httptest.NewServer(http.HandlerFunc(e.serve))
	t.Cleanup(e.Close)
	return e
}

func (e *endpoint) serve(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	e.mu.Lock()
	e.calls = append(e.calls, received{r.URL.Path, r.Header, body})
	h := e.answers[r.URL.Path]
	e.mu.Unlock()
	if h != nil {
		h(w, r)
	}
}

// answer sets how a path is answered; nil: by 200.
func (e *endpoint) answer(path string, h http.HandlerFunc) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answers[path] = h
}

// status answers a path with a status, and a body that names it.
func (e *endpoint) status(path string, status int) {
	e.answer(path, func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no luck", status) })
}

// take returns the calls so far, and forgets them.
func (e *endpoint) take() []received {
	e.mu.Lock()
	defer e.mu.Unlock()
	calls := e.calls
	e.calls = nil
	return calls
}

// only returns the one call there was.
func (e *endpoint) only(t *testing.T) received {
	t.Helper()
	calls := e.take()
	if len(calls) != 1 {
		t.Fatalf("the endpoint was called %d times, want once", len(calls))
	}
	return calls[0]
}
