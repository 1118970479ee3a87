package linkedin

import (
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// Edit replaces the text of a post. Nothing else of a post can be changed. LinkedIn shows
// readers that it was edited.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
func (p *Provider) Edit(ctx context.Context, s *core.Session, remoteID string, e core.Edit) error {
	if !isPost(remoteID) {
		return notAPost()
	}
	text, warnings, err := p.resolveText(ctx, s, textField, e.Text, e.Mentions)
	if err != nil {
		return err
	}
	// Whether the post has something else to show is not known here.
	if err := checkText(text, true).OrNil(); err != nil {
		return err
	}
	for _, w := range warnings {
		s.Warn(w)
	}
	token, err := accessToken(ctx, s)
	if err != nil {
		return err
	}
	err = offered(p.api.UpdateCommentary(ctx, token, remoteID, text.Encode()), "edits of posts")
	return p.explain(ctx, s.Account, s.Account.RemoteID, token, err)
}

// SetComments opens or closes the comments of a post.
func (p *Provider) SetComments(ctx context.Context, s *core.Session, remoteID string, open bool) error {
	if !isPost(remoteID) {
		return notAPost()
	}
	return p.asAuthor(ctx, s, remoteID, func(actor string) error {
		return p.setComments(ctx, s, remoteID, actor, open)
	})
}

// asAuthor does something below a post in the name of the account or, if LinkedIn does
// not let it, of the page that is the author: members publish for pages.
func (p *Provider) asAuthor(ctx context.Context, s *core.Session, post string, do func(actor string) error) error {
	err := do(s.Account.RemoteID)
	if core.KindOf(err) != core.KindForbidden || accountKind(s.Account.RemoteID) != core.AccountPerson || !isPost(post) {
		return err
	}
	if author := p.authorOf(ctx, s, post); accountKind(author) == core.AccountOrganization {
		return do(author)
	}
	return err
}

// setComments opens or closes the comments in the name of the post's author. It may be
// repeated, which its errors say.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/social-metadata-api
func (p *Provider) setComments(ctx context.Context, s *core.Session, urn, actor string, open bool) error {
	token, err := accessToken(ctx, s)
	if err != nil {
		return unsent(err)
	}
	state := api.CommentsClosed
	if open {
		state = api.CommentsOpen
	}
	if err := p.api.UpdateCommentsState(ctx, token, urn, actor, state); err != nil {
		return unsent(p.explain(ctx, s.Account, actor, token, offered(err, "the closing of comments")))
	}
	return nil
}

// authorOf reads who published a post; empty if the account may not read it.
func (p *Provider) authorOf(ctx context.Context, s *core.Session, urn string) string {
	token, err := accessToken(ctx, s)
	if err != nil {
		return ""
	}
	post, err := p.api.GetPost(ctx, token, urn, api.ViewAuthor)
	if err != nil {
		s.Log.InfoContext(ctx, "the author of a post is not known", "post", urn, "error", err)
		return ""
	}
	return post.Author
}
