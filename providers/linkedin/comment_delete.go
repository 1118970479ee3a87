package linkedin

import (
	"context"

	"github.com/crier-social/crier/core"
)

// DeleteComment deletes a comment of the account, or of the page for which it published
// the post. One that is gone counts as deleted.
func (p *Provider) DeleteComment(ctx context.Context, s *core.Session, postID, commentID string) error {
	thread, id, ok := splitComment(commentID)
	if !ok {
		e := invalid("id", "Not a comment on LinkedIn: its URN has the form urn:li:comment:(urn:li:activity:…,…)")
		e.Op = "linkedin.deleteComment"
		return e
	}
	token, err := accessToken(ctx, s)
	if err != nil {
		return err
	}
	return p.asAuthor(ctx, s, postID, func(actor string) error {
		err := p.api.DeleteComment(ctx, token, thread, id, actor)
		if notThere(err) {
			return nil
		}
		return p.explainDeletion(ctx, s, actor, token, thread, id, offered(err, "comments"))
	})
}

const helpOwnComments = "The author of a comment, or whoever administers the post on LinkedIn itself, can delete it there."

// explainDeletion finds out why LinkedIn refused to delete a comment. One of somebody else
// cannot be deleted whatever scopes and roles there are.
func (p *Provider) explainDeletion(ctx context.Context, s *core.Session, actor string, token core.Secret, thread, id string, err error) error {
	e, ok := unclear(err)
	if !ok {
		return err
	}
	asking, cancel := context.WithTimeout(ctx, diagnoseTimeout)
	defer cancel()
	c, readErr := p.api.GetComment(asking, token, thread, id)
	if readErr != nil || c.Actor == "" || c.Actor == actor {
		return p.explain(ctx, s.Account, actor, token, err)
	}
	told := *e
	told.Field = "id"
	told.Message = "The comment was written by " + c.Actor + ", and LinkedIn lets an account delete only its own comments."
	told.Help = helpOwnComments
	return &told
}
