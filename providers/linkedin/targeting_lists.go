package linkedin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/audience"
)

// checkLists refuses lists without values, and those of too many. An empty list is more
// likely the result of a search that found nothing than the wish to reach everybody.
func (o targetingOptions) checkLists() core.Errors {
	var problems core.Errors
	for _, f := range audience.Facets() {
		values, field := o.values(f), targetingField+"."+string(f)
		switch {
		case values != nil && len(values) == 0:
			problems = append(problems, invalid(field, field+" is empty: name a value, or leave it out if the post is for everybody in this regard."))
		case len(values) > maxTargets:
			problems = append(problems, invalid(field, fmt.Sprintf("%s has %d values; at most %d are taken.", field, len(values), maxTargets)))
		}
	}
	return problems
}

// checkGiven refuses a targeting without any criterion. Of one that could not be read,
// the problems say more.
func (o *targetingOptions) checkGiven(problems core.Errors) core.Errors {
	if o == nil || slices.ContainsFunc(audience.Facets(), func(f audience.Facet) bool { return o.values(f) != nil }) ||
		slices.ContainsFunc(problems, func(e *core.Error) bool { return strings.HasPrefix(e.Field, targetingField) }) {
		return nil
	}
	return core.Errors{invalid(targetingField, targetingField+" names no criterion: name one, or leave "+targetingField+" out if the post is for everybody.")}
}

// checkLookups refuses more names than LinkedIn is asked for. The names of degrees,
// fields of study and industries are read as a whole, however many of them are used.
func (t *targeting) checkLookups() core.Errors {
	names := map[audience.Facet][]string{}
	for _, q := range t.questions {
		if _, whole := collections()[q.facet]; !whole && !slices.Contains(names[q.facet], q.name) {
			names[q.facet] = append(names[q.facet], q.name)
		}
	}
	var problems core.Errors
	for _, f := range audience.Facets() {
		if n := len(names[f]); n > maxTargetLookups {
			field := targetingField + "." + string(f)
			e := invalid(field, fmt.Sprintf("%s has %d names that only LinkedIn knows; at most %d of a post are looked up.", field, n, maxTargetLookups))
			e.Help = "Send the URNs of the others, urn:li:" + f.URNType() + ":…"
			problems = append(problems, e)
		}
	}
	return problems
}
