// Package pace keeps the calls of an adapter within what its network takes: it counts
// them by day, member and endpoint, holds back those that would be refused, and bounds
// how many one member has under way. It never sleeps until a limit ends: it refuses,
// and says when to come back.
package pace

import (
	"cmp"
	"container/list"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

const (
	defaultParallel   = 3
	defaultMaxMembers = 4096
	// longestWait is how long a call waits for others of the same member to end; it
	// also leaves at least half of the time that its context has.
	longestWait = 10 * time.Second
	// comeBack is when to try again after that.
	comeBack = 2 * time.Second
)

// ErrHeld is the cause of the errors of calls that were not let through.
var ErrHeld = errors.New("no call was made")

// Config makes a Pacer. Platform and Network are required.
type Config struct {
	Platform string // for errors: "linkedin"
	Network  string // likewise, as its owner writes it
	Clock    core.Clock
	OnCall   func(core.Call) // is told of every request, and of those held back; nil: nobody
	// Jitter returns a random time from 0 up to d, so that whoever was refused
	// together does not come back together; nil: evenly spread.
	Jitter func(d time.Duration) time.Duration
	// Parallel is how many calls of one member may be under way; 0: 3.
	Parallel int
	// MemberQuota and AppQuota are how many calls a day (UTC) an endpoint takes, of one
	// member and of all together; 0: unknown, so that only the network's refusals count.
	MemberQuota, AppQuota int
	// MaxMembers is how many members are remembered; 0: 4096. Those that were idle
	// for the longest time are forgotten first.
	MaxMembers int
}

// Member stands for somebody who granted tokens, without revealing them.
type Member [sha256.Size]byte

// MemberOf returns the member who granted a token.
func MemberOf(token core.Secret) Member { return sha256.Sum256([]byte(token.Reveal())) }

// MemberNamed returns the member with an id of the network, whose tokens are renewed more
// often than counts begin anew. No token is as good as an id.
func MemberNamed(id string) Member { return sha256.Sum256([]byte("member\x00" + id)) }

// Pacer paces calls. It is safe for concurrent use.
type Pacer struct {
	cfg     Config
	unpaced rest.Around

	mu      sync.Mutex
	day     string
	calls   uint64 // that were let through ever
	app     map[string]int
	members map[Member]*list.Element // of *member
	recent  *list.List               // of *member, the one that called last first
}

// member is what is known of one member.
type member struct {
	id        Member
	day       string
	slots     chan struct{} // holds one for each call under way
	endpoints map[string]*endpoint
}

// endpoint is what is known of one member's calls to one endpoint.
type endpoint struct {
	calls   int // today
	strikes int // refusals since the last success
	until   time.Time
	refused core.Error // the refusal for which no call is made until then
	// struck is the number of the last call that was let through before the last
	// refusal: what became of calls up to it says nothing about now.
	struck uint64
}

// New returns a Pacer.
func New(c Config) *Pacer {
	c.Clock = cmp.Or[core.Clock](c.Clock, core.SystemClock{})
	c.Parallel = cmp.Or(c.Parallel, defaultParallel)
	c.MaxMembers = cmp.Or(c.MaxMembers, defaultMaxMembers)
	if c.Jitter == nil {
		c.Jitter = func(d time.Duration) time.Duration { return rand.N(d) } //nolint:gosec // jitter needs no secrecy
	}
	return &Pacer{cfg: c, unpaced: rest.Counted(c.Platform, c.OnCall), app: map[string]int{}, members: map[Member]*list.Element{}, recent: list.New()}
}

// Turn is a call that was let through. Its End is called once.
type Turn struct {
	pacer    *Pacer
	member   *member
	endpoint string
	number   uint64
	day      string // on which it is counted
}

// Begin lets a call through, or refuses it with an error of KindRateLimited around
// ErrHeld that says when to come back. While a refusal of the network stands, the error
// looks like the network's, which it stands for: a caller that asks on many sides sees
// the same on each. It waits for other calls of the same member to end, but neither long
// nor for so long that the call would lack time.
func (p *Pacer) Begin(ctx context.Context, id Member, name string) (*Turn, *core.Error) {
	m, held := p.look(id, name)
	if held != nil {
		return nil, held
	}
	if err := p.takeSlot(ctx, m, name); err != nil {
		return nil, err
	}
	turn, held := p.count(m, name)
	if held != nil {
		<-m.slots
		return nil, held
	}
	return turn, nil
}

// look returns the member, unless the call cannot be made now anyway.
func (p *Pacer) look(id Member, name string) (*member, *core.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	m := p.member(id)
	return m, p.held(m, name)
}

// takeSlot waits until the member has few enough calls under way.
func (p *Pacer) takeSlot(ctx context.Context, m *member, name string) *core.Error {
	select {
	case m.slots <- struct{}{}:
		return nil
	default:
	}
	patience := longestWait
	if deadline, ok := ctx.Deadline(); ok {
		patience = min(patience, time.Until(deadline)/2)
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case m.slots <- struct{}{}:
		return nil
	case <-waiting.Done():
	}
	if err := ctx.Err(); err != nil {
		return &core.Error{
			Kind: core.KindTemporary, Op: p.op(name), Platform: p.cfg.Platform, Unsent: true,
			Message: "the call was given up before its turn came", Err: err,
		}
	}
	return p.refusal(name, comeBack, "too many calls of the same member to "+p.cfg.Network+" are under way.")
}

// count lets the call through, if what happened meanwhile allows it.
func (p *Pacer) count(m *member, name string) (*Turn, *core.Error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if held := p.held(m, name); held != nil {
		return nil, held
	}
	p.app[name]++
	m.endpoint(name).calls++
	p.calls++
	return &Turn{pacer: p, member: m, endpoint: name, number: p.calls, day: m.day}, nil
}

// End tells what became of the call; err is nil for a success. To one of
// KindRateLimited it adds how long to wait, unless the network has said so, and its
// message tells until when. A call that was never sent counts for nothing.
func (t *Turn) End(err *core.Error) {
	t.learn(err)
	<-t.member.slots // last: whoever waits for the place has to know of a refusal
}

func (t *Turn) learn(err *core.Error) {
	p := t.pacer
	p.mu.Lock()
	defer p.mu.Unlock()
	e := t.member.endpoint(t.endpoint)
	switch {
	case err == nil && t.number > e.struck:
		e.strikes, e.until = 0, time.Time{}
	case err != nil && err.Kind == core.KindRateLimited:
		p.strike(t, e, err)
	case err != nil && err.Unsent:
		t.takeBack(e)
	}
}

// takeBack takes the call out of the counts of its day. The caller holds the lock.
func (t *Turn) takeBack(e *endpoint) {
	if t.day == t.pacer.day {
		t.pacer.app[t.endpoint]--
	}
	if t.day == t.member.day {
		e.calls--
	}
}

// strike learns from a refusal. Calls that were under way together count once.
func (p *Pacer) strike(t *Turn, e *endpoint, err *core.Error) {
	now := p.cfg.Clock.Now()
	if t.number > e.struck {
		e.strikes++
		e.struck = p.calls
		e.refused = *err
		e.until = now.Add(cmp.Or(err.RetryAfter, p.pause(e.strikes, now)))
	} else if asked := now.Add(err.RetryAfter); asked.After(e.until) {
		e.until = asked
	}
	err.RetryAfter = max(e.until.Sub(now), 0)
	err.Message = p.usedUp(e.until)
}

// usedUp says until when no call is made, because the network has refused some.
func (p *Pacer) usedUp(until time.Time) string {
	return fmt.Sprintf("%s's limit of calls is used up; the next call of this kind is made after %s.",
		p.cfg.Network, until.UTC().Format(time.RFC3339))
}

// The pauses after refusals. Quotas are daily, and no network says how much of one is
// left: a refusal that repeats itself means that it is used up.
const (
	firstPause  = 30 * time.Second // and up to as much again
	secondPause = 5 * time.Minute
	spread      = 10 * time.Minute // in which calls begin anew after midnight
)

// pause is how long the network is left alone after so many refusals in a row.
func (p *Pacer) pause(strikes int, now time.Time) time.Duration {
	switch strikes {
	case 1:
		return firstPause + p.cfg.Jitter(firstPause)
	case 2:
		return secondPause + p.cfg.Jitter(firstPause)
	}
	return midnight(now).Sub(now) + p.cfg.Jitter(spread)
}

// midnight is when the next day begins in UTC.
func midnight(now time.Time) time.Time { return now.UTC().Truncate(24 * time.Hour).Add(24 * time.Hour) }

// held tells why a call cannot be made now; nil if it can. The caller holds the lock.
func (p *Pacer) held(m *member, name string) *core.Error {
	now := p.cfg.Clock.Now()
	p.turnDay(m, now)
	e := m.endpoint(name)
	untilTomorrow := func() time.Duration { return midnight(now).Sub(now) + p.cfg.Jitter(spread) }
	switch c := p.cfg; {
	case now.Before(e.until):
		held := p.refusal(name, e.until.Sub(now), p.usedUp(e.until))
		held.Unsent = false
		held.Status, held.Upstream, held.RequestID = e.refused.Status, e.refused.Upstream, e.refused.RequestID
		return held
	case p.memberSpent(m, e, now):
		return p.refusal(name, untilTomorrow(), fmt.Sprintf(
			"the account has used up the %d calls a day that this server may make for one member; more are made after midnight (UTC).", c.MemberQuota))
	case p.appSpent(name, now):
		return p.refusal(name, untilTomorrow(), fmt.Sprintf(
			"this server has used up the %d calls a day that its app may make; more are made after midnight (UTC).", c.AppQuota))
	}
	return nil
}

// refusal is the answer to a call that is not made.
func (p *Pacer) refusal(name string, after time.Duration, message string) *core.Error {
	return &core.Error{
		Kind: core.KindRateLimited, Op: p.op(name), Platform: p.cfg.Platform,
		Message: message, RetryAfter: after, Unsent: true, Err: ErrHeld,
	}
}

func (p *Pacer) op(name string) string { return p.cfg.Platform + "." + name }

// turnDay begins the counters anew at midnight. The caller holds the lock.
func (p *Pacer) turnDay(m *member, now time.Time) {
	day := dayOf(now)
	if p.day != day {
		p.day = day
		clear(p.app)
	}
	if m.day == day {
		return
	}
	m.day = day
	for _, e := range m.endpoints {
		e.calls, e.strikes = 0, 0
	}
}

// member returns the member, who is now the one that called last. The caller holds the
// lock.
func (p *Pacer) member(id Member) *member {
	if at, ok := p.members[id]; ok {
		p.recent.MoveToFront(at)
		return memberAt(at)
	}
	m := &member{id: id, slots: make(chan struct{}, p.cfg.Parallel), endpoints: map[string]*endpoint{}}
	p.members[id] = p.recent.PushFront(m)
	p.forget()
	return m
}

// forget drops members that were idle for long, as far as there are too many. One with
// a call under way stays. The caller holds the lock.
func (p *Pacer) forget() {
	for at := p.recent.Back(); at != nil && len(p.members) > p.cfg.MaxMembers; {
		before := at.Prev()
		if m := memberAt(at); len(m.slots) == 0 && before != nil {
			p.recent.Remove(at)
			delete(p.members, m.id)
		}
		at = before
	}
}

func memberAt(at *list.Element) *member {
	m, _ := at.Value.(*member) // the list holds nothing else
	return m
}

// endpoint returns the state of an endpoint. Its name is one of the adapter's own, so
// that there are few.
func (m *member) endpoint(name string) *endpoint {
	e, ok := m.endpoints[name]
	if !ok {
		e = &endpoint{}
		m.endpoints[name] = e
	}
	return e
}
