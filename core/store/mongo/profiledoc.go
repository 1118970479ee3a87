package mongo

import (
	"encoding/hex"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store/record"
)

const profiles = "profiles"

// profileDoc is a profile as it is stored, also one that was deleted: its id is taken until
// the document goes. Its size is that of the texts that an operator gives it. The values that
// are unique begin with what they are, so that a document without one has a stand-in that no
// other can have: its own id.
type profileDoc struct {
	ID      string         `bson:"_id"`
	Title   string         `bson:"title"`
	Key     string         `bson:"key"`
	Primary string         `bson:"primary"`
	Ref     string         `bson:"ref"`
	Created int64          `bson:"created"`
	Listed  *listedProfile `bson:"listed,omitempty"`
	Deleted *deletedPart   `bson:"deleted,omitempty"`
	Body    string         `bson:"body"`
	Version int64          `bson:"version"`
}

// listedProfile is there as long as the profile is a user profile that is not deleted.
type listedProfile struct {
	Created int64  `bson:"created"`
	ID      string `bson:"id"`
}

// deletedPart is there from when the profile is deleted.
type deletedPart struct {
	At   int64 `bson:"at"`
	Turn int64 `bson:"turn"` // when PurgeProfile was last asked for it
}

// profileLayouts: profiles stay on one shard, since three of their values are unique.
func profileLayouts() []layout {
	return []layout{{
		name: profiles,
		indexes: []index{
			{name: "profiles_title", keys: bson.D{{Key: "title", Value: 1}}, unique: true},
			{name: "profiles_key", keys: bson.D{{Key: "key", Value: 1}}, unique: true},
			{name: "profiles_primary", keys: bson.D{{Key: "primary", Value: 1}}, unique: true},
			{name: "profiles_by_ref", keys: bson.D{{Key: "ref", Value: 1}}, sparse: true},
			{name: "profiles_listed", keys: bson.D{{Key: "listed.created", Value: 1}, {Key: "listed.id", Value: 1}}, sparse: true},
			{name: "profiles_deleted", keys: bson.D{{Key: "deleted.turn", Value: 1}}, sparse: true},
		},
	}}
}

// The unique values of profiles.
const (
	uniqueTitlePrefix = "title/"
	uniqueKeyPrefix   = "key/"
	isPrimary         = "primary"
)

func uniqueTitle(title string) string   { return uniqueTitlePrefix + title }
func uniqueKey(hash []byte) string      { return uniqueKeyPrefix + hex.EncodeToString(hash) }
func nothingOf(profileID string) string { return "-/" + profileID }

func (s *Store) encodeProfile(p core.Profile) (profileDoc, error) {
	body, err := s.encoders.Encode(p)
	doc := profileDoc{
		ID: p.ID, Title: uniqueTitle(p.Title), Primary: nothingOf(p.ID), Ref: p.RefID,
		Created: record.Micros(p.CreatedAt), Body: body,
	}
	if p.Primary {
		doc.Primary = isPrimary
	} else {
		doc.Listed = &listedProfile{Created: doc.Created, ID: p.ID}
	}
	return doc, err
}

// profile reads the document. The body lacks what has a field.
func (d profileDoc) profile() (p core.Profile, err error) {
	err = record.Decode(d.Body, &p)
	p.ID, p.Title, p.RefID = d.ID, strings.TrimPrefix(d.Title, uniqueTitlePrefix), d.Ref
	p.Primary, p.CreatedAt = d.Primary == isPrimary, record.FromMicros(d.Created)
	return p, err
}
