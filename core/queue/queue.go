// Package queue runs durable jobs: the contract that a store fulfils to keep
// them, and the Runner that claims and works them off.
//
// A job is a kind and a key, for example "deliver" and a delivery's id. It holds
// no payload: what there is to do stands in the record that the key names, so
// that it cannot go stale. There is at most one live job for a kind and key.
package queue

import (
	"context"
	"errors"
	"time"
)

// ErrLeaseLost means that a job is no longer the caller's: its lease ended and
// another worker may have claimed it, or it was cancelled.
var ErrLeaseLost = errors.New("queue: lease lost")

// Job is one unit of work. Kind and Key identify it while it is live.
type Job struct {
	Kind  string
	Key   string
	RunAt time.Time // not before
	// Tenant is on whose behalf the job is run: claims are shared out among tenants, so
	// that one with many due jobs does not delay the others. Empty is a tenant too.
	Tenant string
	// Lane is a line in which jobs of a kind are run one after another: at most one of
	// them is held at a time, and of those that are due the one with the earliest RunAt is
	// next, then the one with the smallest Order. Empty: the job is in no lane.
	Lane  string
	Order string
	// Attempt counts the failures so far. Snoozing and lost leases do not count.
	Attempt int
	// Lease is the token of the present claim: unique for every claim, empty for
	// a job that nobody holds.
	Lease      string
	LeaseUntil time.Time
	// LastError is the text of the last failure, for the log and the operator.
	LastError string
}

// Backend keeps jobs. All methods may be called concurrently, also by several
// processes on one store. Time is the backend's clock.
type Backend interface {
	// Enqueue adds jobs. One whose kind and key are live already is left as it is.
	Enqueue(ctx context.Context, jobs ...Job) error
	// Replace adds jobs, each in the place of the live one of the same kind and key, if
	// there is one: its holder learns of it by ErrLeaseLost.
	Replace(ctx context.Context, jobs ...Job) error
	// Claim leases jobs to the caller that are due, held by nobody (or whose lease has
	// ended) and next in their lane. No job is ever given to two callers at a time, and no
	// two jobs of a lane are held at a time. The tenants of whom the caller works on the
	// fewest jobs come first; of one tenant, and of equal ones, the earliest RunAt does.
	Claim(ctx context.Context, w Wanted) ([]Job, error)
	// Enter moves a held job into a lane without giving it up, unless
	// another job of the lane is held, or is due and comes before it: then it returns
	// false, and the job is where it was. ErrLeaseLost as in Extend.
	Enter(ctx context.Context, j Job, lane string) (bool, error)
	// Extend moves the end of the lease to lease from now. ErrLeaseLost when the
	// job's lease is no longer j.Lease.
	Extend(ctx context.Context, j Job, lease time.Duration) error
	// Finish ends the claim as d says. ErrLeaseLost as in Extend.
	Finish(ctx context.Context, j Job, d Disposition) error
	// Cancel removes a live job, claimed or not, and tells whether there was one.
	// Its holder learns of it by ErrLeaseLost.
	Cancel(ctx context.Context, kind, key string) (bool, error)
	// NextRunAt returns when the earliest job of the pool becomes due: its RunAt, or the
	// end of its lease; it may have to wait for its lane then. The zero time means that
	// there is none.
	NextRunAt(ctx context.Context, kinds []string, pool Pool) (time.Time, error)
	// Backlog counts the jobs that are due, held or not.
	Backlog(ctx context.Context, kinds []string) (int, error)
}

// Pool is a part of the jobs that has workers of its own.
type Pool int

// The pools.
const (
	Everything   Pool = iota
	InLanes           // jobs whose turn is worth waiting for, and that should not wait for others
	OutsideLanes      // all others
)

// Wanted says which jobs a claim is to give.
type Wanted struct {
	Kinds []string
	Pool  Pool
	N     int // at most so many
	Lease time.Duration
	// Working is how many jobs the caller works on already, by tenant.
	Working map[string]int
	// TenantMax is how many jobs of one tenant the caller works on at most, those of
	// Working included; 0: as many as there are.
	TenantMax int
}

// Outcome says what becomes of a claimed job.
type Outcome int

// The outcomes.
const (
	Done    Outcome = iota // finished, successfully or for good: the job is removed
	Retried                // failed: run again at RunAt, Attempt counted
	Snoozed                // not yet: run again at RunAt, Attempt kept
)

// Disposition ends a claim.
type Disposition struct {
	Outcome Outcome
	RunAt   time.Time // for Retried and Snoozed
	Error   string    // for Retried
	// Lane is where a Snoozed job waits from now on; nil: where it was.
	Lane *string
}

// Handler works on one claimed job. nil means done; Snooze and Retry say when to
// come back; any other error (and a panic) is retried by the Runner's backoff.
// A handler returns ErrLeaseLost when what the job is about is no longer its own; the job
// is given up then, if it is still held.
type Handler func(ctx context.Context, j Job) error

// Snooze is returned by a handler to be run again in d without having failed.
func Snooze(d time.Duration) error { return &later{after: d} }

// SnoozeUntil is returned by a handler to be run again at the time without having failed,
// in the lane; empty: in none.
func SnoozeUntil(at time.Time, lane string) error { return &later{at: at, lane: &lane} }

// Retry is returned by a handler to be run again in d after a failure.
func Retry(d time.Duration, cause error) error { return &later{after: d, cause: cause} }

// later is the error by which a handler puts its job off.
type later struct {
	after time.Duration
	at    time.Time // in place of after; zero: after
	lane  *string
	cause error // nil: snoozed
}

func (l *later) runAt(now time.Time) time.Time {
	if l.at.IsZero() {
		return now.Add(l.after)
	}
	return l.at
}

func (l *later) Error() string {
	switch {
	case !l.at.IsZero():
		return "snoozed until " + l.at.String()
	case l.cause == nil:
		return "snoozed for " + l.after.String()
	}
	return "retry in " + l.after.String() + ": " + l.cause.Error()
}

func (l *later) Unwrap() error { return l.cause }

// lostPause is how long a job waits whose handler has lost what it is about.
const lostPause = time.Second

// Conclude translates what a handler returned for j into the end of its claim.
// A plain error is retried after b's delay.
func Conclude(err error, j Job, now time.Time, b Backoff) Disposition {
	var l *later
	switch {
	case err == nil:
		return Disposition{Outcome: Done}
	case errors.Is(err, ErrLeaseLost):
		// What the job is about is no longer the handler's; the job itself may be, and would
		// keep its lane until the lease ends.
		return Disposition{Outcome: Snoozed, RunAt: now.Add(lostPause)}
	case errors.As(err, &l) && l.cause == nil:
		return Disposition{Outcome: Snoozed, RunAt: l.runAt(now), Lane: l.lane}
	case errors.As(err, &l):
		return Disposition{Outcome: Retried, RunAt: l.runAt(now), Error: l.cause.Error()}
	}
	return Disposition{Outcome: Retried, RunAt: now.Add(b.Delay(j.Attempt)), Error: err.Error()}
}
