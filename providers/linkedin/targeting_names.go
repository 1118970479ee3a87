package linkedin

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/cache"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/audience"
)

const (
	// keepNames is how long names that LinkedIn gave are good. They change a few times
	// in a year.
	keepNames     = 24 * time.Hour
	maxPlaceNames = 2000
	maxTargetIDs  = 10_000
	namesPerPage  = 500
	maxNamePages  = 40
)

var geoURN = regexp.MustCompile(`^urn:li:geo:\d{1,19}$`)

// targetNames is what LinkedIn was asked for about the criteria. It is safe for
// concurrent use.
type targetNames struct {
	lists  *cache.Cache[*audience.List] // by criterion
	places *cache.Cache[[]api.GeoPlace] // by what was asked
	ids    *cache.Cache[struct{}]       // that LinkedIn has, by URN
	turns  map[audience.Facet]turn      // of reading a list
}

func newTargetNames(clock core.Clock) *targetNames {
	n := &targetNames{
		lists:  cache.New[*audience.List](len(collections()), clock),
		places: cache.New[[]api.GeoPlace](maxPlaceNames, clock),
		ids:    cache.New[struct{}](maxTargetIDs, clock),
		turns:  map[audience.Facet]turn{},
	}
	for f := range collections() {
		n.turns[f] = make(turn, 1)
	}
	return n
}

// turn is held by the one who reads a list, so that others who want it do not read it
// as well.
type turn chan struct{}

// take waits for the turn.
func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turn) release() { <-t }

// collections names the lists of LinkedIn's that hold the values of a criterion.
func collections() map[audience.Facet]string {
	return map[audience.Facet]string{
		audience.Degrees:       api.StandardDegrees,
		audience.FieldsOfStudy: api.StandardFieldsOfStudy,
		audience.Industries:    api.StandardIndustries,
	}
}

// namesOf returns LinkedIn's own list of a criterion's values.
func (p *Provider) namesOf(ctx context.Context, token core.Secret, f audience.Facet) (*audience.List, error) {
	if list, ok := p.names.lists.Get(string(f)); ok {
		return list, nil
	}
	if err := p.names.turns[f].take(ctx); err != nil {
		return nil, err
	}
	defer p.names.turns[f].release()
	if list, ok := p.names.lists.Get(string(f)); ok { // somebody else has read it meanwhile
		return list, nil
	}
	list, err := p.readNames(ctx, token, f)
	if err != nil {
		return nil, err
	}
	keep := keepNames
	if list.Len() == 0 {
		keep = keepAbsence
	}
	p.names.lists.Put(string(f), list, keep)
	return list, nil
}

// readNames reads a list of LinkedIn's, page by page.
func (p *Provider) readNames(ctx context.Context, token core.Secret, f audience.Facet) (*audience.List, error) {
	var values []audience.Value
	start := 0
	for range maxNamePages {
		page, err := p.api.ListStandard(ctx, token, collections()[f], start, namesPerPage)
		if err != nil {
			return nil, err
		}
		for _, e := range page.Elements {
			if name := e.EnglishName(); name != "" {
				if r := p.tables().Read(f, string(e.ID)); r.Verdict == audience.Known {
					values = append(values, audience.Value{ID: r.ID, Name: name})
				}
			}
		}
		next, more := page.NextStart()
		if !more || next <= start {
			break
		}
		start = next
	}
	return audience.NewList(values), nil
}

// placesLike returns the places that LinkedIn offers for a text.
func (p *Provider) placesLike(ctx context.Context, token core.Secret, text string) ([]api.GeoPlace, error) {
	key := strings.ToLower(strings.Join(strings.Fields(text), " "))
	if places, ok := p.names.places.Get(key); ok {
		return places, nil
	}
	found, err := p.api.FindPlaces(ctx, token, text)
	if err != nil {
		return nil, err
	}
	places := slices.DeleteFunc(found.Elements, func(place api.GeoPlace) bool {
		return !geoURN.MatchString(place.Entity) || strings.TrimSpace(place.Text) == ""
	})
	keep := keepNames
	if len(places) == 0 {
		keep = keepAbsence
	}
	p.names.places.Put(key, places, keep)
	for _, place := range places {
		p.names.ids.Put(place.Entity, struct{}{}, keepPage)
	}
	return places, nil
}

// placeList makes a list of places, each with the beginning of its name, "Munich", as
// another name.
func placeList(places []api.GeoPlace) *audience.List {
	values := make([]audience.Value, len(places))
	for i, place := range places {
		short, _, _ := strings.Cut(place.Text, ",")
		values[i] = audience.Value{ID: place.Entity, Name: place.Text, Code: short}
	}
	return audience.NewList(values)
}
