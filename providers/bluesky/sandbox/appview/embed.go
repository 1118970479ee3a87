package appview

import "github.com/crier-social/crier/providers/bluesky/atdata"

// Views of embeds.
type (
	imagesView struct {
		Type   string      `json:"$type"`
		Images []imageView `json:"images"`
	}
	imageView struct {
		Thumb    string `json:"thumb"`
		FullSize string `json:"fullsize"`
		Alt      string `json:"alt"`
		Ratio    any    `json:"aspectRatio,omitempty"`
	}
	videoView struct {
		Type      string `json:"$type"`
		CID       string `json:"cid"`
		Playlist  string `json:"playlist"`
		Thumbnail string `json:"thumbnail,omitempty"`
		Alt       string `json:"alt,omitempty"`
		Ratio     any    `json:"aspectRatio,omitempty"`
	}
	externalView struct {
		Type     string   `json:"$type"`
		External cardView `json:"external"`
	}
	cardView struct {
		URI         string `json:"uri"`
		Title       string `json:"title"`
		Description string `json:"description"`
		Thumb       string `json:"thumb,omitempty"`
	}
	recordView struct {
		Type   string `json:"$type"`
		Record any    `json:"record"`
	}
	withMediaView struct {
		Type   string     `json:"$type"`
		Record recordView `json:"record"`
		Media  any        `json:"media"`
	}
)

// embed shows what a post has beside its text; quotes within quotes as deep as is said.
func (w *world) embed(p *post, depth int) any {
	embed, _ := p.Value["embed"].(map[string]any)
	switch kind := kindOf(embed); kind {
	case "app.bsky.embed.record":
		return w.quote(p, refOf(embed["record"]), depth)
	case "app.bsky.embed.recordWithMedia":
		inner, _ := embed["record"].(map[string]any)
		media, _ := embed["media"].(map[string]any)
		return withMediaView{kind + "#view", w.quote(p, refOf(inner["record"]), depth), w.media(p.author.DID, media)}
	default:
		return w.media(p.author.DID, embed)
	}
}

func (w *world) media(did string, embed map[string]any) any {
	switch kind := kindOf(embed); kind {
	case "app.bsky.embed.images":
		out := imagesView{Type: kind + "#view", Images: []imageView{}}
		images, _ := embed["images"].([]any)
		for _, item := range images {
			m, _ := item.(map[string]any)
			address := w.blob(did, m["image"])
			out.Images = append(out.Images, imageView{address, address, text(m, "alt"), m["aspectRatio"]})
		}
		return out
	case "app.bsky.embed.video":
		video, _ := embed["video"].(map[string]any)
		cid, _ := atdata.Link(video["ref"])
		return videoView{
			Type: kind + "#view", CID: cid, Playlist: w.blob(did, embed["video"]),
			Alt: text(embed, "alt"), Ratio: embed["aspectRatio"],
		}
	case "app.bsky.embed.external":
		m, _ := embed["external"].(map[string]any)
		card := cardView{text(m, "uri"), text(m, "title"), text(m, "description"), w.blob(did, m["thumb"])}
		return externalView{kind + "#view", card}
	}
	return nil
}

// quote shows the post that another one quotes.
func (w *world) quote(by *post, uri string, depth int) recordView {
	const kind = "app.bsky.embed.record"
	p := w.posts[uri]
	switch {
	case p == nil:
		return recordView{kind + "#view", missingView{kind + "#viewNotFound", uri, true}}
	case !w.mayQuote(by, uri):
		return recordView{kind + "#view", detachedView{kind + "#viewDetached", uri, true}}
	}
	f := w.figuresOf(uri)
	out := quoteView{
		Type: kind + "#viewRecord", URI: p.URI, CID: p.CID, Author: w.author(p.author), Value: atdata.JSON(p.Value),
		Labels: selfLabels(p.author.DID, p.Record), Likes: f.Likes, Replies: f.Replies, Reposts: f.Reposts, Quotes: f.Quotes,
		IndexedAt: stamp(p.Indexed),
	}
	if depth > 0 {
		if inner := w.embed(p, depth-1); inner != nil {
			out.Embeds = []any{inner}
		}
	}
	return recordView{kind + "#view", out}
}
