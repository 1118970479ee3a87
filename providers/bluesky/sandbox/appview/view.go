package appview

import (
	"encoding/json"
	"time"

	"github.com/crier-social/crier/providers/bluesky/atdata"
	"github.com/crier-social/crier/providers/bluesky/sandbox/lexicon"
)

// Views, as the lexicons app.bsky.feed.defs, app.bsky.actor.defs and app.bsky.embed have them.
type (
	labelView struct {
		Source  string `json:"src"`
		URI     string `json:"uri"`
		CID     string `json:"cid,omitempty"`
		Value   string `json:"val"`
		Created string `json:"cts"`
	}
	authorView struct {
		DID         string      `json:"did"`
		Handle      string      `json:"handle"`
		DisplayName string      `json:"displayName,omitempty"`
		Avatar      string      `json:"avatar,omitempty"`
		Labels      []labelView `json:"labels"`
		CreatedAt   string      `json:"createdAt,omitempty"`
	}
	profileView struct {
		DID         string      `json:"did"`
		Handle      string      `json:"handle"`
		DisplayName string      `json:"displayName,omitempty"`
		Avatar      string      `json:"avatar,omitempty"`
		Labels      []labelView `json:"labels"`
		CreatedAt   string      `json:"createdAt,omitempty"`
		Description string      `json:"description,omitempty"`
		IndexedAt   string      `json:"indexedAt,omitempty"`
		Banner      string      `json:"banner,omitempty"`
		Followers   int         `json:"followersCount"`
		Follows     int         `json:"followsCount"`
		Posts       int         `json:"postsCount"`
	}
	gateView struct {
		URI    string          `json:"uri"`
		CID    string          `json:"cid"`
		Record json.RawMessage `json:"record"`
		Lists  []any           `json:"lists"`
	}
	postView struct {
		Type       string          `json:"$type,omitempty"`
		URI        string          `json:"uri"`
		CID        string          `json:"cid"`
		Author     authorView      `json:"author"`
		Record     json.RawMessage `json:"record"`
		Embed      any             `json:"embed,omitempty"`
		Bookmarks  int             `json:"bookmarkCount"`
		Replies    int             `json:"replyCount"`
		Reposts    int             `json:"repostCount"`
		Likes      int             `json:"likeCount"`
		Quotes     int             `json:"quoteCount"`
		IndexedAt  string          `json:"indexedAt"`
		Labels     []labelView     `json:"labels"`
		Threadgate *gateView       `json:"threadgate,omitempty"`
	}
	threadView struct {
		Type    string      `json:"$type"`
		Post    postView    `json:"post"`
		Parent  any         `json:"parent,omitempty"`
		Replies []any       `json:"replies,omitempty"`
		Context contextView `json:"threadContext"`
	}
	contextView struct{}
	missingView struct {
		Type     string `json:"$type"`
		URI      string `json:"uri"`
		NotFound bool   `json:"notFound"`
	}
	detachedView struct {
		Type     string `json:"$type"`
		URI      string `json:"uri"`
		Detached bool   `json:"detached"`
	}
	quoteView struct {
		Type      string          `json:"$type"`
		URI       string          `json:"uri"`
		CID       string          `json:"cid"`
		Author    authorView      `json:"author"`
		Value     json.RawMessage `json:"value"`
		Labels    []labelView     `json:"labels"`
		Likes     int             `json:"likeCount"`
		Replies   int             `json:"replyCount"`
		Reposts   int             `json:"repostCount"`
		Quotes    int             `json:"quoteCount"`
		IndexedAt string          `json:"indexedAt"`
		Embeds    []any           `json:"embeds,omitempty"`
	}
)

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func text(v map[string]any, name string) string {
	s, _ := v[name].(string)
	return s
}

// blob is the address of a file of an account; empty: there is none.
func (w *world) blob(did string, v any) string {
	ref, isBlob := lexicon.BlobOf(v)
	if !isBlob || w.o.Blob == nil {
		return ""
	}
	return w.o.Blob(did, ref.CID)
}

func (w *world) author(r *repo) authorView {
	return authorView{
		DID: r.DID, Handle: r.Handle, DisplayName: text(r.profile.Value, "displayName"), Avatar: w.blob(r.DID, r.profile.Value["avatar"]),
		Labels: selfLabels(r.DID, r.profile), CreatedAt: stamp(r.Created),
	}
}

func (w *world) profile(r *repo) profileView {
	a := w.author(r)
	return profileView{
		DID: a.DID, Handle: a.Handle, DisplayName: a.DisplayName, Avatar: a.Avatar, Labels: a.Labels, CreatedAt: a.CreatedAt,
		Description: text(r.profile.Value, "description"), IndexedAt: stamp(r.profile.Indexed), Banner: w.blob(r.DID, r.profile.Value["banner"]),
		Followers: r.fans, Follows: r.follows, Posts: len(r.posts),
	}
}

// selfLabels are those that an author has given to a record.
func selfLabels(did string, record Record) []labelView {
	out := []labelView{}
	labels, _ := record.Value["labels"].(map[string]any)
	values, _ := labels["values"].([]any)
	for _, v := range values {
		m, _ := v.(map[string]any)
		out = append(out, labelView{did, record.URI, record.CID, text(m, "val"), text(record.Value, "createdAt")})
	}
	return out
}

func (w *world) show(p *post) postView {
	f := w.figuresOf(p.URI)
	out := postView{
		URI: p.URI, CID: p.CID, Author: w.author(p.author), Record: atdata.JSON(p.Value), Embed: w.embed(p, 1),
		Replies: f.Replies, Reposts: f.Reposts, Likes: f.Likes, Quotes: f.Quotes,
		IndexedAt: stamp(p.Indexed), Labels: selfLabels(p.author.DID, p.Record),
	}
	if gate, gated := w.gates[p.URI]; gated {
		out.Threadgate = &gateView{gate.URI, gate.CID, atdata.JSON(gate.Value), []any{}}
	}
	return out
}
