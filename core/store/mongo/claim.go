package mongo

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"maps"
	mathrand "math/rand/v2"
	"slices"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store/record"
)

const (
	// claimLooks is how often a claim looks for jobs as long as others are faster with all that
	// it chose.
	claimLooks = 3
	// claimSpread is how many more jobs than are wanted are chosen from after others were
	// faster, so that processes that look at the same moment do not meet at the same job again.
	claimSpread = 8
	// claimCalls is how many jobs of one claim are written at a time.
	claimCalls = 8
)

// Claim implements queue.Backend. It reads what is due, chooses, and leases each of the chosen
// by one update, which fails when another process was faster; then the job is not given. A
// claim whose answer is lost on the way leaves a lease that nobody knows of. It ends by itself.
func (s *Store) Claim(ctx context.Context, w queue.Wanted) ([]queue.Job, error) {
	if w.N <= 0 || len(w.Kinds) == 0 {
		return nil, nil
	}
	if err := s.clockRight(ctx); err != nil {
		return nil, err
	}
	for look := range claimLooks {
		l := looking{Store: s, wanted: w, now: s.clock.Now()}
		if look > 0 {
			l.wanted.N += claimSpread
		}
		chosen, err := l.choose(ctx)
		if err != nil || len(chosen) == 0 {
			return nil, err
		}
		for len(chosen) > w.N {
			i := mathrand.IntN(len(chosen)) //nolint:gosec // nobody gains by guessing it
			chosen = slices.Delete(chosen, i, i+1)
		}
		given, err := l.lease(ctx, chosen)
		if len(given) > 0 {
			s.stamp(ctx)
			return given, nil // the leases count, even if a later call failed
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// looking is one look for jobs to claim.
type looking struct {
	*Store
	wanted queue.Wanted
	now    time.Time

	known map[jobID]job // what may be given
	ended map[line]job  // held jobs of lanes whose leases have ended
	busy  map[line]bool // lanes of which a job is held
	whole map[line]bool // tenants of whom all that may be given is known
	full  bool          // more waits than was read
}

// line is the jobs of a kind in a lane, or those of a tenant outside lanes.
type line struct{ kind, name string }

// margin is how many more due jobs than are wanted make a backlog.
const margin = 32

// choose returns the jobs that the claim should give. As long as the first due ones tell all
// that there is to know, the length of a backlog does not matter; otherwise it looks at the
// lanes and tenants behind them.
func (l *looking) choose(ctx context.Context) ([]job, error) {
	if err := l.read(ctx); err != nil {
		return nil, err
	}
	chosen := l.share()
	if l.full && !l.settled(chosen) {
		var err error
		if chosen, err = l.chooseDeeper(ctx); err != nil {
			return nil, err
		}
	}
	docs := make([]job, len(chosen))
	for i, j := range chosen {
		docs[i] = l.known[jobID{j.Kind, j.Key}]
	}
	return docs, nil
}

// settled tells whether no job that was not read could come before one of the chosen: each is
// the first that the caller works on for its tenant, and all others are due later.
func (l *looking) settled(chosen []queue.Job) bool {
	if len(chosen) < l.wanted.N {
		return false
	}
	working := maps.Clone(l.wanted.Working)
	if working == nil {
		working = map[string]int{}
	}
	for _, j := range chosen {
		if working[j.Tenant] > 0 {
			return false
		}
		working[j.Tenant]++
	}
	return true
}

// share chooses among what is known.
func (l *looking) share(more ...queue.Job) []queue.Job {
	for _, d := range l.known {
		more = append(more, d.job())
	}
	return queue.Share(l.wanted, more)
}

// read reads the first due jobs, those whose leases have ended, and the lanes that are held,
// in three calls at a time. Each is a range of an index for each kind.
func (l *looking) read(ctx context.Context) error {
	var first, ended []job
	var held []line
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() (err error) {
		first, err = l.firstDue(groupCtx, l.wanted.N+margin)
		return err
	})
	group.Go(func() (err error) {
		ended, err = l.endedLeases(groupCtx)
		return err
	})
	if l.wanted.Pool != queue.OutsideLanes {
		group.Go(func() (err error) {
			held, err = l.heldLanes(groupCtx, "claim", l.wanted.Kinds)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	l.note(ended, held)
	l.full = len(first) == l.wanted.N+margin
	l.add(ended)
	l.add(first)
	return nil
}

// note keeps which lanes are held. One whose job's lease has ended is free.
func (l *looking) note(ended []job, held []line) {
	l.known, l.ended, l.busy, l.whole = map[jobID]job{}, map[line]job{}, map[line]bool{}, map[line]bool{}
	for _, lane := range held {
		l.busy[lane] = true
	}
	for _, d := range ended {
		if d.Place.inLane() {
			lane := line{d.ID.Kind, d.Line}
			l.ended[lane] = d
			delete(l.busy, lane)
		}
	}
}

// add makes due jobs known, but for those of busy lanes.
func (l *looking) add(docs []job) {
	for _, d := range docs {
		if !d.Place.inLane() || !l.busy[line{d.ID.Kind, d.Line}] {
			l.known[d.ID] = d
		}
	}
}

// candidate is what is read of a job that may be given: not the text of its error, which is
// long.
func candidate() bson.D { return bson.D{{Key: "error", Value: 0}} }

// due selects jobs by their time.
func (l *looking) due() bson.E {
	return bson.E{Key: "at", Value: bson.D{{Key: "$lte", Value: record.Micros(l.now)}}}
}

// firstDue reads the first jobs that are due and held by nobody.
func (l *looking) firstDue(ctx context.Context, limit int) ([]job, error) {
	return l.findJobs(ctx, "claim", append(jobsOf(l.wanted.Kinds, waitingIn(l.wanted.Pool)), l.due()), options.Find().
		SetSort(bson.D{{Key: "at", Value: 1}, {Key: "ord", Value: 1}}).SetLimit(int64(limit)).SetProjection(candidate()).SetHint(jobsByTime))
}

// mostEnded bounds how many jobs of processes that died are looked at in one claim.
const mostEnded = 1000

// endedLeases reads the jobs that are held and whose leases have ended.
func (l *looking) endedLeases(ctx context.Context) ([]job, error) {
	return l.findJobs(ctx, "claim", append(jobsOf(l.wanted.Kinds, heldIn(l.wanted.Pool)), l.due()), options.Find().
		SetLimit(mostEnded).SetProjection(candidate()).SetHint(jobsByTime))
}

// heldLanes reads of which lanes a job is held, whether its lease has ended or not. There are
// as many as workers at the most, and nothing but the index is read.
func (s *Store) heldLanes(ctx context.Context, op string, kinds []string) ([]line, error) {
	held, err := s.findJobs(ctx, op, bson.D{{Key: "kind", Value: in(kinds)}, {Key: "held", Value: beginsWith(lanePrefix)}}, options.Find().
		SetProjection(bson.D{{Key: "_id", Value: 0}, {Key: "kind", Value: 1}, {Key: "held", Value: 1}}).SetHint(jobsHeld))
	lanes := make([]line, len(held))
	for i, d := range held {
		lanes[i] = line{d.Kind, d.Held[len(lanePrefix):]}
	}
	return lanes, err
}

// lease takes the jobs, several at a time, and returns those that nobody else has, in their
// order.
func (l *looking) lease(ctx context.Context, chosen []job) ([]queue.Job, error) {
	leased := make([]*queue.Job, len(chosen))
	errs := make([]error, len(chosen))
	var group errgroup.Group
	group.SetLimit(claimCalls)
	for i, d := range chosen {
		group.Go(func() error {
			leased[i], errs[i] = l.leaseOne(ctx, d)
			return nil
		})
	}
	_ = group.Wait() // each has an error of its own
	var given []queue.Job
	for _, j := range leased {
		if j != nil {
			given = append(given, *j)
		}
	}
	return given, errors.Join(errs...)
}

// leaseOne takes the job if it is as it was read; nil: it is another's. The unique index of
// what is held refuses it while another job of its lane is.
func (l *looking) leaseOne(ctx context.Context, d job) (*queue.Job, error) {
	held, place := heldAs(d.ID.Key, ""), d.Place
	if place.inLane() {
		held = lanePrefix + d.Line
		if freed, err := l.freeLane(ctx, d); err != nil || !freed {
			return nil, err
		}
	}
	if place == waitsOutside || place == waitsInLane {
		place += toHeld
	}
	filter := append(byJob(d.Kind, d.ID.Key), bson.E{Key: "place", Value: d.Place}, bson.E{Key: "line", Value: d.Line}, bson.E{Key: "at", Value: d.At})
	update := bson.D{{Key: "$set", Value: bson.D{
		{Key: "place", Value: place}, {Key: "at", Value: record.Micros(l.now.Add(l.wanted.Lease))}, {Key: "lease", Value: newLease()}, {Key: "held", Value: held},
	}}}
	var got job
	err := l.db.Collection(jobs).FindOneAndUpdate(ctx, filter, update, options.FindOneAndUpdate().SetReturnDocument(options.After).SetHint(byDocument)).Decode(&got)
	if errors.Is(err, mongo.ErrNoDocuments) || mongo.IsDuplicateKeyError(err) {
		return nil, l.done(ctx, "claim", nil)
	}
	if err = l.done(ctx, "claim", err); err != nil {
		return nil, err
	}
	j := got.job()
	return &j, nil
}

// freeLane lets go of a job of the lane whose lease has ended, for one that comes before it,
// and tells whether nothing is in the way any more.
func (l *looking) freeLane(ctx context.Context, d job) (bool, error) {
	ended, found := l.ended[line{d.Kind, d.Line}]
	if !found || ended.ID == d.ID {
		return true, nil
	}
	return l.free(ctx, "claim", ended)
}

// leaseBytes is the length of the token of a lease, which is written in hexadecimal.
const leaseBytes = 16

func newLease() string {
	var raw [leaseBytes]byte
	_, _ = rand.Read(raw[:]) // crypto/rand.Read never fails
	return hex.EncodeToString(raw[:])
}
