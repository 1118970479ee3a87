package linkedin

import (
	"cmp"
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/atonce"
)

// AddComment writes a comment on a post, or a reply to one. Whatever the comment needs
// is made ready before its one request: errors until then say Unsent.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
func (p *Provider) AddComment(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, error) {
	pub, on, own, err := p.commentary(s, d)
	if err != nil {
		return core.Comment{}, err
	}
	if err := atonce.Prepare(ctx, own, "linkedin.comment", pub.Prepare); err != nil {
		return core.Comment{}, unsent(err)
	}
	made, err := pub.sendComment(ctx, own, on)
	if err != nil {
		return core.Comment{}, err
	}
	c := commentOf(s.Account, made)
	c.PostID = cmp.Or(d.PostID, on.thread)
	if c.CreatedAt.IsZero() {
		c.CreatedAt = s.Clock.Now()
	}
	return c, nil
}

// commentary makes a comment into a publication that has nothing else, with a session in
// which it can be prepared.
func (p *Provider) commentary(s *core.Session, d core.CommentDraft) (*publication, subject, *core.Session, error) {
	said, on, err := p.planDraft(s.Account, d)
	if err != nil {
		return nil, subject{}, nil, err
	}
	pub := &publication{provider: p, author: s.Account.RemoteID, comment: said, warnings: said.words.warnings}
	own := *s
	own.Checkpoint = &atonce.Memory{}
	return pub, on, &own, nil
}

// notThere tells whether LinkedIn does not have what was named.
func notThere(err error) bool { return core.KindOf(err) == core.KindNotFound && !notOffered(err) }

// offered turns the 404 of a resource that LinkedIn does not offer to the app into a
// refusal.
func offered(err error, what string) error {
	if !notOffered(err) {
		return err
	}
	e := *core.AsError(err)
	e.Kind, e.Code = core.KindForbidden, core.CodeForbidden
	e.Message = "LinkedIn does not offer " + what + " to the app."
	e.Help = "Apply for the Community Management API at https://www.linkedin.com/developers/apps, under Products, then link the account again."
	return &e
}
