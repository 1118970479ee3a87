package linkedin

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	commentPageSize = 50
	maxCommentPages = 20
	// maxReplyReads is of how many comments of one post the replies are read.
	maxReplyReads = 50
	// maxNameLookups is how many names of pages are looked up for the comments of a post.
	maxNameLookups = 20
)

// discussion is what was read of the comments of a post.
type discussion struct {
	comments []api.Comment // replies included, in no order
	cut      bool          // there are more
}

// readDiscussion reads the comments of a post with the replies to them.
func (p *Provider) readDiscussion(ctx context.Context, token core.Secret, post string) (discussion, error) {
	top, cut, err := p.readComments(ctx, token, post)
	if err != nil {
		return discussion{}, err
	}
	all, reads := discussion{comments: top, cut: cut}, 0
	for _, c := range top {
		if c.Parent != "" || c.Name() == "" || (c.Replies != nil && c.Replies.Total == 0) {
			continue
		}
		if reads++; reads > maxReplyReads {
			all.cut = true
			break
		}
		replies, cut, err := p.readComments(ctx, token, c.Name())
		if err != nil {
			return discussion{}, err
		}
		all.add(c.Name(), replies)
		all.cut = all.cut || cut
	}
	return all, nil
}

// add adds replies to a comment that are not among the comments already.
func (d *discussion) add(parent string, replies []api.Comment) {
	for _, r := range replies {
		if slices.ContainsFunc(d.comments, func(c api.Comment) bool { return c.Name() == r.Name() }) {
			continue
		}
		if r.Parent == "" {
			r.Parent = parent
		}
		d.comments = append(d.comments, r)
	}
}

// readComments reads the comments on one subject. That LinkedIn knows none is answered
// with 404.
func (p *Provider) readComments(ctx context.Context, token core.Secret, on string) (list []api.Comment, cut bool, err error) {
	start := 0
	for range maxCommentPages {
		page, err := p.api.Comments(ctx, token, on, start, commentPageSize)
		if core.KindOf(err) == core.KindNotFound && !notOffered(err) {
			return list, false, nil
		}
		if err != nil {
			return nil, false, offered(err, "comments")
		}
		list = append(list, page.Elements...)
		next, more := page.NextStart()
		if !more || next <= start {
			return list, false, nil
		}
		start = next
	}
	return list, true, nil
}

// Comments lists the comments of a post, oldest first, with the replies to them. Names
// are given as far as LinkedIn tells them: those of pages, and the account's own.
func (p *Provider) Comments(ctx context.Context, s *core.Session, postID string) ([]core.Comment, error) {
	if !isPost(postID) {
		return nil, notAPost()
	}
	token, err := accessToken(ctx, s)
	if err != nil {
		return nil, err
	}
	all, err := p.readDiscussion(ctx, token, postID)
	if err != nil {
		return nil, p.explain(ctx, s.Account, s.Account.RemoteID, token, err)
	}
	if all.cut {
		s.Warn(core.Warning{Message: "The post has more comments than are read at once; the latest are missing."})
	}
	list := make([]core.Comment, len(all.comments))
	for i, c := range all.comments {
		list[i] = commentOf(s.Account, c)
		list[i].PostID = postID
	}
	p.nameCommenters(ctx, token, list)
	return nested(list), nil
}

// commentOf is a comment as clients know it.
func commentOf(as core.Account, c api.Comment) core.Comment {
	out := core.Comment{
		ID: c.Name(), ParentID: c.Parent, Text: c.Message.Text, From: core.Commenter{ID: c.Actor},
		Likes: max(c.Likes.Total, c.Likes.Aggregate), Own: c.Actor == as.RemoteID,
		Extra: map[string]any{"commentUrn": c.Name()},
	}
	if c.Created.Time > 0 {
		out.CreatedAt = time.UnixMilli(c.Created.Time).UTC()
	}
	if out.Own {
		out.From.Name, out.From.Username = as.DisplayName, as.Username
	}
	return out
}

// nameCommenters fills in the names of pages. LinkedIn tells nobody those of people.
func (p *Provider) nameCommenters(ctx context.Context, token core.Secret, list []core.Comment) {
	names := map[string]core.Commenter{}
	for i := range list {
		from := &list[i].From
		if from.Name != "" || !strings.HasPrefix(from.ID, organizationPrefix) {
			continue
		}
		known, asked := names[from.ID]
		if !asked && len(names) < maxNameLookups {
			known = core.Commenter{ID: from.ID}
			if page, err := p.pageByURN(ctx, token, from.ID); err == nil {
				known.Name, known.Username = page.LocalizedName, page.VanityName
			}
			names[from.ID] = known
			asked = true
		}
		if asked {
			*from = known
		}
	}
}

// nested hangs replies below their comments, each list oldest first. A reply whose
// comment is missing stands by itself.
func nested(list []core.Comment) []core.Comment {
	slices.SortStableFunc(list, func(a, b core.Comment) int { return a.CreatedAt.Compare(b.CreatedAt) })
	place := map[string]int{}
	top := []core.Comment{}
	for _, c := range list {
		if c.ParentID == "" {
			place[c.ID] = len(top)
			top = append(top, c)
		}
	}
	var orphans []core.Comment
	for _, c := range list {
		if c.ParentID == "" {
			continue
		}
		if at, ok := place[c.ParentID]; ok {
			top[at].Replies = append(top[at].Replies, c)
			continue
		}
		orphans = append(orphans, c)
	}
	return append(top, orphans...)
}
