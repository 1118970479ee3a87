package linkedin

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// wanted is a comment that is looked for.
type wanted struct {
	actor    string
	parent   string // URN of the comment that it replies to; empty: it is no reply
	text     littletext.Text
	image    string // URN; empty: any, if hasImage
	hasImage bool
	after    time.Time
}

// is tells whether a comment is the one.
func (w wanted) is(c api.Comment) bool {
	if c.Actor != w.actor || !sameComment(c.Parent, w.parent) || time.UnixMilli(c.Created.Time).Before(w.after) || words(c.Message.Text) != words(w.text.Visible()) {
		return false
	}
	if len(c.Content) == 0 || !w.hasImage {
		return len(c.Content) == 0 && !w.hasImage
	}
	got := c.Content[0].Entity.Image
	return w.image == "" || got == "" || got == w.image
}

// sameComment tells whether two URNs are of one comment: its thread has several URNs.
func sameComment(a, b string) bool {
	_, one, known := splitComment(a)
	_, other, _ := splitComment(b)
	return a == b || (known && one == other)
}

// words is a text without regard to white space, which LinkedIn may change.
func words(text string) string { return strings.Join(strings.Fields(text), " ") }

// findComment looks for a comment below a post. Not found with a nil error proves that
// there is none.
func (p *Provider) findComment(ctx context.Context, s *core.Session, post string, w wanted, since time.Time) (api.Comment, bool, error) {
	token, err := accessToken(ctx, s)
	if err != nil {
		return api.Comment{}, false, err
	}
	w.after = since.Add(-clockSkew)
	all, err := p.readAround(ctx, token, post, w.parent)
	if err != nil {
		return api.Comment{}, false, err
	}
	w.parent = all.above(w.parent)
	for _, c := range all.comments {
		if w.is(c) {
			return c, true, nil
		}
	}
	if age := s.Clock.Now().Sub(since); age < readDelay {
		return api.Comment{}, false, &core.Error{
			Kind: core.KindTemporary, Op: "linkedin.findComment", Platform: name, RetryAfter: readDelay - age,
			Message: "LinkedIn does not show the comment yet; it may still appear.",
		}
	}
	if all.cut {
		return api.Comment{}, false, &core.Error{
			Kind: core.KindUncertain, Op: "linkedin.findComment", Platform: name,
			Message: "The post has more comments than can be looked through; the one in question was not among the first.",
		}
	}
	return api.Comment{}, false, nil
}

// readAround reads the comments of a post among which there may be one; replies only
// where it is a reply.
func (p *Provider) readAround(ctx context.Context, token core.Secret, post, parent string) (discussion, error) {
	if parent != "" {
		return p.readDiscussion(ctx, token, post)
	}
	list, cut, err := p.readComments(ctx, token, post)
	return discussion{comments: list, cut: cut}, err
}

// above returns the comment below which LinkedIn puts a reply to a comment: that comment
// or, if it is a reply itself, the one above both.
func (d *discussion) above(urn string) string {
	for _, c := range d.comments {
		if c.Parent != "" && sameComment(c.Name(), urn) {
			return c.Parent
		}
	}
	return urn
}

// FindComment looks for a comment of the account whose answer was lost.
func (p *Provider) FindComment(ctx context.Context, s *core.Session, d core.CommentDraft, since time.Time) (core.Comment, bool, error) {
	pub, on, own, err := p.commentary(s, d)
	if err != nil {
		return core.Comment{}, false, err
	}
	r, err := pub.lookUpComment(ctx, own)
	if err == nil && r.trouble != nil {
		err = r.trouble
	}
	if err != nil {
		return core.Comment{}, false, err
	}
	w := wanted{actor: pub.author, parent: on.parent, text: r.text, hasImage: pub.comment.image != nil}
	if w.hasImage {
		w.image = pub.comment.image.urn
	}
	c, found, err := p.findComment(ctx, s, on.thread, w, since)
	if err != nil || !found {
		return core.Comment{}, false, err
	}
	out := commentOf(s.Account, c)
	out.PostID = cmp.Or(d.PostID, on.thread)
	return out, true, nil
}
