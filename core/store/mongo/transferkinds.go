package mongo

import (
	"encoding/hex"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// The _ids of records by their keys.
func wholeKey(key string) any { return key }

func ownedKey(key string) any {
	profile, name := record.SplitKey(key)
	return ownedID{profile, name}
}

// hashKey reads a key that hex has written. The server sorts hashes as their keys, since all
// of them are equally long.
func hashKey(key string) any {
	hash, _ := hex.DecodeString(key) // "", before all others, where it is no hash
	return notNil(hash)
}

func commentKey(key string) any {
	comment, account := record.SplitKey(key)
	return commentID{comment, account}
}

func requestKey(key string) any {
	profile, name := record.SplitKey(key)
	return requestID(profile, name)
}

func jobKey(key string) any {
	kind, name := record.SplitKey(key)
	return jobID{kind, name}
}

func exists(field string, there bool) bson.D {
	return bson.D{{Key: field, Value: bson.D{{Key: "$exists", Value: there}}}}
}

// transfers lists how each kind of records is moved. What stands beside a body because it is
// searched is made from the record again.
func transfers() map[store.RecordKind]recordMove {
	return map[store.RecordKind]recordMove{
		store.ProfileRecords:        {collection: profiles, id: wholeKey, only: exists("deleted", false), read: reading(readProfile), doc: from(profileOf)},
		store.DeletedProfileRecords: {collection: profiles, id: wholeKey, only: exists("deleted", true), read: reading(readDeletedProfile), doc: from(deletedProfileOf)},
		store.AccountRecords:        {collection: accounts, id: wholeKey, read: reading(readAccount), doc: from(accountOf)},
		store.WebhookRecords:        {collection: webhooks, id: ownedKey, read: reading(readWebhook), doc: from(webhookOf)},
		store.ScheduleRecords:       {collection: schedules, id: ownedKey, read: reading(readSchedule), doc: from(scheduleOf)},
		store.LinkSessionRecords:    {collection: linkSessions, id: wholeKey, read: reading(readLinkSession), doc: from(linkSessionOf)},
		store.LinkStateRecords:      {collection: linkStates, id: hashKey, read: reading(readLinkState), doc: from(linkStateOf)},
		store.GrantRecords:          {collection: pendingGrants, id: wholeKey, read: reading(readGrant), doc: from(grantOf)},
		store.PostRecords:           {collection: posts, id: wholeKey, only: exists("grave", false), read: readPosts, doc: from(postOf)},
		store.DeliveryRecords:       {collection: deliveries, id: wholeKey, read: reading(readDelivery), doc: from(deliveryOf)},
		store.RequestRecords:        {collection: requests, id: requestKey, after: requestsAfter, order: requestOrder(), read: readRequests, doc: from(requestOf)},
		store.UploadRecords:         {collection: uploads, id: wholeKey, read: reading(readUpload), doc: from(uploadOf)},
		store.CommentRecords:        {collection: comments, id: commentKey, read: reading(readComment), doc: from(commentOf)},
		store.MessageRecords:        {collection: messages, id: wholeKey, read: reading(readMessage), doc: from(messageOf)},
		store.JobRecords:            {collection: jobs, id: jobKey, read: reading(readJob), doc: from(jobOf)},
	}
}

func readProfile(s *Store, d profileDoc) (store.Record, error) {
	p, err := d.profile()
	if err != nil {
		return store.Record{}, err
	}
	hash, err := hex.DecodeString(strings.TrimPrefix(d.Key, uniqueKeyPrefix))
	if err != nil {
		return store.Record{}, err
	}
	return s.encoders.EncodeRecord(d.ID, record.NewProfile(p, hash, d.Version))
}

func profileOf(s *Store, b record.Profile) (any, error) {
	doc, err := s.encodeProfile(b.Whole())
	doc.Key, doc.Version = uniqueKey(b.KeyHash), b.Version
	return doc, err
}

func readDeletedProfile(s *Store, d profileDoc) (store.Record, error) {
	return s.encoders.EncodeRecord(d.ID, record.DeletedProfile{
		ID: d.ID, CreatedAt: record.FromMicros(d.Created), DeletedAt: record.FromMicros(d.Deleted.At), TurnAt: record.FromMicros(d.Deleted.Turn),
	})
}

// deletedProfileOf returns what DeleteProfile leaves of a profile.
func deletedProfileOf(_ *Store, b record.DeletedProfile) (any, error) {
	nothing := nothingOf(b.ID)
	return bson.D{
		{Key: "_id", Value: b.ID},
		{Key: "title", Value: nothing},
		{Key: "key", Value: nothing},
		{Key: "primary", Value: nothing},
		{Key: "created", Value: record.Micros(b.CreatedAt)},
		{Key: "deleted", Value: deletedPart{At: record.Micros(b.DeletedAt), Turn: record.Micros(b.TurnAt)}},
		{Key: "body", Value: "{}"},
		{Key: "version", Value: int64(1)},
	}, nil
}

func readAccount(s *Store, d accountDoc) (store.Record, error) {
	a, err := d.account()
	if err != nil {
		return store.Record{}, err
	}
	var c store.Credentials
	if d.Credentials != nil {
		c = d.Credentials.credentials()
	}
	return s.encoders.EncodeRecord(d.ID, record.NewAccount(a, d.Version, c))
}

func accountOf(s *Store, b record.Account) (any, error) {
	doc, err := s.encodeAccount(b.Whole())
	c := b.Credentials
	doc.Version = b.Version
	doc.Credentials = &credentialsDoc{Sealed: c.Sealed, Claim: c.Claim, Until: record.Micros(c.ClaimedUntil), Version: c.Version}
	return doc, err
}

func readWebhook(s *Store, d owned) (store.Record, error) {
	var w store.Webhook
	if err := record.DecodeExact([]byte(d.Body), &w); err != nil {
		return store.Record{}, err
	}
	w.Version = d.Version
	return s.encoders.EncodeRecord(record.JoinKey(d.Profile, d.Name), record.NewWebhook(w))
}

func webhookOf(s *Store, w store.Webhook) (any, error) {
	version := w.Version
	w.Version = 0
	body, err := s.encoders.Encode(w)
	return ownedDoc(w.ProfileID, w.Action, body, version), err
}

func ownedDoc(profileID, name, body string, version int64) owned {
	return owned{ID: ownedID{profileID, name}, Profile: profileID, Name: name, Body: body, Version: version}
}

func readSchedule(s *Store, d owned) (store.Record, error) {
	var r store.Schedule
	if err := record.DecodeExact([]byte(d.Body), &r); err != nil {
		return store.Record{}, err
	}
	r.Version = d.Version
	record.NormalizeSchedule(&r)
	return s.encoders.EncodeRecord(record.JoinKey(d.Profile, d.Name), r)
}

func scheduleOf(s *Store, r store.Schedule) (any, error) {
	version := r.Version
	r.Version = 0
	body, err := s.encoders.Encode(r)
	return ownedDoc(r.ProfileID, r.Title, body, version), err
}

func readLinkSession(s *Store, d linkSessionDoc) (store.Record, error) {
	l, err := d.session()
	if err != nil {
		return store.Record{}, err
	}
	return s.encoders.EncodeRecord(d.ID, record.NewLinkSession(l))
}

func linkSessionOf(s *Store, l store.LinkSession) (any, error) {
	doc, err := s.encodeLinkSession(l)
	doc.Version = l.Version
	return doc, err
}

func readLinkState(s *Store, d linkStateDoc) (store.Record, error) {
	return s.encoders.EncodeRecord(hex.EncodeToString(d.Hash), record.NewLinkState(d.state()))
}

func linkStateOf(_ *Store, l store.LinkState) (any, error) {
	return linkStateDoc{Hash: notNil(l.Hash), Session: l.SessionID, Sealed: l.Sealed, Expires: record.Micros(l.ExpiresAt)}, nil
}

func readGrant(s *Store, d pendingGrantDoc) (store.Record, error) {
	return s.encoders.EncodeRecord(d.ID, record.NewGrant(d.grant()))
}

func grantOf(_ *Store, g store.PendingGrant) (any, error) {
	return pendingGrantDoc{ID: g.ID, Session: g.SessionID, Sealed: g.Sealed, Expires: record.Micros(g.ExpiresAt)}, nil
}

func readUpload(s *Store, d uploadDoc) (store.Record, error) {
	var u core.Upload
	if err := record.DecodeExact([]byte(d.Body), &u); err != nil {
		return store.Record{}, err
	}
	u.Version = d.Version
	record.NormalizeUpload(&u)
	return s.encoders.EncodeRecord(d.ID, u)
}

func uploadOf(s *Store, u core.Upload) (any, error) {
	body, err := s.encodeUpload(u)
	return uploadDoc{
		ID: u.ID, Profile: u.ProfileID, State: string(u.State), Size: u.Size, Created: record.Micros(u.CreatedAt),
		Seq: s.stored.next(s.clock.Now()), Expires: record.Micros(u.ExpiresAt), Body: body, Version: u.Version,
	}, err
}

func readComment(s *Store, d commentDoc) (store.Record, error) {
	c, err := d.comment()
	if err != nil {
		return store.Record{}, err
	}
	record.NormalizeComment(&c)
	return s.encoders.EncodeRecord(record.JoinKey(c.ID, c.AccountID), c)
}

func commentOf(s *Store, c store.Comment) (any, error) {
	doc := commentDoc{
		ID: commentID{c.ID, c.AccountID}, Comment: c.ID, Profile: c.ProfileID, Account: c.AccountID, Platform: c.Platform,
		RemotePost: c.RemotePostID, Remote: c.RemoteID, Created: record.Micros(c.CreatedAt), Seq: s.stored.next(s.clock.Now()),
		Deleted: microsOrNone(c.DeletedAt),
	}
	c.DeletedAt = time.Time{}
	var err error
	doc.Body, err = s.encoders.Encode(c)
	return doc, err
}

func readMessage(s *Store, d messageDoc) (store.Record, error) {
	m, err := d.message()
	if err != nil {
		return store.Record{}, err
	}
	return s.encoders.EncodeRecord(d.ID, record.NewMessage(m))
}

func messageOf(s *Store, b record.Message) (any, error) {
	doc, err := s.encodeMessage(b.Whole())
	doc.Version = b.Version
	return doc, err
}
