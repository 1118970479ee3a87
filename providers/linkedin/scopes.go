package linkedin

import (
	"context"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// grantedScopes returns what a token may do, and refuses one that is known to lack
// what posting takes. Nothing is known of a token when neither LinkedIn nor the
// client tells its scopes: then there are none, and no refusal.
func (p *Provider) grantedScopes(ctx context.Context, c core.Credentials, needed string) ([]string, error) {
	granted := p.introspect(ctx, c.AccessToken)
	if len(granted) == 0 {
		granted = slices.Clone(c.Scopes)
	}
	if len(granted) == 0 || slices.Contains(granted, needed) {
		return granted, nil
	}
	return nil, forbidden("accessToken", "The token lacks the scope "+needed+", which posting takes; it has "+strings.Join(granted, ", ")+".")
}

// introspect asks LinkedIn for the scopes of a token, which it tells to the app
// that the token was granted to. An app that is not configured, is another one, or
// gets no answer learns nothing; that is no reason not to link an account.
func (p *Provider) introspect(ctx context.Context, token core.Secret) []string {
	if !p.hasApp() {
		return nil
	}
	info, err := p.api.IntrospectToken(ctx, p.cfg.OAuthURL, p.app(), token)
	if err != nil {
		p.log.WarnContext(ctx, "linkedin did not tell the scopes of a token; are client id and secret right?", "error", err)
		return nil
	}
	if !info.Active {
		return nil
	}
	return info.Scopes()
}
