package engage

import (
	"context"
	"slices"
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
	// Sending is called once: when everything that can be checked was checked, and before the
	// networks are asked for anything. It stores when that is, and its error ends the attempt.
	// nil: nobody wants to know.
	Sending func(context.Context) error
	// Earlier tells what is known of the attempts before; nil: this is the first.
	Earlier *Earlier

	// noted is when the attempt began, at the latest, for those who come upon what Sending stored.
	noted time.Time
}

const (
	// sendFor is for how long after an attempt is noted its requests to networks are begun.
	sendFor = time.Minute
	// arrivalGrace is how long a network may be at work on a request that is given up.
	arrivalGrace = 30 * time.Second
	// AttemptTime is how long an attempt takes, with the default time limit: so long after it
	// is noted, nothing that it sent has an effect any more.
	AttemptTime = sendFor + defaultTimeout + arrivalGrace
)

// inTime refuses to begin a request that belongs to an attempt which was noted too long ago: from
// then on others conclude from the absence of the comment that it was not sent. A process may
// stand still at any time, and on a machine that is suspended the time limits of contexts stand
// still as well, so that the clock is asked right before the request.
func (s *Service) inTime(n Attempt) error {
	if s.clock.Now().Sub(n.noted) < sendFor {
		return nil
	}
	return &core.Error{
		Kind: core.KindTemporary, Code: core.CodeUpstreamUnavailable, Unsent: true,
		Message: "the comment was not sent: the server stood still, or was busy with other accounts, until its time was over",
		Help:    helpSendAgain,
	}
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

// begin fills in what an attempt chooses, and announces it.
func (n Attempt) begin(ctx context.Context, now time.Time) (Attempt, error) {
	n.noted = now
	if n.Earlier == nil {
		if n.Begun.IsZero() {
			n.Begun = now
		}
		if n.Seed == "" {
			n.Seed = core.NewID(now)
		}
		n.noted = n.Begun
	}
	if n.Sending == nil {
		return n, nil
	}
	return n, n.Sending(ctx)
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
