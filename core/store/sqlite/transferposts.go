package sqlite

import (
	"database/sql/driver"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

func readPost(s *Store, r row) (store.Record, error) {
	var p core.Post
	if err := record.DecodeExact([]byte(r.text(0)), &p); err != nil {
		return store.Record{}, err
	}
	p.Version = r.integer(1)
	var platforms, deliveries []string
	if err := record.Decode(r.text(2), &platforms); err != nil {
		return store.Record{Key: p.ID}, err
	}
	if err := record.Decode(r.text(3), &deliveries); err != nil {
		return store.Record{Key: p.ID}, err
	}
	return s.encoders.EncodeRecord(p.ID, record.NewPost(p, platforms, deliveries, r[4] != nil))
}

func insertPost(s *Store, raw []byte) ([]insertion, error) {
	var b record.Post
	if err := record.DecodeExact(raw, &b); err != nil {
		return nil, err
	}
	p := b.Post
	body, err := s.encoders.Encode(p)
	if err != nil {
		return nil, err
	}
	platforms, err := s.encoders.Encode(b.Platforms)
	if err != nil {
		return nil, err
	}
	deliveries, err := s.encoders.Encode(b.Deliveries)
	var slot driver.Value
	if b.HasSlot {
		slot = orNull(p.Request.AutoSchedule)
	}
	return []insertion{{"posts", []column{
		{"id", p.ID},
		{"profile_id", p.ProfileID},
		{"created_at", record.Micros(p.CreatedAt)},
		{"due_at", dueAt(p)},
		{"status", string(p.Status)},
		{"idempotency_key", orNull(p.Request.IdempotencyKey)},
		{"slot", slot},
		{"series_id", orNull(p.SeriesID)},
		{"platforms", platforms},
		{"segment", segmentPrefix(p) + platforms},
		{"deliveries", deliveries},
		{"untold", flag(len(p.Outbox) > 0)},
		{"version", p.Version},
		{"body", body},
	}}}, err
}

func readDelivery(s *Store, r row) (store.Record, error) {
	var d core.Delivery
	if err := record.DecodeExact([]byte(r.text(0)), &d); err != nil {
		return store.Record{}, err
	}
	d.Version = r.integer(1)
	record.NormalizeDelivery(&d)
	return s.encoders.EncodeRecord(d.ID, d)
}

func insertDelivery(s *Store, raw []byte) ([]insertion, error) {
	var d core.Delivery
	if err := record.DecodeExact(raw, &d); err != nil {
		return nil, err
	}
	body, err := s.encoders.Encode(d)
	return []insertion{{"deliveries", []column{
		{"id", d.ID},
		{"account_id", d.AccountID},
		{"remote_id", orNull(d.Receipt.RemoteID)},
		{"due_at", record.Micros(d.DueAt)},
		{"published_at", microsOrNull(d.PublishedAt)},
		{"final", flag(d.Idle())},
		{"content", liveContent(d)},
		{"version", d.Version},
		{"body", body},
	}}}, err
}

func readUpload(s *Store, r row) (store.Record, error) {
	var u core.Upload
	if err := record.DecodeExact([]byte(r.text(0)), &u); err != nil {
		return store.Record{}, err
	}
	u.Version = r.integer(1)
	record.NormalizeUpload(&u)
	return s.encoders.EncodeRecord(u.ID, u)
}

func insertUpload(s *Store, raw []byte) ([]insertion, error) {
	var u core.Upload
	if err := record.DecodeExact(raw, &u); err != nil {
		return nil, err
	}
	body, err := s.encoders.Encode(u)
	return []insertion{{"uploads", []column{
		{"id", u.ID},
		{"profile_id", u.ProfileID},
		{"state", string(u.State)},
		{"size", u.Size},
		{"created_at", record.Micros(u.CreatedAt)},
		{"expires_at", record.Micros(u.ExpiresAt)},
		{"version", u.Version},
		{"body", body},
	}}}, err
}

// readJob leaves the lease out: who has held the job does not work with the other store.
func readJob(s *Store, r row) (store.Record, error) {
	return s.encoders.EncodeRecord(record.JoinKey(r.text(0), r.text(1)), record.NewJob(queue.Job{
		Kind: r.text(0), Key: r.text(1), Tenant: r.text(2), Lane: r.text(3), RunAt: r.time(4), Order: r.text(5),
		Attempt: int(r.integer(6)), LastError: r.text(7),
	}))
}

func insertJobRecord(_ *Store, raw []byte) ([]insertion, error) {
	var j record.Job
	err := record.DecodeExact(raw, &j)
	return []insertion{{"jobs", []column{
		{"kind", j.Kind},
		{"key", j.Key},
		{"pool", poolOf(j.Lane)},
		{"tenant", j.Tenant},
		{"lane", j.Lane},
		{"run_at", record.Micros(j.RunAt)},
		{"ord", j.Order},
		{"attempt", int64(j.Attempt)},
		{"last_error", j.LastError},
	}}}, err
}
