package mongo

import (
	"sync/atomic"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
)

// defaultLimit bounds a listing whose query names no limit.
const defaultLimit = 100

// sequence numbers what this process stores in the order in which it does. The numbers are
// nanoseconds, so that those of several processes are in order too, as far as their clocks
// are.
type sequence struct{ last atomic.Int64 }

// next returns a number above all that it returned before, also when the clock stood still
// or was set back.
func (q *sequence) next(now time.Time) int64 {
	for {
		last := q.last.Load()
		n := max(last+1, now.UnixNano())
		if q.last.CompareAndSwap(last, n) {
			return n
		}
	}
}

// position is the place of a document in a listing by creation: of those of one microsecond
// the one comes first that was stored last.
type position struct {
	Created int64  `bson:"created"`
	Seq     int64  `bson:"seq"`
	ID      string `bson:"_id"`
}

// newestFirst is the order of such a listing.
func newestFirst() bson.D {
	return bson.D{{Key: "created", Value: -1}, {Key: "seq", Value: -1}, {Key: "_id", Value: -1}}
}

// behind selects what comes after the position. The first condition is there for the index,
// of which it is a range.
func (p position) behind() bson.D {
	below := func(field string, value any) bson.D {
		return bson.D{{Key: field, Value: bson.D{{Key: "$lt", Value: value}}}}
	}
	return bson.D{
		{Key: "created", Value: bson.D{{Key: "$lte", Value: p.Created}}},
		{Key: "$or", Value: bson.A{
			below("created", p.Created),
			below("seq", p.Seq),
			append(bson.D{{Key: "seq", Value: p.Seq}}, below("_id", p.ID)...),
		}},
	}
}
