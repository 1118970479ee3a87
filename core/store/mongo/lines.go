package mongo

import (
	"context"
	"sync"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store/record"
)

const (
	// linesRead bounds how many lanes, and how many tenants, a claim looks at. Where there are
	// more, claims take turns with them.
	linesRead = 512
	// linesAtATime is how many tenants are read further at a time.
	linesAtATime = 4
)

// chooseDeeper chooses in a backlog. It looks at the first job of every lane and tenant; that
// of a lane is all that may be given of it. Of a tenant more may wait: a stand-in shows where
// that could come before what is known, and then it is read.
func (l *looking) chooseDeeper(ctx context.Context) ([]queue.Job, error) {
	if err := l.readHeads(ctx); err != nil {
		return nil, err
	}
	for {
		chosen := l.share(l.standIns()...)
		var unread []line
		for _, j := range chosen {
			if j.Attempt == standIn {
				unread = append(unread, line{j.Kind, j.Tenant})
			}
		}
		if len(unread) == 0 {
			return chosen, nil
		}
		if err := l.readOn(ctx, unread); err != nil {
			return nil, err
		}
	}
}

// standIn is the Attempt of a job that stands for those of its tenant which were not read.
const standIn = -1

// standIns returns one for each tenant of whom not all is known, as early as the next of the
// tenant's jobs could be.
func (l *looking) standIns() []queue.Job {
	last := map[line]queue.Job{}
	for _, d := range l.known {
		at := line{d.Kind, d.Line}
		if d.Place != waitsOutside || l.whole[at] {
			continue
		}
		j := d.job()
		if seen, found := last[at]; !found || queue.Before(seen, j) < 0 {
			last[at] = j
		}
	}
	list := make([]queue.Job, 0, len(last))
	for _, j := range last {
		j.Attempt = standIn
		list = append(list, j)
	}
	return list
}

// readOn reads as many jobs of each of the tenants as the claim could give.
func (l *looking) readOn(ctx context.Context, tenants []line) error {
	read := make([][]job, len(tenants))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(linesAtATime)
	for i, t := range tenants {
		group.Go(func() (err error) {
			read[i], err = l.findJobs(groupCtx, "claim", bson.D{
				{Key: "kind", Value: t.kind}, {Key: "place", Value: waitsOutside}, {Key: "line", Value: t.name}, l.due(),
			}, options.Find().SetSort(bson.D{{Key: "at", Value: 1}, {Key: "ord", Value: 1}}).SetLimit(int64(l.wanted.N)).
				SetProjection(candidate()).SetHint(jobsByLine))
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	for i, t := range tenants {
		l.whole[t] = true
		l.add(read[i])
	}
	return nil
}

// readHeads makes the first jobs of lanes and tenants known that are due.
func (l *looking) readHeads(ctx context.Context) error {
	places := waitingIn(l.wanted.Pool)
	read := make([][]job, len(l.wanted.Kinds)*len(places))
	group, groupCtx := errgroup.WithContext(ctx)
	for i := range read {
		group.Go(func() (err error) {
			read[i], err = l.nextHeads(groupCtx, l.wanted.Kinds[i/len(places)], places[i%len(places)])
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	now := record.Micros(l.now)
	for _, heads := range read {
		for _, d := range heads {
			if d.At <= now {
				l.add([]job{d})
			}
		}
	}
	return nil
}

// nextHeads reads the first jobs of the lanes or tenants whose turn it is to be looked at.
func (l *looking) nextHeads(ctx context.Context, kind string, at place) ([]job, error) {
	turn := turnOf{kind, at}
	heads, err := l.heads(ctx, "claim", kind, at, bson.E{Key: "$limit", Value: linesRead}, bson.E{Key: "line", Value: bson.D{{Key: "$gte", Value: l.turns.next(turn)}}})
	if err == nil {
		l.turns.took(turn, heads)
	}
	return heads, err
}

// heads reads the first job of every lane or tenant that the filter selects, in the order of
// their names, and applies a stage to them. The server jumps from one line to the next in the
// index by line (DISTINCT_SCAN), so that their length does not matter:
// https://www.mongodb.com/docs/manual/core/aggregation-pipeline-optimization/
func (s *Store) heads(ctx context.Context, op, kind string, at place, stage bson.E, filter ...bson.E) ([]job, error) {
	first := func(field string) bson.E {
		return bson.E{Key: field, Value: bson.D{{Key: "$first", Value: "$" + field}}}
	}
	pipeline := bson.A{
		bson.D{{Key: "$match", Value: append(bson.D{{Key: "kind", Value: kind}, {Key: "place", Value: at}}, filter...)}},
		bson.D{{Key: "$sort", Value: bson.D{{Key: "line", Value: 1}, {Key: "at", Value: 1}, {Key: "ord", Value: 1}}}},
		bson.D{{Key: "$group", Value: bson.D{
			{Key: "_id", Value: "$line"}, {Key: "id", Value: bson.D{{Key: "$first", Value: "$_id"}}}, first("tenant"), first("at"), first("ord"),
		}}},
		bson.D{stage},
	}
	cursor, err := s.freshJobs().Aggregate(ctx, pipeline, options.Aggregate().SetHint(jobsByLine))
	var found []head
	if err == nil {
		err = cursor.All(ctx, &found)
	}
	if err = s.done(ctx, op, err); err != nil {
		return nil, err
	}
	docs := make([]job, len(found))
	for i, h := range found {
		docs[i] = job{ID: h.ID, Kind: kind, Place: at, Tenant: h.Tenant, Line: h.Line, At: h.At, Run: h.At, Order: h.Order}
	}
	return docs, nil
}

// head is the first job of a line, which nobody holds.
type head struct {
	Line   string `bson:"_id"`
	ID     jobID  `bson:"id"`
	Tenant string `bson:"tenant"`
	At     int64  `bson:"at"`
	Order  string `bson:"ord"`
}

// turns remembers up to which lanes and tenants this process has looked, where there are
// more than it looks at at a time. The zero value begins with the first.
type turns struct {
	mu   sync.Mutex
	from map[turnOf]string
}

type turnOf struct {
	kind string
	at   place
}

func (t *turns) next(of turnOf) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.from[of]
}

// took notes what was looked at. After the last, it is the turn of the first again.
func (t *turns) took(of turnOf, heads []job) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.from == nil {
		t.from = map[turnOf]string{}
	}
	if len(heads) < linesRead {
		delete(t.from, of)
		return
	}
	last := ""
	for _, d := range heads {
		last = max(last, d.Line)
	}
	t.from[of] = last + "\x00" // the smallest text that comes after it
}
