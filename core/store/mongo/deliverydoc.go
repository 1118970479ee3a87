package mongo

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store/record"
)

const deliveries = "deliveries"

// deliveryDoc is a delivery as it is stored. Its size is that of one text, of what the
// network answered, and of the checkpoint of its uploads. What only some deliveries are
// searched by is in a sub-document, which the others lack, so that the sparse index of it
// has no more entries than there is to find.
type deliveryDoc struct {
	ID      string       `bson:"_id"`
	Post    string       `bson:"post"`
	Profile string       `bson:"profile"`
	Due     int64        `bson:"due"`
	Open    *openDoc     `bson:"open,omitempty"`
	Sent    *sentDoc     `bson:"sent,omitempty"`
	Content *contentPart `bson:"content,omitempty"`
	Body    string       `bson:"body"`
	Version int64        `bson:"version"`
}

// openDoc is there while the delivery is not idle. It repeats the id, since an index over
// _id as well would have an entry for every delivery.
type openDoc struct {
	Due     int64  `bson:"due"`
	ID      string `bson:"id"`
	Account string `bson:"account"`
	Unsent  bool   `bson:"unsent"` // core.Delivery.Unsent
}

// sentDoc is there once the delivery has an id on its network or was published.
type sentDoc struct {
	Account string `bson:"account"`
	Remote  string `bson:"remote,omitempty"`
	At      *int64 `bson:"at,omitempty"` // when it was published
}

// contentPart is there while the delivery is alive and its content is known.
type contentPart struct {
	Key string `bson:"key"` // core.Delivery.Content
	Due int64  `bson:"due"`
}

// deliveryLayouts: deliveries are the most frequent documents that stay, and each is changed
// by its id several times, so they are spread evenly.
func deliveryLayouts() []layout {
	return []layout{{
		name:     deliveries,
		shardKey: bson.D{{Key: "_id", Value: "hashed"}},
		indexes: []index{
			{name: "deliveries_by_post", keys: bson.D{{Key: "post", Value: 1}}},
			{name: "deliveries_by_profile", keys: bson.D{{Key: "profile", Value: 1}}},
			{name: "deliveries_open", keys: bson.D{{Key: "open.due", Value: 1}, {Key: "open.id", Value: 1}, {Key: "open.account", Value: 1}, {Key: "open.unsent", Value: 1}}, sparse: true},
			{name: "deliveries_by_remote", keys: bson.D{{Key: "sent.account", Value: 1}, {Key: "sent.remote", Value: 1}}, sparse: true},
			{name: "deliveries_published", keys: bson.D{{Key: "sent.account", Value: 1}, {Key: "sent.at", Value: 1}}, sparse: true},
			{name: "deliveries_by_content", keys: bson.D{{Key: "content.key", Value: 1}, {Key: "content.due", Value: 1}}, sparse: true},
		},
	}}
}

// encodeDelivery returns the document of the delivery as one that is new: its version is 0.
func (s *Store) encodeDelivery(d core.Delivery) (deliveryDoc, error) {
	d.Version = 0
	record.NormalizeDelivery(&d)
	body, err := s.encoders.Encode(d)
	if err != nil {
		return deliveryDoc{}, err
	}
	due := record.Micros(d.DueAt)
	doc := deliveryDoc{ID: d.ID, Post: d.PostID, Profile: d.ProfileID, Due: due, Sent: sentOf(d), Body: body}
	if !d.Idle() {
		doc.Open = &openDoc{Due: due, ID: d.ID, Account: d.AccountID, Unsent: d.Unsent()}
	}
	if d.Alive() && d.Content != "" {
		doc.Content = &contentPart{Key: d.Content, Due: due}
	}
	return doc, nil
}

func sentOf(d core.Delivery) *sentDoc {
	if d.Receipt.RemoteID == "" && d.PublishedAt.IsZero() {
		return nil
	}
	sent := &sentDoc{Account: d.AccountID, Remote: d.Receipt.RemoteID}
	if !d.PublishedAt.IsZero() {
		sent.At = new(record.Micros(d.PublishedAt))
	}
	return sent
}

// changes are what an update of the delivery changes; what identifies it stays.
func (d deliveryDoc) changes() *changes {
	c := &changes{}
	c.put("due", d.Due)
	c.put("body", d.Body)
	putOrDrop(c, "open", d.Open)
	putOrDrop(c, "sent", d.Sent)
	putOrDrop(c, "content", d.Content)
	return c
}

// delivery reads the document.
func (d deliveryDoc) delivery() (delivery core.Delivery, err error) {
	err = record.Decode(d.Body, &delivery)
	delivery.Version = d.Version
	return delivery, err
}
