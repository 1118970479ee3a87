package audience_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/audience"
)

func TestTablesAreComplete(t *testing.T) {
	t.Parallel()
	tables := audience.Embedded()
	for f, want := range map[audience.Facet]int{
		audience.Countries:        233 + 17 + 6, // listed, unlisted, continents
		audience.Seniorities:      10,
		audience.JobFunctions:     26,
		audience.Industries:       434,
		audience.StaffCountRanges: 9,
		audience.InterfaceLocales: 21,
	} {
		if got := tables.List(f).Len(); got != want {
			t.Errorf("%s: %d values, want %d", f, got, want)
		}
	}
	if n := len(tables.Continents()); n != 6 {
		t.Errorf("%d continents", n)
	}
}

// Every name, code and other name of the tables means one thing, and its own id.
func TestTablesMeanOneThing(t *testing.T) {
	t.Parallel()
	tables := audience.Embedded()
	for _, f := range audience.Facets() {
		for _, v := range tables.List(f).Search("", 1000) {
			for _, text := range []string{v.Name, strings.ToUpper(v.Name), v.Code} {
				if text == "" {
					continue
				}
				r := tables.Read(f, text)
				if v.ID == "" {
					if r.Verdict != audience.Ask || r.Name != v.Name {
						t.Errorf("%s %q: %+v, want a question for %s", f, text, r, v.Name)
					}
				} else if r.Verdict != audience.Known || r.ID != v.ID {
					t.Errorf("%s %q: %+v, want %s", f, text, r, v.ID)
				}
			}
		}
	}
}

// Ids that go round with wrong names are not in the tables.
func TestTablesLackWrongIDs(t *testing.T) {
	t.Parallel()
	list := audience.Embedded().List(audience.Countries)
	for _, id := range []string{"106732692", "104874190", "104441761", "101356196", "106659145", "104445899"} {
		if list.Has("urn:li:geo:" + id) {
			t.Errorf("%s is in the table", id)
		}
	}
	for code, id := range map[string]string{"SY": "106714035", "LK": "100446352", "TR": "102105699", "HK": "103291313"} {
		if r := audience.Embedded().Read(audience.Countries, code); r.ID != "urn:li:geo:"+id {
			t.Errorf("%s: %+v", code, r)
		}
	}
}

func TestRead(t *testing.T) {
	t.Parallel()
	const (
		us, sf, georgia = "urn:li:geo:103644278", "urn:li:geo:90000084", "urn:li:geo:106315325"
		software        = "urn:li:industry:4"
	)
	for _, tc := range []struct {
		facet audience.Facet
		text  string
		want  audience.Reading
	}{
		{audience.Countries, "us", audience.Reading{ID: us}},
		{audience.Countries, " U.S. ", audience.Reading{ID: us}},
		{audience.Countries, "united  STATES", audience.Reading{ID: us}},
		{audience.Countries, "103644278", audience.Reading{ID: us}},
		{audience.Countries, "URN:LI:GEO:103644278", audience.Reading{ID: us}},
		{audience.Countries, "cote d'ivoire", audience.Reading{ID: "urn:li:geo:103295271"}},
		{audience.Countries, "Sao Tome & Principe", audience.Reading{ID: "urn:li:geo:106867470"}},
		{audience.Countries, "Bahamas", audience.Reading{ID: "urn:li:geo:106662619"}},
		{audience.Countries, "europe", audience.Reading{ID: "urn:li:geo:100506914"}},
		{audience.Countries, "bm", audience.Reading{Verdict: audience.Ask, Name: "Bermuda"}},
		{audience.Countries, "curacao", audience.Reading{Verdict: audience.Ask, Name: "Curaçao"}},
		{audience.Countries, "Germny", audience.Reading{Verdict: audience.Unknown, Near: []string{"Germany"}}},
		{audience.Countries, "ZZ", audience.Reading{Verdict: audience.Unknown}},
		{audience.Countries, "California", audience.Reading{Verdict: audience.Unknown}},
		{audience.Countries, "urn:li:country:us", audience.Reading{Verdict: audience.WrongKind}},
		{audience.Countries, "urn:li:geo:us", audience.Reading{Verdict: audience.WrongKind}},

		{audience.GeoLocations, "San Francisco Bay-Area", audience.Reading{ID: sf}},
		{audience.GeoLocations, "us-ca", audience.Reading{ID: "urn:li:geo:102095887"}},
		{audience.GeoLocations, "California", audience.Reading{ID: "urn:li:geo:102095887"}},
		{audience.GeoLocations, "Georgia, United States", audience.Reading{ID: "urn:li:geo:103950076"}},
		{audience.GeoLocations, "Munich", audience.Reading{Verdict: audience.Ask, Name: "Munich"}},

		{audience.Seniorities, "vp", audience.Reading{ID: "urn:li:seniority:7"}},
		{audience.Seniorities, "Vice President", audience.Reading{ID: "urn:li:seniority:7"}},
		{audience.Seniorities, "C-Suite", audience.Reading{ID: "urn:li:seniority:8"}},
		{audience.Seniorities, "10", audience.Reading{ID: "urn:li:seniority:10"}},
		{audience.Seniorities, "11", audience.Reading{Verdict: audience.Unknown}},
		{audience.Seniorities, "urn:li:seniority:0", audience.Reading{Verdict: audience.Unknown}},
		{audience.Seniorities, "Mangaer", audience.Reading{Verdict: audience.Unknown, Near: []string{"Manager"}}},
		{audience.Seniorities, "", audience.Reading{Verdict: audience.Unknown}},

		{audience.JobFunctions, "arts & design", audience.Reading{ID: "urn:li:function:3"}},
		{audience.JobFunctions, "Customer success and support", audience.Reading{ID: "urn:li:function:26"}},
		{audience.JobFunctions, "urn:li:jobFunction:3", audience.Reading{Verdict: audience.WrongKind}},

		{audience.Industries, "Software-Development", audience.Reading{ID: software}},
		{audience.Industries, "Computer Software", audience.Reading{ID: software}},
		{audience.Industries, "Information Technology and Services", audience.Reading{ID: "urn:li:industry:96"}},
		{audience.Industries, "Leisure, travel and tourism", audience.Reading{ID: "urn:li:industry:30"}},
		{audience.Industries, "Wholesale Computer Equipment", audience.Reading{ID: "urn:li:industry:1157"}},
		{audience.Industries, "Musicians", audience.Reading{ID: "urn:li:industry:115"}},
		{audience.Industries, "9999", audience.Reading{ID: "urn:li:industry:9999"}},
		{audience.Industries, "Softwear Development", audience.Reading{Verdict: audience.Ask, Name: "Softwear Development", Near: []string{"Software Development"}}},

		{audience.StaffCountRanges, "51-200", audience.Reading{ID: "SIZE_51_TO_200"}},
		{audience.StaffCountRanges, "51 – 200 Employees", audience.Reading{ID: "SIZE_51_TO_200"}},
		{audience.StaffCountRanges, "size_51_to_200", audience.Reading{ID: "SIZE_51_TO_200"}},
		{audience.StaffCountRanges, "urn:li:staffCountRange:(51,200)", audience.Reading{ID: "SIZE_51_TO_200"}},
		{audience.StaffCountRanges, "1,001 to 5,000", audience.Reading{ID: "SIZE_1001_TO_5000"}},
		{audience.StaffCountRanges, "10,001+", audience.Reading{ID: "SIZE_10001_OR_MORE"}},
		{audience.StaffCountRanges, "SIZE_10001_OR_MORE", audience.Reading{ID: "SIZE_10001_OR_MORE"}},
		{audience.StaffCountRanges, "urn:li:staffCountRange:(10001,2147483647)", audience.Reading{ID: "SIZE_10001_OR_MORE"}},
		{audience.StaffCountRanges, "1", audience.Reading{ID: "SIZE_1"}},
		{audience.StaffCountRanges, "1 employee", audience.Reading{ID: "SIZE_1"}},

		{audience.Degrees, "700", audience.Reading{ID: "urn:li:degree:700"}},
		{audience.Degrees, "Master of Digital Design", audience.Reading{Verdict: audience.Ask, Name: "Master of Digital Design"}},
		{audience.FieldsOfStudy, "Consumer Economics", audience.Reading{Verdict: audience.Ask, Name: "Consumer Economics"}},

		{audience.Organizations, "1792", audience.Reading{ID: "urn:li:organization:1792"}},
		{audience.Organizations, "@stanford-university", audience.Reading{Verdict: audience.Ask, Name: "stanford-university"}},
		{audience.Organizations, "https://www.linkedin.com/school/stanford-university/?x=1", audience.Reading{Verdict: audience.Ask, Name: "stanford-university"}},
		{audience.Organizations, "https://at.linkedin.com/school/universit%C3%A4t-wien/", audience.Reading{Verdict: audience.Ask, Name: "universität-wien"}},
		{audience.Organizations, "https://linkedin.com/school/100%/", audience.Reading{Verdict: audience.Unknown}},
		{audience.Organizations, "texas-a&m-university", audience.Reading{Verdict: audience.Ask, Name: "texas-a&m-university"}},
		{audience.Organizations, "https://linkedin.com/company/1792", audience.Reading{ID: "urn:li:organization:1792"}},
		{audience.Organizations, "urn:li:school:1792", audience.Reading{Verdict: audience.WrongKind}},
		{audience.Organizations, "Stanford University", audience.Reading{Verdict: audience.Unknown}},

		{audience.InterfaceLocales, "en_US", audience.Reading{ID: "en_US"}},
		{audience.InterfaceLocales, "EN-us", audience.Reading{ID: "en_US"}},
		{audience.InterfaceLocales, "German", audience.Reading{ID: "de_DE"}},
		{audience.InterfaceLocales, "id", audience.Reading{ID: "in_ID"}},
		{audience.InterfaceLocales, "nb-NO", audience.Reading{ID: "no_NO"}},
		{audience.InterfaceLocales, "urn:li:locale:uk_UA", audience.Reading{ID: "uk_UA"}},
		{audience.InterfaceLocales, "urn:li:locale:english", audience.Reading{Verdict: audience.WrongKind}},
	} {
		t.Run(string(tc.facet)+" "+tc.text, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, audience.Embedded().Read(tc.facet, tc.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if r := audience.Embedded().Read(audience.GeoLocations, "Georgia"); r.Verdict != audience.Known || r.ID != georgia {
		t.Errorf("Georgia is a country before it is a state: %+v", r)
	}
}

func TestReadRefusesOtherSizes(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"51-201", "50-200", "2", "51", "51+", "10001", "-", "51-200-500", "some", "51-200 dogs", "urn:li:staffCountRange:(51,201)"} {
		if r := audience.Embedded().Read(audience.StaffCountRanges, text); r.Verdict != audience.Unknown {
			t.Errorf("%q: %+v", text, r)
		}
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	names := func(f audience.Facet, text string, limit int) []string {
		var out []string
		for _, v := range audience.Embedded().List(f).Search(text, limit) {
			out = append(out, v.Name)
		}
		return out
	}
	for _, tc := range []struct {
		facet audience.Facet
		text  string
		limit int
		want  []string
	}{
		{audience.JobFunctions, "Consulting", 5, []string{"Consulting"}},
		{audience.JobFunctions, "pr", 5, []string{"Product Management", "Program and Project Management", "Military and Protective Services", "Entrepreneurship"}},
		{audience.Seniorities, "", 3, []string{"Unpaid", "Training", "Entry"}},
		{audience.Seniorities, "senior", 3, []string{"Senior"}},
		{audience.Countries, "ger", 3, []string{"Germany", "Algeria", "Niger"}},
		{audience.Countries, "DE", 1, []string{"Germany"}},
		{audience.Industries, "urn:li:industry:4", 3, []string{"Software Development"}},
		{audience.Industries, "computer software", 1, []string{"Software Development"}},
		{audience.Industries, "!!", 3, nil},
		{audience.Industries, "x", 0, nil},
		{audience.Industries, "x", -1, nil},
	} {
		if diff := cmp.Diff(tc.want, names(tc.facet, tc.text, tc.limit)); diff != "" {
			t.Errorf("%s %q: %s", tc.facet, tc.text, diff)
		}
	}
}

func TestNearest(t *testing.T) {
	t.Parallel()
	degrees := audience.NewList([]audience.Value{
		{ID: "urn:li:degree:1", Name: "Bachelor of Arts"},
		{ID: "urn:li:degree:2", Name: "Doctor of Philosophy - PhD"},
		{ID: "urn:li:degree:3", Name: "Bachelor of Science"},
		{ID: "urn:li:degree:4", Name: "!"},
	})
	for _, tc := range []struct {
		facet audience.Facet
		text  string
		want  []string
	}{
		{audience.Industries, "Softwar", []string{"Software Development", "Embedded Software Products", "Mobile Computing Software Products"}},
		{audience.Industries, "Softwear Development", []string{"Software Development"}},
		{audience.JobFunctions, "Enginer", []string{"Engineering"}}, //nolint:misspell // on purpose
		{audience.JobFunctions, "IT", []string{"Information Technology"}},
		{audience.Seniorities, "Sr", []string{"Senior"}},
		{audience.Seniorities, "executive", []string{"CXO", "VP"}},
		{audience.Seniorities, "Intern", []string{"Training"}},
		{audience.Seniorities, "Senior Manager", []string{"Manager"}},
		{audience.Seniorities, "Wizard", nil},
		{audience.Countries, "England", []string{"United Kingdom"}},
		{audience.Countries, "E.U.", []string{"Europe"}},
		{audience.Countries, "Untied States", []string{"United States"}},
		{audience.GeoLocations, "US-ZZ", nil},
		{audience.GeoLocations, "Bay Area", []string{"San Francisco Bay Area"}},
		{audience.StaffCountRanges, "51-201", []string{"51-200 employees"}},
		{audience.InterfaceLocales, "en_UK", []string{"English"}},
		{audience.Degrees, "BA", []string{"Bachelor of Arts"}},
		{audience.Degrees, "PhD", []string{"Doctor of Philosophy - PhD"}},
		{audience.Degrees, "BSc", []string{"Bachelor of Science"}},
		{audience.Degrees, "Bachelor of Knitting and Crochet", nil},
	} {
		list := audience.Embedded().List(tc.facet)
		if tc.facet == audience.Degrees {
			list = degrees
		}
		if diff := cmp.Diff(tc.want, list.Nearest(tc.text)); diff != "" {
			t.Errorf("%s %q: %s", tc.facet, tc.text, diff)
		}
	}
}

func TestOthersOfAName(t *testing.T) {
	t.Parallel()
	list := audience.Embedded().List(audience.GeoLocations)
	for name, want := range map[string][]string{
		"Georgia":    {"Georgia, United States"},
		"Washington": {"Washington DC-Baltimore Area"},
		"California": nil, "India": nil, "Guinea": nil, "us-ca": nil,
	} {
		var got []string
		for _, v := range list.Others(name, audience.Embedded().Read(audience.GeoLocations, name).ID) {
			got = append(got, v.Name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestTarget(t *testing.T) {
	t.Parallel()
	var target audience.Target
	for range 2 {
		target.Add(audience.Countries, "urn:li:geo:1")
		target.Add(audience.GeoLocations, "urn:li:geo:2")
		target.Add(audience.StaffCountRanges, "SIZE_10001_OR_MORE")
		target.Add(audience.StaffCountRanges, "SIZE_1")
		target.Add(audience.InterfaceLocales, "en_US")
		target.Add(audience.Organizations, "urn:li:organization:3")
	}
	want := []audience.Clause{
		{Facet: "urn:li:adTargetingFacet:locations", Values: []string{"urn:li:geo:1", "urn:li:geo:2"}},
		{Facet: "urn:li:adTargetingFacet:staffCountRanges", Values: []string{"urn:li:staffCountRange:(10001,2147483647)", "urn:li:staffCountRange:(1,1)"}},
		{Facet: "urn:li:adTargetingFacet:schools", Values: []string{"urn:li:organization:3"}},
		{Facet: "urn:li:adTargetingFacet:interfaceLocales", Values: []string{"urn:li:locale:en_US"}},
	}
	if diff := cmp.Diff(want, target.Clauses()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&target, target.Clone()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(&audience.Target{InterfaceLocales: []audience.Locale{{Language: "en", Country: "US"}}}, target.Only(audience.InterfaceLocales)); diff != "" {
		t.Error(diff)
	}
}

func FuzzRead(f *testing.F) {
	tables := audience.Embedded()
	for _, seed := range []string{"US", "urn:li:geo:1", "51-200", "10,001+", "@x", "&", "Ünïted", "urn:li:staffCountRange:(51,200)", "\xff"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, facet := range audience.Facets() {
			r := tables.Read(facet, text)
			switch r.Verdict {
			case audience.Known:
				if r.ID == "" {
					t.Fatalf("%s %q: known without an id", facet, text)
				}
				if again := tables.Read(facet, r.ID); again.ID != r.ID {
					t.Fatalf("%s: %q became %q, which is read as %+v", facet, text, r.ID, again)
				}
			case audience.Ask:
				if r.Name == "" {
					t.Fatalf("%s %q: nothing to ask for", facet, text)
				}
			default:
				if r.ID != "" {
					t.Fatalf("%s %q: %+v", facet, text, r)
				}
			}
		}
	})
}
