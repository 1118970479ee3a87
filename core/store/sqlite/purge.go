package sqlite

import (
	"context"
	"time"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// DeleteProfile implements store.Profiles.
func (s *Store) DeleteProfile(ctx context.Context, id string) error {
	return wrap("delete profile", s.writer.do(ctx, func(c *conn) error {
		now := record.Micros(s.clock.Now())
		n, err := c.exec(
			`INSERT INTO deleted_profiles (id, created_at, deleted_at, turn_at)
			 SELECT id, created_at, ?, ? FROM profiles WHERE id = ? AND is_primary = 0`,
			now, now, id,
		)
		if err := orElse(n, err, store.ErrNotFound); err != nil {
			return err
		}
		_, err = c.exec("DELETE FROM profiles WHERE id = ?", id)
		return err
	}))
}

const deletedProfiles = "SELECT id FROM deleted_profiles ORDER BY turn_at LIMIT ?"

// DeletedProfiles implements store.Profiles.
func (s *Store) DeletedProfiles(ctx context.Context, limit int) (ids []string, err error) {
	err = s.list(ctx, "deleted profiles", func(r row) error {
		ids = append(ids, r.text(0))
		return nil
	}, deletedProfiles, int64(limit))
	return ids, err
}

// purge removes what belongs to one profile.
type purge struct {
	*conn
	profileID string
	now       int64
	left      int64 // how many records may still be removed
}

// PurgeProfile implements store.Profiles.
func (s *Store) PurgeProfile(ctx context.Context, id string, limit int) (done bool, err error) {
	err = s.writer.do(ctx, func(c *conn) error {
		p := purge{conn: c, profileID: id, now: record.Micros(s.clock.Now()), left: int64(limit)}
		n, err := c.exec("UPDATE deleted_profiles SET turn_at = ? WHERE id = ?", p.now, id)
		if err := orElse(n, err, store.ErrNotFound); err != nil {
			return err
		}
		if err := p.run(); err != nil {
			return err
		}
		if done = p.left > 0; !done {
			return nil
		}
		return p.forget()
	})
	return done && err == nil, wrap("purge profile", err)
}

// What a profile has, apart from posts: each query selects so many records.
const (
	purgeAccounts = "DELETE FROM accounts WHERE id IN (SELECT id FROM accounts WHERE profile_id = ? LIMIT ?)"
	purgeWebhooks = `DELETE FROM webhooks
WHERE profile_id = ?1 AND action IN (SELECT action FROM webhooks WHERE profile_id = ?1 LIMIT ?2)`
	purgeLinkStates = `DELETE FROM link_states WHERE hash IN (
  SELECT l.hash FROM link_sessions AS s CROSS JOIN link_states AS l ON l.session_id = s.id WHERE s.profile_id = ? LIMIT ?)`
	purgePendingGrants = `DELETE FROM pending_grants WHERE id IN (
  SELECT g.id FROM link_sessions AS s CROSS JOIN pending_grants AS g ON g.session_id = s.id WHERE s.profile_id = ? LIMIT ?)`
	purgeLinkSessions = "DELETE FROM link_sessions WHERE id IN (SELECT id FROM link_sessions WHERE profile_id = ? LIMIT ?)"
	purgeSchedules    = `DELETE FROM schedules
WHERE profile_id = ?1 AND title IN (SELECT title FROM schedules WHERE profile_id = ?1 LIMIT ?2)`
	purgeComments = "DELETE FROM comments WHERE rowid IN (SELECT rowid FROM comments WHERE profile_id = ? LIMIT ?)"
	purgeRequests = "DELETE FROM requests WHERE rowid IN (SELECT rowid FROM requests WHERE profile_id = ? LIMIT ?)"
)

// run removes records until there are none left or as many as may be are removed.
func (p *purge) run() error {
	for _, step := range []func() error{
		p.simply(purgeAccounts),
		p.simply(purgeWebhooks),
		p.simply(purgeLinkStates),
		p.simply(purgePendingGrants),
		p.simply(purgeLinkSessions),
		p.simply(purgeSchedules),
		p.posts,
		p.messages,
		p.jobs,
		p.simply(purgeComments),
		p.simply(purgeRequests),
		p.expireUploads,
	} {
		if err := step(); err != nil || p.left <= 0 {
			return err
		}
	}
	return nil
}

// simply is the step of one statement that takes the profile and how many records.
func (p *purge) simply(sql string) func() error {
	return func() error {
		n, err := p.exec(sql, p.profileID, p.left)
		p.left -= n
		return err
	}
}

// The statements that remove posts and messages. Deliveries are found through their posts, jobs by
// their keys.
const (
	postsOfProfile    = "SELECT seq, deliveries FROM posts INDEXED BY posts_by_segment WHERE profile_id = ? LIMIT ?"
	purgeDeliveries   = "DELETE FROM deliveries WHERE id IN (SELECT value FROM json_each(?))"
	purgeJobsByKey    = "DELETE FROM jobs WHERE kind = ? AND key IN (SELECT value FROM json_each(?))"
	purgeJobsOf       = "DELETE FROM jobs WHERE kind = ?1 AND key IN (SELECT key FROM jobs INDEXED BY jobs_by_tenant WHERE kind = ?1 AND tenant = ?2 AND pool = 0 LIMIT ?3)"
	nextKind          = "SELECT kind FROM jobs WHERE kind > ? ORDER BY kind LIMIT 1"
	purgePost         = "DELETE FROM posts WHERE seq = ?"
	messagesOfProfile = "SELECT json_group_array(id) FROM (SELECT id FROM messages WHERE profile_id = ? LIMIT ?)"
	purgeMessages     = "DELETE FROM messages WHERE id IN (SELECT value FROM json_each(?))"
	expireUploads     = `
UPDATE uploads SET version = version + 1, state = 'deleted', expires_at = ?1, body = json_set(body, '$.expiresAt', ?2, '$.state', 'deleted')
WHERE seq IN (SELECT seq FROM uploads WHERE profile_id = ?3 AND expires_at > ?1 LIMIT ?4)`
)

// posts removes posts, each with its deliveries and their jobs.
func (p *purge) posts() error {
	kinds, err := p.kinds()
	if err != nil {
		return err
	}
	type post struct {
		seq        int64
		deliveries string
	}
	var found []post
	if err := p.query(func(r row) error {
		found = append(found, post{r.integer(0), r.text(1)})
		return nil
	}, postsOfProfile, p.profileID, p.left); err != nil {
		return err
	}
	for _, post := range found {
		if err := p.jobsByKey(kinds, post.deliveries); err != nil {
			return err
		}
		if _, err := p.exec(purgeDeliveries, post.deliveries); err != nil {
			return err
		}
		if _, err := p.exec(purgePost, post.seq); err != nil {
			return err
		}
	}
	p.left -= int64(len(found))
	return nil
}

// messages removes messages and their jobs.
func (p *purge) messages() error {
	kinds, err := p.kinds()
	if err != nil {
		return err
	}
	var ids string
	if err := p.query(func(r row) error { ids = r.text(0); return nil }, messagesOfProfile, p.profileID, p.left); err != nil {
		return err
	}
	if err := p.jobsByKey(kinds, ids); err != nil {
		return err
	}
	n, err := p.exec(purgeMessages, ids)
	p.left -= n
	return err
}

// jobsByKey removes the jobs whose keys are in the JSON list.
func (p *purge) jobsByKey(kinds []string, keys string) error {
	for _, kind := range kinds {
		if _, err := p.exec(purgeJobsByKey, kind, keys); err != nil {
			return err
		}
	}
	return nil
}

// kinds lists the kinds of which there are jobs.
func (p *purge) kinds() (kinds []string, err error) {
	last := ""
	for {
		found, err := p.one(func(r row) error { last = r.text(0); return nil }, nextKind, last)
		if err != nil || !found {
			return kinds, err
		}
		kinds = append(kinds, last)
	}
}

// jobs removes the profile's other jobs, which are in no lane.
func (p *purge) jobs() error {
	kinds, err := p.kinds()
	if err != nil {
		return err
	}
	for _, kind := range kinds {
		n, err := p.exec(purgeJobsOf, kind, p.profileID, p.left)
		if p.left -= n; err != nil || p.left <= 0 {
			return err
		}
	}
	return nil
}

// expireUploads lets uploads expire as if they had been deleted by hand.
func (p *purge) expireUploads() error {
	n, err := p.exec(expireUploads, p.now, record.FromMicros(p.now).Format(time.RFC3339Nano), p.profileID, p.left)
	p.left -= n
	return err
}

// forget removes the profile itself when nothing of it is there and nothing can come any
// more.
func (p *purge) forget() error {
	_, err := p.exec(
		`DELETE FROM deleted_profiles WHERE id = ?1 AND deleted_at <= ?2
		 AND NOT EXISTS (SELECT 1 FROM uploads WHERE profile_id = ?1)`,
		p.profileID, p.now-store.PurgeRest.Microseconds(),
	)
	return err
}
