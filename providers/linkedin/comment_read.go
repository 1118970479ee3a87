package linkedin

import (
	"cmp"
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
		for i := range replies {
			replies[i].Parent = cmp.Or(replies[i].Parent, c.Name())
		}
		all.comments = append(all.comments, replies...)
		all.cut = all.cut || cut
	}
	all.comments = distinct(all.comments)
	return all, nil
}

// distinct leaves out what was read twice.
func distinct(list []api.Comment) []api.Comment {
	read := map[string]bool{}
	return slices.DeleteFunc(list, func(c api.Comment) bool {
		urn := c.Name()
		twice := urn != "" && read[urn]
		read[urn] = true
		return twice
	})
}

// readComments reads the comments on one subject. That LinkedIn knows none is answered
// with 404.
func (p *Provider) readComments(ctx context.Context, token core.Secret, on string) (list []api.Comment, cut bool, err error) {
	start := 0
	for range maxCommentPages {
		page, err := p.api.Comments(ctx, token, on, start, commentPageSize)
		if notThere(err) {
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
		s.Warn(core.Warning{Message: "The post has more comments than are read at once; some are missing."})
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
	var images []string
	for _, content := range c.Content { // LinkedIn tells the URN alone, and in some answers not even that
		if urn := content.Entity.Image; urn != "" {
			images = append(images, urn)
		}
	}
	if len(images) > 0 {
		out.Extra["mediaUrls"] = images
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
	known := map[string]bool{}
	for _, c := range list {
		if c.ParentID == "" && c.ID != "" {
			known[c.ID] = true
		}
	}
	top, replies := []core.Comment{}, map[string][]core.Comment{}
	for _, c := range list {
		if known[c.ParentID] {
			replies[c.ParentID] = append(replies[c.ParentID], c)
			continue
		}
		top = append(top, c)
	}
	for i := range top {
		top[i].Replies = replies[top[i].ID]
	}
	return top
}
