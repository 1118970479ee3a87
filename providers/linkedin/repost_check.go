package linkedin

import (
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// checkParent finds out early what is to be reposted, and whether it may be.
func (p *publication) checkParent(ctx context.Context, s *core.Session) error {
	if p.repost == nil {
		return nil
	}
	urn, err := p.findParent(ctx, s)
	if err != nil {
		return err
	}
	p.parent = urn
	token, err := s.Token(ctx)
	if err != nil {
		return err
	}
	post, err := p.provider.api.GetPost(ctx, token, urn, api.ViewReader)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case core.KindOf(err) == core.KindAuth:
		return err
	case notThere(err) && p.repost.postID == "":
		e := invalid(repostField, "LinkedIn has no post "+urn+" that could be reposted.")
		e.Help = "Check the URN, and that the post was not deleted. " + helpWithURN
		return e
	case err != nil: // above all, a token that may post but not read
		p.doubt = append(p.doubt, core.Warning{
			Field:   repostField,
			Message: "Whether " + urn + " may be reposted could not be checked, since LinkedIn does not show it to this account. LinkedIn refuses to repost what was deleted, what is not public, and what its author does not allow to be.",
		})
		return nil
	}
	return checkReshare(post, urn)
}

// checkReshare refuses a post that LinkedIn does not let be reposted.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
func checkReshare(post api.Post, urn string) error {
	reason := ""
	switch {
	case post.IsReshareDisabledByAuthor:
		reason = "its author does not allow it."
	case post.Visibility != "" && post.Visibility != api.VisibilityPublic:
		reason = "not everybody may see it."
	default:
		return nil
	}
	e := invalid(repostField, urn+" cannot be reposted: "+reason)
	e.Help = "Repost a public post whose author allows it, or link to it instead."
	return e
}
