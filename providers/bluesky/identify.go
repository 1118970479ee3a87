package bluesky

import (
	"cmp"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/identity"
)

const (
	opIdentify = "bluesky.identify"
	// profileTime bounds the questions about a profile: an account can be linked without.
	profileTime = 10 * time.Second
	// maxDisplayName is in bytes; a server may have a longer one, which no other shows.
	// https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/actor/profile.json
	maxDisplayName    = 640
	collectionProfile = "app.bsky.actor.profile"
)

// Identify asks the server of the tokens' owner whether it takes them. remoteID is empty, or
// the owner's DID or handle: nobody posts as somebody else.
func (p *Provider) Identify(ctx context.Context, c core.Credentials, remoteID string) (core.Account, error) {
	b := readBinding(c.Binding)
	said, _ := readClaims(c.AccessToken) // a token of OAuth need not say anything
	did := cmp.Or(b.DID, said.Subject)
	if !strings.HasPrefix(did, "did:") {
		return core.Account{}, badToken("The access token is not one of the AT protocol.")
	}
	if said.Bound != nil && !b.isOAuth() {
		return core.Account{}, badToken("The access token is bound to a key that only the program has that it was given to.")
	}
	if b == (binding{}) {
		if err := p.unfitToRenew(c.RefreshToken, did); err != nil {
			return core.Account{}, err
		}
	}
	s, err := p.serverOf(ctx, did, c.AccessToken, b)
	if err != nil {
		return core.Account{}, tokenError(core.AsError(err))
	}
	session, err := p.api.GetSession(ctx, s)
	if err != nil {
		return core.Account{}, tokenError(core.AsError(err))
	}
	if err := unfitSession(cmp.Or(session.Handle, session.DID), did, api.Session{AccessJWT: c.AccessToken, SessionInfo: session}); err != nil {
		return core.Account{}, unfitFor(opIdentify, "accessToken", err)
	}
	if err := p.isOwner(ctx, remoteID, session); err != nil {
		return core.Account{}, err
	}
	a := p.account(ctx, session.DID, s.URL)
	a.App, a.Scopes = c.App, said.scopes()
	a.ExpiresAt = said.ends()
	if renew, ok := readClaims(c.RefreshToken); ok {
		a.RefreshExpiresAt = renew.ends()
	}
	if b.isOAuth() { // what came with these tokens says more
		a.Scopes, a.ExpiresAt, a.RefreshExpiresAt = slices.Clone(c.Scopes), c.ExpiresAt, c.RefreshExpiresAt
	}
	return a, nil
}

// isOwner refuses tokens of somebody else than is wanted.
func (p *Provider) isOwner(ctx context.Context, wanted string, s api.SessionInfo) error {
	wanted = identity.Tidy(wanted)
	if wanted == "" || wanted == s.DID || wanted == strings.ToLower(s.Handle) {
		return nil
	}
	if did, err := p.people.DID(ctx, wanted); err == nil && did == s.DID {
		return nil
	}
	return &core.Error{
		Kind: core.KindForbidden, Op: opIdentify, Platform: name, Field: "id",
		Message: "The token belongs to " + quotable(s.DID) + ", not to " + quotable(wanted) + ".",
		Help:    "Send a token of the other account, or leave id out to link the one that the token belongs to.",
	}
}

func badToken(message string) *core.Error {
	return &core.Error{
		Kind: core.KindAuth, Op: opIdentify, Platform: name, Field: "accessToken", Message: message,
		Help: "Link the account with handle and appPassword instead.",
	}
}

// unfitToRenew refuses a refresh token from elsewhere that cannot go on with the access token
// of an account: its server would never say so, since it may be good for another account.
func (p *Provider) unfitToRenew(token core.Secret, did string) error {
	if token == "" {
		return nil
	}
	e := &core.Error{
		Kind: core.KindInvalid, Code: core.CodeParameters, Op: opIdentify, Platform: name, Field: "refreshToken",
		Help: "Send the refreshJwt that came together with the access token, or link the account with handle and appPassword instead.",
	}
	said, readable := readClaims(token)
	scopes, ends := said.scopes(), said.ends()
	switch {
	case !readable || !strings.HasPrefix(said.Subject, "did:"):
		e.Message = "The refresh token is not one of the AT protocol."
	case said.Subject != did:
		e.Message = "The refresh token belongs to " + quotable(said.Subject) + ", and the access token to " + quotable(did) + "."
	case len(scopes) > 0 && !slices.Contains(scopes, scopeRefresh):
		e.Message = "The refresh token is none, but an access token."
	case !ends.IsZero() && !p.clock.Now().Before(ends):
		e.Message = "The refresh token has expired."
	default:
		return nil
	}
	return e
}

// tokenError is about an account that was named by its token.
func tokenError(err *core.Error) *core.Error {
	e := reachable(err)
	if e.Field == fieldHandle {
		e.Field = "accessToken"
	}
	if e.Kind == core.KindNotFound {
		e.Kind = core.KindAuth
	}
	return e
}

// account describes an account: its handle as the directory has it, its name and picture as
// the AppView shows them, or else as they are in its own records. Without either it is known
// by its handle.
func (p *Provider) account(ctx context.Context, did, pds string) core.Account {
	ctx, cancel := context.WithTimeout(ctx, profileTime)
	defer cancel()
	shown, err := p.known.GetProfile(ctx, p.appView(), did)
	if err != nil {
		shown = p.ownProfile(ctx, did, pds)
	}
	if found, err := p.people.Lookup(ctx, did); err == nil {
		shown.Handle = found.Handle
	}
	if shown.Handle == invalidHandle {
		shown.Handle = ""
	}
	return core.Account{
		Platform: name, RemoteID: did, Kind: core.AccountPerson, Username: shown.Handle,
		DisplayName: cmp.Or(strings.TrimSpace(shown.DisplayName), shown.Handle, did), ImageURL: shown.Avatar,
		ProfileURL: p.cfg.WebURL + "/profile/" + did, // a handle may change
	}
}

// invalidHandle stands for one that does not lead back to its account.
const invalidHandle = "handle.invalid"

// ownProfile reads the record of the profile at the account's server. There may be none.
func (p *Provider) ownProfile(ctx context.Context, did, pds string) api.Profile {
	s := api.Server{URL: pds}
	record, err := p.api.GetRecord(ctx, s, did, collectionProfile, "self")
	if err != nil {
		return api.Profile{}
	}
	var said struct {
		Name   string    `json:"displayName"`
		Avatar *api.Blob `json:"avatar"`
	}
	if json.Unmarshal(record.Value, &said) != nil {
		return api.Profile{}
	}
	var out api.Profile
	if len(said.Name) <= maxDisplayName {
		out.DisplayName = said.Name
	}
	if said.Avatar != nil && isCID(said.Avatar.Ref.CID) {
		out.Avatar = pds + "/xrpc/com.atproto.sync.getBlob?" + url.Values{"did": {did}, "cid": {said.Avatar.Ref.CID}}.Encode()
	}
	return out
}

// isCID tells whether a stranger's name of a file is one.
func isCID(s string) bool {
	_, err := syntax.ParseCID(s)
	return err == nil
}

var _ core.Identifier = (*Provider)(nil)
