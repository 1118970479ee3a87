// Package linkcard reads what the card of a link shows from the page that it leads to: within
// a bounded time, all attempts together, since no post is held up for its card.
package linkcard

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
)

const (
	// Timeout bounds the time for reading a page and fetching its picture, all attempts
	// together.
	Timeout = 10 * time.Second
	// RetryWait is how long after the first time a page is read again that cannot be read for
	// the moment.
	RetryWait = 2 * time.Second
	maxReads  = 2
)

// Progress is what was found out for a card, in the form in which it is kept. The methods of
// nil are those of one that knows nothing.
type Progress struct {
	Attempts int        `json:"attempts,omitempty"` // reads that failed for the moment
	Page     *core.Page `json:"page,omitempty"`
	Failure  string     `json:"failure,omitempty"` // why the page could not be read
	// Spent is how much of Timeout is used up.
	Spent time.Duration `json:"spent,omitempty"`
	// NoPicture is why the picture that the page names is left out.
	NoPicture string `json:"noPicture,omitempty"`
}

// Answer is what came of reading a page: what it says, or why it cannot be read.
type Answer struct {
	Page      *core.Page
	Failure   *core.Error
	NoPicture string // why the picture that it names cannot be used
	Took      time.Duration
}

// passing tells whether the page may be readable in a moment.
func (a Answer) passing() bool {
	return a.Failure != nil && (a.Failure.Kind == core.KindTemporary || a.Failure.Kind == core.KindRateLimited)
}

// Known tells whether the page needs no more reading.
func (c *Progress) Known() bool { return c != nil && (c.Page != nil || c.Failure != "") }

// Says returns what the page says; of one that could not be read, nothing.
func (c *Progress) Says() core.Page {
	if c == nil || c.Page == nil {
		return core.Page{}
	}
	return *c.Page
}

// Left is how much time there is for the page and its picture.
func (c *Progress) Left() time.Duration {
	if c == nil {
		return Timeout
	}
	return max(Timeout-c.Spent, 0)
}

// Learn keeps the answer of one read. One that may be different in a moment is kept the
// second time, or when no time is left for that.
func (c *Progress) Learn(a Answer) {
	c.Attempts++
	c.Spent += a.Took
	if !a.passing() || c.Attempts >= maxReads || c.Left() <= RetryWait {
		c.Conclude(a)
		return
	}
	c.Spent += RetryWait
}

// Conclude keeps an answer as the last one.
func (c *Progress) Conclude(a Answer) {
	if a.Failure != nil {
		c.Failure = a.Failure.Message
		return
	}
	c.Page, c.NoPicture = a.Page, a.NoPicture
}

// Read reads what the page at source says, for a network of this title, within the time that
// is left. Its error means that the context has ended.
func Read(ctx context.Context, s *core.Session, network, source string, left time.Duration) (Answer, error) {
	began := s.Clock.Now()
	limited, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	page, err := s.Page(limited, source)
	a := Answer{Page: page, Took: s.Clock.Now().Sub(began)}
	switch {
	case ctx.Err() != nil:
		return Answer{}, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded), err != nil && limited.Err() != nil:
		a.Failure = &core.Error{Kind: core.KindTemporary, Message: "the page did not answer in time"}
	case err != nil:
		a.Failure = core.AsError(err)
	case page.ImageURL == "" && page.Drawing != "":
		a.NoPicture = page.Drawing + " is a vector drawing or an icon, of which " + network + " shows none"
	}
	return a, nil
}

// Fetch fetches the picture of a card within the time that is left. Its error is always an
// *Error, unless the context has ended.
func Fetch(ctx context.Context, s *core.Session, need core.Need, left time.Duration) (*core.Asset, error) {
	limited, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	asset, err := s.Fetch(limited, need)
	switch {
	case err == nil:
		return asset, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded), limited.Err() != nil:
		return nil, &core.Error{Kind: core.KindTemporary, Message: "the picture did not arrive in time"}
	}
	return nil, core.AsError(err)
}
