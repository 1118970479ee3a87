package mongo

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

const accounts = "accounts"

// accountDoc is an account with its credentials as it is stored: what clients see in the
// body, what only the server does in the upkeep. Account and credentials are changed
// independently, so each has a version, and an update of one names no field of the other.
// Its size is that of two tokens and of the few notices in its outbox.
type accountDoc struct {
	ID          string          `bson:"_id"`
	Profile     string          `bson:"profile"`
	Platform    string          `bson:"platform"`
	Remote      string          `bson:"remote"`
	Linked      int64           `bson:"linked"`
	Status      string          `bson:"status"`
	Next        *int64          `bson:"next,omitempty"`   // Upkeep.NextAt
	Untold      *bool           `bson:"untold,omitempty"` // there while the outbox has notices
	Body        string          `bson:"body"`
	Upkeep      string          `bson:"upkeep"`
	Version     int64           `bson:"version"`
	Credentials *credentialsDoc `bson:"credentials,omitempty"`
}

type credentialsDoc struct {
	Sealed  []byte `bson:"sealed"`
	Claim   string `bson:"claim"`
	Until   int64  `bson:"until"` // of the claim
	Version int64  `bson:"version"`
}

// accountLayouts: accounts stay on one shard. There are a few of each profile, and they
// change as often as their tokens do.
func accountLayouts() []layout {
	return []layout{{
		name: accounts,
		indexes: []index{
			{name: "accounts_identity", keys: bson.D{{Key: "profile", Value: 1}, {Key: "platform", Value: 1}, {Key: "remote", Value: 1}}, unique: true},
			{name: "accounts_due", keys: bson.D{{Key: "next", Value: 1}, {Key: "_id", Value: 1}}},
			{name: "accounts_untold", keys: bson.D{{Key: "untold", Value: 1}}, sparse: true},
			{name: "accounts_by_status", keys: bson.D{{Key: "platform", Value: 1}, {Key: "status", Value: 1}}},
		},
	}}
}

// encodeAccount returns the document of the account, without credentials. The account's times
// are those that stores keep.
func (s *Store) encodeAccount(a core.Account) (accountDoc, error) {
	body, err := s.encoders.Encode(a)
	if err != nil {
		return accountDoc{}, err
	}
	upkeep, err := s.encoders.Encode(a.Upkeep)
	if err != nil {
		return accountDoc{}, err
	}
	doc := accountDoc{
		ID: a.ID, Profile: a.ProfileID, Platform: a.Platform, Remote: a.RemoteID,
		Linked: record.Micros(a.LinkedAt), Status: string(a.Status), Body: body, Upkeep: upkeep,
	}
	if !a.Upkeep.NextAt.IsZero() {
		doc.Next = new(record.Micros(a.Upkeep.NextAt))
	}
	if len(a.Upkeep.Outbox) > 0 {
		doc.Untold = new(true)
	}
	return doc, nil
}

// changes are what an update of the account changes; what identifies it stays.
func (d accountDoc) changes() *changes {
	c := &changes{}
	c.put("linked", d.Linked)
	c.put("status", d.Status)
	c.put("body", d.Body)
	c.put("upkeep", d.Upkeep)
	putOrDrop(c, "next", d.Next)
	putOrDrop(c, "untold", d.Untold)
	return c
}

// account reads the document. The body, being what clients see, lacks the rest.
func (d accountDoc) account() (a core.Account, err error) {
	if err := record.Decode(d.Body, &a); err != nil {
		return core.Account{}, err
	}
	a.ProfileID = d.Profile
	err = record.Decode(d.Upkeep, &a.Upkeep)
	return a, err
}

func (d credentialsDoc) credentials() store.Credentials {
	return store.Credentials{Sealed: d.Sealed, Claim: d.Claim, ClaimedUntil: record.FromMicros(d.Until), Version: d.Version}
}
