package mongo

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

const (
	requests      = "requests"
	contentClaims = "content_claims"
)

// claim is what keeps others from something while a post is stored that is to have it alone.
type claim struct {
	Post    string `bson:"post"`
	Profile string `bson:"profile"`
	// Since is restPart.Since of the attempt to store the post; 0: it is no claim any more.
	Since int64 `bson:"since,omitempty"`
}

// contentClaim keeps others from storing posts of the content, which is the id. It lasts as
// long as a post is stored.
type contentClaim struct {
	ID    string `bson:"_id"`
	Claim claim  `bson:",inline"`
}

// requestDoc is a store.Request. It is a claim of its key at first, which nobody sees, until
// its post is stored. Its size is that of one answer.
type requestDoc struct {
	ID      string `bson:"_id"`
	Claim   claim  `bson:",inline"`
	Key     string `bson:"key"`
	Hash    []byte `bson:"hash"`
	Status  int    `bson:"status"`
	Answer  []byte `bson:"answer"`
	Created int64  `bson:"created"`
	Seed    string `bson:"seed,omitempty"`
	Tried   *int64 `bson:"tried,omitempty"`
}

// requestLayouts: both kinds are read and written by their ids alone, and spread evenly.
func requestLayouts() []layout {
	byHash := bson.D{{Key: "_id", Value: "hashed"}}
	since := bson.D{{Key: "since", Value: 1}}
	profile := bson.D{{Key: "profile", Value: 1}}
	return []layout{
		{name: requests, shardKey: byHash, indexes: []index{
			{name: "requests_by_age", keys: bson.D{{Key: "created", Value: 1}}},
			{name: "requests_by_profile", keys: bson.D{{Key: "profile", Value: 1}, {Key: "key", Value: 1}}},
			{name: "requests_claimed", keys: since, sparse: true},
		}},
		{name: contentClaims, shardKey: byHash, indexes: []index{
			{name: "content_claims_by_age", keys: since},
			{name: "content_claims_by_profile", keys: profile},
		}},
	}
}

// requestID is the id of the document of a request: profile and key, of whatever length, as
// one hash.
func requestID(profileID, key string) string { return core.DerivedID("request", profileID, key) }

func newRequestDoc(r store.Request) requestDoc {
	return requestDoc{
		ID: requestID(r.ProfileID, r.Key), Claim: claim{Post: r.PostID, Profile: r.ProfileID}, Key: r.Key, Hash: append([]byte{}, r.BodyHash...),
		Status: r.Status, Answer: append([]byte{}, r.Answer...), Created: record.Micros(r.CreatedAt),
		Seed: r.Seed, Tried: microsOrNone(r.TriedAt),
	}
}

func (d requestDoc) request() store.Request {
	return store.Request{
		ProfileID: d.Claim.Profile, Key: d.Key, BodyHash: d.Hash, PostID: d.Claim.Post, Status: d.Status, Answer: d.Answer,
		CreatedAt: record.FromMicros(d.Created), Seed: d.Seed, TriedAt: timeOrZero(d.Tried),
	}
}
