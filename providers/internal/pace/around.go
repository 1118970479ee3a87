package pace

import (
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

// Around makes a request when it is its turn, and tells OnCall of it. It is a rest.Around.
// What is asked without a token counts for nobody.
func (p *Pacer) Around(ctx context.Context, r rest.Request, send rest.Send) (_ *rest.Response, err *core.Error) {
	if r.Token == "" {
		return p.Unpaced(ctx, r, send)
	}
	endpoint := r.Endpoint(p.cfg.Platform)
	turn, held := p.Begin(ctx, callerOf(r), endpoint)
	if held != nil {
		if p.cfg.OnCall != nil {
			p.cfg.OnCall(core.Call{Platform: p.cfg.Platform, Endpoint: endpoint, Held: true})
		}
		return nil, held
	}
	defer func() { turn.End(err) }() // a panic keeps no place
	return p.Unpaced(ctx, r, send)
}

// Unpaced makes a request at once, for nobody's count, and tells OnCall of it. It is a
// rest.Around.
func (p *Pacer) Unpaced(ctx context.Context, r rest.Request, send rest.Send) (*rest.Response, *core.Error) {
	return p.unpaced(ctx, r, send)
}

func callerOf(r rest.Request) Member {
	if r.Member != "" {
		return MemberNamed(r.Member)
	}
	return MemberOf(r.Token)
}
