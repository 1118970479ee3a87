package bluesky

import (
	"context"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// maxDepth is how many replies, one below the other, are read.
const maxDepth = 100

// Comments lists the replies to a post, oldest first, each with all that was said below it.
// https://docs.bsky.app/docs/api/app-bsky-feed-get-post-thread
func (p *Provider) Comments(ctx context.Context, s *core.Session, postID string) ([]core.Comment, error) {
	if !isPostURI(postID) {
		return nil, notAPost("id", postID)
	}
	view, err := p.known.GetPostThread(ctx, p.appView(), postID, maxDepth)
	if err != nil {
		return nil, p.threadError(ctx, s, postID, err)
	}
	t := thread{provider: p, as: s.Account, post: postID, hidden: view.Gate.Record.HiddenReplies}
	list := []core.Comment{}
	for _, reply := range view.Thread.Replies {
		if reply.Post == nil { // what was said below it has no comment to stand below
			list = append(list, t.below(reply)...)
			continue
		}
		c := t.comment(*reply.Post)
		c.Replies = t.below(reply)
		list = append(list, c)
	}
	if t.cut || incomplete(view.Thread) {
		s.Warn(core.Warning{Message: "The AppView does not show all replies to the post: some are hidden or not public, or there are too many."})
	}
	slices.SortStableFunc(list, earlier)
	return list, nil
}

// threadError explains why the replies to a post cannot be read. An AppView that does not know
// a post which its server has was not told of it yet, or never is.
func (p *Provider) threadError(ctx context.Context, s *core.Session, uri string, err error) error {
	if !unknownToView(err) {
		return p.viewError(err)
	}
	repo, collection, rkey, _ := api.SplitURI(uri)
	server, serverErr := p.server(ctx, s)
	if serverErr != nil || repo != s.Account.RemoteID {
		return p.viewError(err)
	}
	if _, readErr := p.api.GetRecord(ctx, server, repo, collection, rkey); readErr != nil {
		return p.viewError(err)
	}
	return &core.Error{
		Kind: core.KindUnsupported, Code: core.CodeUnsupported, Op: core.AsError(err).Op, Platform: name, Err: err,
		Message: "The account's server has the post, but Bluesky's AppView at " + p.cfg.AppViewURL + " does not know it, so that nobody can tell the replies to it.",
		Help:    "After a few seconds it should; if it does not, the account's server is not connected to that AppView. " + helpAppView,
	}
}

// thread turns what the AppView shows into comments.
type thread struct {
	provider *Provider
	as       core.Account
	post     string
	hidden   []string // addresses of the replies that the post's author has hidden
	cut      bool     // there is more than was read
}

// below returns all that was said below a reply, oldest first.
func (t *thread) below(node api.Thread) []core.Comment {
	list := t.collect(node, maxDepth)
	slices.SortStableFunc(list, earlier)
	return list
}

func (t *thread) collect(node api.Thread, depth int) []core.Comment {
	var list []core.Comment
	if depth == 0 {
		t.cut = t.cut || len(node.Replies) > 0
		return nil
	}
	t.cut = t.cut || incomplete(node)
	for _, reply := range node.Replies {
		if reply.Post != nil {
			list = append(list, t.comment(*reply.Post))
		}
		list = append(list, t.collect(reply, depth-1)...)
	}
	return list
}

// incomplete tells whether there are more direct replies to a post than those that are shown.
func incomplete(node api.Thread) bool {
	return node.Post != nil && node.Post.ReplyCount != nil && *node.Post.ReplyCount > int64(len(node.Replies))
}

// comment is a reply as clients know it.
func (t *thread) comment(v api.PostView) core.Comment {
	r := readRecord(v.Record)
	c := core.Comment{
		ID: v.URI, PostID: t.post, Text: r.Text, CreatedAt: timeOf(r, v.IndexedAt),
		From:   core.Commenter{ID: v.Author.DID, Name: v.Author.DisplayName, Username: v.Author.Handle},
		Hidden: slices.Contains(t.hidden, v.URI), Own: v.Author.DID == t.as.RemoteID,
		Extra: counts(v),
	}
	if r.Reply != nil && r.Reply.Parent.URI != t.post {
		c.ParentID = r.Reply.Parent.URI
	}
	if v.LikeCount != nil {
		c.Likes = int(*v.LikeCount)
	}
	delete(c.Extra, "likeCount")
	c.Extra["cid"], c.Extra["commentUrl"] = v.CID, t.provider.postURL(v.URI)
	if files := v.Embed.Files(); len(files) > 0 {
		c.Extra["mediaUrls"] = files
	}
	return c
}

func earlier(a, b core.Comment) int { return a.CreatedAt.Compare(b.CreatedAt) }
