package mongo

import (
	"context"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store/record"
)

const jobs = "jobs"

// The indexes of the jobs. Each serves queries that name it: several begin with the same
// fields, and a planner that tries them out could take the wrong one.
const (
	// jobsHeld lets no two jobs of a lane be held, and finds the held ones.
	jobsHeld = "jobs_held"
	// jobsByTime finds what is due next.
	jobsByTime = "jobs_by_time"
	// jobsByLine finds the first of a lane, and of the jobs of a tenant outside lanes.
	jobsByLine = "jobs_by_line"
	// byDocument is the index of every collection by _id.
	byDocument = "_id_"
)

// jobLayouts: a job is a document while it is live. It has a few short texts and that of its
// last error. The collection holds what is to be done, not what was, and stays on one shard,
// which answers every claim alone. Sharded by kind, the only field that all indexes and
// queries have, it would be on as many shards as there are kinds, and the server could not
// jump from lane to lane any more: https://jira.mongodb.org/browse/SERVER-55200
func jobLayouts() []layout {
	return []layout{{name: jobs, indexes: []index{
		{name: jobsHeld, keys: bson.D{{Key: "kind", Value: 1}, {Key: "held", Value: 1}}, unique: true},
		{name: jobsByTime, keys: bson.D{{Key: "kind", Value: 1}, {Key: "place", Value: 1}, {Key: "at", Value: 1}, {Key: "ord", Value: 1}}},
		{name: jobsByLine, keys: bson.D{{Key: "kind", Value: 1}, {Key: "place", Value: 1}, {Key: "line", Value: 1}, {Key: "at", Value: 1}, {Key: "ord", Value: 1}}},
	}}}
}

// place is where a job is. Held jobs are apart from those that wait, so that nobody who looks
// for something to do has to step over them.
type place int32

const (
	waitsOutside place = iota // of lanes
	waitsInLane
	heldOutside
	heldInLane
	// toHeld is added to the place of a job that is claimed, and taken off when its claim ends.
	toHeld = heldOutside - waitsOutside
)

func (p place) inLane() bool { return p == waitsInLane || p == heldInLane }

// waitingIn and heldIn list the places that a pool stands for.
func waitingIn(p queue.Pool) []place {
	switch p {
	case queue.InLanes:
		return []place{waitsInLane}
	case queue.OutsideLanes:
		return []place{waitsOutside}
	case queue.Everything:
	}
	return []place{waitsOutside, waitsInLane}
}

func heldIn(p queue.Pool) []place {
	places := waitingIn(p)
	for i := range places {
		places[i] += toHeld
	}
	return places
}

// jobID is the _id of a job. The order of its fields is part of it.
type jobID struct {
	Kind string `bson:"kind"`
	Key  string `bson:"key"`
}

// job is the document of a job.
type job struct {
	ID     jobID  `bson:"_id"`
	Kind   string `bson:"kind"`
	Place  place  `bson:"place"`
	Tenant string `bson:"tenant"`
	// Line is whom the job waits behind: those of its lane, or those of its tenant if it is
	// in none.
	Line string `bson:"line"`
	// At is when the job may be claimed: its RunAt while it waits, and the end of its lease
	// while it is held.
	At      int64  `bson:"at"`
	Run     int64  `bson:"run"` // RunAt
	Order   string `bson:"ord"`
	Attempt int    `bson:"attempt"`
	Lease   string `bson:"lease,omitempty"`
	// Held is unique among the jobs of a kind: see heldAs.
	Held  string `bson:"held"`
	Error string `bson:"error,omitempty"`
}

// What a job is held as. All but the first begin with heldPrefix.
const (
	freePrefix = "free/" // and the key: by nobody
	heldPrefix = "held/"
	jobPrefix  = heldPrefix + "job/"  // and the key: outside lanes
	lanePrefix = heldPrefix + "lane/" // and the lane, of which one job can be held so
)

// heldAs is what a job is held as in the lane; empty: in none.
func heldAs(key, lane string) string {
	if lane == "" {
		return jobPrefix + key
	}
	return lanePrefix + lane
}

// beginsWith selects the texts that begin with the prefix, by a range of an index.
func beginsWith(prefix string) bson.D {
	last := len(prefix) - 1
	return bson.D{{Key: "$gte", Value: prefix}, {Key: "$lt", Value: prefix[:last] + string(prefix[last]+1)}}
}

// newJob is the document of a job that nobody holds.
func newJob(j queue.Job) job {
	at := record.Micros(j.RunAt)
	place, line := lineOf(j.Tenant, j.Lane)
	return job{
		ID: jobID{j.Kind, j.Key}, Kind: j.Kind, Place: place, Tenant: j.Tenant, Line: line,
		At: at, Run: at, Order: j.Order, Attempt: j.Attempt, Held: freePrefix + j.Key, Error: j.LastError,
	}
}

// lineOf tells where a job of the tenant waits in the lane; empty: in none.
func lineOf(tenant, lane string) (place, string) {
	if lane == "" {
		return waitsOutside, tenant
	}
	return waitsInLane, lane
}

// job is the job of the document.
func (d job) job() queue.Job {
	j := queue.Job{
		Kind: d.ID.Kind, Key: d.ID.Key, RunAt: record.FromMicros(d.Run), Tenant: d.Tenant, Order: d.Order,
		Attempt: d.Attempt, Lease: d.Lease, LastError: d.Error,
	}
	if d.Place.inLane() {
		j.Lane = d.Line
	}
	if d.Lease != "" {
		j.LeaseUntil = record.FromMicros(d.At)
	}
	return j
}

// byJob selects a job.
func byJob(kind, key string) bson.D { return byID(jobID{kind, key}) }

// jobsOf selects the jobs of the kinds at the places.
func jobsOf(kinds []string, places []place) bson.D {
	return bson.D{{Key: "kind", Value: in(kinds)}, {Key: "place", Value: in(places)}}
}

func in[T any](values []T) bson.D { return bson.D{{Key: "$in", Value: values}} }

// freshJobs is the collection for those who look for what to do. They see what the primary
// has now, instead of what a majority had a moment ago: whatever they conclude is checked by
// the write that follows, and a job that another process has claimed meanwhile would be
// chosen for nothing.
func (s *Store) freshJobs() collection {
	return s.db.Collection(jobs, options.Collection().SetReadConcern(readconcern.Local()))
}

// findJobs reads jobs as freshJobs sees them.
func (s *Store) findJobs(ctx context.Context, op string, filter bson.D, o ...options.Lister[options.FindOptions]) (docs []job, err error) {
	cursor, err := s.freshJobs().Find(ctx, filter, o...)
	if err == nil {
		err = cursor.All(ctx, &docs)
	}
	return docs, s.done(ctx, op, err)
}

// Enqueue implements queue.Backend.
func (s *Store) Enqueue(ctx context.Context, added ...queue.Job) error {
	docs := make([]job, len(added))
	for i, j := range added {
		docs[i] = newJob(j)
	}
	return s.insertJobs(ctx, "enqueue", docs)
}

// insertJobs adds the jobs that are not live yet, in one call. It may be repeated.
func (s *Store) insertJobs(ctx context.Context, op string, docs []job) error {
	docs = firstOfEach(docs)
	if len(docs) == 0 {
		return nil
	}
	_, err := s.db.Collection(jobs).InsertMany(ctx, docs, options.InsertMany().SetOrdered(false))
	if err = s.done(ctx, op, unlessThere(err)); err != nil {
		return err
	}
	s.stamp(ctx)
	return nil
}

// firstOfEach leaves out documents of a job of which another comes before.
func firstOfEach(docs []job) []job {
	seen := make(map[jobID]bool, len(docs))
	return slices.DeleteFunc(slices.Clone(docs), func(d job) bool {
		again := seen[d.ID]
		seen[d.ID] = true
		return again
	})
}

// unlessThere passes over that some documents of an unordered insertion were there already.
func unlessThere(err error) error {
	_, err = duplicatesOf(err)
	return err
}

// upsertTries is how often an upsert is tried when others insert the same document at the
// same moment. The second try finds it there.
const upsertTries = 3

// untilThere makes an upsert again as long as it fails because others have inserted the same
// document.
func untilThere(upsert func() error) (err error) {
	for range upsertTries {
		if err = upsert(); !mongo.IsDuplicateKeyError(err) {
			break
		}
	}
	return err
}

// Replace implements queue.Backend.
func (s *Store) Replace(ctx context.Context, added ...queue.Job) error {
	if len(added) == 0 {
		return nil
	}
	writes := make([]mongo.WriteModel, len(added))
	for i, j := range added {
		writes[i] = mongo.NewReplaceOneModel().SetFilter(byJob(j.Kind, j.Key)).SetReplacement(newJob(j)).SetUpsert(true)
	}
	err := untilThere(func() error {
		_, err := s.db.Collection(jobs).BulkWrite(ctx, writes) // in order: of the same job, the last stays
		return err
	})
	if err = s.done(ctx, "replace", err); err != nil {
		return err
	}
	s.stamp(ctx)
	return nil
}

// Cancel implements queue.Backend.
func (s *Store) Cancel(ctx context.Context, kind, key string) (bool, error) {
	result, err := s.db.Collection(jobs).DeleteOne(ctx, byJob(kind, key))
	if err = s.done(ctx, "cancel", err); err != nil {
		return false, err
	}
	return result.DeletedCount > 0, nil
}

// NextRunAt implements queue.Backend. The index by time has the first job of every kind and
// place at the beginning of a range, and the server merges these.
func (s *Store) NextRunAt(ctx context.Context, kinds []string, pool queue.Pool) (time.Time, error) {
	if len(kinds) == 0 {
		return time.Time{}, nil
	}
	places := append(waitingIn(pool), heldIn(pool)...)
	first, err := s.findJobs(ctx, "next run", jobsOf(kinds, places), options.Find().
		SetSort(bson.D{{Key: "at", Value: 1}}).SetLimit(1).SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "at", Value: 1}}).SetHint(jobsByTime))
	if err != nil || len(first) == 0 {
		return time.Time{}, err
	}
	return record.FromMicros(first[0].At), nil
}

// Backlog implements queue.Backend. What waits is counted in the index by time; of what is
// held, which is little, the documents are read.
func (s *Store) Backlog(ctx context.Context, kinds []string) (int, error) {
	if len(kinds) == 0 {
		return 0, nil
	}
	due := bson.D{{Key: "$lte", Value: record.Micros(s.clock.Now())}}
	var waiting, held int64
	group, groupCtx := errgroup.WithContext(ctx)
	count := func(n *int64, filter bson.D) {
		group.Go(func() (err error) {
			*n, err = s.db.Collection(jobs).CountDocuments(groupCtx, filter, options.Count().SetHint(jobsByTime))
			return err
		})
	}
	count(&waiting, append(jobsOf(kinds, waitingIn(queue.Everything)), bson.E{Key: "at", Value: due}))
	count(&held, append(jobsOf(kinds, heldIn(queue.Everything)), bson.E{Key: "run", Value: due}))
	if err := s.done(ctx, "backlog", group.Wait()); err != nil {
		return 0, err
	}
	return int(waiting + held), nil
}
