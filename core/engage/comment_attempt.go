package engage

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

// Attempt is one of the requests to write a comment, of which the same may come several times.
// The zero value is that of a request which comes once.
type Attempt struct {
	// Begun is when the first of them came, and Seed what the names of the comments are derived
	// from. Both are the same in all of them, and kept before anything is sent. In a first
	// attempt, a zero Begun is now, and an empty Seed chance; in a later one, an empty Seed tells
	// that the comments were sent without a name.
	Begun time.Time
	Seed  string
	// Sending is called at most once: when everything that can be checked was checked, and
	// before anything is sent. Its error ends a first attempt. nil: nobody wants to know.
	Sending func(context.Context) error
	// Earlier tells what is known of the attempts before; nil: this is the first.
	Earlier *Earlier
}

// Earlier is what is known of the attempts before, which may have sent the comment. It is looked
// for and, where that makes no second one, sent once more.
type Earlier struct {
	// Last is when the last of them began.
	Last time.Time
	// Open lists the accounts, by id, of whose comment nobody was told whether it was written. To
	// the others nothing is sent any more. nil: all accounts.
	Open []string
}

// open tells whether it is not known what became of the comment of an account.
func (e *Earlier) open(accountID string) bool {
	return e.Open == nil || slices.Contains(e.Open, accountID)
}

// begin fills in what a first attempt chooses, and announces it.
func (n Attempt) begin(ctx context.Context, now time.Time) (Attempt, error) {
	if n.Sending == nil {
		n.Sending = func(context.Context) error { return nil }
	}
	if n.Earlier != nil {
		n.Sending = onlyOnce(n.Sending)
		return n, nil
	}
	if n.Begun.IsZero() {
		n.Begun = now
	}
	if n.Seed == "" {
		n.Seed = core.NewID(now)
	}
	return n, n.Sending(ctx)
}

// onlyOnce returns a function that calls fn the first time, and from then on returns what that
// came to.
func onlyOnce(fn func(context.Context) error) func(context.Context) error {
	var once sync.Once
	var err error
	return func(ctx context.Context) error {
		once.Do(func() { err = fn(ctx) })
		return err
	}
}

// named returns a draft with the time and the name of the comment. An account that was linked
// again meanwhile is the same one.
func (n Attempt) named(d core.CommentDraft, a core.Account) core.CommentDraft {
	d.At = n.Begun.UTC().Truncate(time.Millisecond)
	if n.Seed != "" {
		d.Key = core.DerivedID("comment", n.Seed, a.Platform, a.RemoteID)
	}
	return d
}
