package mongo

import (
	"fmt"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

const posts = "posts"

// postDoc is a document of the collection of posts. It is one of
//   - a post, complete (Rest is nil) or accepted and not complete yet;
//   - a provisional post (Rest.Head is set), which becomes one once the post is stored that
//     it is stored together with, and which nobody sees until then;
//   - a grave (Grave is set), which keeps a post from being stored that was given up.
//
// Its size is that of one request and, until it is complete, that of its deliveries, which
// are as many as there are accounts to post to.
type postDoc struct {
	ID      string `bson:"_id"`
	Profile string `bson:"profile"`
	Key     string `bson:"key"` // unique in the profile
	// Slot and SlotAt are unique in the profile, too.
	Slot    string     `bson:"slot"`
	SlotAt  int64      `bson:"slotAt"`
	Search  postSearch `bson:",inline"`
	Body    string     `bson:"body"`
	Version int64      `bson:"version"`
	Rest    *restPart  `bson:"rest,omitempty"`
	Grave   *grave     `bson:"grave,omitempty"`
}

// postSearch is what posts are found by. Documents that nobody sees have nothing of it.
type postSearch struct {
	Segment string `bson:"segment,omitempty"`
	// Place orders the posts of a profile: by creation, then as they were stored. One field
	// makes one range of the index of it, whatever a list is about.
	Place  string      `bson:"place,omitempty"`
	Due    *int64      `bson:"due,omitempty"` // nil: an immediate post
	Open   *openPart   `bson:"open,omitempty"`
	Series *seriesPart `bson:"series,omitempty"`
	Untold *int64      `bson:"untold,omitempty"` // creation of a post that has notices in its outbox
}

// openPart is there for an open post that is scheduled.
type openPart struct {
	Profile string `bson:"profile"`
	Due     int64  `bson:"due"`
}

// seriesPart is there for a post of a series.
type seriesPart struct {
	Profile string `bson:"profile"`
	ID      string `bson:"id"`
	Place   string `bson:"place"`
}

// restPart is what is still to be written of an accepted post. It is taken away when all of
// it is.
type restPart struct {
	Profile string `bson:"profile"`
	// Since is a number of Store.stored: nanoseconds, and another one for every attempt to
	// store the post.
	Since int64 `bson:"since"`
	// Head is the post that a provisional one is stored with.
	Head       string        `bson:"head,omitempty"`
	Search     *postSearch   `bson:"search,omitempty"` // what a provisional post is found by later
	Also       []string      `bson:"also,omitempty"`   // the provisional posts of this one
	Deliveries []deliveryDoc `bson:"deliveries,omitempty"`
	Jobs       []restJob     `bson:"jobs,omitempty"`
	Request    *requestDoc   `bson:"request,omitempty"`
	Contents   []string      `bson:"contents,omitempty"` // those locked for this post
}

// restJob is a job that is still to be enqueued.
type restJob struct {
	Kind    string `bson:"kind"`
	Key     string `bson:"key"`
	RunAt   int64  `bson:"run"`
	Tenant  string `bson:"tenant"`
	Lane    string `bson:"lane"`
	Order   string `bson:"order"`
	Attempt int    `bson:"attempt"`
	Error   string `bson:"error"`
}

// grave stands where a post was given up: who began to store it long ago cannot do so any
// more.
type grave struct {
	At int64 `bson:"at"` // microseconds
	// Token is another one whenever the post is given up again.
	Token string `bson:"token"`
}

// postLayouts: all posts of a profile are on one shard, so that keys and slots are unique
// and lists ask one shard.
func postLayouts() []layout {
	asc := func(fields ...string) (keys bson.D) {
		for _, f := range fields {
			keys = append(keys, bson.E{Key: f, Value: 1})
		}
		return keys
	}
	return []layout{{
		name:     posts,
		shardKey: asc("profile"),
		indexes: []index{
			{name: "posts_keys", keys: asc("profile", "key"), unique: true},
			{name: "posts_slots", keys: asc("profile", "slot", "slotAt"), unique: true},
			{name: "posts_by_segment", keys: asc("profile", "segment", "place")},
			{name: "posts_open", keys: asc("open.profile", "open.due"), sparse: true},
			{name: "posts_in_series", keys: asc("series.profile", "series.place"), sparse: true},
			{name: "posts_by_series", keys: asc("series.profile", "series.id", "series.place"), sparse: true},
			{name: "posts_untold", keys: asc("untold"), sparse: true},
			{name: "posts_incomplete", keys: asc("rest.since"), sparse: true},
			{name: "posts_incomplete_by_profile", keys: asc("rest.profile", "rest.since"), sparse: true},
			{name: "posts_graves", keys: asc("grave.at"), sparse: true},
		},
	}}
}

// encodePost returns the document of a new post, with all that belongs to it.
func (s *Store) encodePost(n store.NewPost) (postDoc, error) {
	p := n.Post
	p.Version = 0
	record.NormalizePost(&p)
	body, err := s.encoders.Encode(p)
	if err != nil {
		return postDoc{}, err
	}
	platforms, err := s.encoders.Encode(record.PlatformsOf(n))
	if err != nil {
		return postDoc{}, err
	}
	doc := postDoc{
		ID: p.ID, Profile: p.ProfileID, Key: keyOf(p), Search: searchOf(p, platforms, newRank(s.stored.next(s.clock.Now()), p.ID)), Body: body,
		Rest: &restPart{Profile: p.ProfileID, Deliveries: make([]deliveryDoc, len(n.Deliveries)), Jobs: make([]restJob, len(n.Jobs))},
	}
	doc.Slot, doc.SlotAt = newSlot(p)
	for i, d := range n.Deliveries {
		if doc.Rest.Deliveries[i], err = s.encodeDelivery(d); err != nil {
			return postDoc{}, err
		}
	}
	for i, j := range n.Jobs {
		doc.Rest.Jobs[i] = restJob{
			Kind: j.Kind, Key: j.Key, RunAt: record.Micros(j.RunAt), Tenant: j.Tenant, Lane: j.Lane, Order: j.Order,
			Attempt: j.Attempt, Error: j.LastError,
		}
	}
	return doc, nil
}

// job returns the job as it is enqueued.
func (j restJob) job() queue.Job {
	return queue.Job{
		Kind: j.Kind, Key: j.Key, RunAt: record.FromMicros(j.RunAt), Tenant: j.Tenant, Lane: j.Lane, Order: j.Order,
		Attempt: j.Attempt, LastError: j.Error,
	}
}

// post reads the document.
func (d postDoc) post() (p core.Post, err error) {
	err = record.Decode(d.Body, &p)
	p.Version = d.Version
	return p, err
}

// provisional tells whether the post is not there yet.
func (d postDoc) provisional() bool { return d.Rest != nil && d.Rest.Head != "" }

// Values that must be unique are marked as such. A post without one has its own id in the
// place of it, which is unique by itself: only a partial index would leave it out.
const (
	uniqueMark = "="
	noneMark   = "-"
)

// keyOf is what the post has in the index posts_keys. A key of any length is hashed, as
// indexes have short entries.
func keyOf(p core.Post) string {
	if p.Request.IdempotencyKey == "" {
		return noneMark + p.ID
	}
	return keyValue(p.Request.IdempotencyKey)
}

func keyValue(idempotencyKey string) string { return uniqueMark + core.DerivedID(idempotencyKey) }

// slotOf is the slot that the post has in the index posts_slots if it holds it.
func slotOf(p core.Post) (slot string, at int64) {
	if !p.Scheduled() || p.Status == core.PostDeleted || p.Request.AutoSchedule == "" {
		return noneMark + p.ID, 0
	}
	return slotValue(p.Request.AutoSchedule), record.Micros(p.Request.ScheduleAt)
}

// newSlot is slotOf for a post that does not hold the slot yet.
func newSlot(p core.Post) (slot string, at int64) {
	if p.Status == core.PostError {
		return noneMark + p.ID, 0
	}
	return slotOf(p)
}

func slotValue(title string) string { return uniqueMark + title }

// searchOf returns what the post is found by. Its platforms are JSON.
func searchOf(p core.Post, platforms, rank string) postSearch {
	s := postSearch{Segment: segmentName(p, platforms), Place: placePrefix(record.Micros(p.CreatedAt)) + placeSeparator + rank}
	if p.Scheduled() {
		s.Due = new(record.Micros(p.Request.ScheduleAt))
		if p.Status == core.PostOpen {
			s.Open = &openPart{Profile: p.ProfileID, Due: *s.Due}
		}
	}
	if p.SeriesID != "" {
		s.Series = &seriesPart{Profile: p.ProfileID, ID: p.SeriesID, Place: s.Place}
	}
	if len(p.Outbox) > 0 {
		s.Untold = new(record.Micros(p.CreatedAt))
	}
	return s
}

// placeSeparator stands between the two parts of a place.
const placeSeparator = "/"

// newRank is what orders posts of one microsecond: the one that was stored last comes first
// in lists, and no two posts have the same.
func newRank(stored int64, id string) string {
	return fmt.Sprintf("%016x", stored) + placeSeparator + id
}

// rankOf is that of a post that is stored already.
func rankOf(place string) string {
	_, rank, _ := strings.Cut(place, placeSeparator)
	return rank
}

// placePrefix writes the time so that places sort by it, those before 1970 included.
func placePrefix(created int64) string {
	return fmt.Sprintf("%016x", uint64(created)^1<<63) //nolint:gosec // the sign is a bit like the others
}

// put sets all that posts are found by.
func (s postSearch) put(c *changes) {
	c.put("segment", s.Segment)
	c.put("place", s.Place)
	putOrDrop(c, "due", s.Due)
	putOrDrop(c, "open", s.Open)
	putOrDrop(c, "series", s.Series)
	putOrDrop(c, "untold", s.Untold)
}

// wherePost selects the post of the profile: by its id, on the profile's shard.
func wherePost(profileID, id string) bson.D {
	return bson.D{{Key: "_id", Value: id}, {Key: "profile", Value: profileID}}
}
