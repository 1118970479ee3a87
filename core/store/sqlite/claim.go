package sqlite

import (
	"context"
	"database/sql/driver"
	"time"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store/record"
)

// Claim implements queue.Backend.
func (s *Store) Claim(ctx context.Context, w queue.Wanted) ([]queue.Job, error) {
	if w.N <= 0 || len(w.Kinds) == 0 {
		return nil, nil
	}
	s.appear(ctx)
	var jobs []queue.Job
	err := s.writer.do(ctx, func(c *conn) error {
		now := s.clock.Now()
		candidates, err := candidates(c, w, record.Micros(now))
		if err != nil {
			return err
		}
		jobs = queue.Share(w, candidates)
		for i := range jobs {
			if err := lease(c, &jobs[i], s.owner.id, now.Add(w.Lease)); err != nil { // model: CLAIM
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, wrap("claim", err)
	}
	return jobs, nil
}

// lease gives the job to the caller.
func lease(c *conn, j *queue.Job, owner string, until time.Time) error {
	return c.query(func(r row) error {
		c.changed++
		j.Lease, j.LeaseUntil, j.Attempt, j.LastError = r.text(0), record.FromMicros(record.Micros(until)), int(r.integer(1)), r.text(2)
		return nil
	}, "UPDATE jobs SET lease = ? || lower(hex(randomblob(12))), lease_until = ? WHERE kind = ? AND key = ? RETURNING lease, attempt, last_error",
		owner, record.Micros(until), j.Kind, j.Key)
}

// candidates lists jobs that may be given, and among them all those that have to be
// considered for w.
func candidates(c *conn, w queue.Wanted, now int64) ([]queue.Job, error) {
	var all []queue.Job
	for _, kind := range w.Kinds {
		for _, pool := range poolsOf(w.Pool) {
			l := line{conn: c, kind: kind, pool: pool, now: now, wanted: w.N}
			found, err := l.candidates()
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}

// line is the due jobs of one kind and pool.
type line struct {
	*conn
	kind   string
	pool   int64
	now    int64
	wanted int
	busy   map[string]bool // lanes of which a job is held
}

// margin is how many more due jobs than are wanted make a backlog.
const margin = 32

// candidates returns the first due jobs. As long as these are all that are due, nothing else
// has to be considered; in a backlog, each tenant and each lane is looked at, so that the
// length of the backlog does not matter.
func (l line) candidates() ([]queue.Job, error) {
	if err := l.readBusy(); err != nil {
		return nil, err
	}
	limit := int64(l.wanted + margin)
	inBacklog, err := l.exists(firstDue+" OFFSET ?5", l.kind, l.pool, l.now, int64(1), limit-1)
	switch {
	case err != nil:
		return nil, err
	case inBacklog && l.pool == inLanes:
		return l.heads()
	case inBacklog:
		return l.eachTenant()
	}
	first, err := l.read(firstDue, l.kind, l.pool, l.now, limit)
	return l.free(first), err
}

const jobColumns = "SELECT kind, key, tenant, lane, run_at, ord FROM jobs "

// The queries of a line.
const (
	firstDue = jobColumns + `INDEXED BY jobs_by_time
WHERE kind = ?1 AND pool = ?2 AND run_at <= ?3 AND lease_until <= ?3 ORDER BY run_at, ord LIMIT ?4`
	heldLanes = "SELECT lane FROM jobs INDEXED BY jobs_held WHERE kind = ? AND pool = 1 AND lease_until > 0 AND lease_until > ?"
	// nextHead finds the first job of the next lane.
	nextHead   = jobColumns + "INDEXED BY jobs_by_lane WHERE kind = ? AND pool = 1 AND lane >= ? ORDER BY lane, run_at, ord LIMIT 1"
	nextTenant = "SELECT tenant FROM jobs INDEXED BY jobs_by_tenant WHERE kind = ? AND pool = 0 AND tenant >= ? ORDER BY tenant LIMIT 1"
	tenantsDue = jobColumns + `INDEXED BY jobs_by_tenant
WHERE kind = ?1 AND pool = 0 AND tenant = ?2 AND run_at <= ?3 AND lease_until <= ?3 ORDER BY run_at, ord LIMIT ?4`
)

// after is the smallest text that is greater than s.
func after(s string) string { return s + "\x00" }

// readBusy finds the lanes of which a job is held.
func (l *line) readBusy() error {
	if l.pool != inLanes {
		return nil
	}
	l.busy = map[string]bool{}
	return l.query(func(r row) error {
		l.busy[r.text(0)] = true
		return nil
	}, heldLanes, l.kind, l.now)
}

// free leaves out the jobs of busy lanes.
func (l line) free(jobs []queue.Job) []queue.Job {
	kept := jobs[:0]
	for _, j := range jobs {
		if !l.busy[j.Lane] {
			kept = append(kept, j)
		}
	}
	return kept
}

// heads returns the first job of every free lane that is due.
func (l line) heads() ([]queue.Job, error) {
	var due []queue.Job
	lane := ""
	for {
		found, err := l.read(nextHead, l.kind, lane)
		if err != nil || len(found) == 0 {
			return l.free(due), err
		}
		head := found[0]
		if record.Micros(head.RunAt) <= l.now {
			due = append(due, head)
		}
		lane = after(head.Lane)
	}
}

// eachTenant returns the first due jobs of every tenant.
func (l line) eachTenant() ([]queue.Job, error) {
	var due []queue.Job
	tenant := ""
	for {
		found, err := l.one(func(r row) error { tenant = r.text(0); return nil }, nextTenant, l.kind, tenant)
		if err != nil || !found {
			return due, err
		}
		jobs, err := l.read(tenantsDue, l.kind, tenant, l.now, int64(l.wanted))
		if err != nil {
			return nil, err
		}
		due = append(due, jobs...)
		tenant = after(tenant)
	}
}

func (l line) read(query string, args ...driver.Value) ([]queue.Job, error) {
	var jobs []queue.Job
	err := l.query(func(r row) error {
		jobs = append(jobs, queue.Job{Kind: r.text(0), Key: r.text(1), Tenant: r.text(2), Lane: r.text(3), RunAt: r.time(4), Order: r.text(5)})
		return nil
	}, query, args...)
	return jobs, err
}
