package crashtest

import (
	"context"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
)

// Store is the database of a run. The zero value is an SQLite file.
type Store struct {
	// URL is that of a MongoDB database, at which the run itself looks.
	URL string
	// Proxy is how the processes reach its server; nil: directly, and nothing goes wrong on
	// the way.
	Proxy *mongotest.Proxy
}

// shared tells whether processes of several machines could work with it.
func (s Store) shared() bool { return s.URL != "" }

// setting is the processes' CRIER_STORE.
func (s Store) setting() string {
	switch {
	case s.Proxy != nil:
		return s.Proxy.URL()
	case s.shared():
		return s.URL
	}
	return "sqlite"
}

// open opens the database as the processes do, and as late as it is for them.
func (r *run) open() (store.Store, error) { return dbtest.OpenAddress(r.machine.database(), r.clock) }

// everyDelivery reads all deliveries of the primary profile.
func everyDelivery(ctx context.Context, db store.Store) ([]core.Delivery, error) {
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
func everyPost(ctx context.Context, db store.Store) ([]core.Post, error) {
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
