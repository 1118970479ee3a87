package bluesky

import (
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// DeleteComment deletes a comment of the account. One that is gone counts as deleted. The
// comment tells by itself what it is below.
func (p *Provider) DeleteComment(ctx context.Context, s *core.Session, _, commentID string) error {
	did, collection, rkey, ok := api.SplitURI(commentID)
	switch {
	case !ok || collection != api.CollectionPost:
		return notAPost("id", commentID)
	case did != s.Account.RemoteID:
		return &core.Error{
			Kind: core.KindForbidden, Code: core.CodeForbidden, Op: "bluesky.deleteComment", Platform: name, Field: "id",
			Message: "The comment was written by " + quotable(did) + ", and on Bluesky nobody can delete what others have written.",
			Help:    "The author of a post can hide replies to it in the app.",
		}
	}
	server, err := p.server(ctx, s)
	if err != nil {
		return err
	}
	return p.api.DeleteRecord(ctx, server, did, collection, rkey)
}
