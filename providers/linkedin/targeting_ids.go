package linkedin

import (
	"context"
	"fmt"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/audience"
)

// targetID is a value that its author named by its id.
type targetID struct {
	facet audience.Facet
	field string
	id    string
}

// noteUnlisted keeps an id that the tables do not have. What is no URN has complete ones.
func (t *targeting) noteUnlisted(tables *audience.Tables, v targetID) {
	list := v.facet
	if list == audience.Countries {
		list = audience.GeoLocations
	}
	if isURN(v.id) && !tables.List(list).Has(v.id) {
		t.unlisted = append(t.unlisted, v)
	}
}

// checkUnlisted asks LinkedIn whether the ids exist that the tables do not have, since it
// reports an audience with others as too small. Those that it does not tell of are named in
// a warning.
func (p *publication) checkUnlisted(ctx context.Context, s *core.Session, token core.Secret) error {
	var problems core.Errors
	unsure := map[audience.Facet][]targetID{}
	refused := map[audience.Facet]bool{}
	for i, v := range p.targeting.unlisted {
		if i >= maxTargetLookups || refused[v.facet] {
			unsure[v.facet] = append(unsure[v.facet], v)
			continue
		}
		err := p.provider.lookUpTarget(ctx, token, v)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case core.KindOf(err) == core.KindAuth:
			return err
		case gone(err), notThere(err):
			problems = append(problems, unknownTarget(v.field, fmt.Sprintf("LinkedIn knows no %s %s.", singular(v.facet), v.id)))
		case err != nil:
			refused[v.facet] = true
			unsure[v.facet] = append(unsure[v.facet], v)
		}
	}
	for _, f := range audience.Facets() {
		if len(unsure[f]) > 0 {
			s.Warn(doubtfulIDs(f, unsure[f]))
		}
	}
	return problems.OrNil()
}

// lookUpTarget asks whether an id exists. Its error is of KindNotFound if it does not.
func (p *Provider) lookUpTarget(ctx context.Context, token core.Secret, v targetID) error {
	if v.facet == audience.Organizations {
		_, err := p.pageByURN(ctx, token, v.id)
		return err
	}
	if _, known := p.names.ids.Get(v.id); known {
		return nil
	}
	collection := map[audience.Facet]string{
		audience.Countries: api.StandardPlaces, audience.GeoLocations: api.StandardPlaces, audience.Industries: api.StandardIndustry,
		audience.Degrees: api.StandardDegrees, audience.FieldsOfStudy: api.StandardFieldsOfStudy,
	}[v.facet]
	err := p.api.CheckStandard(ctx, token, collection, v.id[strings.LastIndexByte(v.id, ':')+1:])
	if err == nil {
		p.names.ids.Put(v.id, struct{}{}, keepPage)
	}
	return err
}

// doubtfulIDs tells which ids could not be checked.
func doubtfulIDs(f audience.Facet, ids []targetID) core.Warning {
	const shown = 3
	var named []string
	for _, v := range ids[:min(len(ids), shown)] {
		named = append(named, v.id)
	}
	if more := len(ids) - shown; more > 0 {
		named = append(named, fmt.Sprintf("%d more", more))
	}
	return core.Warning{
		Code: core.CodeUnknownTarget, Field: ids[0].field,
		Message: fmt.Sprintf("LinkedIn could not be asked whether it knows %s of %s, which Crier does not: an audience with values that do not exist is smaller than it looks.",
			enumerate(named, "and"), f),
	}
}

// otherPlaces tells which place a name was taken to mean, where it can mean others.
func otherPlaces(f audience.Facet, field, text string, tables *audience.Tables) []core.Warning {
	r := tables.Read(f, text)
	if f != audience.GeoLocations || r.Verdict != audience.Known {
		return nil
	}
	return choiceOf(field, text, r.ID, tables.List(f))
}

// choiceOf tells what a name was taken to mean, if the list has others of the name.
func choiceOf(field, text, id string, list *audience.List) []core.Warning {
	const shown = 5
	others := list.Others(text, id)
	if len(others) == 0 {
		return nil
	}
	var named []string
	for _, v := range others[:min(len(others), shown)] {
		named = append(named, fmt.Sprintf("%q (%s)", quotable(v.Name), v.ID))
	}
	return []core.Warning{{
		Code: core.CodeUnknownTarget, Field: field,
		Message: fmt.Sprintf("%q is taken to mean %q (%s); it could mean %s as well, which has to be named by its URN or its full name.",
			quotable(text), quotable(list.Name(id)), id, enumerate(named, "or")),
	}}
}
