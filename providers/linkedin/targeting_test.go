package linkedin_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
	"github.com/crier-social/crier/providers/providertest"
)

const (
	germany  = "urn:li:geo:101282230"
	manager  = "urn:li:seniority:5"
	director = "urn:li:seniority:6"
	software = "urn:li:industry:4"
	midSize  = "SIZE_51_TO_200"
)

type facets = map[string][]string

// addAudience adds a page with these followers, which Jane administers.
func (f *fixture) addAudience(followers int, groups ...sandbox.FollowerGroup) providertest.Author {
	f.t.Helper()
	err := f.Sandbox.AddOrganization(sandbox.Organization{
		ID: 777, Name: "A page", Followers: followers, Audience: append([]sandbox.FollowerGroup{}, groups...),
		Roles: []sandbox.RoleAssignment{{Person: sandbox.JaneID, Role: "ADMINISTRATOR"}},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return author("urn:li:organization:777", sandbox.PageToken)
}

func targeted(t *testing.T, target any) core.Draft {
	t.Helper()
	raw, err := json.Marshal(map[string]any{"targeting": target})
	if err != nil {
		t.Fatal(err)
	}
	return core.Draft{Text: "For some", Options: raw}
}

// refuse answers a call of the API with a status for as long as the test runs.
func (f *fixture) refuse(status int, paths ...string) {
	f.t.Helper()
	for _, path := range paths {
		f.Next(f.t, "GET /rest/"+path+"*", sandbox.Fault{Action: sandbox.ActionRespond, Status: status, Body: `{"message":"No"}`, Times: -1})
	}
}

func audienceOf(t *testing.T, pub core.Publication) *core.Audience {
	t.Helper()
	return pub.(core.Previewer).Preview().Audience
}

// The number of followers who match decides before anything is sent, and so does
// LinkedIn.
func TestAudienceAtTheEdge(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		match, followers int
		ok               bool
	}{
		{299, 299, false},
		{300, 300, true},
		{301, 301, true},
		{299, 9000, false},
		{300, 9000, true},
		{301, 9000, true},
		{0, 9000, false},
	} {
		t.Run(fmt.Sprintf("%d of %d", tc.match, tc.followers), func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			as := f.addAudience(tc.followers, sandbox.FollowerGroup{Count: tc.match, Facets: facets{"seniorities": {manager}}})
			draft := targeted(t, facets{"seniorities": {"Manager"}})
			pub, s := f.plan(as, draft), f.session(as)
			warnings, err := f.preflight(pub, s)
			size := audienceOf(t, pub)
			if size == nil || size.Minimum != 300 || size.Exact != tc.ok || (size.Count >= 300) != tc.ok || len(warnings) > 0 {
				t.Errorf("audience %+v, warnings %v", size, warnings)
			}
			if !tc.ok {
				if e := core.AsError(err); e.Kind != core.KindInvalid || e.Code != core.CodeAudienceTooSmall || e.Field != "linkedInOptions.targeting" || e.Help == "" {
					t.Errorf("%+v", e)
				}
			} else if err != nil {
				t.Error(err)
			}
			if counted := f.count(http.MethodGet, "/rest/audienceCounts") > 0; counted != (tc.followers >= 300) {
				t.Errorf("counted: %v", counted)
			}
			if _, err := pub.Commit(t.Context(), f.session(as)); (err == nil) != tc.ok {
				t.Errorf("the sandbox says %v", err)
			} else if !tc.ok && core.CodeOf(core.AsError(err)) != core.CodeAudienceTooSmall {
				t.Errorf("%+v", err)
			}
		})
	}
}

// A small audience stops a post before its files are uploaded.
func TestSmallAudienceUploadsNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	picture := coretest.Picture("https://m.example/1.png", 3, 4)
	draft := targeted(t, facets{"seniorities": {"VP"}})
	draft.Media = coretest.MediaRefs(picture.URL)
	as := author(sandbox.SmallPageURN, sandbox.PageToken)
	_, err := f.preflight(f.plan(as, draft), f.session(as, picture))
	if e := core.AsError(err); e.Message != "The page has 120 followers; LinkedIn takes a targeted post only if at least 300 of them match." {
		t.Errorf("%+v", e)
	}
	for _, r := range f.Sandbox.Requests() {
		if r.IsWrite() {
			t.Errorf("%s %s", r.Method, r.Path)
		}
	}
	if n := f.count(http.MethodGet, "/rest/audienceCounts"); n != 0 {
		t.Errorf("%d counts of a page that is too small", n)
	}
}

func TestAudienceCombinations(t *testing.T) {
	t.Parallel()
	groups := []sandbox.FollowerGroup{
		{Count: 1000, Facets: facets{"geoLocations": {germany}, "seniorities": {director}, "industries": {software}}},
		{Count: 2000, Facets: facets{"seniorities": {manager}, "staffCountRanges": {midSize}, "interfaceLocales": {"de_DE"}}},
		{Count: 250, Facets: facets{"geoLocations": {germany}, "seniorities": {manager}, "industries": {software}}},
		{Count: 40, Facets: facets{"geoLocations": {"urn:li:geo:102105699"}, "staffCountRanges": {"SIZE_1"}}},
	}
	for _, tc := range []struct {
		name    string
		target  facets
		count   int64
		exact   bool
		facets  map[string]int64
		message string
	}{
		{"one value", facets{"countries": {"DE"}}, 1300, true, nil, ""}, // 1250, rounded
		{"any of several", facets{"seniorities": {"Manager", "Director"}}, 3300, true, nil, ""},
		{"two that go together", facets{"countries": {"DE"}, "industries": {"Computer Software"}}, 1300, true, nil, ""},
		{"sizes and locales", facets{"staffCountRanges": {"51-200"}, "interfaceLocales": {"de-DE"}}, 2000, true, nil, ""},
		{
			"each large, together too small",
			facets{"countries": {"DE"}, "seniorities": {"Manager"}},
			299, false,
			map[string]int64{"countries": 1300, "seniorities": 2300},
			"The targeting reaches fewer than 300 of the page's 4000 followers; LinkedIn wants at least 300. " +
				"Each criterion is large enough by itself, and together they are not: countries (1300), seniorities (2300).",
		},
		{
			"one too small",
			facets{"countries": {"Turkey"}, "seniorities": {"Manager"}},
			299, false,
			map[string]int64{"countries": 299, "seniorities": 2300},
			"The targeting reaches fewer than 300 of the page's 4000 followers; LinkedIn wants at least 300. Too small by itself: countries (fewer than 300).",
		},
		{
			"one alone",
			facets{"staffCountRanges": {"1"}},
			299, false,
			map[string]int64{"staffCountRanges": 299},
			"The targeting by staffCountRanges reaches fewer than 300 of the page's 4000 followers; LinkedIn wants at least 300.",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			as := f.addAudience(4000, groups...)
			pub := f.plan(as, targeted(t, tc.target))
			_, err := f.preflight(pub, f.session(as))
			want := &core.Audience{Count: tc.count, Minimum: 300, Exact: tc.exact, Facets: tc.facets}
			if diff := cmp.Diff(want, audienceOf(t, pub)); diff != "" {
				t.Error(diff)
			}
			got := ""
			if err != nil {
				got = core.AsError(err).Message
			}
			if diff := cmp.Diff(tc.message, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Where the exact number is not to be had, what is known of the followers decides only if
// it is certain.
func TestAudienceWithoutCounts(t *testing.T) {
	t.Parallel()
	groups := []sandbox.FollowerGroup{
		{Count: 2000, Facets: facets{"seniorities": {manager}, "industries": {software}, "geoLocations": {germany, "urn:li:geo:100506914"}}},
		{Count: 120, Facets: facets{"seniorities": {director}, "industries": {"urn:li:industry:96"}}},
	}
	const (
		unsure = "LinkedIn did not tell how many of the page's followers match the targeting"
		refuse = "; it refuses the post if they are fewer than 300."
	)
	for _, tc := range []struct {
		name    string
		status  int
		fail    []string
		target  facets
		size    *core.Audience
		warning string
		problem string
	}{
		{
			name: "large by statistics", status: 403, target: facets{"seniorities": {"Manager"}},
			size:    &core.Audience{Count: 2000, Minimum: 300, Facets: map[string]int64{"seniorities": 2000}},
			warning: unsure + " (at most 2000)" + refuse,
		},
		{
			name: "small by statistics", status: 403, target: facets{"seniorities": {"Director"}, "industries": {"Software Development"}},
			size:    &core.Audience{Count: 120, Minimum: 300, Facets: map[string]int64{"seniorities": 120, "industries": 2000}},
			problem: "The targeting reaches at most 120 of the page's 3000 followers; LinkedIn wants at least 300. Too small by itself: seniorities (at most 120).",
		},
		{
			name: "a value that is not listed has no more than the last that is", status: 404, target: facets{"seniorities": {"VP"}},
			size:    &core.Audience{Count: 120, Minimum: 300, Facets: map[string]int64{"seniorities": 120}},
			problem: "The targeting by seniorities reaches at most 120 of the page's 3000 followers; LinkedIn wants at least 300.",
		},
		{
			name: "an industry that is not listed proves nothing", status: 429, target: facets{"industries": {"Banking"}},
			size: &core.Audience{Count: 3000, Minimum: 300}, warning: unsure + " (at most 3000)" + refuse,
		},
		{
			name: "a place that is not listed proves nothing", status: 503, target: facets{"geoLocations": {"California"}},
			size: &core.Audience{Count: 3000, Minimum: 300}, warning: unsure + " (at most 3000)" + refuse,
		},
		{
			name: "no statistics of this criterion", status: 400, target: facets{"degrees": {"urn:li:degree:700"}},
			size: &core.Audience{Count: 3000, Minimum: 300}, warning: unsure + " (at most 3000)" + refuse,
		},
		{
			name: "nothing at all", status: 403, fail: []string{"networkSizes", "organizationalEntityFollowerStatistics"}, target: facets{"seniorities": {"Director"}},
			warning: unsure + refuse,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			as := f.addAudience(3000, groups...)
			f.refuse(tc.status, append(tc.fail, "audienceCounts")...)
			pub := f.plan(as, targeted(t, tc.target))
			warnings, err := f.preflight(pub, f.session(as))
			if diff := cmp.Diff(tc.size, audienceOf(t, pub)); diff != "" {
				t.Error(diff)
			}
			if tc.problem != "" {
				if e := core.AsError(err); e.Message != tc.problem || e.Code != core.CodeAudienceTooSmall {
					t.Errorf("%+v", e)
				}
				return
			}
			want := []core.Warning{{Code: core.CodeAudienceTooSmall, Field: "linkedInOptions.targeting", Message: tc.warning}}
			if diff := cmp.Diff(want, warnings); diff != "" || err != nil {
				t.Errorf("%v %s", err, diff)
			}
		})
	}
}

// Statistics bound an audience by each criterion of which they tell.
func TestAudienceByStatistics(t *testing.T) {
	t.Parallel()
	groups := []sandbox.FollowerGroup{
		{Count: 1500, Facets: facets{
			"geoLocations": {"urn:li:geo:103644278", "urn:li:geo:102095887", "urn:li:geo:102221843"},
			"jobFunctions": {"urn:li:function:8"}, "staffCountRanges": {midSize},
		}},
		{Count: 200, Facets: facets{"geoLocations": {germany, "urn:li:geo:100506914"}, "jobFunctions": {"urn:li:function:13"}, "staffCountRanges": {"SIZE_1"}}},
		{Count: 150, Facets: facets{"geoLocations": {"urn:li:geo:105015875"}, "jobFunctions": {"urn:li:function:25"}, "staffCountRanges": {"SIZE_2_TO_10"}}},
	}
	for _, tc := range []struct {
		name   string
		target facets
		count  int64
		facets map[string]int64
		small  string // the end of the problem
	}{
		{"a country, apart from its places", facets{"countries": {"US"}}, 1500, map[string]int64{"countries": 1500}, ""},
		{"a place, apart from its country", facets{"geoLocations": {"California"}}, 1500, map[string]int64{"geoLocations": 1500}, ""},
		{"two values together", facets{"countries": {"DE", "FR"}}, 350, map[string]int64{"countries": 350}, ""},
		{"a value that is not listed", facets{"staffCountRanges": {"11-50"}}, 150, map[string]int64{"staffCountRanges": 150}, "wants at least 300."},
		{
			"the smallest decides",
			facets{"countries": {"DE"}, "jobFunctions": {"Engineering"}},
			200,
			map[string]int64{"countries": 200, "jobFunctions": 1500},
			"Too small by itself: countries (at most 200).",
		},
		{
			"the smallest goes first",
			facets{"jobFunctions": {"Information Technology"}, "staffCountRanges": {"2-10"}},
			150,
			map[string]int64{"jobFunctions": 200, "staffCountRanges": 150},
			"Too small by itself: staffCountRanges (at most 150), jobFunctions (at most 200).",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			as := f.addAudience(3000, groups...)
			f.refuse(http.StatusForbidden, "audienceCounts")
			pub := f.plan(as, targeted(t, tc.target))
			_, err := f.preflight(pub, f.session(as))
			if diff := cmp.Diff(&core.Audience{Count: tc.count, Minimum: 300, Facets: tc.facets}, audienceOf(t, pub)); diff != "" {
				t.Error(diff)
			}
			if (err == nil) != (tc.small == "") || err != nil && !strings.HasSuffix(core.AsError(err).Message, tc.small) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A refusal to count an audience that has a place is not for want of one.
func TestAudienceCountIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.refuse(http.StatusBadRequest, "audienceCounts")
	if _, err := f.preflight(f.plan(pageDemo(), targeted(t, facets{"countries": {"US"}})), f.session(pageDemo())); err != nil {
		t.Error(err)
	}
	if n := f.count(http.MethodGet, "/rest/audienceCounts"); n != 1 {
		t.Errorf("%d counts, want 1", n)
	}
}

// Countries and places are one list: whoever gives both is told.
func TestTargetingWarnsOfCountriesAndPlaces(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for want, target := range map[int]facets{
		1: {"countries": {"US"}, "geoLocations": {"US-CA"}},
		0: {"geoLocations": {"US-CA"}},
	} {
		warnings := f.plan(pageDemo(), targeted(t, target)).(core.Previewer).Preview().Warnings
		if len(warnings) != want || want == 1 && warnings[0].Field != "linkedInOptions.targeting.geoLocations" {
			t.Errorf("%v: %+v", target, warnings)
		}
	}
}

// A lost authorization is no doubt about the audience.
func TestAudienceWithoutAuthorization(t *testing.T) {
	t.Parallel()
	for _, path := range []string{"networkSizes", "audienceCounts", "organizationalEntityFollowerStatistics"} {
		f := newFixture(t)
		as := pageDemo()
		if path == "organizationalEntityFollowerStatistics" {
			f.refuse(http.StatusForbidden, "audienceCounts")
		}
		f.refuse(http.StatusUnauthorized, path)
		warnings, err := f.preflight(f.plan(as, targeted(t, facets{"countries": {"US"}})), f.session(as))
		if core.KindOf(err) != core.KindAuth || len(warnings) > 0 {
			t.Errorf("%s: %v, %v", path, err, warnings)
		}
	}
}

// Counts that want a place get all of them.
func TestAudienceCountWithEveryPlace(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Next(t, "GET /rest/audienceCounts*", sandbox.Respond(http.StatusBadRequest, `{"message":"location is required"}`))
	as := pageDemo()
	pub := f.plan(as, targeted(t, facets{"seniorities": {"Senior", "Entry"}}))
	if warnings, err := f.preflight(pub, f.session(as)); err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if size := audienceOf(t, pub); size == nil || !size.Exact || size.Count < 1000 {
		t.Errorf("%+v", size)
	}
	last := f.Sandbox.Requests()[len(f.Sandbox.Requests())-1]
	if !strings.Contains(last.Query, "urn%3Ali%3Ageo%3A104514572") {
		t.Errorf("query %s", last.Query)
	}
}

// An audience of many values is too long for an address.
func TestAudienceCountOfManyValues(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	values, err := f.provider.FacetValues(t.Context(), nil, "industries", "", 400)
	if err != nil || len(values) != 400 {
		t.Fatal(err, len(values))
	}
	var industries []string
	for _, v := range values {
		industries = append(industries, v.ID)
	}
	as := pageDemo()
	pub := f.plan(as, targeted(t, facets{"industries": industries}))
	if warnings, err := f.preflight(pub, f.session(as)); err != nil || len(warnings) > 0 {
		t.Fatal(err, warnings)
	}
	if size := audienceOf(t, pub); size == nil || !size.Exact || size.Count < 4000 {
		t.Errorf("%+v", size)
	}
}

func TestTargetingProblems(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ raw, field, message string }{
		{`{"industrie":["x"]}`, ".industrie", "linkedInOptions.targeting.industrie is not a known option: did you mean industries?"},
		{`{"countries":["DE","Germny"]}`, ".countries[1]", `LinkedIn knows no country "Germny": did you mean "Germany"?`},
		{`{"seniorities":["Mangaer"]}`, ".seniorities[0]", `LinkedIn knows no seniority "Mangaer": did you mean "Manager"?`},
		{`{"seniorities":["Wizard"]}`, ".seniorities[0]", `LinkedIn knows no seniority "Wizard"; it has Unpaid, Training, Entry, Senior, Manager, Director, VP, CXO, Partner and Owner.`},
		{`{"seniorities":[99]}`, ".seniorities[0]", `LinkedIn knows no seniority "99"; it has Unpaid, Training, Entry, Senior, Manager, Director, VP, CXO, Partner and Owner.`},
		{`{"jobFunctions":["Wizardry"]}`, ".jobFunctions[0]", `LinkedIn knows no job function "Wizardry".`},
		{`{"countries":["England"]}`, ".countries[0]", `LinkedIn knows no country "England": did you mean "United Kingdom"?`},
		{`{"country":["DE"]}`, ".country", "linkedInOptions.targeting.country is not a known option: did you mean countries?"},
		{`{"locale":["en_US"]}`, ".locale", "linkedInOptions.targeting.locale is not a known option: did you mean interfaceLocales?"},
		{`{"schools":["x"]}`, ".schools", "linkedInOptions.targeting.schools is not a known option; there are countries, geoLocations, seniorities, jobFunctions, industries, staffCountRanges, degrees, fieldsOfStudy, organizations, interfaceLocales."},
		{`{"countries":[" "]}`, ".countries[0]", "linkedInOptions.targeting.countries[0] is empty: name a value, or leave it out."},
		{`{"jobFunctions":["urn:li:seniority:3"]}`, ".jobFunctions[0]", `linkedInOptions.targeting.jobFunctions[0] is "urn:li:seniority:3", which is no URN of this criterion: it takes names and urn:li:function:….`},
		{
			`{"organizations":["Stanford University"]}`, ".organizations[0]",
			`linkedInOptions.targeting.organizations[0] is "Stanford University", and LinkedIn finds no school by its name: it takes the id of the school's page, its handle such as "@stanford-university", its address and urn:li:organization:….`,
		},
		{
			`{"organizations":["urn:li:school:1792"]}`, ".organizations[0]",
			`linkedInOptions.targeting.organizations[0] is "urn:li:school:1792", which is no URN of this criterion: it takes the id of the school's page, its handle such as "@stanford-university", its address and urn:li:organization:….`,
		},
		{`{"organizations":[""]}`, ".organizations[0]", "linkedInOptions.targeting.organizations[0] is empty: name a value, or leave it out."},
		{`{"countries":"DE"}`, ".countries", "linkedInOptions.targeting.countries must be a list, not text."},
		{`{"degrees":[7.5]}`, ".degrees[0]", "linkedInOptions.targeting.degrees[0] must be a name, a URN or an id."},
		{`{"seniorities":[null,5]}`, ".seniorities[0]", "linkedInOptions.targeting.seniorities[0] is empty: name a value, or leave it out."},
		{`{"seniorities":[5,[]]}`, ".seniorities[1]", "linkedInOptions.targeting.seniorities[1] must be a name, a URN or an id."},
		{`{"industries":[` + strings.Repeat(`"4",`, 500) + `"4"]}`, ".industries", "linkedInOptions.targeting.industries has 501 values; at most 500 are taken."},
	} {
		f := newFixture(t)
		_, err := f.provider.Plan(t.Context(), pageDemo().Account, core.Draft{Text: "x", Options: json.RawMessage(`{"targeting":` + tc.raw + `}`)})
		problems := core.AsErrors(err)
		if len(problems) != 1 || problems[0].Field != "linkedInOptions.targeting"+tc.field || problems[0].Message != tc.message {
			t.Errorf("%s: %v", limit(tc.raw), problems)
		}
	}
}

func limit(s string) string { return s[:min(len(s), 60)] }

// A list that came out empty must not turn into a post for everybody.
func TestTargetingOfNobody(t *testing.T) {
	t.Parallel()
	const all = "linkedInOptions.targeting names no criterion: name one, or leave linkedInOptions.targeting out if the post is for everybody."
	empty := func(f string) string {
		return "linkedInOptions.targeting." + f + " is empty: name a value, or leave it out if the post is for everybody in this regard."
	}
	for raw, want := range map[string][]string{
		`{}`:               {all},
		`{"degrees":null}`: {all},
		`{"countries":[]}`: {empty("countries")},
		`{"countries":[],"seniorities":["Senior"]}`:                 {empty("countries")},
		`{"degrees":[],"seniorities":["Senior"],"geoLocations":[]}`: {empty("geoLocations"), empty("degrees")},
		`{"countries":null,"seniorities":["Senior"]}`:               nil,
		`null`: nil,
	} {
		var got []string
		for _, e := range planProblems(t, `{"targeting":`+raw+`}`) {
			got = append(got, e.Message)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", raw, diff)
		}
	}
}

// Names that are looked up one by one are limited before the first call.
func TestTargetingLookupsAreLimited(t *testing.T) {
	t.Parallel()
	names := func(n int, as string) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf(as, i))
		}
		raw, err := json.Marshal(list)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	for _, tc := range []struct{ raw, message string }{
		{`{"geoLocations":` + names(20, "Town %d") + `,"organizations":` + names(20, "@school%d") + `}`, ""},
		{`{"degrees":` + names(30, "Degree %d") + `}`, ""},
		{`{"geoLocations":` + names(30, "urn:li:geo:%d") + `}`, ""},
		{`{"geoLocations":` + names(21, "Town %d") + `}`, "linkedInOptions.targeting.geoLocations has 21 names that only LinkedIn knows; at most 20 of a post are looked up."},
		{`{"organizations":` + names(500, "@school%d") + `}`, "linkedInOptions.targeting.organizations has 500 names that only LinkedIn knows; at most 20 of a post are looked up."},
	} {
		problems := planProblems(t, `{"targeting":`+tc.raw+`}`)
		if tc.message == "" && len(problems) > 0 || tc.message != "" && (len(problems) != 1 || problems[0].Message != tc.message || problems[0].Help == "") {
			t.Errorf("%s: %v", limit(tc.raw), problems)
		}
	}
}

// planProblems plans a post of the page with options.
func planProblems(t *testing.T, block string) core.Errors {
	t.Helper()
	_, err := newFixture(t).provider.Plan(t.Context(), pageDemo().Account, core.Draft{Text: "x", Options: json.RawMessage(block)})
	if err == nil {
		return nil
	}
	return core.AsErrors(err)
}

// A person may choose an audience for a post of his organization.
func TestTargetingAsOrganization(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	as := author(sandbox.JaneURN, sandbox.PageToken)
	draft := core.Draft{Text: "For some", Options: json.RawMessage(fmt.Sprintf(`{"asOrganization":%d,"targeting":{"countries":["US"]}}`, sandbox.PageID))}
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
	if post := f.Sandbox.Posts()[0]; post.Author != sandbox.PageURN || len(post.Targets) != 1 {
		t.Errorf("%+v", post)
	}
}
