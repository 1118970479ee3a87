package linkedin

import (
	"context"

	"github.com/crier-social/crier/core"
)

// Delete deletes a post. One that is gone already counts as deleted.
func (p *Provider) Delete(ctx context.Context, s *core.Session, remoteID string) error {
	if !isPost(remoteID) {
		e := notAPost()
		e.Op = "linkedin.delete"
		return e
	}
	token, err := accessToken(ctx, s)
	if err != nil {
		return err
	}
	err = p.api.DeletePost(ctx, token, remoteID)
	if notThere(err) {
		return nil
	}
	return p.explain(ctx, s.Account, s.Account.RemoteID, token, offered(err, "the deletion of posts"))
}
