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
	// Claim takes up to n jobs that are due and held by nobody (or whose lease
	// has ended), earliest RunAt first, and leases them to the caller. No job is
	// ever given to two callers at a time.
	Claim(ctx context.Context, kinds []string, n int, lease time.Duration) ([]Job, error)
	// Extend moves the end of the lease to lease from now. ErrLeaseLost when the
	// job's lease is no longer j.Lease.
	Extend(ctx context.Context, j Job, lease time.Duration) error
	// Finish ends the claim as d says. ErrLeaseLost as in Extend.
	Finish(ctx context.Context, j Job, d Disposition) error
	// Cancel removes a live job, claimed or not, and tells whether there was one.
	// Its holder learns of it by ErrLeaseLost.
	Cancel(ctx context.Context, kind, key string) (bool, error)
	// NextRunAt returns when the earliest job becomes claimable: its RunAt, or
	// the end of its lease. The zero time means that there is none.
	NextRunAt(ctx context.Context, kinds []string) (time.Time, error)
	// Backlog counts the jobs that are due, held or not.
	Backlog(ctx context.Context, kinds []string) (int, error)
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
}

// Handler works on one claimed job. nil means done; Snooze and Retry say when to
// come back; any other error (and a panic) is retried by the Runner's backoff.
// A handler that returns ErrLeaseLost touches the job no more.
type Handler func(ctx context.Context, j Job) error

// Snooze is returned by a handler to be run again in d without having failed.
func Snooze(d time.Duration) error { return &later{after: d} }

// Retry is returned by a handler to be run again in d after a failure.
func Retry(d time.Duration, cause error) error { return &later{after: d, cause: cause} }

// later is the error by which a handler puts its job off.
type later struct {
	after time.Duration
	cause error // nil: snoozed
}

func (l *later) Error() string {
	if l.cause == nil {
		return "snoozed for " + l.after.String()
	}
	return "retry in " + l.after.String() + ": " + l.cause.Error()
}

func (l *later) Unwrap() error { return l.cause }

// Conclude translates what a handler returned for j into the end of its claim.
// A plain error is retried after b's delay.
func Conclude(err error, j Job, now time.Time, b Backoff) Disposition {
	var l *later
	switch {
	case err == nil:
		return Disposition{Outcome: Done}
	case errors.As(err, &l) && l.cause == nil:
		return Disposition{Outcome: Snoozed, RunAt: now.Add(l.after)}
	case errors.As(err, &l):
		return Disposition{Outcome: Retried, RunAt: now.Add(l.after), Error: l.cause.Error()}
	}
	return Disposition{Outcome: Retried, RunAt: now.Add(b.Delay(j.Attempt)), Error: err.Error()}
}
