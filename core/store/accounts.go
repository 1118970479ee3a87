package store

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
)

// Credentials are an account's tokens as stored: sealed by core/vault.
type Credentials struct {
	Sealed []byte
	// Claim names who is about to renew them, until ClaimedUntil; empty: nobody.
	Claim        string
	ClaimedUntil time.Time
	Version      int64 // counts updates; owned by the store
}

// AccountCount is how many accounts of a network are in a state.
type AccountCount struct {
	Platform string
	Status   core.AccountStatus
	Accounts int
}

// Accounts keeps linked accounts and their sealed credentials.
type Accounts interface {
	// CreateAccount stores an account with its credentials. ErrExists when the
	// id is taken, or when the profile has an account with the same platform and
	// remote id.
	CreateAccount(ctx context.Context, a core.Account, sealed []byte) error
	GetAccount(ctx context.Context, id string) (core.Account, error)
	// FindAccount finds a profile's account by its network's id.
	FindAccount(ctx context.Context, profileID, platform, remoteID string) (core.Account, error)
	// ListAccounts returns the profile's accounts, by platform, then by the time
	// they were linked.
	ListAccounts(ctx context.Context, profileID string) ([]core.Account, error)
	// AccountsOf returns the accounts of several profiles: by profile, each as ListAccounts
	// does.
	AccountsOf(ctx context.Context, profileIDs ...string) ([]core.Account, error)
	UpdateAccount(ctx context.Context, id string, fn func(*core.Account) error) (core.Account, error)
	// DeleteAccount removes the account and its credentials; its posts stay.
	DeleteAccount(ctx context.Context, id string) error
	// DueAccounts returns at most limit accounts of all profiles whose Upkeep.NextAt has
	// come by the time, inclusive; the earliest first.
	DueAccounts(ctx context.Context, by time.Time, limit int) ([]core.Account, error)
	// UntoldAccounts returns at most limit accounts of all profiles that have notices in
	// their Upkeep.Outbox.
	UntoldAccounts(ctx context.Context, limit int) ([]core.Account, error)
	// CountAccounts counts the accounts of all profiles, by platform, then status.
	CountAccounts(ctx context.Context) ([]AccountCount, error)

	GetCredentials(ctx context.Context, accountID string) (Credentials, error)
	// UpdateCredentials changes credentials. Of several who want to claim them at the same
	// time, each sees in fn what the one before has stored.
	UpdateCredentials(ctx context.Context, accountID string, fn func(*Credentials) error) error
}
