package queue

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"
)

// How soon a crew looks again when jobs are due and none of them can be had: another process
// holds their lane, or was faster. The pause doubles from look to look, since a lane may be
// held for minutes; it is short again after a claim and when the crew is woken.
const (
	blockedPoll    = 50 * time.Millisecond
	maxBlockedPoll = time.Second
)

// crew is the workers of one pool of a Runner.
type crew struct {
	*Runner
	pool      Pool
	tenantMax int // slots that one tenant takes at most; 0: all
	wake      chan struct{}
	slots     chan struct{}
	blocked   time.Duration // the next pause while no job can be had; of loop alone

	mu      sync.Mutex
	working map[string]int // jobs by tenant
}

func newCrew(r *Runner, pool Pool, tenantMax int) *crew {
	return &crew{
		Runner: r, pool: pool, tenantMax: tenantMax,
		wake: make(chan struct{}, 1), slots: make(chan struct{}, r.cfg.Concurrency), working: map[string]int{}, blocked: blockedPoll,
	}
}

func (c *crew) signal() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// loop claims jobs until ctx ends.
func (c *crew) loop(ctx, jobs context.Context) {
	for ctx.Err() == nil {
		if !c.waitForSlot(ctx) {
			return
		}
		wait, err := c.claimDue(ctx, jobs)
		if err != nil && ctx.Err() == nil {
			c.cfg.Log.ErrorContext(ctx, "queue: claiming jobs failed", "error", err)
		}
		if wait <= 0 {
			continue
		}
		select {
		case <-ctx.Done():
		case <-c.wake:
			c.blocked = blockedPoll
		case <-c.cfg.Clock.After(wait):
		}
	}
}

// waitForSlot waits until a job could be started. Only the loop starts jobs, so
// that a slot that was seen free stays free.
func (c *crew) waitForSlot(ctx context.Context) bool {
	select {
	case c.slots <- struct{}{}:
		<-c.slots
		return true
	case <-ctx.Done():
		return false
	}
}

// claimDue starts what is due, as far as there are slots, and returns how long
// to wait until it may be called again.
func (c *crew) claimDue(ctx, jobs context.Context) (time.Duration, error) {
	next, err := c.cfg.Backend.NextRunAt(ctx, c.kinds, c.pool)
	if err != nil {
		return c.cfg.Poll, fmt.Errorf("next job: %w", err)
	}
	wait := next.Sub(c.cfg.Clock.Now())
	if next.IsZero() || wait > 0 {
		c.blocked = blockedPoll // what is due later is not what could not be had
	}
	switch {
	case next.IsZero():
		return c.cfg.Poll, nil
	case wait > 0:
		return min(wait, c.cfg.Poll), nil
	}
	claimed, err := c.cfg.Backend.Claim(ctx, Wanted{
		Kinds: c.kinds, Pool: c.pool, N: cap(c.slots) - len(c.slots), Lease: c.cfg.Lease,
		Working: c.workingNow(), TenantMax: c.tenantMax,
	})
	if err != nil {
		return c.cfg.Poll, fmt.Errorf("claim: %w", err)
	}
	for _, j := range claimed {
		c.begin(j)
		c.jobs.Go(func() {
			defer c.end(j)
			c.work(jobs, j)
		})
	}
	if len(claimed) == 0 {
		return min(c.cfg.Poll, c.pause()), nil
	}
	c.blocked = blockedPoll
	return 0, nil
}

// pause returns how long to wait after a claim that gave nothing.
func (c *crew) pause() time.Duration {
	d := c.blocked
	c.blocked = min(2*d, maxBlockedPoll)
	return d
}

func (c *crew) workingNow() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.working)
}

func (c *crew) begin(j Job) {
	c.slots <- struct{}{}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.working[j.Tenant]++
}

// end frees the slot, and lets all crews look: the job may have left its lane, or wait in
// one now.
func (c *crew) end(j Job) {
	c.mu.Lock()
	if c.working[j.Tenant]--; c.working[j.Tenant] == 0 {
		delete(c.working, j.Tenant)
	}
	c.mu.Unlock()
	<-c.slots
	c.Wake()
}
