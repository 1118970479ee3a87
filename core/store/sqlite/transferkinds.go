package sqlite

import (
	"database/sql/driver"
	"encoding/hex"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// The forms of keys.
func oneKey(key string) []driver.Value { return []driver.Value{key} }

func twoKeys(key string) []driver.Value {
	first, second := record.SplitKey(key)
	return []driver.Value{first, second}
}

// hashKey reads a key that hex has written, in which bytes keep their order.
func hashKey(key string) []driver.Value {
	hash, _ := hex.DecodeString(key) // "", before all others, where it is no hash
	return []driver.Value{notNil(hash)}
}

// transfers lists how each kind of records is moved. Times and what else is beside a body
// because it is searched is made from the record again.
func transfers() map[store.RecordKind]recordMove {
	return map[store.RecordKind]recordMove{
		store.ProfileRecords: {
			key:  oneKey,
			read: "SELECT id, title, ref_id, is_primary, created_at, body, version, key_hash FROM profiles WHERE id > ? ORDER BY id LIMIT ?",
			scan: readProfile, insert: insertProfile, remove: "DELETE FROM profiles WHERE id = ?",
		},
		store.DeletedProfileRecords: {
			key:  oneKey,
			read: "SELECT id, created_at, deleted_at, turn_at FROM deleted_profiles WHERE id > ? ORDER BY id LIMIT ?",
			scan: readDeletedProfile, insert: insertDeletedProfile, remove: "DELETE FROM deleted_profiles WHERE id = ?",
		},
		store.AccountRecords: {
			key: oneKey,
			read: `SELECT a.profile_id, a.body, a.upkeep, a.version, c.sealed, c.version, c.claim, c.claimed_until
				FROM accounts AS a JOIN credentials AS c ON c.account_id = a.id WHERE a.id > ? ORDER BY a.id LIMIT ?`,
			scan: readAccount, insert: insertAccount, remove: "DELETE FROM accounts WHERE id = ?",
		},
		store.WebhookRecords: {
			key:  twoKeys,
			read: "SELECT body, version FROM webhooks WHERE (profile_id, action) > (?, ?) ORDER BY profile_id, action LIMIT ?",
			scan: readWebhook, insert: insertWebhook, remove: "DELETE FROM webhooks WHERE profile_id = ? AND action = ?",
		},
		store.ScheduleRecords: {
			key:  twoKeys,
			read: "SELECT body, version FROM schedules WHERE (profile_id, title) > (?, ?) ORDER BY profile_id, title LIMIT ?",
			scan: readSchedule, insert: insertSchedule, remove: "DELETE FROM schedules WHERE profile_id = ? AND title = ?",
		},
		store.LinkSessionRecords: {
			key:  oneKey,
			read: "SELECT body, ended_at, version FROM link_sessions WHERE id > ? ORDER BY id LIMIT ?",
			scan: readLinkSession, insert: insertLinkSession, remove: "DELETE FROM link_sessions WHERE id = ?",
		},
		store.LinkStateRecords: {
			key:  hashKey,
			read: "SELECT hash, session_id, sealed, expires_at FROM link_states WHERE hash > ? ORDER BY hash LIMIT ?",
			scan: readLinkState, insert: insertLinkState, remove: "DELETE FROM link_states WHERE hash = ?",
		},
		store.GrantRecords: {
			key:  oneKey,
			read: "SELECT id, session_id, sealed, expires_at FROM pending_grants WHERE id > ? ORDER BY id LIMIT ?",
			scan: readGrant, insert: insertGrant, remove: "DELETE FROM pending_grants WHERE id = ?",
		},
		store.PostRecords: {
			key:  oneKey,
			read: "SELECT body, version, platforms, deliveries, slot FROM posts WHERE id > ? ORDER BY id LIMIT ?",
			scan: readPost, insert: insertPost, remove: "DELETE FROM posts WHERE id = ?",
		},
		store.DeliveryRecords: {
			key:  oneKey,
			read: "SELECT body, version FROM deliveries WHERE id > ? ORDER BY id LIMIT ?",
			scan: readDelivery, insert: insertDelivery, remove: "DELETE FROM deliveries WHERE id = ?",
		},
		store.RequestRecords: {
			key: twoKeys,
			read: `SELECT profile_id, key, body_hash, post_id, status, answer, created_at, seed, tried_at FROM requests
				WHERE (profile_id, key) > (?, ?) ORDER BY profile_id, key LIMIT ?`,
			scan: readRequest, insert: insertRequestRecord, remove: "DELETE FROM requests WHERE profile_id = ? AND key = ?",
		},
		store.UploadRecords: {
			key:  oneKey,
			read: "SELECT body, version FROM uploads WHERE id > ? ORDER BY id LIMIT ?",
			scan: readUpload, insert: insertUpload, remove: "DELETE FROM uploads WHERE id = ?",
		},
		store.CommentRecords: {
			key:  twoKeys,
			read: "SELECT body, coalesce(deleted_at, 0) FROM comments WHERE (id, account_id) > (?, ?) ORDER BY id, account_id LIMIT ?",
			scan: readComment, insert: insertComment, remove: "DELETE FROM comments WHERE id = ? AND account_id = ?",
		},
		store.MessageRecords: {
			key:  oneKey,
			read: messageColumns + "WHERE m.id > ? ORDER BY m.id LIMIT ?",
			scan: readMessage, insert: insertMessage, remove: "DELETE FROM messages WHERE id = ?",
		},
		store.JobRecords: {
			key: twoKeys,
			read: `SELECT kind, key, tenant, lane, run_at, ord, attempt, last_error FROM jobs
				WHERE (kind, key) > (?, ?) ORDER BY kind, key LIMIT ?`,
			scan: readJob, insert: insertJobRecord, remove: "DELETE FROM jobs WHERE kind = ? AND key = ?",
		},
	}
}

func readProfile(s *Store, r row) (store.Record, error) {
	var p core.Profile
	if err := scanProfile(r, &p); err != nil {
		return store.Record{Key: r.text(0)}, err
	}
	return s.encoders.EncodeRecord(p.ID, record.NewProfile(p, r.blob(7), r.integer(6)))
}

func insertProfile(s *Store, raw []byte) ([]insertion, error) {
	var b record.Profile
	if err := record.DecodeExact(raw, &b); err != nil {
		return nil, err
	}
	body, err := s.encoders.Encode(b.Profile)
	return []insertion{{"profiles", []column{
		{"id", b.ID},
		{"title", b.Title},
		{"ref_id", b.RefID},
		{"key_hash", notNil(b.KeyHash)},
		{"is_primary", flag(b.Primary)},
		{"created_at", record.Micros(b.CreatedAt)},
		{"version", b.Version},
		{"body", body},
	}}}, err
}

func readDeletedProfile(s *Store, r row) (store.Record, error) {
	return s.encoders.EncodeRecord(r.text(0), record.DeletedProfile{ID: r.text(0), CreatedAt: r.time(1), DeletedAt: r.time(2), TurnAt: r.time(3)})
}

func insertDeletedProfile(_ *Store, raw []byte) ([]insertion, error) {
	var b record.DeletedProfile
	err := record.DecodeExact(raw, &b)
	return []insertion{{"deleted_profiles", []column{
		{"id", b.ID}, {"created_at", record.Micros(b.CreatedAt)}, {"deleted_at", record.Micros(b.DeletedAt)}, {"turn_at", record.Micros(b.TurnAt)},
	}}}, err
}

func readAccount(s *Store, r row) (store.Record, error) {
	var a core.Account
	if err := scanAccount(r, &a); err != nil {
		return store.Record{Key: a.ID}, err
	}
	return s.encoders.EncodeRecord(a.ID, record.NewAccount(a, r.integer(3), store.Credentials{
		Sealed: r.blob(4), Version: r.integer(5), Claim: r.text(6), ClaimedUntil: r.timeOrZero(7),
	}))
}

func insertAccount(s *Store, raw []byte) ([]insertion, error) {
	var b record.Account
	if err := record.DecodeExact(raw, &b); err != nil {
		return nil, err
	}
	a, c := b.Whole(), b.Credentials
	body, upkeep, err := s.encodeAccount(a)
	return []insertion{
		{"accounts", []column{
			{"id", a.ID},
			{"profile_id", a.ProfileID},
			{"platform", a.Platform},
			{"remote_id", a.RemoteID},
			{"linked_at", record.Micros(a.LinkedAt)},
			{"next_at", microsOrNull(a.Upkeep.NextAt)},
			{"untold", flag(len(a.Upkeep.Outbox) > 0)},
			{"upkeep", upkeep},
			{"version", b.Version},
			{"body", body},
		}},
		{"credentials", []column{
			{"account_id", a.ID}, {"version", c.Version}, {"sealed", c.Sealed}, {"claim", c.Claim}, {"claimed_until", microsOrNull(c.ClaimedUntil)},
		}},
	}, err
}

func readWebhook(s *Store, r row) (store.Record, error) {
	var w store.Webhook
	if err := record.DecodeExact([]byte(r.text(0)), &w); err != nil {
		return store.Record{}, err
	}
	w.Version = r.integer(1)
	return s.encoders.EncodeRecord(record.JoinKey(w.ProfileID, w.Action), record.NewWebhook(w))
}

func insertWebhook(s *Store, raw []byte) ([]insertion, error) {
	var w store.Webhook
	if err := record.DecodeExact(raw, &w); err != nil {
		return nil, err
	}
	body, err := s.encoders.Encode(w)
	return []insertion{{"webhooks", []column{{"profile_id", w.ProfileID}, {"action", w.Action}, {"version", w.Version}, {"body", body}}}}, err
}

func readSchedule(s *Store, r row) (store.Record, error) {
	var b store.Schedule
	if err := record.DecodeExact([]byte(r.text(0)), &b); err != nil {
		return store.Record{}, err
	}
	b.Version = r.integer(1)
	record.NormalizeSchedule(&b)
	return s.encoders.EncodeRecord(record.JoinKey(b.ProfileID, b.Title), b)
}

func insertSchedule(s *Store, raw []byte) ([]insertion, error) {
	var b store.Schedule
	if err := record.DecodeExact(raw, &b); err != nil {
		return nil, err
	}
	body, err := s.encoders.Encode(b)
	return []insertion{{"schedules", []column{{"profile_id", b.ProfileID}, {"title", b.Title}, {"version", b.Version}, {"body", body}}}}, err
}

func readLinkSession(s *Store, r row) (store.Record, error) {
	var l store.LinkSession
	if err := scanLinkSession(r, &l); err != nil {
		return store.Record{}, err
	}
	return s.encoders.EncodeRecord(l.ID, record.NewLinkSession(l))
}

func insertLinkSession(s *Store, raw []byte) ([]insertion, error) {
	var l store.LinkSession
	if err := record.DecodeExact(raw, &l); err != nil {
		return nil, err
	}
	body, err := s.encodeLinkSession(l)
	return []insertion{{"link_sessions", []column{
		{"id", l.ID},
		{"token_hash", notNil(l.TokenHash)},
		{"profile_id", l.ProfileID},
		{"ended_at", microsOrNull(l.EndedAt)},
		{"over_at", overAt(l)},
		{"version", l.Version},
		{"body", body},
	}}}, err
}

func readLinkState(s *Store, r row) (store.Record, error) {
	return s.encoders.EncodeRecord(hex.EncodeToString(r.blob(0)), record.NewLinkState(store.LinkState{
		Hash: r.blob(0), SessionID: r.text(1), Sealed: r.blob(2), ExpiresAt: r.time(3),
	}))
}

func insertLinkState(_ *Store, raw []byte) ([]insertion, error) {
	var l store.LinkState
	err := record.DecodeExact(raw, &l)
	return []insertion{{"link_states", []column{
		{"hash", notNil(l.Hash)}, {"session_id", l.SessionID}, {"sealed", notNil(l.Sealed)}, {"expires_at", record.Micros(l.ExpiresAt)},
	}}}, err
}

func readGrant(s *Store, r row) (store.Record, error) {
	var g store.PendingGrant
	if err := scanPendingGrant(r, &g); err != nil {
		return store.Record{Key: r.text(0)}, err
	}
	return s.encoders.EncodeRecord(g.ID, record.NewGrant(g))
}

func insertGrant(_ *Store, raw []byte) ([]insertion, error) {
	var g store.PendingGrant
	err := record.DecodeExact(raw, &g)
	return []insertion{{"pending_grants", []column{
		{"id", g.ID}, {"session_id", g.SessionID}, {"sealed", notNil(g.Sealed)}, {"expires_at", record.Micros(g.ExpiresAt)},
	}}}, err
}

func readRequest(s *Store, r row) (store.Record, error) {
	return s.encoders.EncodeRecord(record.JoinKey(r.text(0), r.text(1)), record.NewRequest(store.Request{
		ProfileID: r.text(0), Key: r.text(1), BodyHash: r.blob(2), PostID: r.text(3), Status: int(r.integer(4)), Answer: r.blob(5), CreatedAt: r.time(6),
		Seed: r.text(7), TriedAt: r.timeOrZero(8),
	}))
}

func insertRequestRecord(_ *Store, raw []byte) ([]insertion, error) {
	var b store.Request
	err := record.DecodeExact(raw, &b)
	return []insertion{{"requests", []column{
		{"profile_id", b.ProfileID},
		{"key", b.Key},
		{"body_hash", notNil(b.BodyHash)},
		{"post_id", b.PostID},
		{"status", int64(b.Status)},
		{"answer", b.Answer},
		{"created_at", record.Micros(b.CreatedAt)},
		{"seed", b.Seed},
		{"tried_at", microsOrNull(b.TriedAt)},
	}}}, err
}

func readComment(s *Store, r row) (store.Record, error) {
	var c store.Comment
	if err := scanComment(r, &c); err != nil {
		return store.Record{}, err
	}
	record.NormalizeComment(&c)
	return s.encoders.EncodeRecord(record.JoinKey(c.ID, c.AccountID), c)
}

func insertComment(s *Store, raw []byte) ([]insertion, error) {
	var c store.Comment
	if err := record.DecodeExact(raw, &c); err != nil {
		return nil, err
	}
	deleted := c.DeletedAt
	c.DeletedAt = time.Time{}
	body, err := s.encoders.Encode(c)
	return []insertion{{"comments", []column{
		{"id", c.ID},
		{"profile_id", c.ProfileID},
		{"account_id", c.AccountID},
		{"platform", c.Platform},
		{"remote_post_id", c.RemotePostID},
		{"remote_id", c.RemoteID},
		{"created_at", record.Micros(c.CreatedAt)},
		{"deleted_at", microsOrNull(deleted)},
		{"body", body},
	}}}, err
}

func readMessage(s *Store, r row) (store.Record, error) {
	var m store.Message
	if err := scanMessage(r, &m); err != nil {
		return store.Record{}, err
	}
	return s.encoders.EncodeRecord(m.ID, record.NewMessage(m))
}

func insertMessage(s *Store, raw []byte) ([]insertion, error) {
	var b record.Message
	if err := record.DecodeExact(raw, &b); err != nil {
		return nil, err
	}
	m := b.Whole()
	body, err := s.encoders.Encode(m)
	return []insertion{{"messages", []column{
		{"id", m.ID},
		{"profile_id", m.ProfileID},
		{"owner_id", m.OwnerID},
		{"channel", string(m.Channel)},
		{"action", string(m.Action)},
		{"lane", orNull(m.Lane)},
		{"state", string(m.State)},
		{"created_at", record.Micros(m.CreatedAt)},
		{"pending_at", record.Micros(m.PendingAt)},
		{"ended_at", microsOrNull(m.EndedAt)},
		{"version", m.Version},
		{"body", body},
	}}}, err
}
