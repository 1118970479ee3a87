package pace

import (
	"cmp"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
)

// Usage tells how many calls the member has made today, and what holds them back.
func (p *Pacer) Usage(id Member) core.Usage {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Clock.Now()
	u := core.Usage{Day: dayOf(now), ResetsAt: midnight(now), Endpoints: []core.EndpointUsage{}}
	at, known := p.members[id]
	if !known {
		return u
	}
	m := memberAt(at)
	p.turnDay(m, now)
	for name, e := range m.endpoints {
		held := p.heldUntil(m, name, now)
		if e.calls == 0 && held.IsZero() {
			continue
		}
		u.Calls += e.calls
		u.Endpoints = append(u.Endpoints, core.EndpointUsage{
			Endpoint: name, Calls: e.calls, Quota: p.cfg.MemberQuota,
			AppCalls: p.app[name], AppQuota: p.cfg.AppQuota, HeldUntil: held.UTC(),
		})
	}
	slices.SortFunc(u.Endpoints, func(a, b core.EndpointUsage) int { return cmp.Compare(a.Endpoint, b.Endpoint) })
	return u
}

// heldUntil is until when no call of the member is made to an endpoint; zero: calls are
// made. The caller holds the lock.
func (p *Pacer) heldUntil(m *member, name string, now time.Time) time.Time {
	e := m.endpoints[name]
	switch {
	case now.Before(e.until):
		return e.until
	case p.memberSpent(m, e, now), p.appSpent(name, now):
		return midnight(now)
	}
	return time.Time{}
}

// memberSpent tells whether the member has made all the calls of the day that the
// configured quota allows.
func (p *Pacer) memberSpent(m *member, e *endpoint, now time.Time) bool {
	return p.cfg.MemberQuota > 0 && m.day == dayOf(now) && e.calls >= p.cfg.MemberQuota
}

// appSpent tells it of all members together.
func (p *Pacer) appSpent(name string, now time.Time) bool {
	return p.cfg.AppQuota > 0 && p.day == dayOf(now) && p.app[name] >= p.cfg.AppQuota
}

// Held counts the endpoints that no call is made to now, one for each member.
func (p *Pacer) Held() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, n := p.cfg.Clock.Now(), 0
	for _, at := range p.members {
		m := memberAt(at)
		for name := range m.endpoints {
			if !p.heldUntil(m, name, now).IsZero() {
				n++
			}
		}
	}
	return n
}

// Spent lists the endpoints whose quota of the app is used up for today.
func (p *Pacer) Spent() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.cfg.Clock.Now()
	var names []string
	for name := range p.app {
		if p.appSpent(name, now) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func dayOf(t time.Time) string { return t.UTC().Format(time.DateOnly) }
