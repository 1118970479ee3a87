package crashtest

import (
	"context"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/sqlite"
)

// Tamper takes one of Crier's protections away, by changing between a kill and the next
// start what the killed process has stored. A run with one of them has to find fault.
type Tamper string

// The tampers.
const (
	TamperNone Tamper = ""
	// TamperForgetCommit makes Crier forget that a call was allowed: as if it called the
	// network without having stored so first.
	TamperForgetCommit Tamper = "forget the commit"
	// TamperResendBlindly has a post whose answer was lost sent again, unasked.
	TamperResendBlindly Tamper = "send again blindly"
	// TamperBelieve has Crier believe that whatever was on its way is published.
	TamperBelieve Tamper = "believe in success"
)

// duplicateWindow is for how long the network refuses duplicates: as LinkedIn does, but
// not at all where Crier's own protection is looked at.
func (t Tamper) duplicateWindow() time.Duration {
	if t == TamperNone {
		return 0
	}
	return -1
}

// apply changes the deliveries that are under way.
func (t Tamper) apply(ctx context.Context, database string) error {
	db, err := sqlite.Open(database, sqlite.Options{})
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	deliveries, err := everyDelivery(ctx, db)
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		if d.Final() {
			continue
		}
		if _, err := db.UpdateDelivery(ctx, d.ID, t.change); err != nil {
			return err
		}
	}
	return nil
}

func (t Tamper) change(d *core.Delivery) error {
	switch {
	case t == TamperForgetCommit && d.State == core.DeliveryCommitting,
		t == TamperResendBlindly && d.State == core.DeliveryUncertain:
		d.State, d.CommittedAt, d.Doubtful, d.Error = core.DeliveryPreparing, time.Time{}, false, nil
	case t == TamperBelieve:
		d.State, d.Settled, d.Receipt = core.DeliveryPublished, true, core.Receipt{RemoteID: "urn:li:share:1"}
	}
	return nil
}

// everyDelivery reads all deliveries of the primary profile.
func everyDelivery(ctx context.Context, db *sqlite.Store) ([]core.Delivery, error) {
	posts, err := everyPost(ctx, db)
	if err != nil {
		return nil, err
	}
	var all []core.Delivery
	for batch := range slices.Chunk(posts, 500) {
		ids := make([]string, len(batch))
		for i, p := range batch {
			ids[i] = p.ID
		}
		part, err := db.ListDeliveries(ctx, ids...)
		if err != nil {
			return nil, err
		}
		all = append(all, part...)
	}
	return all, nil
}

// everyPost reads all posts of the primary profile.
func everyPost(ctx context.Context, db *sqlite.Store) ([]core.Post, error) {
	profile, err := db.PrimaryProfile(ctx)
	if err != nil {
		return nil, err
	}
	q := store.PostQuery{ProfileID: profile.ID, Limit: 500, Statuses: []core.PostStatus{
		core.PostOpen, core.PostSuccess, core.PostError, core.PostDeleted, core.PostPaused, core.PostAwaitingApproval,
	}}
	var all []core.Post
	for {
		page, err := db.ListPosts(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < q.Limit {
			return all, nil
		}
		q.Before = page[len(page)-1].ID
	}
}
