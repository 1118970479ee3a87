package linkedin

import (
	"encoding/json"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// post returns the request that publishes, with the URNs of the images in order.
func (p *publication) post(images []string) api.Post {
	return api.Post{
		Author:     p.author,
		Commentary: p.text.Encode(),
		Visibility: p.visibility,
		Distribution: api.Distribution{
			FeedDistribution:               api.FeedMain,
			TargetEntities:                 []any{},
			ThirdPartyDistributionChannels: []any{},
		},
		Content:                   p.content(images),
		LifecycleState:            api.LifecyclePublished,
		IsReshareDisabledByAuthor: p.disableShare,
	}
}

func (p *publication) content(urns []string) *api.Content {
	switch {
	case len(urns) == 0:
		return nil
	case len(urns) < minMultiImage:
		return &api.Content{Media: &api.Media{ID: urns[0], Title: p.images[0].title, AltText: p.images[0].altText}}
	}
	items := make([]api.MultiImageItem, len(urns))
	for i, urn := range urns {
		items[i] = api.MultiImageItem{ID: urn, AltText: p.images[i].altText}
	}
	return &api.Content{MultiImage: &api.MultiImage{Images: items}}
}

// Preview shows what would be sent. Images that are still to be uploaded are
// named by their place in the request.
func (p *publication) Preview() core.Preview {
	urns := make([]string, len(p.images))
	for i, img := range p.images {
		urns[i] = img.urn
		if img.urn == "" {
			urns[i] = "(image of " + img.field + ")"
		}
	}
	return core.Preview{
		Text:     p.text.Visible(),
		Length:   p.text.Length(),
		Limit:    maxTextLength,
		Request:  asMap(p.post(urns)),
		Warnings: p.warnings,
	}
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
