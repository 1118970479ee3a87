package appview

import (
	"cmp"
	"net/url"
	"slices"
	"time"
)

func (w *world) getPosts(params url.Values) (any, *Problem) {
	uris, bad := batch(params, "uris")
	if bad != nil {
		return nil, bad
	}
	out := struct {
		Posts []postView `json:"posts"`
	}{[]postView{}}
	for _, uri := range uris {
		if p := w.post(uri); p != nil {
			out.Posts = append(out.Posts, w.show(p))
		}
	}
	return out, nil
}

const threadType = "app.bsky.feed.defs#threadViewPost"

// MaxDepth is how many posts below one, and above it, a thread can be asked for.
// https://docs.bsky.app/docs/api/app-bsky-feed-get-post-thread
const MaxDepth = 1000

func (w *world) getPostThread(params url.Values) (any, *Problem) {
	uri, bad := need(params, "uri")
	if bad != nil {
		return nil, bad
	}
	depth, bad := number(params, "depth", 6, 0, MaxDepth)
	if bad != nil {
		return nil, bad
	}
	height, bad := number(params, "parentHeight", 80, 0, MaxDepth)
	if bad != nil {
		return nil, bad
	}
	p := w.post(uri)
	if p == nil {
		return nil, refused("NotFound", "Post not found: "+uri)
	}
	thread := w.thread(p, depth)
	thread.Parent = w.parents(p, height)
	out := struct {
		Thread threadView `json:"thread"`
		Gate   *gateView  `json:"threadgate,omitempty"`
	}{Thread: thread}
	if root := w.posts[cmp.Or(p.root, p.URI)]; root != nil {
		out.Gate = w.show(root).Threadgate
	}
	return out, nil
}

// thread shows a post and what is below it, the latest first.
func (w *world) thread(p *post, depth int) threadView {
	out := threadView{Type: threadType, Post: w.show(p)}
	if depth == 0 {
		return out
	}
	out.Replies = []any{}
	replies := slices.SortedFunc(slices.Values(w.replies[p.URI]), newer)
	for _, reply := range replies {
		out.Replies = append(out.Replies, w.thread(reply, depth-1))
	}
	return out
}

func (w *world) parents(p *post, height int) any {
	if p.parent == "" || height == 0 {
		return nil
	}
	above := w.posts[p.parent]
	if above == nil {
		return missingView{"app.bsky.feed.defs#notFoundPost", p.parent, true}
	}
	out := w.thread(above, 0)
	out.Parent = w.parents(above, height-1)
	return out
}

func newer(a, b *post) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.URI, a.URI)) }

// feedView is an item of a feed.
type feedView struct {
	Post   postView    `json:"post"`
	Reply  *replyView  `json:"reply,omitempty"`
	Reason *reasonView `json:"reason,omitempty"`
	at     time.Time
}

type replyView struct {
	Root   any `json:"root"`
	Parent any `json:"parent"`
}

type reasonView struct {
	Type      string     `json:"$type"`
	By        authorView `json:"by"`
	URI       string     `json:"uri"`
	CID       string     `json:"cid"`
	IndexedAt string     `json:"indexedAt"`
}

func (w *world) getAuthorFeed(params url.Values) (any, *Problem) {
	r, bad := w.actor(params)
	if bad != nil {
		return nil, bad
	}
	limit, bad := number(params, "limit", 50, 1, 100)
	if bad != nil {
		return nil, bad
	}
	items := w.feedOf(r, params.Get("filter"))
	slices.SortFunc(items, func(a, b feedView) int { return cmp.Or(b.at.Compare(a.at), cmp.Compare(b.Post.URI, a.Post.URI)) })
	if cursor := params.Get("cursor"); cursor != "" {
		before, err := time.Parse(cursorTime, cursor)
		if err != nil {
			return nil, invalid("Malformed cursor")
		}
		items = slices.DeleteFunc(items, func(item feedView) bool { return !item.at.Before(before) })
	}
	out := struct {
		Feed   []feedView `json:"feed"`
		Cursor string     `json:"cursor,omitempty"`
	}{Feed: []feedView{}}
	out.Feed = append(out.Feed, items[:min(limit, len(items))]...)
	if len(items) > limit {
		out.Cursor = out.Feed[limit-1].at.UTC().Format(cursorTime)
	}
	return out, nil
}

const cursorTime = time.RFC3339Nano

// feedOf is all that somebody has posted and reposted, as a filter has it.
func (w *world) feedOf(r *repo, filter string) []feedView {
	filters := map[string]func(*post) bool{
		"":                         func(*post) bool { return true },
		"posts_with_replies":       func(*post) bool { return true },
		"posts_no_replies":         func(p *post) bool { return p.parent == "" },
		"posts_with_media":         func(p *post) bool { return hasMedia(p.Value, "app.bsky.embed.images", "app.bsky.embed.video") },
		"posts_with_video":         func(p *post) bool { return hasMedia(p.Value, "app.bsky.embed.video") },
		"posts_and_author_threads": func(p *post) bool { return p.parent == "" || authorOf(p.root) == p.author.DID },
	}
	passes, known := filters[filter]
	if !known {
		passes = filters[""]
	}
	var out []feedView
	for _, p := range r.posts {
		if passes(p) {
			out = append(out, feedView{Post: w.show(p), Reply: w.replyOf(p), at: p.at})
		}
	}
	if filter == "posts_with_media" || filter == "posts_with_video" {
		return out
	}
	for _, one := range w.reposts {
		if p := w.posts[one.subject]; p != nil && one.by == r {
			reason := &reasonView{"app.bsky.feed.defs#reasonRepost", w.author(r), one.URI, one.CID, stamp(one.Indexed)}
			out = append(out, feedView{Post: w.show(p), Reply: w.replyOf(p), Reason: reason, at: one.Indexed})
		}
	}
	return out
}

func hasMedia(value map[string]any, kinds ...string) bool {
	embed, _ := value["embed"].(map[string]any)
	return slices.Contains(kinds, kindOf(embed)) || slices.Contains(kinds, kindOf(embed["media"]))
}

func (w *world) replyOf(p *post) *replyView {
	if p.parent == "" {
		return nil
	}
	return &replyView{w.related(p.root), w.related(p.parent)}
}

func (w *world) related(uri string) any {
	p := w.posts[uri]
	if p == nil {
		return missingView{"app.bsky.feed.defs#notFoundPost", uri, true}
	}
	out := w.show(p)
	out.Type = "app.bsky.feed.defs#postView"
	return out
}
