package bluesky

import (
	"context"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/pace"
	"github.com/crier-social/crier/providers/internal/rest"
)

// around makes a request when it is its turn, and counts it. What is asked without a token
// counts for nobody.
func (p *Provider) around(ctx context.Context, r rest.Request, send rest.Send) (resp *rest.Response, err *core.Error) {
	endpoint := strings.TrimPrefix(r.Op, name+".")
	if r.Token == "" {
		resp, err = send(ctx, r)
		p.onCall(rest.CallOf(name, endpoint, resp, err))
		return resp, err
	}
	turn, held := p.pacer.Begin(ctx, pace.MemberOf(r.Token), endpoint)
	if held != nil {
		p.onCall(core.Call{Platform: name, Endpoint: endpoint, Held: true})
		return nil, held
	}
	defer func() { turn.End(err) }() // a panic keeps no place
	resp, err = send(ctx, r)
	p.onCall(rest.CallOf(name, endpoint, resp, err))
	return resp, err
}

// Usage tells how many calls were made with the account's token today. Tokens are renewed
// every few hours, and each begins anew.
func (p *Provider) Usage(ctx context.Context, s *core.Session) (core.Usage, error) {
	token, err := s.Token(ctx)
	if err != nil {
		return core.Usage{}, err
	}
	return p.pacer.Usage(pace.MemberOf(token)), nil
}

// HeldEndpoints counts the endpoints that no call is made to now.
func (p *Provider) HeldEndpoints() int { return p.pacer.Held() }

var (
	_ core.Meter    = (*Provider)(nil)
	_ core.Throttle = (*Provider)(nil)
)
