package linkedin

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/audience"
)

// bounds returns the most followers that each criterion can leave. LinkedIn tells of the
// most frequent values only: one that is not told of has at most as many followers as the
// last that is. That holds where everybody has one value at one level; it does not for
// places, of which one lies in another, and industries, some of which are parts of others:
// there, every value has to be told of.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/organizations/follower-statistics
func (c *audienceCheck) bounds(s api.FollowerStatistics) map[audience.Facet]int64 {
	bounds := map[audience.Facet]int64{}
	for _, known := range []struct {
		facet  audience.Facet
		groups []api.FollowerGroup
		flat   bool
	}{
		{audience.GeoLocations, slices.Concat(s.ByGeo, s.ByGeoCountry), false},
		{audience.Seniorities, s.BySeniority, true},
		{audience.JobFunctions, s.ByFunction, true},
		{audience.Industries, s.ByIndustry, false},
		{audience.StaffCountRanges, s.ByStaffCountRange, true},
	} {
		counts := map[string]int64{}
		for _, g := range known.groups {
			counts[g.Value()] = g.Counts.Organic
		}
		if n, ok := boundOf(c.target.Values(known.facet), counts, known.flat); ok {
			bounds[known.facet] = n
		}
	}
	return bounds
}

// boundOf returns the most followers that have one of the values.
func boundOf(values []string, counts map[string]int64, flat bool) (int64, bool) {
	if len(values) == 0 || len(counts) == 0 {
		return 0, false
	}
	last := int64(math.MaxInt64)
	for _, n := range counts {
		last = min(last, n)
	}
	sum := int64(0)
	for _, v := range values {
		n, told := counts[v]
		if !told && !flat {
			return 0, false
		}
		if !told {
			n = last
		}
		sum += n
	}
	return sum, true
}

const fewer = "fewer than 300"

// tooFewFollowers is the problem of a page that cannot choose an audience at all.
func (c *audienceCheck) tooFewFollowers() *core.Error {
	e := audienceTooSmall(fmt.Sprintf("The page has %s; LinkedIn takes a targeted post only if at least %d of them match.", people(c.followers), minAudience))
	e.Help = "Leave targeting out: the post then goes to everybody."
	return e
}

// tooSmall is the problem of an audience of too few, with what each criterion leaves by
// itself.
func (c *audienceCheck) tooSmall(reached string, facets map[audience.Facet]int64) *core.Error {
	of := "the page's followers"
	if c.followers >= 0 {
		of = "the page's " + people(c.followers)
	}
	by := ""
	if chosen := c.target.Chosen(); len(chosen) == 1 {
		by = " by " + c.targeting.label(chosen[0])
	}
	message := fmt.Sprintf("The targeting%s reaches %s of %s; LinkedIn wants at least %d.", by, reached, of, minAudience)
	narrow, wide := c.split(facets)
	help := "Use fewer or wider criteria."
	switch {
	case len(c.target.Chosen()) == 1:
		help = "Add more values to " + c.targeting.label(c.target.Chosen()[0]) + ", or leave it out."
	case len(narrow) > 0:
		message += " Too small by itself: " + strings.Join(narrow, ", ") + "."
		help = "Widen what is too small by itself, or leave it out."
	case len(wide) > 0:
		message += " Each criterion is large enough by itself, and together they are not: " + strings.Join(wide, ", ") + "."
		help = "Leave one of the criteria out; the first of them leaves the fewest."
	}
	e := audienceTooSmall(message)
	e.Help = help
	return e
}

// split tells which criteria leave too few by themselves and which enough, those that
// leave the fewest first.
func (c *audienceCheck) split(facets map[audience.Facet]int64) (narrow, wide []string) {
	chosen := c.target.Chosen()
	slices.SortStableFunc(chosen, func(a, b audience.Facet) int { return cmp.Compare(facets[a], facets[b]) })
	for _, f := range chosen {
		n, known := facets[f]
		switch {
		case !known:
		case n < minAudience-1:
			narrow = append(narrow, fmt.Sprintf("%s (at most %d)", c.targeting.label(f), n))
		case n < minAudience:
			narrow = append(narrow, fmt.Sprintf("%s (%s)", c.targeting.label(f), fewer))
		default:
			wide = append(wide, fmt.Sprintf("%s (%d)", c.targeting.label(f), n))
		}
	}
	return narrow, wide
}

func people(n int64) string {
	if n == 1 {
		return "1 follower"
	}
	return fmt.Sprintf("%d followers", n)
}

func audienceTooSmall(message string) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeAudienceTooSmall, Op: opAudience, Platform: name, Field: targetingField, Message: message,
	}
}
