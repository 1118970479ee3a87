package store

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// Webhook is where the notices of an action go for a profile. Profile and action identify it.
type Webhook struct {
	ProfileID string
	Action    string // one that webhooks are registered for, also where there are no notices of it
	URL       string
	// Sealed is the secret that calls are signed with, sealed by core/vault; empty: they are
	// not signed. Until FormerUntil they are signed with Former, the one before it, too.
	Sealed, Former []byte
	FormerUntil    time.Time
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Version        int64 // counts updates, 0: not stored yet; owned by the store
}

// Channel is the way on which a message goes out.
type Channel string

// The channels.
const (
	ChannelWebhook Channel = "webhook"
	ChannelMail    Channel = "mail"
)

// MessageState says where a message stands.
type MessageState string

// The states of a message: pending until it is one of the others. One that is sent again by
// hand is pending again.
const (
	MessagePending   MessageState = "pending"
	MessageDelivered MessageState = "delivered"
	MessageFailed    MessageState = "failed"  // given up
	MessageDropped   MessageState = "dropped" // nobody wants it any more: its webhook is gone
)

// Message is a notice on its way to one receiver: a webhook call or a mail.
type Message struct {
	// ID is the same however often the notice is told; ids order the messages of a profile.
	ID        string            `json:"id"`
	ProfileID string            `json:"-"` // whose notice it is
	Channel   Channel           `json:"-"`
	Action    core.NoticeAction `json:"action"`
	// OwnerID is the profile whose webhook is called: the notice's own, or the primary one. Of
	// a mail it is ProfileID.
	OwnerID string `json:"-"`
	// Lane is the line in which messages go out one after another, in the order of their ids:
	// those of a profile to one endpoint. Empty: in any order.
	Lane string `json:"-"`
	// To is the address that it goes to, the URL of the webhook as it was last called.
	To []string `json:"to"`
	// Body is what a webhook is sent, apart from what is told of the call itself; of a mail,
	// what it is made from.
	Body      []byte       `json:"body"`
	State     MessageState `json:"-"`
	Attempts  int          `json:"attempts,omitempty"` // that came to an end since it was last made pending
	Sends     int          `json:"sends,omitempty"`    // ever begun, those included that were cut off
	Tries     []Try        `json:"tries,omitempty"`    // the last ones, oldest first
	CreatedAt time.Time    `json:"-"`
	PendingAt time.Time    `json:"pendingAt"`       // since when it has been pending
	NextAt    time.Time    `json:"nextAt,omitzero"` // of the next attempt
	// Waits tells, while it is pending, what else than a failed try puts it off until NextAt, in
	// plain words; empty: nothing.
	Waits   string    `json:"waits,omitempty"`
	EndedAt time.Time `json:"-"` // zero while pending
	Version int64     `json:"-"` // counts updates; owned by the store
}

// Try is one attempt to send a message.
type Try struct {
	Number int           `json:"number"` // of the message's, from 1
	At     time.Time     `json:"at"`
	Took   time.Duration `json:"took"`
	URL    string        `json:"url,omitempty"`
	Status int           `json:"status,omitempty"` // HTTP or SMTP; 0: there was no answer
	Answer string        `json:"answer,omitempty"` // its beginning
	Error  string        `json:"error,omitempty"`  // why it failed, in plain words; empty: it did not
}

// MessageQuery selects messages of one profile, newest first.
type MessageQuery struct {
	ProfileID string            // whose notices they are
	OwnerID   string            // in place of ProfileID: who owns them, whosever notices they are
	Channel   Channel           // empty: all
	Action    core.NoticeAction // empty: all
	State     MessageState      // empty: all
	Limit     int               // at most this many; 0: 100
	// Before continues a listing: only messages that sort after the one of this id, and none
	// when the profile has no such message.
	Before string
}

// Notices keeps webhooks and the outbox.
type Notices interface {
	// UpdateWebhook stores what fn makes of the profile's webhook of the action; where there
	// is none, fn gets one with profile and action alone. Both stay.
	UpdateWebhook(ctx context.Context, profileID, action string, fn func(*Webhook) error) (Webhook, error)
	GetWebhook(ctx context.Context, profileID, action string) (Webhook, error)
	// ListWebhooks returns the profile's webhooks by action.
	ListWebhooks(ctx context.Context, profileID string) ([]Webhook, error)
	// DeleteWebhook forgets it; ErrNotFound when there is none.
	DeleteWebhook(ctx context.Context, profileID, action string) error

	// InsertMessages stores messages and the jobs that send them, all or nothing as far as
	// the store can; where it cannot, StrandedMessages finds those without a job. A message
	// that is there already is left as it is, and so is its job: the one whose key is its id.
	InsertMessages(ctx context.Context, messages []Message, jobs []queue.Job) error
	// GetMessage returns a message of whichever profile.
	GetMessage(ctx context.Context, id string) (Message, error)
	ListMessages(ctx context.Context, q MessageQuery) ([]Message, error)
	// UpdateMessage changes a message; id, profile, owner, channel, lane and creation stay.
	UpdateMessage(ctx context.Context, id string, fn func(*Message) error) (Message, error)
	// FirstPending returns the pending message of the lane with the smallest id;
	// ErrNotFound when there is none, and for the empty lane, in which nothing has an order.
	FirstPending(ctx context.Context, lane string) (Message, error)
	// StrandedMessages returns pending messages without a live job of the kind, which were
	// created before the time, oldest first.
	StrandedMessages(ctx context.Context, channel Channel, jobKind string, createdBefore time.Time, limit int) ([]Message, error)
	// DeleteMessages forgets at most limit messages that ended before the time, and tells
	// how many.
	DeleteMessages(ctx context.Context, endedBefore time.Time, limit int) (int, error)
	// CountPending counts the pending messages of a channel, and tells when the oldest of
	// them was made pending; zero: there is none.
	CountPending(ctx context.Context, channel Channel) (n int, oldest time.Time, err error)
}
