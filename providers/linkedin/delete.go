package linkedin

import (
	"context"

	"github.com/crier-social/crier/core"
)

// Delete deletes a post. One that is gone already counts as deleted.
func (p *Provider) Delete(ctx context.Context, s *core.Session, remoteID string) error {
	if !isPost(remoteID) {
		e := invalid("id", "Not a post on LinkedIn: its URN has the form urn:li:share:… or urn:li:ugcPost:…")
		e.Op = "linkedin.delete"
		return e
	}
	token, err := s.Token(ctx)
	if err != nil {
		return err
	}
	err = p.api.DeletePost(ctx, token, remoteID)
	if core.KindOf(err) == core.KindNotFound {
		return nil
	}
	return p.explain(ctx, s.Account, s.Account.RemoteID, token, err)
}
