package store

import (
	"context"
	"time"
)

// RecordKind is a kind of record that Transfer moves.
type RecordKind string

// The kinds of records. What is not among them is not moved: leases, and the time of the
// last write.
const (
	ProfileRecords        RecordKind = "profiles"
	DeletedProfileRecords RecordKind = "deleted profiles"
	AccountRecords        RecordKind = "accounts" // with their sealed credentials
	WebhookRecords        RecordKind = "webhooks"
	ScheduleRecords       RecordKind = "schedules"
	LinkSessionRecords    RecordKind = "link sessions"
	LinkStateRecords      RecordKind = "link states"
	GrantRecords          RecordKind = "grants"
	PostRecords           RecordKind = "posts"
	DeliveryRecords       RecordKind = "deliveries"
	RequestRecords        RecordKind = "requests"
	UploadRecords         RecordKind = "uploads"
	CommentRecords        RecordKind = "comments"
	MessageRecords        RecordKind = "messages"
	JobRecords            RecordKind = "jobs"
)

// RecordKinds lists all kinds in the order in which they are moved: what others belong to
// comes first.
func RecordKinds() []RecordKind {
	return []RecordKind{
		ProfileRecords, DeletedProfileRecords, AccountRecords, WebhookRecords, ScheduleRecords,
		LinkSessionRecords, LinkStateRecords, GrantRecords,
		PostRecords, DeliveryRecords, RequestRecords, UploadRecords, CommentRecords, MessageRecords, JobRecords,
	}
}

// Record is one record in a form that does not depend on the database: the same data is the
// same bytes in every store. Package record has the types that the bodies are made from.
type Record struct {
	Key  string // unique in its kind; never empty
	Body []byte // JSON
}

// MoveState says where a store stands whose data is moved to another one.
type MoveState string

// The states of a move. Only a store in the state Unmoved, or Arrived, may be worked with.
const (
	Unmoved  MoveState = ""
	Leaving  MoveState = "leaving"  // its data is being copied to the peer
	Left     MoveState = "left"     // the peer has all of it
	Arriving MoveState = "arriving" // it does not have all of the peer's data yet
	Arrived  MoveState = "arrived"  // it has all of it, and nobody has worked with it since
)

// Move is what a store knows of its being moved.
type Move struct {
	// StoreID identifies the store for its moves; empty: it never took part in one.
	StoreID string    `json:"storeId"`
	State   MoveState `json:"state"`
	// PeerID is the StoreID of the other store of the last move, and Peer what people know it
	// by, without a password.
	PeerID string    `json:"peerId"`
	Peer   string    `json:"peer"`
	At     time.Time `json:"at"` // since when it is in its state
}

// UserLease begins the names of the leases by which those who work with a store show that they
// live. What follows is what people know them by.
const UserLease = "user: "

// User is somebody who works with a store.
type User struct {
	Name string // what people know it by
	// Until is when it is over unless it is extended before; zero: the user is known to be
	// alive.
	Until time.Time
}

// Transfer moves the data of a store to another one. The caller sees to it that nobody works
// with either.
type Transfer interface {
	// ReadRecords returns at most limit records of the kind by their keys, in the order of
	// the keys' bytes: those that come after the given key, which need not be there. Jobs are
	// held by nobody in them.
	ReadRecords(ctx context.Context, kind RecordKind, after string, limit int) ([]Record, error)
	// InsertRecords stores records of the kind. ErrExists when one of them, or a value of it
	// that must be unique, is there already; others may be stored then.
	InsertRecords(ctx context.Context, kind RecordKind, records []Record) error
	// DeleteRecords removes the records of the kind with these keys, as far as they are there.
	DeleteRecords(ctx context.Context, kind RecordKind, keys []string) error
	// GetMove returns what the store knows of its move, the zero Move at first.
	GetMove(ctx context.Context) (Move, error)
	// UpdateMove changes it, by compare-and-swap.
	UpdateMove(ctx context.Context, fn func(*Move) error) (Move, error)
	// Users tells who works with the store, apart from the holder of leases that is given:
	// whoever has a lease of a UserLease, or of a job, that has not ended.
	Users(ctx context.Context, self string) ([]User, error)
}
