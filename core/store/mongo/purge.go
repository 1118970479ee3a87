package mongo

import (
	"context"
	"errors"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// DeletedProfiles implements store.Profiles, in the order of the index profiles_deleted.
func (s *Store) DeletedProfiles(ctx context.Context, limit int) ([]string, error) {
	return ids[string](ctx, s, "deleted profiles", profiles, bson.D{{Key: "deleted.turn", Value: bson.D{{Key: "$exists", Value: true}}}},
		options.Find().SetSort(bson.D{{Key: "deleted.turn", Value: 1}}).SetLimit(int64(limit)))
}

// ids returns the ids of the documents that the filter selects.
func ids[T any](ctx context.Context, s *Store, op, collection string, filter bson.D, o *options.FindOptionsBuilder) ([]T, error) {
	docs, err := list[struct {
		ID T `bson:"_id"`
	}](ctx, s, op, collection, filter, o.SetProjection(bson.D{{Key: "_id", Value: 1}}))
	if err != nil {
		return nil, err
	}
	ids := make([]T, len(docs))
	for i, d := range docs {
		ids[i] = d.ID
	}
	return ids, nil
}

// purge removes what belongs to one profile. What it looks for it finds by the profile, and
// what belongs to another record goes before that, so that a purge that was cut off is
// continued by looking again, and several at a time only find less.
type purge struct {
	store     *Store
	profileID string
	now       time.Time
	left      int // how many records may still be removed
}

// PurgeProfile implements store.Profiles.
func (s *Store) PurgeProfile(ctx context.Context, id string, limit int) (done bool, err error) {
	p := purge{store: s, profileID: id, now: s.clock.Now(), left: limit}
	var c changes
	c.put("deleted.turn", record.Micros(p.now))
	deleted := append(byID(id), bson.E{Key: "deleted.turn", Value: bson.D{{Key: "$exists", Value: true}}})
	if err := s.changeProfile(ctx, "purge profile", deleted, c.update()); err != nil {
		return false, err
	}
	if err := p.run(ctx); err != nil || p.left <= 0 {
		return false, err
	}
	return true, p.forget(ctx)
}

// run takes the steps until there is nothing left or as many records as may be are removed.
// Each step is repeated until it finds nothing.
func (p *purge) run(ctx context.Context) error {
	for _, step := range []func(context.Context) (int, error){
		p.of(accounts),
		p.of(webhooks),
		p.links,
		p.of(schedules),
		p.posts,
		p.deliveries,
		p.messages,
		p.jobs,
		p.of(comments),
		p.of(requests),
		p.of(contentClaims),
		p.expireUploads,
	} {
		for p.left > 0 {
			n, err := step(ctx)
			if err != nil {
				return err
			}
			if p.left -= n; n == 0 {
				break
			}
		}
	}
	return nil
}

func (p *purge) mine() bson.D { return bson.D{{Key: "profile", Value: p.profileID}} }

func (p *purge) atMost() *options.FindOptionsBuilder { return options.Find().SetLimit(int64(p.left)) }

// of is the step that removes the documents of a collection.
func (p *purge) of(collection string) func(context.Context) (int, error) {
	return func(ctx context.Context) (int, error) { return p.some(ctx, collection, p.mine()) }
}

// some removes as many of the documents that the filter selects as may be.
func (p *purge) some(ctx context.Context, collection string, filter bson.D) (int, error) {
	found, err := ids[bson.RawValue](ctx, p.store, "purge "+collection, collection, filter, p.atMost())
	if err != nil || len(found) == 0 {
		return 0, err
	}
	return len(found), p.drop(ctx, collection, append(bson.D{{Key: "_id", Value: in(found)}}, filter...))
}

// drop removes all documents that the filter selects.
func (p *purge) drop(ctx context.Context, collection string, filter bson.D) error {
	_, err := p.store.db.Collection(collection).DeleteMany(ctx, filter)
	return p.store.done(ctx, "purge "+collection, err)
}

// links removes link sessions after what is found by them alone.
func (p *purge) links(ctx context.Context) (int, error) {
	sessions, err := ids[string](ctx, p.store, "purge link sessions", linkSessions, p.mine(), p.atMost())
	if err != nil || len(sessions) == 0 {
		return 0, err
	}
	for _, collection := range []string{linkStates, pendingGrants} {
		if n, err := p.some(ctx, collection, bson.D{{Key: "session", Value: in(sessions)}}); err != nil || n > 0 {
			return n, err
		}
	}
	return len(sessions), p.drop(ctx, linkSessions, append(bson.D{{Key: "_id", Value: in(sessions)}}, p.mine()...))
}

// posts removes posts after their deliveries.
func (p *purge) posts(ctx context.Context) (int, error) {
	found, err := ids[string](ctx, p.store, "purge posts", posts, p.mine(), p.atMost())
	if err != nil || len(found) == 0 {
		return 0, err
	}
	children, err := ids[string](ctx, p.store, "purge deliveries", deliveries, bson.D{{Key: "post", Value: in(found)}}, options.Find())
	if err != nil {
		return 0, err
	}
	if err := p.withJobs(ctx, deliveries, children); err != nil {
		return 0, err
	}
	return len(found), p.drop(ctx, posts, append(bson.D{{Key: "_id", Value: in(found)}}, p.mine()...))
}

// deliveries removes those that were stored while their post was removed.
func (p *purge) deliveries(ctx context.Context) (int, error) { return p.someWithJobs(ctx, deliveries) }

// messages removes messages.
func (p *purge) messages(ctx context.Context) (int, error) { return p.someWithJobs(ctx, messages) }

// someWithJobs removes documents that have jobs.
func (p *purge) someWithJobs(ctx context.Context, collection string) (int, error) {
	found, err := ids[string](ctx, p.store, "purge "+collection, collection, p.mine(), p.atMost())
	if err != nil {
		return 0, err
	}
	return len(found), p.withJobs(ctx, collection, found)
}

// withJobs removes the documents after the jobs of which they are the keys.
func (p *purge) withJobs(ctx context.Context, collection string, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	kinds, err := p.store.jobKinds(ctx, "purge jobs")
	if err != nil {
		return err
	}
	if err := p.drop(ctx, jobs, jobsOfKeys(kinds, keys)); err != nil {
		return err
	}
	return p.drop(ctx, collection, bson.D{{Key: "_id", Value: in(keys)}})
}

// jobs removes the jobs outside lanes that are done on behalf of the profile. One in a lane
// that was enqueued after its delivery was removed ends when it is run.
func (p *purge) jobs(ctx context.Context) (int, error) {
	kinds, err := p.store.jobKinds(ctx, "purge jobs")
	if err != nil {
		return 0, err
	}
	ofTenant := append(jobsOf(kinds, []place{waitsOutside, heldOutside}), bson.E{Key: "line", Value: p.profileID})
	return p.some(ctx, jobs, ofTenant)
}

// forget removes the profile itself when nothing of it is there and nothing can come any
// more.
func (p *purge) forget(ctx context.Context) error {
	_, err := get[struct{}](ctx, p.store, "purge profile", uploads, p.mine())
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return p.drop(ctx, profiles, append(byID(p.profileID),
		bson.E{Key: "deleted.at", Value: bson.D{{Key: "$lte", Value: record.Micros(p.now.Add(-store.PurgeRest))}}}))
}
