package bluesky

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// binding is what an account's tokens are good for, besides what they say themselves.
type binding struct {
	PDS string `json:"pds"` // base of the server that keeps the account's posts
}

// server returns the server that keeps the account's posts, with the right to write there.
func (p *Provider) server(ctx context.Context, s *core.Session) (api.Server, error) {
	token, err := s.Token(ctx)
	if err != nil {
		return api.Server{}, p.sessionError(err)
	}
	raw, err := s.TokenBinding(ctx)
	if err != nil {
		return api.Server{}, p.sessionError(err)
	}
	var b binding
	if json.Unmarshal([]byte(raw.Reveal()), &b) != nil || b.PDS == "" {
		return api.Server{}, &core.Error{
			Kind: core.KindAuth, Op: "bluesky.session", Platform: name, Message: "the server of the account is not known",
		}
	}
	return api.Server{URL: b.PDS, Auth: api.Auth{Token: token}}, nil
}

// sessionError describes why the tokens could not be had. A failure of the place where they
// are kept says nothing about the account, and may pass.
func (p *Provider) sessionError(err error) error {
	if _, ok := errors.AsType[*core.Error](err); ok {
		return err
	}
	return &core.Error{
		Kind: core.KindTemporary, Op: "bluesky.session", Platform: name,
		Message: "the account's tokens could not be read", Err: err,
	}
}
