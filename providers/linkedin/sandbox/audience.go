package sandbox

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// FollowerGroup is a number of followers of a page who are alike.
type FollowerGroup struct {
	Count int `json:"count"`
	// Facets has what they match, by the names of targetEntities: URNs, ranges of staff
	// counts ("SIZE_51_TO_200") and locales ("en_US").
	Facets map[string][]string `json:"facets"`
}

// facetKinds is what each facet of an audience takes: the type of its URNs, or "" for
// what is no URN.
func facetKinds() map[string]string {
	kinds := targetURNKinds()
	delete(kinds, "schools") // replaced by organizations
	kinds[facetStaff], kinds[facetLocales] = "", ""
	return kinds
}

const (
	facetGeo       = "geoLocations"
	facetStaff     = "staffCountRanges"
	facetLocales   = "interfaceLocales"
	facetFunctions = "jobFunctions"
	facetSchools   = "organizations"
)

// checkAudience checks the groups that a test gives a page.
func checkAudience(followers int, groups []FollowerGroup) error {
	sum := 0
	for _, g := range groups {
		if g.Count < 0 {
			return errors.New("the count of a group of followers must not be negative")
		}
		sum += g.Count
		for _, facet := range slices.Sorted(maps.Keys(g.Facets)) {
			for _, v := range g.Facets[facet] {
				if err := checkFacetValue(facet, v); err != nil {
					return err
				}
			}
		}
	}
	if sum > followers {
		return fmt.Errorf("the groups have %d followers, and the page %d", sum, followers)
	}
	return nil
}

func checkFacetValue(facet, v string) error {
	kind, known := facetKinds()[facet]
	if !known {
		return fmt.Errorf("facet %q: want one of %s", limitString(facet, 40), strings.Join(slices.Sorted(maps.Keys(facetKinds())), ", "))
	}
	var fits bool
	switch facet {
	case facetStaff:
		fits = slices.Contains(staffCountRanges(), v)
	case facetLocales:
		fits = localeForm.MatchString(v)
	default:
		_, bad := checkURN(facet, v, kind)
		fits = bad == nil
	}
	if !fits {
		return fmt.Errorf("%s: %q does not belong there", facet, limitString(v, 80))
	}
	return nil
}

// clause is one criterion: whoever has one of the values matches.
type clause struct {
	facet  string // as in FollowerGroup
	values []string
}

func (g FollowerGroup) matches(clauses []clause) bool {
	for _, c := range clauses {
		if !slices.ContainsFunc(g.Facets[c.facet], func(v string) bool { return slices.Contains(c.values, v) }) {
			return false
		}
	}
	return true
}

// audience returns the followers of the page in groups: those that were given, with one
// for the followers of whom nothing is known, or a spread over all facets.
func (o Organization) audience() []FollowerGroup {
	if o.Audience == nil {
		return spread(o.Followers)
	}
	rest := o.Followers
	for _, g := range o.Audience {
		rest -= g.Count
	}
	return append(slices.Clone(o.Audience), FollowerGroup{Count: rest})
}

// reach counts the followers that match one of several audiences.
func (o Organization) reach(audiences ...[]clause) int {
	n := 0
	for _, g := range o.audience() {
		if slices.ContainsFunc(audiences, g.matches) {
			n += g.Count
		}
	}
	return n
}

// clausesOf reads an entry of targetEntities whose shape was checked.
func clausesOf(target map[string]any) []clause {
	var clauses []clause
	for facet := range facetKinds() {
		items, _ := target[facet].([]any)
		if len(items) == 0 {
			continue
		}
		c := clause{facet: facet}
		for _, item := range items {
			switch v := item.(type) {
			case string:
				c.values = append(c.values, v)
			case map[string]any:
				c.values = append(c.values, stringIn(v, "language")+"_"+stringIn(v, "country"))
			}
		}
		clauses = append(clauses, c)
	}
	return clauses
}

// checkReach refuses a targeted post for too few of the page's followers.
func (o Organization) checkReach(targets []any) *problem {
	audiences := make([][]clause, 0, len(targets))
	for _, target := range targets {
		facets, _ := target.(map[string]any)
		audiences = append(audiences, clausesOf(facets))
	}
	if o.Followers >= minAudience && o.reach(audiences...) >= minAudience {
		return nil
	}
	return invalidField("AUDIENCE_SIZE_TOO_SMALL", "targetEntities",
		"The calculated audience size is too small for the given targeting. A minimum audience size of %d is needed", minAudience)
}

// TargetFacet is a criterion of a post's audience in words.
type TargetFacet struct {
	Name   string
	Values []string
}

// Audience tells in words whom the post is for, one list of criteria for each entry of
// Targets.
func (p Post) Audience() [][]TargetFacet {
	var out [][]TargetFacet
	for _, target := range p.Targets {
		facets, _ := target.(map[string]any)
		var list []TargetFacet
		for _, c := range clausesOf(facets) {
			shown := TargetFacet{Name: c.facet}
			for _, v := range c.values {
				shown.Values = append(shown.Values, nameOfTarget(v))
			}
			list = append(list, shown)
		}
		slices.SortFunc(list, func(a, b TargetFacet) int { return strings.Compare(a.Name, b.Name) })
		out = append(out, list)
	}
	return out
}

// nameOfTarget is the name that LinkedIn gives to a value, or the value.
func nameOfTarget(v string) string {
	u, ok := parseURN(v)
	if !ok {
		return v
	}
	if name, known := standardNames()[u.Kind][u.ID]; known {
		return name
	}
	return v
}

func cloneAudience(groups []FollowerGroup) []FollowerGroup {
	groups = slices.Clone(groups)
	for i := range groups {
		facets := maps.Clone(groups[i].Facets)
		for name := range facets {
			facets[name] = slices.Clone(facets[name])
		}
		groups[i].Facets = facets
	}
	return groups
}
