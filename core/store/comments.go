package store

import (
	"context"
	"time"
)

// Comment remembers one comment that was written through this server. A comment that
// went to several accounts has a record for each, under the same id.
type Comment struct {
	ID        string
	ProfileID string
	PostID    string // this server's id of the post; empty when it did not publish it
	AccountID string // that wrote the comment
	Platform  string

	RemotePostID   string // the network's ids
	RemoteID       string
	ParentRemoteID string // of the comment that it replies to; empty: none

	Text      string
	CreatedAt time.Time
	DeletedAt time.Time // deleted on the network; zero: it was not
}

// Comments keeps the comments that were written through this server. A record does not
// change but for its deletion.
type Comments interface {
	// InsertComment stores a new record; ErrExists when the account has one of this id.
	InsertComment(ctx context.Context, c Comment) error
	// GetComment returns the profile's records of a comment, also deleted ones, by
	// platform, then account; ErrNotFound when there is none.
	GetComment(ctx context.Context, profileID, id string) ([]Comment, error)
	// FindComment finds the comment that the network knows as remoteID among those of the
	// account; of several the one that was written last.
	FindComment(ctx context.Context, accountID, remoteID string) (Comment, error)
	// ListComments returns what the account wrote below a post and did not delete, oldest
	// first.
	ListComments(ctx context.Context, accountID, remotePostID string) ([]Comment, error)
	// DeleteComment records when the comment was deleted on its network. Of several times
	// the first is kept; ErrNotFound when there is no such record.
	DeleteComment(ctx context.Context, id, accountID string, at time.Time) error
}
