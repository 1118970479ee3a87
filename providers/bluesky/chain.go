package bluesky

import (
	"context"
	"encoding/json"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/atdata"
	"github.com/crier-social/crier/providers/bluesky/richtext"
)

// chain is the posts that follow a first one, each a reply to the one before. A reply names the
// version of what it answers, by the CID that follows from its content: so all are written at once.
// https://atproto.com/specs/data-model#link-and-cid-formats
type chain struct {
	cid       string // of the first post
	followers []follower
}

// follower is one of them.
type follower struct {
	rkey, uri string
	post      api.Post
	cid       string
	postgate  *api.Postgate
}

// chainOf returns what follows a post, from what Prepare left, and whether that is all there. Files,
// cards, quotes and labels are the first post's alone, and so is what decides who may reply:
// it holds for the thread.
// https://docs.bsky.app/docs/tutorials/thread-gates
func (p *publication) chainOf(state *progress, first api.Post, cidOf func(api.Post) (string, bool)) (chain, bool) {
	text, known := p.settledText(state)
	if !known || len(text.More) == 0 {
		return chain{}, known
	}
	if len(text.More) != len(state.Thread) {
		return chain{}, false
	}
	var c chain
	var complete bool
	if c.cid, complete = cidOf(first); !complete {
		return chain{}, false
	}
	before := api.Ref{URI: api.URI(p.author, api.CollectionPost, state.RKey), CID: c.cid}
	root := before
	if first.Reply != nil {
		root = first.Reply.Root
	}
	for i, n := range state.Thread {
		f := p.follower(n, text.More[i], api.Reply{Root: root, Parent: before})
		if f.cid, complete = cidOf(f.post); !complete {
			return chain{}, false
		}
		c.followers = append(c.followers, f)
		before = api.Ref{URI: f.uri, CID: f.cid}
	}
	return c, true
}

func (p *publication) follower(n recordName, text sentText, reply api.Reply) follower {
	uri := api.URI(p.author, api.CollectionPost, n.RKey)
	return follower{
		rkey: n.RKey, uri: uri, postgate: p.gate.postgate(uri, n.CreatedAt),
		post: api.Post{
			Type: api.CollectionPost, Text: text.Text, Facets: text.Facets, Reply: &reply,
			Langs: p.langs, Tags: p.tags, CreatedAt: n.CreatedAt,
		},
	}
}

// recordCID computes the CID of a record, as servers do.
func recordCID(post api.Post) (string, bool) {
	raw, err := json.Marshal(post)
	if err != nil {
		return "", false
	}
	record, err := atdata.Parse(raw)
	if err != nil {
		return "", false
	}
	cid, err := atdata.CID(record)
	return cid, err == nil
}

// foreseenCID stands for a CID that nobody can know yet.
func foreseenCID(api.Post) (string, bool) { return "(version)", true }

// holds tells whether the posts are the versions that the replies name.
func (c chain) holds(posts []api.Ref) bool {
	if len(c.followers) == 0 {
		return true
	}
	if posts[0].CID != c.cid {
		return false
	}
	for i, f := range c.followers {
		if posts[i+1].CID != f.cid {
			return false
		}
	}
	return true
}

// tornThread tells that the posts are there, and do not hang together.
func tornThread() core.Warning {
	return core.Warning{
		Code: core.CodeNotShown, Field: threadField,
		Message: "All posts of the thread are published, but the account's server has given them other versions than those that their replies name: apps may show the thread in parts, or not as one. Look at it, and delete it if it is broken.",
	}
}

// request shows what follows as objects.
func (c chain) request() []any {
	var out []any
	for _, f := range c.followers {
		shown := map[string]any{"record": asMap(f.post)}
		if f.postgate != nil {
			shown["postgate"] = asMap(f.postgate)
		}
		out = append(out, shown)
	}
	return out
}

// preview shows the posts one by one.
func (s series) preview() []core.PostPreview {
	var out []core.PostPreview
	for _, text := range s.texts() {
		visible := text.Visible()
		out = append(out, core.PostPreview{Text: visible, Length: richtext.Graphemes(visible), Limit: maxTextLength})
	}
	return out
}

// threadResult is what the author is told of the posts that follow.
func (p *Provider) threadResult(posts []api.Ref) []any {
	var out []any
	for _, ref := range posts {
		out = append(out, map[string]any{"id": ref.URI, "cid": ref.CID, "postUrl": p.postURL(ref.URI)})
	}
	return out
}

// findThread returns what follows a post that was found. Since all was written by one request, all of
// it is there, in the versions that were computed. Another version of the first post is from
// an earlier try, before its files were sent anew: then those that follow are others as well, and
// are read.
func (p *publication) findThread(ctx context.Context, s *core.Session, server api.Server, state *progress, first api.Ref) ([]api.Ref, error) {
	if len(state.Thread) == 0 {
		return nil, nil
	}
	var followers []api.Ref
	if r, complete := p.records(state, recordCID); complete && r.chain.cid == first.CID {
		for _, f := range r.chain.followers {
			followers = append(followers, api.Ref{URI: f.uri, CID: f.cid})
		}
		return followers, nil
	}
	before, whole := first, true
	for _, n := range state.Thread {
		record, found, err := p.provider.ownRecord(ctx, server, p.author, api.CollectionPost, n.RKey)
		if err != nil {
			return nil, err
		}
		if !found { // somebody has deleted it since
			whole = false
			continue
		}
		var post struct {
			Reply *api.Reply `json:"reply"`
		}
		if json.Unmarshal(record.Value, &post) != nil || post.Reply == nil || post.Reply.Parent != before {
			whole = false
		}
		before = api.Ref{URI: api.URI(p.author, api.CollectionPost, n.RKey), CID: record.CID}
		followers = append(followers, before)
	}
	if !whole {
		s.Warn(tornThread())
	}
	return followers, nil
}

// lastPost returns the name of the last post of a thread that begins with a post: of the post itself,
// if nothing follows.
func (s *progress) lastPost(uri string) string {
	did, collection, rkey, ok := api.SplitURI(uri)
	if !ok || rkey != s.RKey || len(s.Thread) == 0 {
		return uri
	}
	return api.URI(did, collection, s.Thread[len(s.Thread)-1].RKey)
}
