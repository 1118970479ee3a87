// Package publish takes posts from the request to the network and tells what
// became of them: it plans a request for every account, stores it with one
// delivery for each, and carries every delivery through preparation to the one
// irreversible call, so that none is lost and none goes out twice.
package publish

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

// JobKind is the kind of the jobs that carry deliveries; a job's key is the
// delivery's id.
const JobKind = "deliver"

// Store is what the publisher needs of the store.
type Store interface {
	store.Accounts
	store.Posts
	store.Deliveries
	store.Duplicates
	store.Watch
	queue.Backend
	// GetProfile finds a profile that was not deleted.
	GetProfile(ctx context.Context, id string) (core.Profile, error)
}

// AssetSource fetches media. Assets of one group (a post) are fetched once and
// kept until the group is released.
type AssetSource interface {
	// Authorize tells why a profile may not use the file behind n.URL, as an error
	// of KindMedia with n.Field: it is an upload that is not the profile's own.
	Authorize(ctx context.Context, profileID string, n core.Need) error
	// Fetch returns the file behind n.URL, fit for the need, or an error of
	// KindMedia (KindTemporary where trying again may help) with n.Field.
	// onProgress may be nil.
	Fetch(ctx context.Context, group string, n core.Need, onProgress func(done, total int64)) (*core.Asset, error)
	// Release forgets the group's files. It may be called for unknown groups.
	Release(group string)
}

// PageSource reads web pages.
type PageSource interface {
	// Page reads what the page says about itself; its errors are of KindMedia, or
	// KindTemporary where trying again may help.
	Page(ctx context.Context, address string) (*core.Page, error)
}

// TokenSource gives out access tokens.
type TokenSource interface {
	// Token returns the account's access token; its error is of KindAuth when
	// the account has to be linked again.
	Token(ctx context.Context, accountID string) (core.Secret, error)
	// Bound is Token, with Credentials.Binding of the same credentials.
	Bound(ctx context.Context, accountID string) (token, binding core.Secret, err error)
	// Refused takes note that the network has refused a token of the account, for a reason in
	// plain words. It tells whether there is another one by now: it was renewed meanwhile, or
	// is by this call. Otherwise the account has to be linked again, and is marked so.
	Refused(ctx context.Context, accountID string, refused core.Secret, reason string) (renewed bool, err error)
}

// Observer learns what happens, for metrics. It must be fast and may be called
// concurrently.
type Observer interface {
	PostAccepted(scheduled bool, deliveries int)
	PostRefused()
	// DeliveryEnded is called when a delivery ends, and again when one that was
	// retried does, or one that was published turns out not to be shown. Latency is
	// the time from its due time (or its acceptance, if later) to its end; 0 for one
	// that was cancelled by its author.
	DeliveryEnded(platform string, state core.DeliveryState, kind core.Kind, latency time.Duration)
	Reconciled(platform string, found bool)
	// DeliveryLate is called for a delivery that was published, when its irreversible call
	// began more than a minute after its due time (or its acceptance, if later).
	DeliveryLate(platform string, late time.Duration)
	// ClockSetBack is called when the server's clock turns out to have been set back.
	ClockSetBack(by time.Duration)
	// PostNotShown is called when the network turns out not to show what it accepted.
	PostNotShown(platform string)
}

// Outcome is a post with all that is known of it.
type Outcome struct {
	Post       core.Post
	Deliveries []core.Delivery // by platform, then id
	// Activity is the progress of deliveries that this process is working on,
	// by delivery id.
	Activity map[string]core.Activity
	// Waits is what deliveries wait for that have not been sent and that nobody works on,
	// as far as it is known, by delivery id.
	Waits map[string]Wait
}

// Final tells whether the outcome is complete.
func (o Outcome) Final() bool { return o.Post.Status != core.PostOpen }

// Submission is one request to publish.
type Submission struct {
	ProfileID string
	Request   core.PostRequest
	// Idempotency is set when the client sent an Idempotency-Key header: the key
	// is claimed together with the post.
	Idempotency *store.Request
	// NextSlot returns the first free slot, after the given time, of the schedule that
	// Request.AutoSchedule names; nil when it names none. It is called once before the
	// request is checked, and then until the post has a slot that nobody else has taken
	// meanwhile.
	NextSlot func(ctx context.Context, after time.Time) (time.Time, error)
	// Awaited is for how long whoever sends the request waits for the outcome of a post that
	// goes out at once, with Wait. Meanwhile no notice tells of it; 0: nobody waits.
	Awaited time.Duration
}

// chooseSlot gives the request the next slot after a time, if it is to have one.
func (s *Submission) chooseSlot(ctx context.Context, after time.Time) (err error) {
	if s.NextSlot == nil {
		s.Request.AutoSchedule = "" // a time of the author's own is nobody's slot
		return nil
	}
	s.Request.ScheduleAt, err = s.NextSlot(ctx, after)
	return err
}

// Report is the answer to a dry run.
type Report struct {
	Problems core.Errors
	Warnings []PlatformWarning
	Previews map[string]core.Preview // by account id
	Accounts []core.Account          // that the post would go to
}

// PlatformWarning is a warning of one network, about a post of one account.
type PlatformWarning struct {
	Platform  string
	AccountID string
	core.Warning
}

// Deletion is what became of one post that was to be deleted.
type Deletion struct {
	PostID     string
	Deliveries []DeliveryDeletion
	// Err tells why the post as a whole was not deleted: it is unknown, deleted
	// already, being sent right now, or a network refused (see Deliveries).
	Err error
}

// DeliveryDeletion is the part of one delivery.
type DeliveryDeletion struct {
	Delivery core.Delivery
	Err      error
}
