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
	u := core.Usage{Day: now.UTC().Format(time.DateOnly), ResetsAt: midnight(now), Endpoints: []core.EndpointUsage{}}
	at, known := p.members[id]
	if !known {
		return u
	}
	m := memberAt(at)
	p.turnDay(m, now)
	for name, e := range m.endpoints {
		held := e.until
		if !now.Before(held) {
			held = time.Time{}
		}
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
