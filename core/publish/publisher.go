package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// Config is what a Publisher needs; zero values of the optional part take the
// defaults.
type Config struct {
	Store    Store
	Registry *core.Registry
	Media    AssetSource
	Tokens   TokenSource
	Pages    PageSource // nil: no page can be read
	Notices  Notices    // nil: nobody is told of outcomes

	Clock    core.Clock
	Log      *slog.Logger
	Observer Observer
	// Wake is called when a job was stored that is due at once.
	Wake func()
	// Lease is how long a worker holds a delivery without renewal (the runner's
	// lease). It must be longer than CommitTimeout, so that nobody takes a
	// delivery up while an earlier worker's irreversible call may be under way.
	Lease time.Duration // default 45 s
	// CommitTimeout bounds the irreversible call.
	CommitTimeout time.Duration // default 30 s
	// ReconcileAfter lists when to find out what became of a lost answer, as
	// times since the call was allowed; default 30 s and 5 min. A look that a
	// passing trouble kept from its answer does not count: it is repeated about
	// every minute, for up to 24 h after the call.
	ReconcileAfter []time.Duration
	// PrepareAhead is how long before its time a scheduled post with media is
	// prepared; default 15 min: a long video has to arrive, to be uploaded, and to
	// be processed by the network. Others are prepared prepareTextAhead before theirs.
	PrepareAhead time.Duration
	// InspectAfter is how long after its publication a post is read back, where the
	// network lets the account; default 3 min, negative: never.
	InspectAfter time.Duration
	// RelinkGrace is how long after its time a post that nobody waits for waits for its
	// account to be linked again; default 24 h, negative: not at all.
	RelinkGrace time.Duration
	// AllowDuplicates switches off the check that the same content does not go to the
	// same account twice within a day.
	AllowDuplicates bool
}

// The time limits of the phases of one attempt.
const (
	preflightTimeout = 15 * time.Second
	prepareTimeout   = 30 * time.Minute // a video arrives and is uploaded meanwhile
	// prepareTextAhead leaves time to look up mentions, to read the page of a link, and for
	// a burst of posts that are due at once to be made ready.
	prepareTextAhead = 2 * time.Minute
	// commitGrace is added to CommitTimeout before a delivery found in the state
	// committing counts as abandoned: clocks differ between machines.
	commitGrace = 5 * time.Second
)

// Publisher accepts posts and carries their deliveries. It is safe for
// concurrent use, also by several processes on one store.
type Publisher struct {
	store    Store
	registry *core.Registry
	media    AssetSource
	tokens   TokenSource
	pages    PageSource
	notices  Notices
	clock    core.Clock
	log      *slog.Logger
	observer Observer
	wake     func()

	lease          time.Duration
	commitTimeout  time.Duration
	reconcileAfter []time.Duration
	prepareAhead   time.Duration
	inspectAfter   time.Duration
	relinkGrace    time.Duration

	allowDuplicates bool

	began       time.Time // when this process did
	activity    *activities
	calls       *calls
	notStarting episode
	overdueNow  episode
	clockWatch  clockWatch
	waiters     *waiters
	fileUse     *fileUse
}

// New returns a publisher, or an error when the configuration cannot be safe.
func New(c Config) (*Publisher, error) {
	if c.Store == nil || c.Registry == nil || c.Media == nil || c.Tokens == nil {
		return nil, errors.New("publish: store, registry, media and tokens are required")
	}
	p := &Publisher{
		store:           c.Store,
		registry:        c.Registry,
		media:           c.Media,
		tokens:          c.Tokens,
		pages:           c.Pages,
		notices:         c.Notices,
		clock:           c.Clock,
		log:             cmp.Or(c.Log, slog.Default()),
		observer:        c.Observer,
		wake:            c.Wake,
		lease:           cmp.Or(c.Lease, 45*time.Second),
		commitTimeout:   cmp.Or(c.CommitTimeout, 30*time.Second),
		reconcileAfter:  c.ReconcileAfter,
		prepareAhead:    cmp.Or(c.PrepareAhead, 15*time.Minute),
		inspectAfter:    cmp.Or(c.InspectAfter, 3*time.Minute),
		relinkGrace:     max(cmp.Or(c.RelinkGrace, 24*time.Hour), 0),
		allowDuplicates: c.AllowDuplicates,
		activity:        newActivities(),
		calls:           newCalls(),
		waiters:         newWaiters(),
		fileUse:         newFileUse(),
	}
	if p.clock == nil {
		p.clock = core.SystemClock{}
	}
	p.clockWatch.began = core.ReadClock(p.clock)
	p.began = p.clockWatch.began.At
	if p.observer == nil {
		p.observer = noObserver{}
	}
	if p.wake == nil {
		p.wake = func() {}
	}
	if len(p.reconcileAfter) == 0 {
		p.reconcileAfter = []time.Duration{30 * time.Second, 5 * time.Minute}
	}
	if !slices.IsSorted(p.reconcileAfter) {
		return nil, errors.New("publish: the reconciliation times must ascend")
	}
	if p.lease <= p.commitTimeout {
		return nil, fmt.Errorf("publish: the lease (%v) must be longer than the commit timeout (%v)", p.lease, p.commitTimeout)
	}
	return p, nil
}

// Handlers returns the publisher's part of the queue's work.
func (p *Publisher) Handlers() map[string]queue.Handler {
	return map[string]queue.Handler{JobKind: p.unlessGone(p.Attempt), changeJobKind: p.unlessGone(p.complete)}
}

// logOf returns the log with the id of the API request that ctx belongs to, so that
// a post's lines can be found from the request's.
func (p *Publisher) logOf(ctx context.Context) *slog.Logger {
	if id := core.RequestID(ctx); id != "" {
		return p.log.With("request", id)
	}
	return p.log
}

// noObserver is the Observer of a publisher that nobody watches.
type noObserver struct{}

func (noObserver) PostAccepted(bool, int)                                             {}
func (noObserver) PostRefused()                                                       {}
func (noObserver) PostNotShown(string)                                                {}
func (noObserver) DeliveryEnded(string, core.DeliveryState, core.Kind, time.Duration) {}
func (noObserver) ClockSetBack(time.Duration)                                         {}
func (noObserver) DeliveryLate(string, time.Duration)                                 {}
func (noObserver) Reconciled(string, bool)                                            {}

// detached returns a context for bookkeeping that must not be lost: it outlives
// the end of ctx by the given time.
func detached(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), d)
}
