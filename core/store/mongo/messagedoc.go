package mongo

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

const (
	messages          = "messages"
	messagesByProfile = "messages_by_profile"
	messagesByOwner   = "messages_by_owner"
	messagesByLane    = "messages_by_lane"
	messagesPending   = "messages_pending"
	messagesEnded     = "messages_ended"
)

// messageDoc is a message as it is stored: the body of one call or mail, and the last tries.
// What stands here is not in the body, but for the action.
type messageDoc struct {
	ID      string      `bson:"_id"`
	Profile string      `bson:"profile"`
	Owner   string      `bson:"owner"`
	Channel string      `bson:"channel"`
	Action  string      `bson:"action"`
	Lane    string      `bson:"lane"`
	State   string      `bson:"state"`
	Created int64       `bson:"created"`
	Ended   *int64      `bson:"ended,omitempty"`
	Pending *pendingDoc `bson:"pending,omitempty"`
	Body    string      `bson:"body"`
	Version int64       `bson:"version"`
}

// pendingDoc is there while the message is pending. It repeats what pending messages are
// searched by, since an index over fields that every message has would have an entry for
// every message.
type pendingDoc struct {
	ID      string `bson:"id"`
	Channel string `bson:"channel"`
	Lane    string `bson:"lane,omitempty"` // without it the message is in none
	Created int64  `bson:"created"`
	At      int64  `bson:"at"` // since when it has been pending
}

// messageLayouts: messages are changed by their ids, and spread evenly by them.
func messageLayouts() []layout {
	listed := func(name, of string) index {
		// Has all that a list may ask for, so that what it leaves out is not read.
		return index{name: name, keys: bson.D{
			{Key: of, Value: 1}, {Key: "_id", Value: 1}, {Key: "channel", Value: 1}, {Key: "action", Value: 1}, {Key: "state", Value: 1},
		}}
	}
	return []layout{{
		name:     messages,
		shardKey: bson.D{{Key: "_id", Value: "hashed"}},
		indexes: []index{
			listed(messagesByProfile, "profile"),
			listed(messagesByOwner, "owner"),
			{name: messagesByLane, keys: bson.D{{Key: "pending.lane", Value: 1}, {Key: "pending.id", Value: 1}}, sparse: true},
			{name: messagesPending, keys: bson.D{
				{Key: "pending.channel", Value: 1}, {Key: "pending.created", Value: 1}, {Key: "pending.id", Value: 1}, {Key: "pending.at", Value: 1},
			}, sparse: true},
			{name: messagesEnded, keys: bson.D{{Key: "ended", Value: 1}}, sparse: true},
		},
	}}
}

// encodeMessage returns the document of the message.
func (s *Store) encodeMessage(m store.Message) (messageDoc, error) {
	record.NormalizeMessage(&m)
	body, err := s.encoders.Encode(m)
	if err != nil {
		return messageDoc{}, err
	}
	doc := messageDoc{
		ID: m.ID, Profile: m.ProfileID, Owner: m.OwnerID, Channel: string(m.Channel), Action: string(m.Action), Lane: m.Lane,
		State: string(m.State), Created: record.Micros(m.CreatedAt), Ended: microsOrNone(m.EndedAt), Body: body,
	}
	if m.State == store.MessagePending {
		doc.Pending = &pendingDoc{ID: doc.ID, Channel: doc.Channel, Lane: doc.Lane, Created: doc.Created, At: record.Micros(m.PendingAt)}
	}
	return doc, nil
}

// changes are what an update of the message changes; what identifies it stays.
func (d messageDoc) changes() *changes {
	c := &changes{}
	c.put("action", d.Action)
	c.put("state", d.State)
	c.put("body", d.Body)
	putOrDrop(c, "ended", d.Ended)
	putOrDrop(c, "pending", d.Pending)
	return c
}

// message reads the document.
func (d messageDoc) message() (m store.Message, err error) {
	if err := record.Decode(d.Body, &m); err != nil {
		return store.Message{}, err
	}
	m.ProfileID, m.OwnerID, m.Channel, m.Action, m.Lane = d.Profile, d.Owner, store.Channel(d.Channel), core.NoticeAction(d.Action), d.Lane
	m.State, m.CreatedAt, m.EndedAt, m.Version = store.MessageState(d.State), record.FromMicros(d.Created), timeOrZero(d.Ended), d.Version
	return m, nil
}
