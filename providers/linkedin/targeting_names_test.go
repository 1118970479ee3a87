package linkedin_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// Names that the tables lack are looked up, and the post is for whom they name.
func TestTargetNamesAreLookedUp(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	as := pageDemo()
	draft := targeted(t, facets{
		"countries": {"US", "BM"}, "geoLocations": {"Munich, Bavaria, Germany"}, "degrees": {"bachelor of engineering", "Bachelor of Arts"},
		"fieldsOfStudy": {"Consumer economics", "Zoology", "Computer Science"}, "industries": {"Quantum Computing Services", "Software Development"},
		"organizations": {"1792", "@crier-demo"},
	})
	// The post is accepted whatever its reach: what it asks for is the subject here.
	everybody := map[string][]string{
		"geoLocations": {"urn:li:geo:103644278"}, "degrees": {"urn:li:degree:202"}, "fieldsOfStudy": {"urn:li:fieldOfStudy:100275"},
		"industries": {"urn:li:industry:3300"}, "organizations": {"urn:li:organization:1792"},
	}
	if err := f.Sandbox.AddOrganization(sandbox.Organization{ID: 1792, Name: "Stanford University", Vanity: "stanford-university"}); err != nil {
		t.Fatal(err)
	}
	page, _ := organization(f, sandbox.PageID)
	page.Audience = []sandbox.FollowerGroup{{Count: 500, Facets: everybody}}
	if err := f.Sandbox.AddOrganization(page); err != nil {
		t.Fatal(err)
	}
	pub, s := f.plan(as, draft), f.session(as)
	if _, err := f.preflight(pub, s); err != nil {
		t.Fatal(err)
	}
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	if _, err := pub.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	want := []any{map[string]any{
		"geoLocations":  []any{"urn:li:geo:103644278", "urn:li:geo:199000005", "urn:li:geo:199000001"},
		"industries":    []any{"urn:li:industry:4", "urn:li:industry:3300"},
		"degrees":       []any{"urn:li:degree:202", "urn:li:degree:200"},
		"fieldsOfStudy": []any{"urn:li:fieldOfStudy:100275", "urn:li:fieldOfStudy:101624", "urn:li:fieldOfStudy:100001"},
		"organizations": []any{"urn:li:organization:1792", sandbox.PageURN},
	}}
	if diff := cmp.Diff(want, f.Sandbox.Posts()[0].Targets); diff != "" {
		t.Error(diff)
	}
	if n := f.count(http.MethodGet, "/rest/fieldsOfStudy"); n != 2 {
		t.Errorf("the fields of study were read in %d pages", n)
	}
}

func TestTargetNamesThatNobodyKnows(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		target facets
		field  string
		parts  []string
	}{
		{"a degree", facets{"degrees": {"Bachelor of Enginering"}}, "degrees[0]", []string{`no degree "Bachelor of Enginering"`, `did you mean "Bachelor of Engineering"`}},
		{"an industry", facets{"industries": {"4", "Softwear Development"}}, "industries[1]", []string{`no industry`, `"Software Development"`}},
		{"a city of which there are several", facets{"geoLocations": {"Springfield"}}, "geoLocations[0]", []string{"can mean several", "Springfield, Illinois, United States", "Springfield, Missouri, United States"}},
		{"a city", facets{"geoLocations": {"Atlantis"}}, "geoLocations[0]", []string{`no place "Atlantis".`}},
		{"the beginning of a place", facets{"geoLocations": {"Greater Munich"}}, "geoLocations[0]", []string{`did you mean "Greater Munich Metropolitan Area"`}},
		{"a school", facets{"organizations": {"@no-such-school"}}, "organizations[0]", []string{`no school's page "no-such-school"`}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			_, err := f.preflight(f.plan(pageDemo(), targeted(t, tc.target)), f.session(pageDemo()))
			e := core.AsError(err)
			if e.Kind != core.KindInvalid || e.Code != core.CodeUnknownTarget || e.Field != "linkedInOptions.targeting."+tc.field {
				t.Errorf("%+v", e)
			}
			for _, part := range tc.parts {
				if !strings.Contains(e.Message, part) {
					t.Errorf("%q lacks %q", e.Message, part)
				}
			}
		})
	}
}

// LinkedIn may give one name to several places, and one place twice.
func TestTargetNamesThatAreTheSame(t *testing.T) {
	t.Parallel()
	const one, other = `{"displayText":"San Jose","entity":"urn:li:geo:1"}`, `{"displayText":"San Jose","entity":"urn:li:geo:2"}`
	for places, message := range map[string]string{
		one + "," + one:   "",
		one + "," + other: `"San Jose" can mean several as place: name "urn:li:geo:1" or "urn:li:geo:2", or its URN.`,
	} {
		f := newFixture(t)
		f.Next(t, "GET /rest/geoTypeahead*", sandbox.Respond(http.StatusOK, `{"elements":[`+places+`]}`))
		s := f.session(pageDemo())
		_, err := f.plan(pageDemo(), targeted(t, facets{"geoLocations": {"San Jose"}})).Prepare(t.Context(), s)
		if message == "" && err != nil || message != "" && core.AsError(err).Message != message {
			t.Errorf("%s: %v", places, err)
		}
	}
}

// Where LinkedIn does not let the app ask, each name is reported and none is left out.
func TestTargetNamesThatMayNotBeAsked(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusNotFound} {
		f := newFixture(t)
		f.refuse(status, "degrees", "fieldsOfStudy", "geoTypeahead", "industryTaxonomyVersions", "organizations")
		pub := f.plan(pageDemo(), targeted(t, facets{
			"countries": {"Bermuda"}, "degrees": {"Master of Arts"}, "fieldsOfStudy": {"Law"}, "industries": {"Software Developer"}, "organizations": {"@x"}, "seniorities": {"VP"},
		}))
		_, err := f.preflight(pub, f.session(pageDemo()))
		var fields []string
		for _, e := range core.AsErrors(err) {
			fields = append(fields, strings.TrimPrefix(e.Field, "linkedInOptions.targeting."))
			if e.Code != core.CodeUnknownTarget || e.Kind != core.KindInvalid || !strings.Contains(e.Help, "urn:li:") {
				t.Errorf("%+v", e)
			}
			if e.Field == "linkedInOptions.targeting.industries[0]" && !strings.Contains(e.Message, `"Software Development"`) {
				t.Errorf("no known name like it: %s", e.Message)
			}
		}
		if diff := cmp.Diff([]string{"countries[0]", "industries[0]", "degrees[0]", "fieldsOfStudy[0]", "organizations[0]"}, fields); diff != "" {
			t.Error(diff)
		}
	}
}

// Trouble that passes is no verdict on the names: the post is tried again.
func TestTargetNamesInTrouble(t *testing.T) {
	t.Parallel()
	for status, kind := range map[int]core.Kind{
		http.StatusServiceUnavailable: core.KindTemporary, http.StatusTooManyRequests: core.KindRateLimited, http.StatusUnauthorized: core.KindAuth,
	} {
		f := newFixture(t)
		f.refuse(status, "degrees")
		pub, s := f.plan(pageDemo(), targeted(t, facets{"degrees": {"Master of Arts", "Bachelor of Arts"}})), f.session(pageDemo())
		_, err := f.preflight(pub, s)
		if core.KindOf(err) != kind {
			t.Errorf("%d: %v", status, err)
		}
		if n := len(core.AsErrors(err)); kind == core.KindAuth && n != 1 {
			t.Errorf("%d times the same: %v", n, err)
		}
		if _, err := pub.Prepare(t.Context(), s); core.KindOf(err) != kind {
			t.Errorf("%d: %v", status, err)
		}
		if _, err := pub.Commit(t.Context(), s); core.KindOf(err) != core.KindInternal || !core.AsError(err).Unsent {
			t.Errorf("%d: committed without an audience: %v", status, err)
		}
	}
}

// What was found out is used by every attempt, whatever LinkedIn says later.
func TestTargetNamesAreSettledOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	as := pageDemo()
	draft := targeted(t, facets{"degrees": {"Bachelor of Arts"}})
	s := f.session(as)
	if err := f.prepare(f.plan(as, draft), s); err != nil {
		t.Fatal(err)
	}
	f.refuse(http.StatusForbidden, "degrees")
	other := newProvider(t, linkedin.Config{APIURL: f.URL}, f.deps) // another process
	pub, err := other.Plan(t.Context(), as.Account, draft)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	if _, err := pub.Commit(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]any{map[string]any{"degrees": []any{"urn:li:degree:200"}}}, f.Sandbox.Posts()[0].Targets); diff != "" {
		t.Error(diff)
	}
}

// Lists are read once for all who want them at the same time, and again after a day.
func TestTargetNamesAreRemembered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var all sync.WaitGroup
	for range 8 {
		pub, s := f.plan(pageDemo(), targeted(t, facets{"degrees": {"Bachelor of Arts"}, "geoLocations": {"Berlin, Germany"}})), f.session(pageDemo())
		all.Go(func() {
			if _, err := pub.Prepare(t.Context(), s); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if n := f.count(http.MethodGet, "/rest/degrees"); n != 1 {
		t.Errorf("%d reads at the same time", n)
	}
	for _, hours := range []int{23, 2} {
		f.clock.Advance(time.Duration(hours) * time.Hour)
		if err := f.prepare(f.plan(pageDemo(), targeted(t, facets{"degrees": {"Bachelor of Arts"}})), f.session(pageDemo())); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.count(http.MethodGet, "/rest/degrees"); n != 2 {
		t.Errorf("%d reads in two days", n)
	}
}

// The preview has the names that are still to be looked up; the request never has.
func TestTargetNamesInThePreview(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub, s := f.plan(pageDemo(), targeted(t, facets{"degrees": {"urn:li:degree:202", "Bachelor of Arts"}})), f.session(pageDemo())
	shown := func() any {
		distribution, _ := pub.(core.Previewer).Preview().Request["distribution"].(map[string]any)
		return distribution["targetEntities"]
	}
	for _, last := range []string{"(URN of Bachelor of Arts)", "urn:li:degree:200"} {
		want := []any{map[string]any{"degrees": []any{"urn:li:degree:202", last}}}
		if diff := cmp.Diff(any(want), shown()); diff != "" {
			t.Error(diff)
		}
		if _, err := f.preflight(pub, s); err != nil {
			t.Fatal(err)
		}
	}
}

// What LinkedIn offers and is no place is not taken, and that there is none is not
// remembered for long.
func TestTargetPlacesThatAreNone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Next(t, "GET /rest/geoTypeahead*", sandbox.Respond(http.StatusOK,
		`{"elements":[{"displayText":"Berlin, Germany","entity":"urn:li:country:de"},{"displayText":" ","entity":"urn:li:geo:1"}]}`))
	draft := targeted(t, facets{"geoLocations": {"Berlin, Germany"}})
	err := f.prepare(f.plan(pageDemo(), draft), f.session(pageDemo()))
	if want := `LinkedIn knows no place "Berlin, Germany".`; core.AsError(err).Message != want {
		t.Errorf("%v, want %s", err, want)
	}
	f.clock.Advance(10 * time.Minute)
	if err := f.prepare(f.plan(pageDemo(), draft), f.session(pageDemo())); err != nil {
		t.Error(err)
	}
}

// A list whose pages lead back ends.
func TestTargetNamesOfAListThatLeadsBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Next(t, "GET /rest/degrees*", sandbox.Fault{
		Action: sandbox.ActionRespond, Status: http.StatusOK, Times: -1,
		Body: `{"elements":[{"id":1,"name":{"localized":{"en_US":"Bachelor of Arts"}}}],"paging":{"links":[{"rel":"next","href":"?start=0"}]}}`,
	})
	if err := f.prepare(f.plan(pageDemo(), targeted(t, facets{"degrees": {"Bachelor of Arts"}})), f.session(pageDemo())); err != nil {
		t.Error(err)
	}
	if n := f.count(http.MethodGet, "/rest/degrees"); n != 1 {
		t.Errorf("%d reads, want 1", n)
	}
}

// A list that LinkedIn answers without a value is not believed for long.
func TestTargetNamesOfAnEmptyList(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Next(t, "GET /rest/degrees*", sandbox.Respond(http.StatusOK, `{"elements":[]}`))
	draft := targeted(t, facets{"degrees": {"Bachelor of Arts"}})
	if err := f.prepare(f.plan(pageDemo(), draft), f.session(pageDemo())); core.CodeOf(core.AsError(err)) != core.CodeUnknownTarget {
		t.Errorf("%v", err)
	}
	f.clock.Advance(10 * time.Minute)
	if err := f.prepare(f.plan(pageDemo(), draft), f.session(pageDemo())); err != nil {
		t.Error(err)
	}
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	catalog := core.Catalog(f.provider)
	for _, facet := range catalog.Facets() {
		if facet.Help == "" {
			t.Errorf("%s has no help", facet.Name)
		}
	}
	if n := len(catalog.Facets()); n != 10 {
		t.Errorf("%d facets", n)
	}
	for _, tc := range []struct {
		facet, text string
		alone       bool // without an account
		want        []core.FacetValue
	}{
		{facet: "countries", text: "Germany", alone: true, want: []core.FacetValue{{Name: "Germany", ID: germany, Code: "DE"}}},
		{facet: "Countries", text: "Bermuda", want: []core.FacetValue{{Name: "Bermuda", ID: "urn:li:geo:199000005"}}},
		{facet: "countries", text: "Bermuda", alone: true, want: []core.FacetValue{}},
		{facet: "geoLocations", text: "Greater Munich", want: []core.FacetValue{{Name: "Greater Munich Metropolitan Area", ID: "urn:li:geo:199000002"}}},
		{facet: "geoLocations", text: "Greater Munich", alone: true, want: []core.FacetValue{}},
		{facet: "staffCountRanges", text: "51-200", want: []core.FacetValue{{Name: "51-200 employees", ID: "SIZE_51_TO_200", Code: "51-200"}}},
		{facet: "degrees", text: "digital", want: []core.FacetValue{{Name: "Master of Digital Design", ID: "urn:li:degree:304"}}},
		{facet: "industries", text: "quantum", want: []core.FacetValue{{Name: "Quantum Computing Services", ID: "urn:li:industry:3300"}}},
		{facet: "organizations", text: "crier-demo", want: []core.FacetValue{{Name: "Crier Demo", ID: sandbox.PageURN, Code: "crier-demo"}}},
		{facet: "organizations", text: "nobody", want: []core.FacetValue{}},
		{facet: "interface locales", text: "german", want: []core.FacetValue{{Name: "German", ID: "de_DE", Code: "de_DE"}}},
	} {
		s := f.session(pageDemo())
		if tc.alone {
			s = nil
		}
		const limit = 2
		got, err := catalog.FacetValues(t.Context(), s, tc.facet, tc.text, limit)
		if diff := cmp.Diff(tc.want, got); diff != "" || err != nil {
			t.Errorf("%s %q: %v %s", tc.facet, tc.text, err, diff)
		}
	}
}

// Values without an id make room for others, and only countries are taken for countries.
func TestCatalogOfCountries(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	got, err := f.provider.FacetValues(t.Context(), nil, "countries", "io", 1)
	if err != nil || len(got) != 1 || got[0].ID == "" {
		t.Errorf("%+v, %v; want one with an id", got, err)
	}
	if _, err := f.provider.FacetValues(t.Context(), f.session(pageDemo()), "countries", "Germany", 5); err != nil || f.count(http.MethodGet, "/rest/geoTypeahead") != 0 {
		t.Errorf("LinkedIn was asked for what the tables have (%v)", err)
	}
	f.Next(t, "GET /rest/geoTypeahead*", sandbox.Respond(http.StatusOK,
		`{"elements":[{"displayText":"Bermuda Dunes, California","entity":"urn:li:geo:1"},{"displayText":"Bermuda","entity":"urn:li:geo:2"}]}`))
	got, err = f.provider.FacetValues(t.Context(), f.session(pageDemo()), "countries", "Bermuda", 5)
	if diff := cmp.Diff([]core.FacetValue{{Name: "Bermuda", ID: "urn:li:geo:2"}}, got); diff != "" || err != nil {
		t.Errorf("%v %s", err, diff)
	}
}

func TestCatalogRefuses(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if _, err := f.provider.FacetValues(t.Context(), nil, "ages", "", 10); core.KindOf(err) != core.KindNotFound || !strings.Contains(err.Error(), "interfaceLocales") {
		t.Errorf("%v", err)
	}
	for _, s := range []*core.Session{nil, f.session(pageDemo())} {
		_, err := f.provider.FacetValues(t.Context(), s, "organizations", "Crier Demo", 10)
		if e := core.AsError(err); e.Kind != core.KindUnsupported || e.Field != "search" || !strings.Contains(e.Help, "handle") {
			t.Errorf("%+v", e)
		}
	}
	f.refuse(http.StatusForbidden, "degrees", "industryTaxonomyVersions")
	if _, err := f.provider.FacetValues(t.Context(), f.session(pageDemo()), "degrees", "arts", 10); core.KindOf(err) != core.KindForbidden {
		t.Errorf("%v", err)
	}
	// The tables have industries, whatever LinkedIn says.
	got, err := f.provider.FacetValues(t.Context(), f.session(pageDemo()), "industries", "software", 10)
	if err != nil || !slices.ContainsFunc(got, func(v core.FacetValue) bool { return v.ID == software }) {
		t.Errorf("%v, %v", got, err)
	}
}

// Every value that the catalog offers can be sent back as it is, by id and by name.
func TestCatalogValuesAreUnderstood(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, facet := range f.provider.Facets() {
		values, err := f.provider.FacetValues(t.Context(), f.session(pageDemo()), facet.Name, "a", 40)
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range values {
			texts := []string{v.ID}
			if facet.Name != "organizations" {
				texts = append(texts, v.Name)
			}
			raw, err := json.Marshal(map[string]any{"targeting": map[string][]string{facet.Name: texts}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := f.provider.Plan(t.Context(), pageDemo().Account, core.Draft{Text: "x", Options: raw}); err != nil {
				t.Errorf("%s %v: %v", facet.Name, texts, err)
			}
		}
	}
}
