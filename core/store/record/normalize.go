package record

import (
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Truncate brings a time to what stores keep: in UTC, to the microsecond.
func Truncate(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func truncateAll(times ...*time.Time) {
	for _, t := range times {
		*t = Truncate(*t)
	}
}

// NormalizeAccount brings the times of an account to what stores keep.
func NormalizeAccount(a *core.Account) {
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

// NormalizePost brings the times of a post to what stores keep.
func NormalizePost(p *core.Post) {
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

// NormalizeDelivery brings the times of a delivery to what stores keep.
func NormalizeDelivery(d *core.Delivery) {
	truncateAll(&d.DueAt, &d.CommittedAt, &d.ReconcileAt, &d.RepeatedAt, &d.WaitsSince, &d.PutOffUntil, &d.PublishedAt, &d.DeletedAt, &d.EditedAt, &d.CreatedAt, &d.UpdatedAt)
	d.FollowUps = slices.Clone(d.FollowUps) // they may be the caller's
	for i := range d.FollowUps {
		truncateAll(&d.FollowUps[i].DueAt, &d.FollowUps[i].SentAt)
	}
}

// NormalizeComment brings the times of a comment to what stores keep.
func NormalizeComment(c *store.Comment) {
	truncateAll(&c.CreatedAt, &c.DeletedAt)
}

// NormalizeSchedule brings the times of a schedule to what stores keep.
func NormalizeSchedule(r *store.Schedule) {
	truncateAll(&r.StartAt)
}

// NormalizeLinkSession brings the times of a link session to what stores keep.
func NormalizeLinkSession(l *store.LinkSession) {
	truncateAll(&l.CreatedAt, &l.OpenUntil, &l.ExpiresAt, &l.EndedAt)
}

// NormalizeWebhook brings the times of a webhook to what stores keep.
func NormalizeWebhook(w *store.Webhook) {
	truncateAll(&w.FormerUntil, &w.CreatedAt, &w.UpdatedAt)
}

// NormalizeMessage brings the times of a message to what stores keep.
func NormalizeMessage(m *store.Message) {
	truncateAll(&m.CreatedAt, &m.PendingAt, &m.NextAt, &m.EndedAt)
	tries := make([]store.Try, len(m.Tries)) // they may be the caller's
	for i, t := range m.Tries {
		truncateAll(&t.At)
		tries[i] = t
	}
	m.Tries = tries
}

// NormalizeUpload brings the times of an upload to what stores keep.
func NormalizeUpload(u *core.Upload) {
	truncateAll(&u.CreatedAt, &u.ExpiresAt)
}
