package media

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

// disk shares out the space for files of posts under way. Groups wait for each
// other in the order in which they came. The one that has been at it longest never
// waits, so that it gets to its end and gives its space back: its files may exceed
// the limit, as long as they are no larger than the limit themselves.
type disk struct {
	limit    int64
	patience time.Duration // how long one waits before it lets others work
	clock    core.Clock

	mu      sync.Mutex
	used    int64
	turn    int64
	active  map[*tenant]struct{} // those that have or want space
	waiting []*request           // in the order of arrival
}

// tenant is a group as far as space is concerned.
type tenant struct {
	turn int64 // when it came; lower is earlier
	held int64
	want int // requests that wait
	// absent means that it waited in vain and will come again: it keeps its turn, so
	// that smaller ones which come later cannot keep it from its space for ever.
	absent bool
}

type request struct {
	tenant *tenant
	bytes  int64
	given  chan struct{}
}

func newDisk(limit int64, patience time.Duration, clock core.Clock) *disk {
	return &disk{limit: limit, patience: patience, clock: clock, active: map[*tenant]struct{}{}}
}

// claim is the space of one file.
type claim struct {
	disk   *disk
	tenant *tenant

	mu    sync.Mutex
	bytes int64
}

func (d *disk) claim(t *tenant) *claim { return &claim{disk: d, tenant: t} }

// grow makes the claim at least so large, waiting until others have given space
// back. A wait that takes too long ends with an error of KindRateLimited: the post
// is put off, and its worker does something else meanwhile.
func (c *claim) grow(ctx context.Context, bytes int64) error {
	c.mu.Lock()
	missing := bytes - c.bytes
	c.mu.Unlock()
	if missing <= 0 {
		return nil
	}
	if err := c.disk.take(ctx, c.tenant, missing); err != nil {
		return err
	}
	c.mu.Lock()
	c.bytes += missing
	c.mu.Unlock()
	return nil
}

// shrink gives back what goes beyond so many bytes.
func (c *claim) shrink(bytes int64) {
	c.mu.Lock()
	excess := max(0, c.bytes-bytes)
	c.bytes -= excess
	c.mu.Unlock()
	c.disk.give(c.tenant, excess)
}

// release gives the space back.
func (c *claim) release() { c.shrink(0) }

func (d *disk) take(ctx context.Context, t *tenant, bytes int64) error {
	r, err := d.ask(t, bytes)
	if r == nil {
		return err
	}
	select {
	case <-r.given:
		return nil
	case <-d.clock.After(d.patience):
		err = noSpace(d.limit)
	case <-ctx.Done():
		err = interrupted(context.Cause(ctx))
	}
	if d.withdraw(r, ctx.Err() == nil) {
		return err
	}
	return nil // it was given in the same moment
}

// dismiss takes its turn from a tenant that will not come again.
func (d *disk) dismiss(t *tenant) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t.absent = false
	d.settle(t)
	d.serve()
}

// ask takes the space at once or puts a request into the queue.
func (d *disk) ask(t *tenant, bytes int64) (*request, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t.held+bytes > d.limit {
		return nil, overBudget(t.held+bytes, d.limit)
	}
	if _, there := d.active[t]; !there {
		d.turn++
		t.turn = d.turn
		d.active[t] = struct{}{}
	}
	r := &request{tenant: t, bytes: bytes, given: make(chan struct{})}
	t.want++
	d.waiting = append(d.waiting, r)
	d.serve()
	if closed(r.given) {
		return nil, nil //nolint:nilnil // no request is left, and nothing went wrong
	}
	return r, nil
}

// withdraw takes a request out of the queue; false if it has been served. The tenant
// keeps its turn if it is going to come again.
func (d *disk) withdraw(r *request, comesAgain bool) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	i := slices.Index(d.waiting, r)
	if i < 0 {
		return false
	}
	d.waiting = slices.Delete(d.waiting, i, i+1)
	r.tenant.want--
	r.tenant.absent = comesAgain
	d.settle(r.tenant)
	d.serve()
	return true
}

func (d *disk) give(t *tenant, bytes int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.used -= bytes
	t.held -= bytes
	d.settle(t)
	d.serve()
}

// settle forgets a tenant that has nothing and wants nothing. The lock is held.
func (d *disk) settle(t *tenant) {
	if t.held == 0 && t.want == 0 && !t.absent {
		delete(d.active, t)
	}
}

// serve gives space to those who wait, in order, and whatever is free to the one
// that came first. The lock is held.
func (d *disk) serve() {
	eldest := d.eldest()
	blocked := false
	d.waiting = slices.DeleteFunc(d.waiting, func(r *request) bool {
		if r.tenant != eldest && (blocked || d.used+r.bytes > d.limit) {
			blocked = true
			return false
		}
		d.used += r.bytes
		r.tenant.held += r.bytes
		r.tenant.want--
		r.tenant.absent = false
		close(r.given)
		return true
	})
}

func (d *disk) eldest() *tenant {
	var first *tenant
	for t := range d.active {
		if first == nil || t.turn < first.turn {
			first = t
		}
	}
	return first
}

// step is how much space is taken at a time for a file whose size nobody tells, in
// bytes.
func (d *disk) step() int64 {
	const most, share = 16 << 20, 16
	return max(1, min(most, d.limit/share))
}

func (d *disk) inUse() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used
}

func noSpace(limit int64) *core.Error {
	return &core.Error{
		Kind: core.KindRateLimited, Code: core.CodeMediaSpace, Op: op, RetryAfter: spaceRetry,
		Message: "the space for files of posts under way (" + core.FormatBytes(limit) + ") is taken by other posts",
	}
}

// spaceRetry is when a post that found no space is tried again.
const spaceRetry = 10 * time.Second

func overBudget(bytes, limit int64) *core.Error {
	need, most := formatPair(bytes, limit)
	e := mediaError(core.CodeMediaTooLarge, fmt.Sprintf("the files of the post take %s, this server keeps at most %s", need, most))
	e.Help = "Send smaller files, or ask the operator of the server to raise CRIER_MEDIA_DISK."
	return e
}
