package store

import (
	"context"
	"time"
)

// LinkSession is one address of the page on which the users of a profile link its accounts.
// Whoever has the address may do so; the store knows it by a hash alone, and sealed by
// core/vault where it has to be told again.
type LinkSession struct {
	ID        string // safe to show
	TokenHash []byte // of the secret in the address; unique
	Sealed    []byte // that secret; empty: it is told once
	ProfileID string
	Mode      LinkMode
	Platform  string   // LinkConnect: the network
	AccountID string   // set: the page can do nothing but link this account again, once
	Allowed   []string // networks to offer; none: all
	Redirect  string   // where the page leads when all is done; empty: nowhere
	CreatedAt time.Time
	// OpenUntil is until when the address can be opened; ExpiresAt is when what was opened
	// by then ends too.
	OpenUntil, ExpiresAt time.Time
	EndedAt              time.Time // revoked, or done; zero: neither
	Version              int64     // counts updates; owned by the store
}

// LinkMode is what a link page begins with.
type LinkMode string

// The modes.
const (
	LinkGrid    LinkMode = "grid"    // all networks
	LinkConnect LinkMode = "connect" // the consent of one
)

// LinkState is one journey of a browser to a network and back. What comes back names it by a
// secret, which the store knows by a hash alone.
type LinkState struct {
	Hash      []byte // unique
	SessionID string
	Sealed    []byte // what the return needs, sealed by core/vault
	ExpiresAt time.Time
}

// PendingGrant is what a person has consented to and has yet to choose from.
type PendingGrant struct {
	ID        string // safe to show to that person
	SessionID string
	Sealed    []byte // tokens and accounts, sealed by core/vault
	ExpiresAt time.Time
}

// Links keeps what linking accounts in a browser takes.
type Links interface {
	// CreateLinkSession stores a session; ErrExists when id or token hash are taken.
	CreateLinkSession(ctx context.Context, s LinkSession) error
	GetLinkSession(ctx context.Context, id string) (LinkSession, error)
	LinkSessionByToken(ctx context.Context, tokenHash []byte) (LinkSession, error)
	// UpdateLinkSession changes a session; id, token, profile and creation stay.
	UpdateLinkSession(ctx context.Context, id string, fn func(*LinkSession) error) (LinkSession, error)
	// EndLinkSessions ends those of the profile that have not ended, and tells how many. Those
	// that link one account again stay: their addresses are in mails.
	EndLinkSessions(ctx context.Context, profileID string, at time.Time) (int, error)

	// PutLinkState stores a state, in the place of another one of its hash.
	PutLinkState(ctx context.Context, s LinkState) error
	// TakeLinkState removes a state and returns it: of all who ask for it, one gets it, and
	// the others ErrNotFound. Whether it has expired is for the caller to see.
	TakeLinkState(ctx context.Context, hash []byte) (LinkState, error)

	// PutPendingGrant stores a grant, in the place of another one of its id.
	PutPendingGrant(ctx context.Context, g PendingGrant) error
	GetPendingGrant(ctx context.Context, id string) (PendingGrant, error)
	// TakePendingGrant is to grants what TakeLinkState is to states.
	TakePendingGrant(ctx context.Context, id string) (PendingGrant, error)

	// DeleteLinks removes the states and grants that have expired by now, and the sessions
	// that expired or ended before over, and tells how many of all.
	DeleteLinks(ctx context.Context, now, over time.Time) (int, error)
}
