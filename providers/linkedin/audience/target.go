package audience

import (
	"slices"
	"strings"
)

// Target is an audience as LinkedIn takes it: whoever matches one value of every
// criterion. A nil Target is everybody.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
type Target struct {
	GeoLocations     []string `json:"geoLocations,omitempty"`
	Seniorities      []string `json:"seniorities,omitempty"`
	JobFunctions     []string `json:"jobFunctions,omitempty"`
	Industries       []string `json:"industries,omitempty"`
	StaffCountRanges []string `json:"staffCountRanges,omitempty"`
	Degrees          []string `json:"degrees,omitempty"`
	FieldsOfStudy    []string `json:"fieldsOfStudy,omitempty"`
	Organizations    []string `json:"organizations,omitempty"`
	InterfaceLocales []Locale `json:"interfaceLocales,omitempty"`
}

// Locale is a language as it is used in a country.
type Locale struct {
	Language string `json:"language"` // lower case
	Country  string `json:"country"`  // upper case
}

func (l Locale) id() string { return l.Language + "_" + l.Country }

// Add adds the value of a criterion by its id, unless it is there.
func (t *Target) Add(f Facet, id string) {
	if f == InterfaceLocales {
		language, country, _ := strings.Cut(id, "_")
		if l := (Locale{language, country}); !slices.Contains(t.InterfaceLocales, l) {
			t.InterfaceLocales = append(t.InterfaceLocales, l)
		}
		return
	}
	if list := t.list(f); list != nil && !slices.Contains(*list, id) {
		*list = append(*list, id)
	}
}

// list returns where the values of a criterion are kept, nil for locales.
func (t *Target) list(f Facet) *[]string {
	switch f {
	case Countries, GeoLocations:
		return &t.GeoLocations
	case Seniorities:
		return &t.Seniorities
	case JobFunctions:
		return &t.JobFunctions
	case Industries:
		return &t.Industries
	case StaffCountRanges:
		return &t.StaffCountRanges
	case Degrees:
		return &t.Degrees
	case FieldsOfStudy:
		return &t.FieldsOfStudy
	case Organizations:
		return &t.Organizations
	case InterfaceLocales:
	}
	return nil
}

// Values returns the values of a criterion by their ids.
func (t *Target) Values(f Facet) []string {
	if f == InterfaceLocales {
		var ids []string
		for _, l := range t.InterfaceLocales {
			ids = append(ids, l.id())
		}
		return ids
	}
	return *t.list(f)
}

// Chosen lists the criteria that have values; places are GeoLocations, however they
// were chosen.
func (t *Target) Chosen() []Facet {
	var chosen []Facet
	for _, f := range Facets() {
		if f != Countries && len(t.Values(f)) > 0 {
			chosen = append(chosen, f)
		}
	}
	return chosen
}

// Only returns the audience by one criterion alone.
func (t *Target) Only(f Facet) *Target {
	one := &Target{}
	for _, id := range t.Values(f) {
		one.Add(f, id)
	}
	return one
}

// Clone returns a copy of the audience.
func (t *Target) Clone() *Target {
	c := &Target{}
	for _, f := range t.Chosen() {
		for _, id := range t.Values(f) {
			c.Add(f, id)
		}
	}
	return c
}

// Clause is a criterion in LinkedIn's advertising: whoever matches one of the values.
type Clause struct {
	Facet  string // URN
	Values []string
}

// Clauses returns the audience as LinkedIn's advertising writes it.
func (t *Target) Clauses() []Clause {
	var clauses []Clause
	for _, f := range t.Chosen() {
		c := Clause{Facet: f.AdFacet()}
		for _, id := range t.Values(f) {
			c.Values = append(c.Values, f.adURN(id))
		}
		clauses = append(clauses, c)
	}
	return clauses
}
