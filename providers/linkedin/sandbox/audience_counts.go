package sandbox

import (
	"regexp"
	"strconv"
	"strings"
)

// audienceResources is what LinkedIn knows of audiences, and the names of what they are
// made of.
func audienceResources() map[string]resource {
	all := map[string]resource{
		"audienceCounts": {finders: map[string]endpoint{
			"targetingCriteriaV2": {[]string{criteriaParam, "start", "count"}, (*Sandbox).countAudience},
		}},
		"organizationalEntityFollowerStatistics": {finders: map[string]endpoint{
			"organizationalEntity": {[]string{"organizationalEntity", intervalsParam}, (*Sandbox).findFollowerStatistics},
		}},
		"geoTypeahead": {finders: map[string]endpoint{
			"search": {[]string{"query", "locale"}, (*Sandbox).findPlaces},
		}},
		"geo": {methods: map[restMethod]endpoint{methodGet: {nil, (*Sandbox).getPlace}}},
		"industryTaxonomyVersions": {of: map[string]resource{
			"industries": standardResource("industry"),
		}},
	}
	for name, kind := range map[string]string{
		"seniorities": "seniority", "functions": "function", "degrees": "degree", "fieldsOfStudy": "fieldOfStudy", "industries": "industry",
	} {
		all[name] = standardResource(kind)
	}
	return all
}

const criteriaParam = "targetingCriteria"

// memberCount is how many members the sandbox's LinkedIn has; an audience that does not
// begin with followers is counted among them.
const memberCount = 1_000_000_000

type audienceCount struct {
	Total  int `json:"total"`
	Active int `json:"active"`
}

// countAudience serves audienceCounts. Numbers are rounded to two digits, and 0 below
// 300.
// https://learn.microsoft.com/en-us/linkedin/marketing/integrations/ads/advertising-targeting/audience-counts
func (s *Sandbox) countAudience(c *call) (*reply, *problem) {
	if !c.token.has(organizationScopes()...) {
		return nil, notPermitted("audienceCounts", methodFinder)
	}
	v, present := c.params[criteriaParam]
	if !present {
		return nil, invalidParam(criteriaParam, "Parameter %s is required", criteriaParam)
	}
	k, bad := criteriaOf(v)
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	n := s.countCriteria(k)
	s.mu.Unlock()
	count := audienceCount{Total: roundedCount(n)}
	count.Active = roundedCount(count.Total / 2)
	return c.pageOf(1, func(int) (any, bool) { return count, true })
}

// countCriteria counts whoever matches. The caller holds the lock.
func (s *Sandbox) countCriteria(k criteria) int {
	if len(k.pages) == 0 {
		return Organization{Followers: memberCount}.reach(k.clauses)
	}
	n := 0
	for _, page := range k.pages {
		if o, known := s.organizations[page]; known {
			n += o.reach(k.clauses)
		}
	}
	return n
}

// roundedCount rounds to two digits; an audience below 300 is not told.
func roundedCount(n int) int {
	if n < minAudience {
		return 0
	}
	unit := 10
	for n/unit >= 100 {
		unit *= 10
	}
	return (n + unit/2) / unit * unit
}

// criteria is an audience in LinkedIn's advertising.
type criteria struct {
	pages   []string // ids; whose followers are counted
	clauses []clause
}

// adFacets is the facet of FollowerGroup that each facet of advertising stands for.
func adFacets() map[string]string {
	return map[string]string{
		"locations": facetGeo, "seniorities": "seniorities", facetFunctions: facetFunctions, "industries": "industries",
		facetStaff: facetStaff, "degrees": "degrees", "fieldsOfStudy": "fieldsOfStudy", "schools": facetSchools,
		facetLocales: facetLocales, "followedCompanies": "",
	}
}

func badCriteria(format string, args ...any) *problem {
	return invalidParam(criteriaParam, format, args...)
}

// criteriaOf reads (include:(and:List((or:(facet:List(urn))))) and nothing else: what a
// client writes otherwise, it has not read the documentation of.
func criteriaOf(v value) (criteria, *problem) {
	var k criteria
	include, bad := onlyField(v, "include")
	if bad != nil {
		return k, bad
	}
	and, bad := onlyField(include, "and")
	if bad != nil {
		return k, bad
	}
	if and.kind != kindList || len(and.list) == 0 {
		return k, badCriteria("and must be a list of or clauses")
	}
	for _, item := range and.list {
		or, bad := onlyField(item, "or")
		if bad != nil {
			return k, bad
		}
		if bad := k.add(or); bad != nil {
			return k, bad
		}
	}
	return k, nil
}

// onlyField returns the one field that a record must have.
func onlyField(v value, name string) (value, *problem) {
	inner, present := v.record[name]
	if v.kind != kindRecord || !present || len(v.record) != 1 {
		return value{}, badCriteria("expected a record with the field %s alone, its structure raw", name)
	}
	return inner, nil
}

// add reads (facet:List(urn,urn)). Of several facets of one clause, LinkedIn counts who
// matches any; the sandbox takes one.
func (k *criteria) add(or value) *problem {
	if or.kind != kindRecord || len(or.record) != 1 {
		return badCriteria("or must be a record with one facet")
	}
	for name, values := range or.record {
		u, ok := parseURN(name)
		facet, known := adFacets()[u.ID]
		if !ok || u.Kind != "adTargetingFacet" || !known {
			return badCriteria("%s is not a targeting facet", limitString(name, 80))
		}
		if values.kind != kindList || len(values.list) == 0 {
			return badCriteria("the values of %s must be a list of URNs", u.ID)
		}
		c := clause{facet: facet}
		for _, item := range values.list {
			id, bad := adValue(u.ID, item)
			if bad != nil {
				return bad
			}
			c.values = append(c.values, id)
		}
		if facet == "" {
			k.pages = append(k.pages, c.values...)
			continue
		}
		k.clauses = append(k.clauses, c)
	}
	return nil
}

var (
	localeForm = regexp.MustCompile(`^[a-z]{2,3}_[A-Z]{2}$`)
	rangeForm  = regexp.MustCompile(`^\((\d+),(\d+)\)$`)
)

// adValue reads one value of a facet of advertising, where everything is a URN.
func adValue(facet string, item value) (string, *problem) {
	wrong := badCriteria("%s is not a value of %s", limitString(item.str, 80), facet)
	u, ok := parseURN(item.str)
	if item.kind != kindString || !ok {
		return "", wrong
	}
	switch facet {
	case facetStaff:
		size, known := sizeOf(u.ID)
		if u.Kind != "staffCountRange" || !known {
			return "", wrong
		}
		return size, nil
	case facetLocales:
		if u.Kind != "locale" || !localeForm.MatchString(u.ID) {
			return "", wrong
		}
		return u.ID, nil
	case "followedCompanies":
		if u.Kind != "organization" || !u.validID() {
			return "", wrong
		}
		return u.ID, nil
	}
	if u.Kind != targetURNKinds()[adFacets()[facet]] || !numericID.MatchString(u.ID) {
		return "", wrong
	}
	return item.str, nil
}

// sizeOf returns the range of staff counts of "(51,200)".
func sizeOf(id string) (string, bool) {
	m := rangeForm.FindStringSubmatch(id)
	if m == nil {
		return "", false
	}
	for _, size := range staffCountRanges() {
		low, high, _ := strings.Cut(strings.TrimPrefix(size, "SIZE_"), "_TO_")
		switch {
		case strings.HasSuffix(low, "_OR_MORE"):
			low, high = strings.TrimSuffix(low, "_OR_MORE"), strconv.Itoa(1<<31-1)
		case high == "":
			high = low
		}
		if m[1] == low && m[2] == high {
			return size, true
		}
	}
	return "", false
}
