package linkedin

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/audience"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

// placed is a file of the post on LinkedIn.
type placed struct {
	urn  string
	name string // of the file; empty if Crier did not upload it
}

// urnsOf returns the URNs of files.
func urnsOf(files []placed) []string {
	urns := make([]string, len(files))
	for i, f := range files {
		urns[i] = f.urn
	}
	return urns
}

// resolved is what the request takes besides the draft: what Prepare uploaded and
// found out, so that every attempt sends the same.
type resolved struct {
	text    littletext.Text
	files   []placed         // in the order of the media
	article *api.Article     // the card of a link; nil for none
	parent  string           // URN of the post that is reposted
	target  *audience.Target // nil: everybody
}

// urns returns the URNs of everything that was uploaded.
func (r resolved) urns() []string {
	urns := urnsOf(r.files)
	if r.article != nil && r.article.Thumbnail != "" {
		urns = append(urns, r.article.Thumbnail)
	}
	return urns
}

// post returns the request that publishes.
func (p *publication) post(r resolved) api.Post {
	post := api.Post{
		Author:     p.author,
		Commentary: r.text.Encode(),
		Visibility: p.visibility,
		Distribution: api.Distribution{
			FeedDistribution:               api.FeedMain,
			TargetEntities:                 targetEntities(r.target),
			ThirdPartyDistributionChannels: []any{},
		},
		Content:                   p.content(r),
		LifecycleState:            api.LifecyclePublished,
		IsReshareDisabledByAuthor: p.disableShare,
	}
	if r.parent != "" {
		post.Reshare = &api.Reshare{Parent: r.parent}
	}
	return post
}

func (p *publication) content(r resolved) *api.Content {
	switch {
	case len(r.files) > 0:
		return p.mediaContent(r.files)
	case r.article != nil:
		return &api.Content{Article: r.article}
	case p.poll != nil:
		return &api.Content{Poll: p.poll}
	}
	return nil
}

func (p *publication) mediaContent(files []placed) *api.Content {
	if len(files) < minMultiImage {
		return &api.Content{Media: p.media[0].content(files[0])}
	}
	items := make([]api.MultiImageItem, len(files))
	for i, f := range files {
		items[i] = api.MultiImageItem{ID: f.urn, AltText: p.media[i].altText}
	}
	return &api.Content{MultiImage: &api.MultiImage{Images: items}}
}

// content describes a single file. LinkedIn keeps a description of images only, and
// wants a title for a document.
func (a attachment) content(f placed) *api.Media {
	m := &api.Media{ID: f.urn, Title: a.title, AltText: a.altText}
	switch cmp.Or(kindOf(f.urn), a.kind()) {
	case core.MediaVideo:
		m.AltText = ""
	case core.MediaDocument:
		m.AltText = ""
		m.Title = cmp.Or(m.Title, documentTitle(f.name))
	case core.MediaImage, core.MediaCaptions:
	}
	return m
}

// documentTitle makes a title of a file's name.
func documentTitle(name string) string {
	units := utf16.Encode([]rune(strings.ToValidUTF8(strings.TrimSpace(name), "")))
	if len(units) > maxTitle {
		units = units[:maxTitle]
		if utf16.IsSurrogate(rune(units[maxTitle-1])) && units[maxTitle-1] < 0xDC00 { // half of a character
			units = units[:maxTitle-1]
		}
	}
	return cmp.Or(string(utf16.Decode(units)), "Document")
}

// Preview shows what would be sent. Files that are still to be uploaded are
// named by their place in the request.
func (p *publication) Preview() core.Preview {
	return core.Preview{
		Text:     p.text.Visible(),
		Length:   p.text.Length(),
		Limit:    maxTextLength,
		Request:  asMap(p.post(p.foreseen())),
		Audience: p.targeting.reach(),

		FirstComment: p.comment.preview(),

		Warnings: slices.Concat(p.warnings, p.doubt, p.foreseenTrouble()),
	}
}

// foreseen is what the request would take, as far as it is known before Prepare.
func (p *publication) foreseen() resolved {
	files := make([]placed, len(p.media))
	for i, a := range p.media {
		files[i].urn = cmp.Or(a.urn, a.placeholder())
	}
	r := resolved{text: p.text, files: files, article: p.foreseenArticle(), target: p.targeting.preview()}
	if p.repost != nil {
		r.parent = cmp.Or(p.repost.urn, p.parent, "(post "+p.repost.postID+")")
	}
	return r
}

// asMap returns a request as the JSON object that it is sent as.
func asMap(post api.Post) map[string]any {
	raw, err := json.Marshal(post)
	if err != nil {
		return nil // a struct of strings and lists always encodes
	}
	var m map[string]any
	if json.Unmarshal(raw, &m) != nil {
		return nil
	}
	return m
}
