package template

import (
	"context"

	"github.com/crier-social/crier/core"
)

// Removing what was published.

// Delete removes a post. What is gone already is deleted.
func (p *Provider) Delete(ctx context.Context, s *core.Session, remoteID string) error {
	token, err := s.Token(ctx)
	if err != nil {
		return err
	}
	if err := p.api.DeletePost(ctx, token, remoteID); core.KindOf(err) != core.KindNotFound {
		return err
	}
	return nil
}
