package bluesky

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

const opRefresh = "bluesky.refresh"

// Refresh renews the tokens of an account. A refresh token of OAuth is good once: one whose
// answer is lost is the end of the grant. One of a session stays good for two hours after it
// was used, so that a lost answer costs nothing.
// https://atproto.com/specs/oauth#tokens-and-session-lifetime
func (p *Provider) Refresh(ctx context.Context, c core.Credentials) (core.Credentials, error) {
	if c.RefreshToken == "" {
		return core.Credentials{}, &core.Error{
			Kind: core.KindAuth, Op: opRefresh, Platform: name, Message: "The account's server has given no refresh token.",
		}
	}
	b := readBinding(c.Binding)
	if b.isOAuth() {
		return p.refreshConsent(ctx, c, b)
	}
	return p.refreshSession(ctx, c, b)
}

// refreshConsent renews tokens of OAuth.
func (p *Provider) refreshConsent(ctx context.Context, c core.Credentials, b binding) (core.Credentials, error) {
	if p.signIn.client == nil || p.signIn.client.ID != b.ClientID {
		return core.Credentials{}, otherClient(b.ClientID)
	}
	g, err := b.grant()
	if err != nil {
		return core.Credentials{}, &core.Error{
			Kind: core.KindAuth, Op: opRefresh, Platform: name, Err: err, Message: "the key that its tokens are bound to cannot be read",
		}
	}
	home := p.home(ctx, owner(c, b), b)
	asked := p.clock.Now()
	tokens, err := p.signIn.flow.Refresh(ctx, g, c.RefreshToken)
	switch {
	case core.KindOf(err) == core.KindAuth:
		return core.Credentials{}, p.ended(ctx, c, b, core.AsError(err))
	case err != nil:
		return core.Credentials{}, unrenewed(core.AsError(err))
	case tokens.Subject != owner(c, b): // and the refresh token is used up
		return core.Credentials{}, renewedFor(tokens.Subject)
	}
	return following(received(c, tokens, asked), b, home), nil
}

// home is the server that the account names now, for tokens that are about to be renewed: whoever
// renews them may stand before several, among which accounts move. Where it cannot be found out,
// it is the one that is known. It is asked for before the renewal, since new tokens are kept
// without a delay: those of OAuth are lost with a process that dies before they are.
// https://docs.bsky.app/docs/advanced-guides/entryway
func (p *Provider) home(ctx context.Context, did string, b binding) string {
	if did == "" {
		return b.PDS
	}
	doc, err := p.people.Document(ctx, did)
	if err != nil {
		return b.PDS
	}
	return cmp.Or(doc.PDS, b.PDS)
}

// following are renewed tokens for the server at home. One that does not take them shows at the
// next renewal.
func following(c core.Credentials, b binding, home string) core.Credentials {
	if readBinding(c.Binding).PDS == home {
		return c
	}
	b.PDS = home
	if text, err := b.text(); err == nil { // a struct of strings always encodes
		c.Binding = text
	}
	return c
}

// otherClient tells that a grant was given to this server under another address: the operator
// may have changed it by mistake, and the grant is still good.
func otherClient(id string) *core.Error {
	return &core.Error{
		Kind: core.KindForbidden, Code: core.CodeLinkSetup, Op: opRefresh, Platform: name, Unsent: true,
		Message: "This server was called " + id + " when the account was linked, and is called otherwise now.",
		Help:    "The operator sets CRIER_PUBLIC_URL to what it was, or the account is linked again.",
	}
}

// refreshSession renews the tokens of an app password.
func (p *Provider) refreshSession(ctx context.Context, c core.Credentials, b binding) (core.Credentials, error) {
	did := owner(c, b)
	if did == "" && b.PDS == "" {
		return core.Credentials{}, &core.Error{
			Kind: core.KindUnsupported, Op: opRefresh, Platform: name, Unsent: true,
			Message: "The refresh token does not tell whose it is, and so not which server it is for.",
			Help:    "Link the account again with handle and appPassword, or leave refreshToken out.",
		}
	}
	if other := subject(c.AccessToken); other != "" && did != "" && other != did {
		return core.Credentials{}, lost("its access token is for "+quotable(other)+", and its refresh token for "+quotable(did), nil)
	}
	server, err := p.serverOf(ctx, did, c.RefreshToken, b)
	if err != nil {
		return core.Credentials{}, p.noServerToRenew(err)
	}
	b.PDS = server.URL
	home := p.home(ctx, did, b)
	asked := p.clock.Now()
	s, err := p.api.RefreshSession(ctx, server)
	if err != nil {
		return core.Credentials{}, p.notRefreshed(ctx, c, b, core.AsError(err))
	}
	switch {
	case s.AccessJWT == "" || s.DID == "":
		return core.Credentials{}, &core.Error{
			Kind: core.KindTemporary, Op: opRefresh, Platform: name, Message: "The account's server answered with something that cannot be used.",
		}
	case did != "" && s.DID != did:
		return core.Credentials{}, renewedFor(s.DID)
	}
	// Whoever has moved to another server leaves a deactivated account behind.
	// https://atproto.com/guides/account-migration
	if s.Active != nil && !*s.Active {
		if why := p.moved(ctx, s.DID, b.PDS); why != "" {
			return core.Credentials{}, lost(why, nil)
		}
	}
	c = inSession(c, s, asked)
	c.Holder = holder(s)
	return following(c, b, home), nil
}

// holder is whose a session is. The server's word is enough for a name that is shown to the
// owner, if it can be one; whether it leads to the account is told by an examination.
func holder(s api.Session) core.Holder {
	h := core.Holder{RemoteID: s.DID}
	if handle, err := syntax.ParseHandle(s.Handle); err == nil && handle.AllowedTLD() {
		h.Username = handle.Normalize().String()
	}
	return h
}

// noServerToRenew is why nobody can be asked for new tokens: that the account is gone is its
// end, that this could not be found out is not.
func (p *Provider) noServerToRenew(err error) error {
	if isGone(err) {
		return lost("it was deleted", err)
	}
	return err
}

// notRefreshed tells whether a refusal of the account's server is the end. It is if the server
// says so itself, and not somebody in between; and if the account has gone elsewhere.
func (p *Provider) notRefreshed(ctx context.Context, c core.Credentials, b binding, err *core.Error) *core.Error {
	named := []string{api.ErrExpiredToken, api.ErrInvalidToken, api.ErrAuthMissing, errWrongPassword, "MissingTokenId"}
	switch {
	case err.Kind == core.KindTemporary || err.Kind == core.KindRateLimited:
		return err
	case slices.Contains(named, err.Upstream) && err.Kind == core.KindAuth:
		return p.ended(ctx, c, b, err)
	case err.Kind == core.KindAuth:
		e := *err
		e.Kind = core.KindTemporary
		return &e
	}
	if why := p.movedAway(ctx, c, b); why != "" {
		return lost(why, err)
	}
	return unrenewed(err)
}

// ended tells the owner why the authorization is lost.
func (p *Provider) ended(ctx context.Context, c core.Credentials, b binding, err *core.Error) *core.Error {
	if why := p.movedAway(ctx, c, b); why != "" {
		return lost(why, err)
	}
	if b.isOAuth() {
		return lost(err.Message, err)
	}
	if said, ok := readClaims(c.RefreshToken); ok && !said.ends().IsZero() && !p.clock.Now().Before(said.ends()) {
		return lost("its session has ended, because it was not renewed in time", err)
	}
	return lost("its session was ended on its server; that happens when the app password is deleted", err)
}

// movedAway tells whether the account is gone from the server that the tokens are for.
func (p *Provider) movedAway(ctx context.Context, c core.Credentials, b binding) string {
	if did := owner(c, b); did != "" {
		return p.moved(ctx, did, b.PDS)
	}
	return ""
}

// owner is the DID of whom tokens are for, as is known of those of OAuth, and as others say
// themselves; "": they do not say.
func owner(c core.Credentials, b binding) string {
	if b.DID != "" {
		return b.DID
	}
	for _, token := range []core.Secret{c.RefreshToken, c.AccessToken} {
		if did := subject(token); did != "" {
			return did
		}
	}
	return ""
}

// subject is the DID of whom a token says that it is for; "": it does not say.
func subject(token core.Secret) string {
	if said, ok := readClaims(token); ok && strings.HasPrefix(said.Subject, "did:") {
		return said.Subject
	}
	return ""
}

// renewedFor is the end of an authorization that its server has mistaken for somebody else's.
func renewedFor(did string) *core.Error {
	return lost("its server has renewed it for another account, "+quotable(did), nil)
}

// lost is the end of an authorization, for the reason that is told to the owner.
func lost(why string, cause error) *core.Error {
	e := &core.Error{Kind: core.KindAuth, Op: opRefresh, Platform: name, Message: why, Err: cause}
	if known := core.AsError(cause); cause != nil {
		e.Status, e.Upstream, e.RequestID = known.Status, known.Upstream, known.RequestID
	}
	return e
}

// unrenewed is a failure that is no end: it is tried again.
func unrenewed(err *core.Error) *core.Error {
	e := *err
	switch e.Kind { //nolint:exhaustive // the others are what they are
	case core.KindMedia, core.KindUnsupported:
		e.Kind = core.KindForbidden
	case core.KindInvalid: // the request is always the same, and was good before
		e.Kind, e.Code = core.KindTemporary, core.CodeUpstreamUnavailable
	}
	return &e
}
