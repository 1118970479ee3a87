package linkedin

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
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
	text  littletext.Text
	files []placed // in the order of the media
}

// post returns the request that publishes.
func (p *publication) post(r resolved) api.Post {
	return api.Post{
		Author:     p.author,
		Commentary: r.text.Encode(),
		Visibility: p.visibility,
		Distribution: api.Distribution{
			FeedDistribution:               api.FeedMain,
			TargetEntities:                 []any{},
			ThirdPartyDistributionChannels: []any{},
		},
		Content:                   p.content(r),
		LifecycleState:            api.LifecyclePublished,
		IsReshareDisabledByAuthor: p.disableShare,
	}
}

func (p *publication) content(r resolved) *api.Content {
	if len(r.files) > 0 {
		return p.mediaContent(r.files)
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
		Warnings: slices.Concat(p.warnings, p.doubt),
	}
}

// foreseen is what the request would take, as far as it is known before Prepare.
func (p *publication) foreseen() resolved {
	files := make([]placed, len(p.media))
	for i, a := range p.media {
		files[i].urn = cmp.Or(a.urn, a.placeholder())
	}
	return resolved{text: p.text, files: files}
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
