package bluesky

import (
	"context"
	"errors"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/oauth"
)

const opSession = "bluesky.session"

// server returns the server that keeps the account's posts, with the right to write there.
func (p *Provider) server(ctx context.Context, s *core.Session) (api.Server, error) {
	token, kept, err := s.BoundToken(ctx)
	if err != nil {
		return api.Server{}, p.sessionError(err)
	}
	server, err := p.serverOf(ctx, s.Account.RemoteID, token, readBinding(kept))
	if err != nil {
		return api.Server{}, err
	}
	server.Auth.Member = s.Account.RemoteID
	return server, nil
}

// serverOf is server for a token that is at hand. Of tokens that came from elsewhere, the
// server is the one that the account names now.
func (p *Provider) serverOf(ctx context.Context, did string, token core.Secret, b binding) (api.Server, error) {
	s := api.Server{URL: b.PDS, Auth: api.Auth{Token: token}}
	if b.isOAuth() {
		key, err := oauth.ParseKey(core.Secret(b.Key))
		if err != nil {
			return api.Server{}, &core.Error{
				Kind: core.KindAuth, Op: opSession, Platform: name, Err: err, Message: "the key that its tokens are bound to cannot be read",
			}
		}
		s.Auth.Key = p.signIn.nonces.Prover(key)
	}
	if s.URL == "" {
		doc, err := p.people.Document(ctx, did)
		if err != nil {
			return api.Server{}, unknownServer(err)
		}
		s.URL = doc.PDS
	}
	if s.URL == "" {
		return api.Server{}, &core.Error{
			Kind: core.KindAuth, Op: opSession, Platform: name, Message: "its server is not known",
		}
	}
	return s, nil
}

// unknownServer is why the server of a linked account could not be found out. An entry that
// cannot be used may be mended, and says nothing about what is posted.
func unknownServer(err error) error {
	if core.KindOf(err) != core.KindInvalid {
		return err
	}
	e := *core.AsError(err)
	e.Kind, e.Code, e.Field, e.Err = core.KindTemporary, 0, "", err
	return &e
}

// sessionError describes why the tokens could not be had. A failure of the place where they
// are kept says nothing about the account, and may pass.
func (p *Provider) sessionError(err error) error {
	if _, ok := errors.AsType[*core.Error](err); ok {
		return err
	}
	return &core.Error{
		Kind: core.KindTemporary, Op: opSession, Platform: name,
		Message: "the account's tokens could not be read", Err: err,
	}
}

// moved tells why an account is not at a server any more, as a clause for its owner; "": it
// is, as far as can be found out.
func (p *Provider) moved(ctx context.Context, did, pds string) string {
	doc, err := p.people.Anew().Document(ctx, did)
	switch {
	case isGone(err):
		return "it was deleted"
	case err != nil || doc.PDS == "" || doc.PDS == pds:
		return ""
	}
	return "it has moved from " + pds + " to " + doc.PDS
}
