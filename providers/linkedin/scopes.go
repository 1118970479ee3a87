package linkedin

import (
	"context"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// granted returns what a token may do, and through which app it was granted; both empty
// where neither LinkedIn nor the client tells. That an app gets no answer is no reason not
// to link an account.
func (p *Provider) granted(ctx context.Context, c core.Credentials) (scopes []string, app string) {
	state, err := p.stateOf(ctx, c.AccessToken, c.App)
	if err != nil {
		p.log.WarnContext(ctx, "linkedin did not tell the scopes of a token; are client id and secret right?", "error", err)
	}
	if scopes = state.Scopes(); state.Active && len(scopes) > 0 {
		return scopes, state.app
	}
	if state.app == "" {
		state.app = c.App
	}
	return slices.Clone(c.Scopes), state.app
}

// mayPost refuses a token that is known to lack what posting takes.
func mayPost(scopes []string, needed string) error {
	if len(scopes) == 0 || slices.Contains(scopes, needed) {
		return nil
	}
	return forbidden("accessToken", "The token lacks the scope "+needed+", which posting takes; it has "+strings.Join(scopes, ", ")+".")
}
