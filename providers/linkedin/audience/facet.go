// Package audience knows by what LinkedIn lets a page choose whom of its followers a
// post is for: the criteria, the names and ids of their values, and how both are
// written. It makes no call.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
package audience

// Facet is a criterion, named as in the options of a post.
type Facet string

// The criteria. Countries and GeoLocations are one to LinkedIn.
const (
	Countries        Facet = "countries"
	GeoLocations     Facet = "geoLocations"
	Seniorities      Facet = "seniorities"
	JobFunctions     Facet = "jobFunctions"
	Industries       Facet = "industries"
	StaffCountRanges Facet = "staffCountRanges"
	Degrees          Facet = "degrees"
	FieldsOfStudy    Facet = "fieldsOfStudy"
	Organizations    Facet = "organizations"
	InterfaceLocales Facet = "interfaceLocales"
)

// Facets lists the criteria.
func Facets() []Facet {
	return []Facet{
		Countries, GeoLocations, Seniorities, JobFunctions, Industries, StaffCountRanges,
		Degrees, FieldsOfStudy, Organizations, InterfaceLocales,
	}
}

// Find returns the criterion of a name.
func Find(name string) (Facet, bool) {
	for _, f := range Facets() {
		if fold(string(f)) == fold(name) {
			return f, true
		}
	}
	return "", false
}

// Help says what a criterion takes.
func (f Facet) Help() string {
	switch f {
	case Countries:
		return "Countries by ISO 3166-1 code or name; continents too."
	case GeoLocations:
		return "Places of any kind: countries, states, regions, cities, metropolitan areas."
	case Seniorities:
		return "How senior people are in their jobs."
	case JobFunctions:
		return "What people do in their jobs."
	case Industries:
		return "Industries that people work in; the names of LinkedIn's older list are understood too."
	case StaffCountRanges:
		return `Sizes of the companies that people work for: "51-200", "10001+".`
	case Degrees:
		return "Academic degrees that people have."
	case FieldsOfStudy:
		return "What people have studied."
	case Organizations:
		return "Schools that people went to, by the id or handle of their pages."
	case InterfaceLocales:
		return `Languages in which people use LinkedIn: "en_US".`
	}
	return ""
}

// URNType is the type of the URNs of a criterion's values: "geo".
func (f Facet) URNType() string {
	switch f {
	case Countries, GeoLocations:
		return "geo"
	case Seniorities:
		return "seniority"
	case JobFunctions:
		return "function"
	case Industries:
		return "industry"
	case StaffCountRanges:
		return "staffCountRange"
	case Degrees:
		return "degree"
	case FieldsOfStudy:
		return "fieldOfStudy"
	case Organizations:
		return "organization"
	case InterfaceLocales:
		return "locale"
	}
	return ""
}

// AdFacet is the URN of the criterion in LinkedIn's advertising, which counts audiences.
// https://learn.microsoft.com/en-us/linkedin/marketing/integrations/ads/advertising-targeting/audience-counts
func (f Facet) AdFacet() string {
	name := string(f)
	switch f { //nolint:exhaustive // the others have the same name in both
	case Countries, GeoLocations:
		name = "locations"
	case Organizations:
		name = "schools"
	}
	return "urn:li:adTargetingFacet:" + name
}

// FollowersFacet is the URN of the advertising criterion that stands for the followers
// of pages.
const FollowersFacet = "urn:li:adTargetingFacet:followedCompanies"

func (f Facet) urn(id string) string { return "urn:li:" + f.URNType() + ":" + id }
