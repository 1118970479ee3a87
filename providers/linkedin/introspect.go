package linkedin

import (
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// Introspect asks LinkedIn, through the app that the token was granted to, whether it still
// takes it. A token that is not active and has no status is another app's, or was asked about
// with a wrong secret: it may well be good.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/token-introspection
func (p *Provider) Introspect(ctx context.Context, c core.Credentials) (core.TokenState, error) {
	state, err := p.stateOf(ctx, c.AccessToken, c.App)
	switch {
	case state.Active:
		return core.TokenState{Standing: core.TokenActive}, nil
	case state.Status == api.TokenRevoked:
		return core.TokenState{Standing: core.TokenEnded, Reason: "its authorization was revoked on LinkedIn"}, nil
	case state.Status == api.TokenExpired:
		return core.TokenState{Standing: core.TokenEnded, Reason: "its access token has expired, as LinkedIn says"}, nil
	case err != nil:
		return core.TokenState{}, core.AsError(err)
	}
	return core.TokenState{}, nil
}
