package bluesky

import (
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/pace"
)

// Usage tells how many calls were made for the account today, whichever of its tokens they
// were made with.
func (p *Provider) Usage(_ context.Context, s *core.Session) (core.Usage, error) {
	return p.pacer.Usage(pace.MemberNamed(s.Account.RemoteID)), nil
}

// HeldEndpoints counts the endpoints that no call is made to now.
func (p *Provider) HeldEndpoints() int { return p.pacer.Held() }

var (
	_ core.Meter    = (*Provider)(nil)
	_ core.Throttle = (*Provider)(nil)
)
