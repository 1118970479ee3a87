// Package engage is what surrounds a post once it is published: comments, figures, changes
// of its text, the posts that an account has on its network, and the lookups that precede
// a post. What a network can do it finds by the optional interfaces of its adapter.
//
// Figures and lists are kept in memory for a while, so that clients that poll cost few
// calls of a network's quota; equal questions that come together are asked once.
package engage

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Store is what the service needs of the store.
type Store interface {
	store.Accounts
	store.Posts
	store.Deliveries
	store.Comments
}

// Sessions opens sessions of accounts. *publish.Publisher is one.
type Sessions interface {
	// OpenSession returns a session without a checkpoint, and a function that ends it.
	OpenSession(account core.Account) (s *core.Session, end func())
}

// Pending changes posts as far as they have not gone out. *publish.Publisher is one.
type Pending interface {
	// Change changes a post of which nothing is out, or only the notes of any other.
	Change(ctx context.Context, profileID, postID string, c core.PostChange) (core.Post, error)
	// ChangeRest changes text, comments and notes where the post is not out yet.
	ChangeRest(ctx context.Context, profileID, postID string, c core.PostChange) (core.Post, error)
}

// Tokens learns which tokens networks refuse. *accounts.Manager is one.
type Tokens interface {
	// Refused tells whether there is another token by now. Otherwise the account has to be
	// linked again, and is marked so.
	Refused(ctx context.Context, accountID string, refused core.Secret, reason string) (renewed bool, err error)
}

// Config is what a Service needs; zero values of the optional part take the defaults.
type Config struct {
	Store    Store
	Registry *core.Registry
	Sessions Sessions
	Pending  Pending

	Tokens Tokens // nil: nobody is told
	Clock  core.Clock
	Log    *slog.Logger
	// Timeout bounds each piece of work for one account; default 30 s.
	Timeout time.Duration
	// CacheEntries is how many answers of networks are kept; default 4096.
	CacheEntries int
}

// How long answers of networks are kept. Figures change slowly and cost several calls
// each; a comment that was just written should soon be seen.
const (
	AnalyticsTTL = 10 * time.Minute
	ArchiveTTL   = 10 * time.Minute
	CommentsTTL  = time.Minute
)

const (
	defaultTimeout      = 30 * time.Second
	defaultCacheEntries = 4096
	bookkeepingTimeout  = 10 * time.Second
	renewTimeout        = 30 * time.Second // of a token that was refused
)

// Service does it all. It is safe for concurrent use.
type Service struct {
	store    Store
	registry *core.Registry
	sessions Sessions
	pending  Pending
	tokens   Tokens
	clock    core.Clock
	log      *slog.Logger
	timeout  time.Duration
	cache    *cache
}

// New returns a service.
func New(c Config) (*Service, error) {
	if c.Store == nil || c.Registry == nil || c.Sessions == nil || c.Pending == nil {
		return nil, errors.New("engage: store, registry, sessions and pending are required")
	}
	s := &Service{
		store: c.Store, registry: c.Registry, sessions: c.Sessions, pending: c.Pending, tokens: c.Tokens,
		clock: c.Clock, log: cmp.Or(c.Log, slog.New(slog.DiscardHandler)), timeout: cmp.Or(c.Timeout, defaultTimeout),
	}
	if s.clock == nil {
		s.clock = core.SystemClock{}
	}
	s.cache = newCache(s.clock, cmp.Or(c.CacheEntries, defaultCacheEntries))
	return s, nil
}

// Freshness tells how old an answer is.
type Freshness struct {
	Updated time.Time // when the network was asked
	Next    time.Time // when it will be asked again, at the earliest
}
