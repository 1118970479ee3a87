package linkedin

import (
	"context"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/audience"
)

// Facets lists the criteria of an audience.
func (p *Provider) Facets() []core.Facet {
	facets := make([]core.Facet, 0, len(audience.Facets()))
	for _, f := range audience.Facets() {
		facets = append(facets, core.Facet{Name: string(f), Help: f.Help()})
	}
	return facets
}

// FacetValues searches the values of a criterion: in the tables, and in what LinkedIn
// tells where they are not complete. Where LinkedIn does not let the app ask, its error
// is returned only if the tables have nothing.
func (p *Provider) FacetValues(ctx context.Context, s *core.Session, facet, text string, limit int) ([]core.FacetValue, error) {
	f, ok := audience.Find(facet)
	if !ok {
		return nil, p.unknownFacet(facet)
	}
	if f == audience.Organizations && strings.TrimSpace(text) != "" && p.tables().Read(f, text).Verdict == audience.Unknown {
		e := unsupported("search", "LinkedIn cannot search pages by name: "+`"`+quotable(text)+`"`+" is no handle, id or address of one.")
		e.Help = "Search for the handle, which is the last part of the page's address on LinkedIn."
		return nil, e
	}
	// Values that have to be looked up have no id yet, which makes room for others.
	found := slices.DeleteFunc(p.tables().List(f).Search(text, limit+p.tables().List(f).Unlisted()), func(v audience.Value) bool { return v.ID == "" })
	found = found[:min(len(found), max(limit, 0))]
	if s != nil && len(found) < limit {
		more, err := p.askForValues(ctx, s, f, text, limit)
		if err != nil && len(found) == 0 {
			return nil, err
		}
		for _, v := range more {
			known := slices.ContainsFunc(found, func(have audience.Value) bool { return have.ID == v.ID })
			if !known && len(found) < limit {
				found = append(found, v)
			}
		}
	}
	values := make([]core.FacetValue, len(found))
	for i, v := range found {
		values[i] = core.FacetValue{Name: v.Name, ID: v.ID, Code: v.Code}
	}
	return values, nil
}

// unknownFacet is the problem of a criterion that does not exist.
func (p *Provider) unknownFacet(facet string) *core.Error {
	names := make([]string, 0, len(audience.Facets()))
	for _, f := range audience.Facets() {
		names = append(names, string(f))
	}
	return &core.Error{
		Kind: core.KindNotFound, Code: core.CodeUnknownTarget, Platform: name, Field: "facet",
		Message: `LinkedIn has no criterion "` + quotable(facet) + `"; it has ` + enumerate(names, "and") + ".",
	}
}

// askForValues asks LinkedIn for values of the criteria that it alone knows.
func (p *Provider) askForValues(ctx context.Context, s *core.Session, f audience.Facet, text string, limit int) ([]audience.Value, error) {
	switch f { //nolint:exhaustive // the tables of the others are complete
	case audience.Degrees, audience.FieldsOfStudy, audience.Industries:
		token, err := s.Token(ctx)
		if err != nil {
			return nil, err
		}
		list, err := p.namesOf(ctx, token, f)
		if err != nil {
			return nil, err
		}
		return list.Search(text, limit), nil
	case audience.Countries, audience.GeoLocations:
		return p.askForPlaces(ctx, s, f, text)
	case audience.Organizations:
		return p.askForPage(ctx, s, text)
	}
	return nil, nil
}

// askForPlaces asks for places of a name. Of the countries, only those are asked for
// that the tables lack.
func (p *Provider) askForPlaces(ctx context.Context, s *core.Session, f audience.Facet, text string) ([]audience.Value, error) {
	name := strings.TrimSpace(text)
	if f == audience.Countries {
		r := p.tables().Read(f, text)
		if r.Verdict != audience.Ask {
			return nil, nil
		}
		name = r.Name
	}
	if name == "" {
		return nil, nil
	}
	token, err := s.Token(ctx)
	if err != nil {
		return nil, err
	}
	places, err := p.placesLike(ctx, token, name)
	if err != nil {
		return nil, err
	}
	var values []audience.Value
	for _, place := range places {
		if f == audience.Countries && !strings.EqualFold(place.Text, name) {
			continue
		}
		values = append(values, audience.Value{ID: place.Entity, Name: place.Text})
	}
	return values, nil
}

// askForPage asks for the page with a handle; pages cannot be searched by name.
func (p *Provider) askForPage(ctx context.Context, s *core.Session, text string) ([]audience.Value, error) {
	r := p.tables().Read(audience.Organizations, text)
	if r.Verdict != audience.Ask {
		return nil, nil
	}
	token, err := s.Token(ctx)
	if err != nil {
		return nil, err
	}
	page, err := p.pageByVanity(ctx, token, r.Name)
	if gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []audience.Value{{ID: page.urn(), Name: page.LocalizedName, Code: page.VanityName}}, nil
}

var _ core.Catalog = (*Provider)(nil)
