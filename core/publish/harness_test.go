package publish_test

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
)

const (
	lease         = 45 * time.Second
	commitTimeout = 30 * time.Second
)

// world is a publisher on a real store in front of a scripted network, with a
// clock that is moved by hand.
type world struct {
	t         *testing.T
	clock     *coretest.Clock
	store     store.Store
	network   *coretest.Provider
	assets    *coretest.Assets
	tokens    *coretest.Tokens
	observer  *observer
	publisher *publish.Publisher
	profile   core.Profile
	account   core.Account
}

func newWorld(t *testing.T, configure ...func(*coretest.Config)) *world {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	st := dbtest.Open(t, clock)
	cfg := coretest.Config{Clock: clock}
	for _, c := range configure {
		c(&cfg)
	}
	w := &world{
		t: t, clock: clock, store: st, network: coretest.NewProvider(cfg), assets: coretest.NewAssets(),
		tokens: coretest.NewTokens(), observer: &observer{}, profile: coretest.Profile(), account: coretest.Account(),
	}
	w.publisher = w.newPublisher()
	if err := st.CreateProfile(t.Context(), w.profile, []byte("key hash")); err != nil {
		t.Fatal(err)
	}
	w.link(w.account)
	return w
}

// newPublisher returns another publisher on the same store, as a second process
// would have it.
func (w *world) newPublisher(change ...func(*publish.Config)) *publish.Publisher {
	w.t.Helper()
	registry, err := core.NewRegistry(w.network)
	if err != nil {
		w.t.Fatal(err)
	}
	c := publish.Config{
		Store: w.store, Registry: registry, Media: w.assets, Tokens: w.tokens, Clock: w.clock,
		Log: slog.New(slog.DiscardHandler), Observer: w.observer, Lease: lease, CommitTimeout: commitTimeout,
	}
	for _, f := range change {
		f(&c)
	}
	p, err := publish.New(c)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *world) link(a core.Account) {
	w.t.Helper()
	if err := w.store.CreateAccount(w.t.Context(), a, []byte("sealed")); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) accept(r core.PostRequest) publish.Outcome {
	w.t.Helper()
	o, err := w.publisher.Accept(w.t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r})
	if err != nil {
		w.t.Fatalf("accept: %v", err)
	}
	return o
}

func (w *world) kinds() []string { return slices.Sorted(maps.Keys(w.publisher.Handlers())) }

// claim takes one due job.
func (w *world) claim() (queue.Job, bool) {
	w.t.Helper()
	jobs, err := w.store.Claim(w.t.Context(), queue.Wanted{Kinds: w.kinds(), N: 1, Lease: lease})
	if err != nil {
		w.t.Fatal(err)
	}
	if len(jobs) == 0 {
		return queue.Job{}, false
	}
	return jobs[0], true
}

// work takes one due job through one attempt, as a runner would, and tells
// whether there was one.
func (w *world) work() bool {
	w.t.Helper()
	j, ok := w.claim()
	if !ok {
		return false
	}
	w.finish(j, w.publisher.Handlers()[j.Kind](w.t.Context(), j))
	return true
}

// attemptUpTo starts an attempt at a due job and waits until it stands at the gate.
// The channel receives the attempt's error.
func (w *world) attemptUpTo(gate *coretest.Gate) (queue.Job, <-chan error) {
	w.t.Helper()
	j, ok := w.claim()
	if !ok {
		w.t.Fatal("there is no job to do")
	}
	return j, w.start(context.WithoutCancel(w.t.Context()), j, gate)
}

// start starts an attempt at a job and waits until it stands at the gate.
func (w *world) start(ctx context.Context, j queue.Job, gate *coretest.Gate) <-chan error {
	done := make(chan error, 1)
	go func() { done <- w.publisher.Handlers()[j.Kind](ctx, j) }()
	gate.Await(w.t)
	return done
}

// then is a behaviour that waits at the gate, having applied the call if so told, and
// answers as another behaviour does.
func then(wait, answer coretest.Behaviour) coretest.Behaviour {
	return func(ctx context.Context, apply func() error) error {
		if err := wait(ctx, apply); err != nil {
			return err
		}
		return answer(ctx, func() error { return nil })
	}
}

func (w *world) finish(j queue.Job, err error) {
	w.t.Helper()
	d := queue.Conclude(err, j, w.clock.Now(), queue.Backoff{Base: time.Second, Max: time.Second})
	if err := w.store.Finish(context.WithoutCancel(w.t.Context()), j, d); err != nil && !errors.Is(err, queue.ErrLeaseLost) {
		w.t.Fatal(err)
	}
}

// drain works and moves the clock from job to job until none is left.
func (w *world) drain() {
	w.t.Helper()
	for range 100 {
		for w.work() {
		}
		next, err := w.store.NextRunAt(w.t.Context(), w.kinds(), queue.Everything)
		if err != nil {
			w.t.Fatal(err)
		}
		if next.IsZero() {
			return
		}
		w.clock.Set(next)
	}
	w.t.Fatal("the queue does not run empty")
}

func (w *world) outcome(id string) publish.Outcome {
	w.t.Helper()
	o, err := w.publisher.Get(w.t.Context(), w.profile.ID, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return o
}

// delivery returns the only delivery of a post.
func (w *world) delivery(id string) core.Delivery {
	w.t.Helper()
	o := w.outcome(id)
	if len(o.Deliveries) != 1 {
		w.t.Fatalf("the post has %d deliveries, want 1", len(o.Deliveries))
	}
	return o.Deliveries[0]
}

// commits returns how often the network was asked to publish.
func (w *world) commits() int { return len(w.network.Calls(coretest.OpCommit)) }

// observer counts what it is told.
type observer struct {
	mu      sync.Mutex
	ended   []core.DeliveryState
	found   []bool
	late    []time.Duration
	setBack []time.Duration
	// notShown counts posts.
	notShown int
}

func (*observer) PostAccepted(bool, int) {}
func (*observer) PostRefused()           {}

func (o *observer) DeliveryEnded(_ string, s core.DeliveryState, _ core.Kind, _ time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = append(o.ended, s)
}

func (o *observer) DeliveryLate(_ string, late time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.late = append(o.late, late)
}

func (o *observer) ClockSetBack(by time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.setBack = append(o.setBack, by)
}

func (o *observer) PostNotShown(string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.notShown++
}

func (o *observer) Reconciled(_ string, found bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.found = append(o.found, found)
}

// picture adds a picture to the assets and returns its address.
func (w *world) picture(name string) string {
	url := "https://media.example/" + name
	w.assets.Add(coretest.Picture(url, 8, 8))
	return url
}

// altered is the scripted network with another behaviour of its publications.
type altered struct {
	*coretest.Provider
	alter func(core.Publication) core.Publication
}

func (p altered) Plan(ctx context.Context, as core.Account, d core.Draft) (core.Publication, error) {
	pub, err := p.Provider.Plan(ctx, as, d)
	return p.alter(pub), err
}

// use lets the world's publisher work with altered publications.
func (w *world) use(alter func(core.Publication) core.Publication) {
	w.t.Helper()
	w.publisher = w.newPublisher(w.altering(alter))
}

// altering is a publisher's configuration with altered publications.
func (w *world) altering(alter func(core.Publication) core.Publication) func(*publish.Config) {
	w.t.Helper()
	registry, err := core.NewRegistry(altered{w.network, alter})
	if err != nil {
		w.t.Fatal(err)
	}
	return func(c *publish.Config) { c.Registry = registry }
}
