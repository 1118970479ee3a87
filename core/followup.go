package core

import (
	"context"
	"time"
)

// FollowUpName names something that is done once a post is published. The values are
// stored and shown.
type FollowUpName string

// The follow-ups.
const (
	FollowUpComment    FollowUpName = "firstComment"    // the author's own comment below the post
	FollowUpNoComments FollowUpName = "disableComments" // nobody may comment
	// FollowUpInspect reads the post back, to learn whether the network shows it. It is
	// the publisher's own, by way of Inspector; no adapter lists it.
	FollowUpInspect FollowUpName = "inspect"
)

// FollowUpState is how far a follow-up is. The values are stored and shown.
type FollowUpState string

// The states of a follow-up.
const (
	FollowUpPending   FollowUpState = "pending"
	FollowUpSending   FollowUpState = "sending" // its one request may be under way
	FollowUpDone      FollowUpState = "success"
	FollowUpFailed    FollowUpState = "error"
	FollowUpUncertain FollowUpState = "uncertain" // sent, but its answer was lost for good
	FollowUpSkipped   FollowUpState = "skipped"   // not done: the post was deleted, its author wants it no longer, or it cannot be read back
)

// FollowUp is the record of one.
type FollowUp struct {
	Name     FollowUpName  `json:"name"`
	State    FollowUpState `json:"state"`
	DueAt    time.Time     `json:"dueAt"`
	SentAt   time.Time     `json:"sentAt,omitzero"`    // when its request was last allowed
	Failures int           `json:"failures,omitempty"` // attempts that failed
	// Result is what the network told, shown to the author: {"commentId": …}.
	Result map[string]any `json:"result,omitempty"`
	Error  *Error         `json:"error,omitempty"`
}

// Ended tells whether nothing more happens to the follow-up.
func (f FollowUp) Ended() bool { return f.State != FollowUpPending && f.State != FollowUpSending }

// Finisher is a Publication with something to do once it is published. It is asked for
// one at a time, in order, with the checkpoint that Prepare left; whatever needs a file
// has uploaded it in Prepare.
type Finisher interface {
	// FollowUps names what is to be done; none is usual.
	FollowUps() []FollowUpName
	// FollowUp does one, for the post that the receipt tells of. Like Commit it makes at
	// most one request that cannot be repeated, and its errors mean the same: after one
	// of KindTemporary without Unsent it may have taken effect, and FindFollowUp is asked
	// before it is done again. A request that may be repeated without harm says Unsent.
	FollowUp(ctx context.Context, s *Session, name FollowUpName, r Receipt) (result map[string]any, err error)
	// FindFollowUp finds out what became of a follow-up whose answer was lost. Not found
	// with a nil error proves that it had no effect; after an error, nobody knows.
	FindFollowUp(ctx context.Context, s *Session, name FollowUpName, r Receipt, since time.Time) (result map[string]any, found bool, err error)
}

// Standing is how a published post fares on its network.
type Standing string

// The standings.
const (
	StandingShown      Standing = "shown"
	StandingProcessing Standing = "processing" // accepted, to be shown soon
	StandingRefused    Standing = "refused"    // accepted at first, and never shown
	StandingGone       Standing = "gone"       // the network does not have it any more
)

// Inspector is a Provider that can read back what it published.
type Inspector interface {
	// Inspect tells how the post fares, and in the network's words why. KindForbidden and
	// KindUnsupported mean that the account may not read it.
	Inspect(ctx context.Context, s *Session, remoteID string) (standing Standing, reason string, err error)
}
