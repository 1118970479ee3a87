// Package store is the contract of Crier's database: small role interfaces, the
// records that only the store knows, and the sentinels of its errors.
//
// Updates are compare-and-swap on a single record: UpdateX reads the record,
// calls fn on a copy, and stores the result only if nobody stored another version
// meanwhile; otherwise it begins again, so fn may be called more than once and
// must have no effect but on its argument. An error of fn ends the update and is
// returned as it is. No operation needs a transaction over several records, so
// that a store without them serves as well; where one has them it uses them.
//
// All methods may be called concurrently and by several processes. An operation
// that has begun to write is not undone by the end of its context: a caller that
// hangs up may leave a record behind, never a damaged store. Times are kept in
// UTC and to the microsecond; a zero time stays zero. Nil and empty slices and
// maps are the same.
package store

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// The errors that callers tell apart. Everything else means that the store itself
// failed.
var (
	ErrNotFound = errors.New("store: not found")
	// ErrExists means that a record with this id, or with a value that must be
	// unique, is there already.
	ErrExists = errors.New("store: exists already")
	// ErrKeyUsed means that the idempotency key was used before by the profile.
	ErrKeyUsed = errors.New("store: idempotency key used before")
	// ErrUnderWay means that another request with the same key, slot or content is being
	// stored at this moment, so that what becomes of this one is not known yet. Nothing is
	// stored, and the same may be tried again at once.
	ErrUnderWay = errors.New("store: another request with the same key, slot or content is being stored")
	// ErrNewerSchema means that the data was written by a newer Crier.
	ErrNewerSchema = errors.New("store: the data was written by a newer version of Crier")
)

// Store is all of it.
type Store interface {
	Profiles
	Accounts
	Posts
	Deliveries
	Duplicates
	Requests
	Uploads
	Comments
	Schedules
	Links
	Notices
	Leases
	Watch
	Transfer
	queue.Backend

	// Migrate brings the schema up to date. It may be repeated, and fails with
	// ErrNewerSchema rather than touch what it does not know.
	Migrate(ctx context.Context) error
	// Migrated tells whether Migrate was called before, in this process or another; it writes
	// nothing.
	Migrated(ctx context.Context) (bool, error)
	// Ping tells whether the store can read and write.
	Ping(ctx context.Context) error
	Close() error
}

// NewPost is everything that one accepted request writes.
type NewPost struct {
	Post       core.Post
	Deliveries []core.Delivery
	Jobs       []queue.Job
	// Request, if set, is claimed together with the post.
	Request *Request
	// Also are posts that are stored with this one, or not at all; what belongs to them
	// is their own. They have no Request.
	Also []NewPost
	// DuplicateWindow, if set, has the post refused when one of its deliveries has a
	// duplicate: see DuplicateQuery.
	DuplicateWindow time.Duration
}

// PostQuery selects posts of one profile, newest first.
type PostQuery struct {
	ProfileID string
	Statuses  []core.PostStatus // none: all but deleted
	Platforms []string          // posts to any of these; none: all
	Scheduled *bool             // only scheduled, or only immediate, posts
	// DueBy (inclusive) and DueAfter (exclusive) split the scheduled ones by their
	// time and leave immediate posts alone; zero: no bound.
	DueBy, DueAfter time.Time
	Since, Until    time.Time // by creation, inclusive; zero: no bound
	Series          string    // only posts with this SeriesID; empty: all
	AnySeries       bool      // only posts with a SeriesID, whichever
	Limit           int       // at most this many; 0: 100
	// Before continues a listing: only posts that sort after the one of this id,
	// and none when the profile has no such post.
	Before string
}

// Posts keeps posts.
type Posts interface {
	// InsertPost stores a post with its deliveries and jobs, all or nothing as
	// far as the store can; where it cannot, the post is written first and a
	// repeated InsertPost of the same ids completes the rest. It returns once
	// the data is durable. ErrExists when the post is there complete already,
	// ErrKeyUsed when the profile has used the post's idempotency key or the
	// Request's key before, ErrSlotTaken when another post holds its slot (see
	// Schedules), ErrDuplicate when DuplicateWindow is set, a delivery has a duplicate,
	// and neither post nor key is there already; nothing is stored then. Of two equal
	// posts that are inserted at the same moment only one is taken: a store that cannot
	// look and write in one step writes a claim of the content first, under a key that
	// only one writer can have, and gives it back when the post is not stored after all;
	// ErrUnderWay when another writer keeps what the post needs for long.
	InsertPost(ctx context.Context, n NewPost) error
	// GetPost returns a post of the profile; ErrNotFound for another's.
	GetPost(ctx context.Context, profileID, id string) (core.Post, error)
	// FindPost finds the profile's post with the idempotency key.
	FindPost(ctx context.Context, profileID, idempotencyKey string) (core.Post, error)
	ListPosts(ctx context.Context, q PostQuery) ([]core.Post, error)
	// UpdatePost changes a post. ErrKeyUsed when another post of the profile has
	// the idempotency key that it is to get.
	UpdatePost(ctx context.Context, id string, fn func(*core.Post) error) (core.Post, error)
	// UntoldPosts returns at most limit posts of all profiles that have notices in their
	// Outbox, the oldest first.
	UntoldPosts(ctx context.Context, limit int) ([]core.Post, error)
	// CompletePosts completes at most limit of the posts that InsertPost began to store
	// before the time and did not, because its process died: once a post itself is stored,
	// all that belongs to it is as well, by this at the latest. It tells how many there
	// were; a store that writes all or nothing has none.
	CompletePosts(ctx context.Context, before time.Time, limit int) (int, error)
}

// Deliveries keeps deliveries.
type Deliveries interface {
	GetDelivery(ctx context.Context, id string) (core.Delivery, error)
	// ListDeliveries returns the deliveries of the posts, by post, then platform,
	// then id.
	ListDeliveries(ctx context.Context, postIDs ...string) ([]core.Delivery, error)
	UpdateDelivery(ctx context.Context, id string, fn func(*core.Delivery) error) (core.Delivery, error)
	// FindDelivery finds the account's delivery that was published as remoteID.
	FindDelivery(ctx context.Context, accountID, remoteID string) (core.Delivery, error)
	// CountPublished counts the account's deliveries that were published at the time or
	// later, those that were deleted since included.
	CountPublished(ctx context.Context, accountID string, since time.Time) (int, error)
	// StrandedDeliveries returns the deliveries that were due before the
	// time, are not idle, and have no live job of the kind, oldest first.
	StrandedDeliveries(ctx context.Context, jobKind string, dueBefore time.Time, limit int) ([]core.Delivery, error)
	// UnsentDeliveries returns at most limit deliveries to the account that are to go out
	// (core.Delivery.Unsent), are not held, and are due by the time, inclusive; the
	// earliest first.
	UnsentDeliveries(ctx context.Context, accountID string, dueBy time.Time, limit int) ([]core.Delivery, error)
}

// Request remembers an Idempotency-Key and what was answered to it.
type Request struct {
	ProfileID string
	Key       string
	BodyHash  []byte
	PostID    string // the post that the request created; empty when it created none
	// Status and Answer are the stored answer; Status 0 means that the request
	// is still being answered, or that the server died before it was.
	Status    int
	Answer    []byte
	CreatedAt time.Time
	// Seed is what the names are derived from that the request gives to what it writes on
	// networks; empty: it gives none.
	Seed string
	// TriedAt is when the request was last carried out once more; zero: it never was.
	TriedAt time.Time
}

// Requests keeps answers by Idempotency-Key.
type Requests interface {
	GetRequest(ctx context.Context, profileID, key string) (Request, error)
	// ClaimRequest stores a request that is about to be carried out and creates no post. Of all
	// who do so for a key, one succeeds; the others get ErrExists, and so does whoever claims a
	// key that was used before.
	ClaimRequest(ctx context.Context, r Request) error
	// RetryRequest makes a time the TriedAt of a request whose Status and TriedAt are still those
	// of r. Of all who do so for a request as they have read it, one succeeds; the others get
	// ErrExists, and so does whoever comes when it was answered or forgotten.
	RetryRequest(ctx context.Context, r Request, at time.Time) error
	// AnswerRequest stores the answer to a request, creating the request if it is not there, and
	// its post if r names one. ErrKeyUsed when the key belongs to a request with another body,
	// or the request has a later TriedAt than r: its answer is for others to give.
	AnswerRequest(ctx context.Context, r Request) error
	// DeleteRequests forgets what was created before the time.
	DeleteRequests(ctx context.Context, createdBefore time.Time) (int, error)
}

// UploadQuery selects the uploads of one profile that are ready, newest first.
type UploadQuery struct {
	ProfileID string
	// Live leaves out those that expired by this time; zero: none is left out.
	Live  time.Time
	Limit int // at most this many; 0: 100
	// Before continues a listing: only uploads that sort after the one of this id,
	// and none when the profile has no such upload.
	Before string
}

// Uploads keeps the descriptions of uploaded files.
type Uploads interface {
	// InsertUpload stores a new upload; ErrExists when the id is taken.
	InsertUpload(ctx context.Context, u core.Upload) error
	GetUpload(ctx context.Context, id string) (core.Upload, error)
	ListUploads(ctx context.Context, q UploadQuery) ([]core.Upload, error)
	UpdateUpload(ctx context.Context, id string, fn func(*core.Upload) error) (core.Upload, error)
	// UploadUsage returns the sum of the sizes of a profile's uploads in all states,
	// expired ones included: they take room until their description is deleted.
	UploadUsage(ctx context.Context, profileID string) (bytes int64, err error)
	// ExpiredUploads returns at most limit uploads of all profiles, in all states,
	// that expired before the time, the oldest first.
	ExpiredUploads(ctx context.Context, before time.Time, limit int) ([]core.Upload, error)
	// DeleteUpload removes a description; ErrNotFound when it is gone.
	DeleteUpload(ctx context.Context, id string) error
}
