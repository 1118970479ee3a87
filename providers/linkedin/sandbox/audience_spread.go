package sandbox

import (
	"math"
	"sync"
)

// share is a value of a facet, or several that come together, with how many followers
// in a hundred have it.
type share struct {
	percent int
	values  []string
}

// facetSpread is how the followers of a page are spread over one facet.
type facetSpread struct {
	name   string
	shares []share
}

// maxProfiles is how many kinds of followers a page has at most: a larger page has more
// of each.
const maxProfiles = 5000

// spread makes the followers of a page: the same for the same number.
func spread(followers int) []FollowerGroup {
	if followers <= 0 {
		return nil
	}
	n := min(followers, maxProfiles)
	groups := make([]FollowerGroup, n)
	for i, facets := range profiles()[:n] {
		groups[i] = FollowerGroup{Count: followers / n, Facets: facets}
		if i < followers%n {
			groups[i].Count++
		}
	}
	return groups
}

// profiles returns what each kind of followers has. Nobody changes it.
var profiles = sync.OnceValue(func() []map[string][]string {
	all := make([]map[string][]string, maxProfiles)
	facets := spreads()
	for i := range all {
		all[i] = profileFacets(facets, uint64(i))
	}
	return all
})

func profileFacets(spreads []facetSpread, profile uint64) map[string][]string {
	facets := map[string][]string{}
	for i, facet := range spreads {
		facets[facet.name] = pick(facet.shares, mix(profile*64+uint64(i)))
	}
	facets[facetLocales] = localeOf(facets[facetGeo])
	return facets
}

// pick chooses a value by a number; it is none for what the shares leave of a hundred.
func pick(shares []share, number uint64) []string {
	at := int(number % 100)
	for _, s := range shares {
		if at < s.percent {
			return s.values
		}
		at -= s.percent
	}
	return nil
}

// mix scatters a number, always in the same way (SplitMix64).
func mix(n uint64) uint64 {
	n += 0x9E3779B97F4A7C15
	n = (n ^ (n >> 30)) * 0xBF58476D1CE4E5B9
	n = (n ^ (n >> 27)) * 0x94D049BB133111EB
	return (n ^ (n >> 31)) & math.MaxInt64
}

// spreads is how the followers of a page are spread over each facet.
func spreads() []facetSpread {
	urns := func(kind string, ids ...string) []string {
		for i, id := range ids {
			ids[i] = urn{kind, id}.String()
		}
		return ids
	}
	one := func(percent int, kind, id string) share { return share{percent, urns(kind, id)} }
	geo := func(percent int, ids ...string) share { return share{percent, urns("geo", ids...)} }
	staff := func(percent int, size string) share { return share{percent, []string{size}} }
	return []facetSpread{
		{facetGeo, []share{
			geo(10, "103644278", "102095887", "90000084", "102221843"), // San Francisco, California, USA, North America
			geo(20, "103644278", "105080838", "102221843"),             // New York
			geo(15, "101282230", "100506914"),                          // Germany, Europe
			geo(10, "101165590", "102299470", "90009496", "100506914"), // London, England
			geo(8, "105015875", "100506914"),                           // France
			geo(15, "102713980", "102393603"),                          // India, Asia
			geo(6, "101174742", "102221843"),                           // Canada
			geo(5, "106057199", "104514572"),                           // Brazil, South America
			geo(4, "101452733", "100506852"),                           // Australia, Oceania
			geo(3, "105365761", "103537801"),                           // Nigeria, Africa
		}},
		{"seniorities", []share{
			one(2, "seniority", "1"), one(2, "seniority", "2"), one(28, "seniority", "3"), one(34, "seniority", "4"), one(14, "seniority", "5"),
			one(9, "seniority", "6"), one(4, "seniority", "7"), one(3, "seniority", "8"), one(1, "seniority", "9"), one(3, "seniority", "10"),
		}},
		{facetFunctions, []share{
			one(20, "function", "8"), one(18, "function", "13"), one(12, "function", "25"), one(12, "function", "15"), one(10, "function", "4"),
			one(8, "function", "18"), one(6, "function", "10"), one(5, "function", "7"), one(4, "function", "12"), one(2, "function", "19"),
		}},
		{"industries", []share{
			one(25, "industry", "4"), one(18, "industry", "96"), one(12, "industry", "6"), one(10, "industry", "80"), one(8, "industry", "43"),
			one(7, "industry", "68"), one(6, "industry", "14"), one(5, "industry", "25"), one(2, "industry", "118"), one(1, "industry", "85"),
		}},
		{facetStaff, []share{
			staff(4, "SIZE_1"), staff(16, "SIZE_2_TO_10"), staff(18, "SIZE_11_TO_50"), staff(20, "SIZE_51_TO_200"), staff(12, "SIZE_201_TO_500"),
			staff(8, "SIZE_501_TO_1000"), staff(10, "SIZE_1001_TO_5000"), staff(3, "SIZE_5001_TO_10000"), staff(9, "SIZE_10001_OR_MORE"),
		}},
		{"degrees", []share{
			one(20, "degree", "200"), one(20, "degree", "201"), one(10, "degree", "202"), one(10, "degree", "300"), one(10, "degree", "301"),
			one(10, "degree", "303"), one(2, "degree", "304"), one(3, "degree", "400"),
		}},
		{"fieldsOfStudy", []share{
			one(20, "fieldOfStudy", "100001"), one(15, "fieldOfStudy", "100002"), one(15, "fieldOfStudy", "100003"),
			one(10, "fieldOfStudy", "100004"), one(2, "fieldOfStudy", "100275"),
		}},
		{facetSchools, []share{one(10, "organization", "1792"), one(8, "organization", "1646"), one(2, "organization", "4477")}},
	}
}

// localeOf is the language of a place.
func localeOf(geo []string) []string {
	if len(geo) == 0 {
		return []string{"en_US"}
	}
	switch geo[0] {
	case "urn:li:geo:101282230":
		return []string{"de_DE"}
	case "urn:li:geo:105015875":
		return []string{"fr_FR"}
	case "urn:li:geo:106057199":
		return []string{"pt_BR"}
	}
	return []string{"en_US"}
}
