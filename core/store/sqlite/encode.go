package sqlite

import (
	"bytes"
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// encoder is a JSON encoder with the buffer that it writes to.
type encoder struct {
	buf  bytes.Buffer
	json *json.Encoder
}

// encoders keeps encoders for the next record.
type encoders struct{ pool sync.Pool }

// encode returns the record as JSON.
func (p *encoders) encode(record any) (string, error) {
	e, ok := p.pool.Get().(*encoder)
	if !ok {
		e = &encoder{}
		e.json = json.NewEncoder(&e.buf)
		e.json.SetEscapeHTML(false)
	}
	e.buf.Reset()
	if err := e.json.Encode(record); err != nil {
		return "", fmt.Errorf("sqlite: encode %T: %w", record, err)
	}
	body := string(bytes.TrimSuffix(e.buf.Bytes(), []byte("\n")))
	p.pool.Put(e)
	return body, nil
}

// decode reads what encode wrote.
func decode(body string, record any) error {
	if err := json.Unmarshal([]byte(body), record); err != nil {
		return fmt.Errorf("sqlite: decode %T: %w", record, err)
	}
	return nil
}

// micros is the form in which times are searched. It holds for every time,
// the zero time included.
func micros(t time.Time) int64 { return t.UnixMicro() }

func fromMicros(n int64) time.Time { return time.UnixMicro(n).UTC() }

// truncate brings a time to what the store keeps.
func truncate(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func truncateAll(times ...*time.Time) {
	for _, t := range times {
		*t = truncate(*t)
	}
}

func normalizeAccount(a *core.Account) {
	truncateAll(&a.LinkedAt, &a.ExpiresAt, &a.RefreshExpiresAt, &a.Upkeep.NextAt, &a.Upkeep.ToldFor,
		&a.Upkeep.FailedSince, &a.Upkeep.RefusedAt, &a.Upkeep.RetryAt, &a.Upkeep.IntrospectAt, &a.Upkeep.LostAt)
	a.Upkeep.Outbox = normalizeNotices(a.Upkeep.Outbox)
}

func normalizeNotices(list []core.Notice) []core.Notice {
	list = slices.Clone(list) // they may be the caller's
	for i := range list {
		truncateAll(&list[i].CreatedAt)
		if list[i].Social != nil {
			social := *list[i].Social
			truncateAll(&social.RefreshBy)
			list[i].Social = &social
		}
	}
	return list
}

func normalizePost(p *core.Post) {
	truncateAll(&p.CreatedAt, &p.ApprovedAt, &p.ReleasedAt, &p.AwaitedUntil)
	p.Outbox = normalizeNotices(p.Outbox)
	normalizeRequest(&p.Request)
	if p.Before != nil {
		before := *p.Before // it may be the caller's
		truncateAll(&before.ApprovedAt, &before.ReleasedAt)
		normalizeRequest(&before.Request)
		p.Before = &before
	}
}

func normalizeRequest(r *core.PostRequest) {
	truncateAll(&r.ScheduleAt)
	if r.AutoRepost != nil {
		repost := *r.AutoRepost // it may be the caller's
		truncateAll(&repost.StartAt)
		r.AutoRepost = &repost
	}
}

func normalizeDelivery(d *core.Delivery) {
	truncateAll(&d.DueAt, &d.CommittedAt, &d.ReconcileAt, &d.WaitsSince, &d.PublishedAt, &d.DeletedAt, &d.EditedAt, &d.CreatedAt, &d.UpdatedAt)
	d.FollowUps = slices.Clone(d.FollowUps) // they may be the caller's
	for i := range d.FollowUps {
		truncateAll(&d.FollowUps[i].DueAt, &d.FollowUps[i].SentAt)
	}
}

func normalizeComment(c *store.Comment) {
	truncateAll(&c.CreatedAt, &c.DeletedAt)
}

func normalizeSchedule(r *store.Schedule) {
	truncateAll(&r.StartAt)
}

func normalizeLinkSession(l *store.LinkSession) {
	truncateAll(&l.CreatedAt, &l.OpenUntil, &l.ExpiresAt, &l.EndedAt)
}

func normalizeWebhook(w *store.Webhook) {
	truncateAll(&w.FormerUntil, &w.CreatedAt, &w.UpdatedAt)
}

func normalizeMessage(m *store.Message) {
	truncateAll(&m.CreatedAt, &m.PendingAt, &m.NextAt, &m.EndedAt)
	tries := make([]store.Try, len(m.Tries)) // they may be the caller's
	for i, t := range m.Tries {
		truncateAll(&t.At)
		tries[i] = t
	}
	m.Tries = tries
}

func normalizeUpload(u *core.Upload) {
	truncateAll(&u.CreatedAt, &u.ExpiresAt)
}

// microsOrNull is micros, and NULL for the zero time.
func microsOrNull(t time.Time) driver.Value {
	if t.IsZero() {
		return nil
	}
	return micros(t)
}
