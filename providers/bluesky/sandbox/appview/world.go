package appview

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/providers/bluesky/sandbox/lexicon"
)

// world is what there is at one moment.
type world struct {
	o        Options
	repos    map[string]*repo // by DID
	order    []*repo
	posts    map[string]*post // by address
	replies  map[string][]*post
	figures  map[string]Figures
	reposts  []*repost
	gates    map[string]Record // of threads, by the address of the post
	embedOff map[string]bool   // addresses of posts that nobody may quote
	follows  map[[2]string]bool
	members  map[[2]string]bool // of lists: address of the list, DID
}

type repo struct {
	Repo
	profile Record
	posts   []*post
	follows int
	fans    int
}

type post struct {
	Record
	author       *repo
	root, parent string // of a reply
	at           time.Time
}

type repost struct {
	Record
	by      *repo
	subject string
}

// load reads everything.
func load(ctx context.Context, source Source, o Options) (*world, error) {
	w := &world{
		o: o, repos: map[string]*repo{}, posts: map[string]*post{}, replies: map[string][]*post{}, figures: map[string]Figures{},
		gates: map[string]Record{}, embedOff: map[string]bool{}, follows: map[[2]string]bool{}, members: map[[2]string]bool{},
	}
	found, err := source.Repos(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range found {
		r := &repo{Repo: one}
		w.repos[one.DID], w.order = r, append(w.order, r)
	}
	for _, take := range []struct {
		collection string
		add        func(*world, *repo, Record)
	}{
		{lexicon.Profile, func(_ *world, r *repo, record Record) { r.profile = record }},
		{lexicon.Post, (*world).addPost},
		{lexicon.Like, func(w *world, _ *repo, record Record) { w.count(refOf(record.Value["subject"]), Figures{Likes: 1}) }},
		{lexicon.Repost, (*world).addRepost},
		{lexicon.Threadgate, (*world).addGate},
		{lexicon.Postgate, (*world).addPostgate},
		{lexicon.Follow, (*world).addFollow},
		{lexicon.ListItem, (*world).addMember},
	} {
		for _, r := range w.order {
			if r.Status != "" {
				continue
			}
			records, err := source.Records(ctx, r.DID, take.collection)
			if err != nil {
				return nil, err
			}
			for _, record := range records {
				take.add(w, r, record)
			}
		}
	}
	w.link()
	return w, nil
}

func (w *world) addPost(r *repo, record Record) {
	p := &post{Record: record, author: r, at: timeOf(record.Value["createdAt"])}
	if p.Indexed.IsZero() {
		p.Indexed = p.at
	}
	// A post that says that it is older than it was seen is shown as old; one of the future is not.
	if p.at.IsZero() || p.at.After(p.Indexed) {
		p.at = p.Indexed
	}
	if reply, isReply := record.Value["reply"].(map[string]any); isReply {
		p.root, p.parent = refOf(reply["root"]), refOf(reply["parent"])
	}
	w.posts[p.URI], r.posts = p, append(r.posts, p)
}

func (w *world) addRepost(r *repo, record Record) {
	subject := refOf(record.Value["subject"])
	w.count(subject, Figures{Reposts: 1})
	if record.Indexed.IsZero() {
		record.Indexed = timeOf(record.Value["createdAt"])
	}
	w.reposts = append(w.reposts, &repost{record, r, subject})
}

// addGate keeps a gate if it belongs to a post of the same author, with the same key.
func (w *world) addGate(_ *repo, record Record) {
	subject, _ := record.Value["post"].(string)
	if strings.Replace(record.URI, lexicon.Threadgate, lexicon.Post, 1) == subject {
		w.gates[subject] = record
	}
}

func (w *world) addPostgate(_ *repo, record Record) {
	subject, _ := record.Value["post"].(string)
	if strings.Replace(record.URI, lexicon.Postgate, lexicon.Post, 1) != subject {
		return
	}
	rules, _ := record.Value["embeddingRules"].([]any)
	for _, rule := range rules {
		if kindOf(rule) == "app.bsky.feed.postgate#disableRule" {
			w.embedOff[subject] = true
		}
	}
}

func (w *world) addFollow(r *repo, record Record) {
	subject, _ := record.Value["subject"].(string)
	w.follows[[2]string{r.DID, subject}] = true
	r.follows++
	if other := w.repos[subject]; other != nil {
		other.fans++
	}
}

func (w *world) addMember(_ *repo, record Record) {
	list, _ := record.Value["list"].(string)
	subject, _ := record.Value["subject"].(string)
	w.members[[2]string{list, subject}] = true
}

// link connects posts when all are known: replies that the gates allow, and quotes.
func (w *world) link() {
	for _, r := range w.order {
		r.posts = slices.DeleteFunc(r.posts, func(p *post) bool {
			barred := p.parent != "" && !w.mayReply(p)
			if barred {
				delete(w.posts, p.URI)
			}
			return barred
		})
		for _, p := range r.posts {
			if p.parent != "" {
				w.replies[p.parent] = append(w.replies[p.parent], p)
				w.count(p.parent, Figures{Replies: 1})
			}
			if quoted := quoteOf(p.Value); quoted != "" && w.mayQuote(p, quoted) {
				w.count(quoted, Figures{Quotes: 1})
			}
		}
	}
}

func (w *world) count(uri string, f Figures) { w.figures[uri] = w.figures[uri].plus(f) }

// mayReply tells whether the gate of a thread lets somebody in.
// https://docs.bsky.app/docs/tutorials/thread-gates
func (w *world) mayReply(p *post) bool {
	gate, gated := w.gates[p.root]
	if !gated {
		return true
	}
	hidden, _ := gate.Value["hiddenReplies"].([]any)
	if slices.Contains(hidden, any(p.URI)) {
		return false
	}
	owner := authorOf(p.root)
	rules, limited := gate.Value["allow"].([]any)
	if !limited || p.author.DID == owner {
		return true
	}
	return slices.ContainsFunc(rules, func(rule any) bool {
		switch kindOf(rule) {
		case "app.bsky.feed.threadgate#mentionRule":
			return w.mentions(p.root, p.author.DID)
		case "app.bsky.feed.threadgate#followingRule":
			return w.follows[[2]string{owner, p.author.DID}]
		case "app.bsky.feed.threadgate#followerRule":
			return w.follows[[2]string{p.author.DID, owner}]
		case "app.bsky.feed.threadgate#listRule":
			m, _ := rule.(map[string]any)
			list, _ := m["list"].(string)
			return w.members[[2]string{list, p.author.DID}]
		}
		return false
	})
}

// mentions tells whether a post mentions somebody.
func (w *world) mentions(uri, did string) bool {
	root := w.posts[uri]
	if root == nil {
		return false
	}
	facets, _ := root.Value["facets"].([]any)
	for _, facet := range facets {
		m, _ := facet.(map[string]any)
		features, _ := m["features"].([]any)
		for _, feature := range features {
			f, _ := feature.(map[string]any)
			if f["did"] == did {
				return true
			}
		}
	}
	return false
}

func (w *world) mayQuote(p *post, quoted string) bool {
	return !w.embedOff[quoted] || authorOf(quoted) == p.author.DID
}

// find returns the account with a handle or DID.
func (w *world) find(actor string) *repo {
	if r := w.repos[actor]; r != nil {
		return r
	}
	for _, r := range w.order {
		if r.Handle != "" && strings.EqualFold(r.Handle, actor) {
			return r
		}
	}
	return nil
}

// post returns a post, whose address may begin with a handle.
func (w *world) post(uri string) *post {
	if p := w.posts[uri]; p != nil {
		return p
	}
	parsed, err := syntax.ParseATURI(uri)
	if err != nil {
		return nil
	}
	if r := w.find(parsed.Authority().String()); r != nil {
		return w.posts["at://"+r.DID+"/"+parsed.Path()]
	}
	return nil
}

func (w *world) figuresOf(uri string) Figures {
	f := w.figures[uri]
	if w.o.Figures != nil {
		f = f.plus(w.o.Figures(uri))
	}
	return f
}

func kindOf(v any) string {
	m, _ := v.(map[string]any)
	kind, _ := m["$type"].(string)
	return kind
}

func refOf(v any) string {
	m, _ := v.(map[string]any)
	uri, _ := m["uri"].(string)
	return uri
}

func authorOf(uri string) string {
	did, _, _ := strings.Cut(strings.TrimPrefix(uri, "at://"), "/")
	return did
}

// quoteOf is the address of what a post quotes.
func quoteOf(value map[string]any) string {
	embed, _ := value["embed"].(map[string]any)
	switch kindOf(embed) {
	case "app.bsky.embed.record":
		return refOf(embed["record"])
	case "app.bsky.embed.recordWithMedia":
		inner, _ := embed["record"].(map[string]any)
		return refOf(inner["record"])
	}
	return ""
}
