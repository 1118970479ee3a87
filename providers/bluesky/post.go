package bluesky

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/internal/linkcard"
)

// records is what a publication writes: the post, or the repost, and what says who may do
// what with it.
type records struct {
	collection string
	rkey       string
	main       any
	threadgate *api.Threadgate
	postgate   *api.Postgate
	chain      chain
}

// writes are the records as they are written together: first the posts, in their order.
func (r records) writes() []api.Write {
	writes := []api.Write{api.Create(r.collection, r.rkey, r.main)}
	for _, f := range r.chain.followers {
		writes = append(writes, api.Create(api.CollectionPost, f.rkey, f.post))
	}
	if r.threadgate != nil {
		writes = append(writes, api.Create(api.CollectionThreadgate, r.rkey, r.threadgate))
	}
	if r.postgate != nil {
		writes = append(writes, api.Create(api.CollectionPostgate, r.rkey, r.postgate))
	}
	for _, f := range r.chain.followers {
		if f.postgate != nil {
			writes = append(writes, api.Create(api.CollectionPostgate, f.rkey, f.postgate))
		}
	}
	return writes
}

// records returns what the publication writes, from what Prepare left, and whether that is
// all there. cidOf tells the CID of a record before it is written.
func (p *publication) records(state *progress, cidOf func(api.Post) (string, bool)) (records, bool) {
	r := records{collection: p.collection(), rkey: state.RKey}
	for _, t := range p.exhibit.targets() {
		if state.Posts[t.field].CID == "" {
			return r, false
		}
	}
	if p.exhibit.repost != nil {
		r.main = api.Repost{Type: r.collection, Subject: state.Posts[repostField].Ref, CreatedAt: state.CreatedAt}
		return r, state.RKey != ""
	}
	post, complete := p.post(state)
	r.main = post
	uri := api.URI(p.author, r.collection, r.rkey)
	r.threadgate, r.postgate = p.gate.threadgate(uri, state.CreatedAt), p.gate.postgate(uri, state.CreatedAt)
	var chained bool
	r.chain, chained = p.chainOf(state, post, cidOf)
	return r, complete && chained && state.RKey != ""
}

// collection is where the record goes.
func (p *publication) collection() string {
	if p.exhibit.repost != nil {
		return api.CollectionRepost
	}
	return api.CollectionPost
}

// post returns the record of the post, and whether everything is known that it needs.
func (p *publication) post(state *progress) (api.Post, bool) {
	text, known := p.settledText(state)
	embed, placed := p.embed(state)
	post := api.Post{
		Type: api.CollectionPost, Text: text.Text, Facets: text.Facets, Embed: embed,
		Langs: p.langs, Labels: api.NewSelfLabels(p.labels), Tags: p.tags, CreatedAt: state.CreatedAt,
	}
	if p.exhibit.reply != nil {
		post.Reply = state.Posts[replyField].reply()
	}
	return post, known && placed
}

// embed returns what the post shows, nil for nothing, and whether all of it is there.
func (p *publication) embed(state *progress) (*api.Embed, bool) {
	media, placed := p.mediaEmbed(state)
	if p.exhibit.quote == nil {
		return media, placed
	}
	ref := state.Posts[quoteField].Ref
	quote := &api.Embed{Type: api.EmbedRecord, Record: &ref}
	if media == nil {
		return quote, placed
	}
	return &api.Embed{Type: api.EmbedRecordWithMedia, Record: quote, Media: media}, placed
}

func (p *publication) mediaEmbed(state *progress) (*api.Embed, bool) {
	switch {
	case len(p.media) == 1 && state.kind(p.media[0]) == core.MediaVideo:
		return p.videoEmbed(state)
	case len(p.media) > 0:
		return p.imagesEmbed(state)
	case p.exhibit.card != nil:
		return p.cardEmbed(state)
	}
	return nil, true
}

// kind tells what an attachment turned out to be.
func (s *progress) kind(a attachment) core.MediaKind {
	if up := s.Uploads[a.need.Key]; up != nil && up.Kind != "" {
		return up.Kind
	}
	return a.kind()
}

func (p *publication) imagesEmbed(state *progress) (*api.Embed, bool) {
	e := &api.Embed{Type: api.EmbedImages}
	for _, a := range p.media {
		up := state.Uploads[a.need.Key]
		if up == nil || up.Blob == nil {
			return nil, false
		}
		e.Images = append(e.Images, api.Image{Image: *up.Blob, Alt: a.altText, Ratio: up.ratio()})
	}
	return e, true
}

func (p *publication) videoEmbed(state *progress) (*api.Embed, bool) {
	up := state.Uploads[p.media[0].need.Key]
	if up == nil || up.Blob == nil {
		return nil, false
	}
	e := &api.Embed{Type: api.EmbedVideo, Video: up.Blob, Alt: p.media[0].altText, Ratio: up.ratio()}
	for _, c := range p.captions {
		file := state.Uploads[c.need.Key]
		if file == nil || file.Blob == nil {
			return nil, false
		}
		e.Captions = append(e.Captions, api.Caption{Lang: c.lang, File: *file.Blob})
	}
	return e, true
}

func (p *publication) cardEmbed(state *progress) (*api.Embed, bool) {
	c := p.exhibit.card
	if c.asksPage() && !state.Card.Known() {
		return nil, false
	}
	key := pictureKey
	if c.thumbnail != nil {
		key = c.thumbnail.Key
	}
	var thumb *api.Blob
	if up := state.Uploads[key]; up != nil {
		thumb = up.Blob
	}
	return &api.Embed{Type: api.EmbedExternal, External: c.external(state.Card, thumb)}, thumb != nil || c.thumbnail == nil
}

// Preview shows what would be sent. What is still to be uploaded or found out is named by
// its place in the request.
func (p *publication) Preview() core.Preview {
	posts, _ := p.split(p.text)
	r, _ := p.records(p.foreseen(posts), foreseenCID)
	shown := posts.preview()
	preview := core.Preview{
		Text:         shown[0].Text,
		Length:       shown[0].Length,
		Limit:        shown[0].Limit,
		Request:      r.request(),
		FirstComment: p.comment.preview(),
		Warnings:     slices.Concat(p.warnings, posts.warnings(), p.doubt, p.foreseenTrouble()),
	}
	if len(shown) > 1 {
		preview.Thread = shown
	}
	return preview
}

// request shows the records as objects.
func (r records) request() map[string]any {
	out := map[string]any{"collection": r.collection, "record": asMap(r.main)}
	if r.threadgate != nil {
		out["threadgate"] = asMap(r.threadgate)
	}
	if r.postgate != nil {
		out["postgate"] = asMap(r.postgate)
	}
	if len(r.chain.followers) > 0 {
		out["thread"] = r.chain.request()
	}
	return out
}

// foreseen is what Prepare would come to with these posts, as far as it is known before.
func (p *publication) foreseen(posts series) *progress {
	state := &progress{
		RKey: "(key)", CreatedAt: "(time of publishing)",
		Uploads: map[string]*upload{}, Posts: map[string]foundPost{},
		Text: posts.prepared(),
		Card: p.foreseenCard(),
	}
	for i := range state.Text.More {
		state.Thread = append(state.Thread, recordName{RKey: fmt.Sprintf("(key of post %d)", i+2), CreatedAt: state.CreatedAt})
	}
	place := func(n core.Need, kind core.MediaKind, placeholder string) {
		state.Uploads[n.Key] = p.foreseenUpload(n, kind, placeholder)
	}
	for _, a := range p.media {
		place(a.need, a.kind(), a.placeholder())
	}
	for _, c := range p.captions {
		place(c.need, core.MediaCaptions, "(captions of "+c.need.Field+")")
	}
	if c := p.exhibit.card; c != nil {
		if c.thumbnail != nil {
			place(*c.thumbnail, core.MediaImage, "(image of "+c.thumbnail.Field+")")
		} else if need, ok := c.picture(state.Card); ok && state.Card.NoPicture == "" {
			place(need, core.MediaImage, "(image of "+need.URL+")")
		}
	}
	for _, t := range p.exhibit.targets() {
		uri := t.uri
		if uri == "" {
			uri = "(post " + t.postID + ")"
		}
		state.Posts[t.field] = foundPost{Ref: api.Ref{URI: uri, CID: "(version)"}}
	}
	return state
}

// foreseenCard is what is known of the card before Prepare.
func (p *publication) foreseenCard() *linkcard.Progress {
	found := &linkcard.Progress{}
	switch c := p.exhibit.card; {
	case !c.asksPage():
		return nil
	case p.asked != nil:
		found.Conclude(*p.asked)
	default:
		found.Page = &core.Page{Title: "(title of " + c.source + ")"}
	}
	return found
}

// foreseenTrouble tells what the card would lack, and why.
func (p *publication) foreseenTrouble() []core.Warning {
	if p.exhibit.card == nil || p.asked == nil {
		return nil
	}
	w, ok := p.exhibit.card.warning(p.foreseenCard())
	if !ok {
		return nil
	}
	w.Message += " The page is read again when the post goes out."
	return []core.Warning{w}
}

// asMap returns a record as the JSON object that it is sent as.
func asMap(record any) map[string]any {
	raw, err := json.Marshal(record)
	if err != nil {
		return nil // structs of strings and lists always encode
	}
	var m map[string]any
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}
