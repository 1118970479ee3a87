package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const (
	managers = "urn:li:seniority:5"
	engineer = "urn:li:function:8"
)

// group is a number of followers with these values.
func group(n int, facets map[string][]string) sandbox.FollowerGroup {
	return sandbox.FollowerGroup{Count: n, Facets: facets}
}

// addAudience adds page 900, which Jane administers.
func (b *box) addAudience(followers int, groups ...sandbox.FollowerGroup) {
	b.t.Helper()
	err := b.AddOrganization(sandbox.Organization{
		ID: 900, Name: "Audience", Followers: followers, Audience: append([]sandbox.FollowerGroup{}, groups...),
		Roles: []sandbox.RoleAssignment{{Person: sandbox.JaneID, Role: "ADMINISTRATOR"}},
	})
	if err != nil {
		b.t.Fatal(err)
	}
}

func criteria(clauses ...string) string {
	return "/rest/audienceCounts?q=targetingCriteriaV2&targetingCriteria=(include:(and:List(" + strings.Join(clauses, ",") + ")))"
}

func or(facet string, urns ...string) string {
	for i, u := range urns {
		urns[i] = enc(u)
	}
	return "(or:(" + enc("urn:li:adTargetingFacet:"+facet) + ":List(" + strings.Join(urns, ",") + ")))"
}

func followersOf(id int) string {
	return or("followedCompanies", fmt.Sprintf("urn:li:organization:%d", id))
}

func (b *box) total(target string) int {
	b.t.Helper()
	var v struct{ Elements []struct{ Total, Active int } }
	b.want(http.StatusOK, "GET", target, "").decode(b.t, &v)
	if len(v.Elements) != 1 || v.Elements[0].Active > v.Elements[0].Total {
		b.t.Fatalf("%+v", v)
	}
	return v.Elements[0].Total
}

func TestAudienceCounts(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.addAudience(10_000,
		group(299, map[string][]string{"seniorities": {"urn:li:seniority:1"}}),
		group(300, map[string][]string{"seniorities": {"urn:li:seniority:2"}, "staffCountRanges": {"SIZE_51_TO_200"}}),
		group(4385, map[string][]string{"seniorities": {managers}, "jobFunctions": {engineer}, "interfaceLocales": {"en_US"}, "staffCountRanges": {"SIZE_10001_OR_MORE"}}),
		group(2000, map[string][]string{"seniorities": {managers}, "organizations": {"urn:li:organization:1792"}, "staffCountRanges": {"SIZE_1"}}),
	)
	page := followersOf(900)
	for name, tt := range map[string]struct {
		target string
		want   int
	}{
		"all":                    {criteria(page), 10_000},
		"299":                    {criteria(page, or("seniorities", "urn:li:seniority:1")), 0},
		"300":                    {criteria(page, or("seniorities", "urn:li:seniority:2")), 300},
		"599, together":          {criteria(page, or("seniorities", "urn:li:seniority:1", "urn:li:seniority:2")), 600},
		"rounded to two digits":  {criteria(page, or("jobFunctions", engineer)), 4400},
		"both of two":            {criteria(page, or("seniorities", managers), or("interfaceLocales", "urn:li:locale:en_US")), 4400},
		"none of two":            {criteria(page, or("seniorities", "urn:li:seniority:1"), or("jobFunctions", engineer)), 0},
		"schools":                {criteria(page, or("schools", "urn:li:organization:1792")), 2000},
		"a range":                {criteria(page, or("staffCountRanges", "urn:li:staffCountRange:(51,200)")), 300},
		"a range without an end": {criteria(page, or("staffCountRanges", "urn:li:staffCountRange:(10001,2147483647)")), 4400},
		"a range of one":         {criteria(page, or("staffCountRanges", "urn:li:staffCountRange:(1,1)")), 2000},
		"a page without anybody": {criteria(followersOf(1)), 0},
	} {
		got := b.total(tt.target)
		if got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
	// Without a page, it is a share of all members that counts.
	if n := b.total(criteria(or("locations", "urn:li:geo:103644278"))); n < 250_000_000 || n > 350_000_000 {
		t.Errorf("%d members in the USA", n)
	}
}

func TestAudienceCountsRefuses(t *testing.T) {
	t.Parallel()
	const at = "/rest/audienceCounts?q=targetingCriteriaV2"
	page := followersOf(sandbox.PageID)
	for name, tt := range map[string]struct {
		target string
		status int
		edits  []edit
	}{
		"no criteria":            {at, 400, nil},
		"criteria as one string": {at + "&targetingCriteria=" + enc("(include:(and:List("+page+")))"), 400, nil},
		"a facet that is not encoded": {
			at + "&targetingCriteria=(include:(and:List((or:(urn:li:adTargetingFacet:seniorities:List(urn%3Ali%3Aseniority%3A5))))))", 400, nil,
		},
		"a value that is not encoded": {
			at + "&targetingCriteria=(include:(and:List((or:(urn%3Ali%3AadTargetingFacet%3Aseniorities:List(urn:li:seniority:5))))))", 400, nil,
		},
		"a range that is not encoded": {
			at + "&targetingCriteria=(include:(and:List((or:(urn%3Ali%3AadTargetingFacet%3AstaffCountRanges:List(urn%3Ali%3AstaffCountRange%3A(51,200)))))))", 400, nil,
		},
		"a range that does not exist":  {criteria(page, or("staffCountRanges", "urn:li:staffCountRange:(51,201)")), 400, nil},
		"an enum in place of a range":  {criteria(page, or("staffCountRanges", "SIZE_51_TO_200")), 400, nil},
		"an organic facet":             {criteria(page, or("geoLocations", "urn:li:geo:1")), 400, nil},
		"another kind of URN":          {criteria(page, or("locations", "urn:li:country:us")), 400, nil},
		"a locale that is none":        {criteria(page, or("interfaceLocales", "urn:li:locale:en")), 400, nil},
		"no values":                    {criteria(page, or("locations")), 400, nil},
		"no clauses":                   {criteria(), 400, nil},
		"something else beside":        {at + "&targetingCriteria=(include:(and:List(" + page + ")),exclude:(or:()))", 400, nil},
		"without the protocol":         {criteria(page), 400, []edit{without("X-Restli-Protocol-Version")}},
		"a self-serve app":             {criteria(page), 403, []edit{token(sandbox.MemberToken)}},
		"another finder":               {"/rest/audienceCounts?q=targetingCriteria&targetingCriteria=(a:b)", 400, nil},
		"statistics without a scope":   {"/rest/organizationalEntityFollowerStatistics?q=organizationalEntity&organizationalEntity=" + enc(sandbox.PageURN), 403, []edit{token(sandbox.MemberToken)}},
		"statistics of others' pages":  {"/rest/organizationalEntityFollowerStatistics?q=organizationalEntity&organizationalEntity=" + enc(sandbox.PageURN), 403, []edit{token(sandbox.OtherToken)}},
		"degrees for a self-serve app": {"/rest/degrees", 403, []edit{token(sandbox.MemberToken)}},
		"a degree that does not exist": {"/rest/degrees/1", 404, nil},
		"too large a page":             {"/rest/degrees?count=501", 400, nil},
		"an older taxonomy":            {"/rest/industryTaxonomyVersions/V0/industries", 404, nil},
		"one of an older taxonomy":     {"/rest/industryTaxonomyVersions/V0/industries/4", 404, nil},
		"places without a query":       {"/rest/geoTypeahead?q=search", 400, nil},
		"places in half a locale":      {"/rest/geoTypeahead?q=search&query=a&locale=(language:en)", 400, nil},
		"places, self-serve":           {"/rest/geoTypeahead?q=search&query=a", 403, []edit{token(sandbox.MemberToken)}},
		"a place that does not exist":  {"/rest/geo/1", 404, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.want(tt.status, "GET", tt.target, "", tt.edits...).problem(t)
		})
	}
}

func TestStandardizedData(t *testing.T) {
	t.Parallel()
	b := start(t)
	for target, part := range map[string]string{
		"/rest/seniorities": `"id":1,"$URN":"urn:li:seniority:1","name":{"localized":{"en_US":"Unpaid"}`,
		"/rest/functions":   `"$URN":"urn:li:function:1"`,
		"/rest/industryTaxonomyVersions/DEFAULT/industries?start=0&count=500": `"Quantum Computing Services"`,
		"/rest/industries/4":         `"Software Development"`,
		"/rest/degrees?count=500":    `"Master of Digital Design"`,
		"/rest/fieldsOfStudy/100275": `"Consumer Economics"`,
		"/rest/geoTypeahead?q=search&query=San%20Fr&locale=(language:en,country:US)": `{"displayText":"San Francisco Bay Area","entity":"urn:li:geo:90000084"}`,
		"/rest/geo/103644278": `"defaultLocalizedName":{"locale":{"country":"US","language":"en"},"value":"United States"}`,
	} {
		if a := b.want(http.StatusOK, "GET", target, ""); !strings.Contains(a.body, part) {
			t.Errorf("%s: no %s in %.300s", target, part, a.body)
		}
	}
	first := b.want(http.StatusOK, "GET", "/rest/fieldsOfStudy?start=0&count=500", "").body
	if !strings.Contains(first, `"rel":"next"`) {
		t.Error("the fields of study fit into one page")
	}
}

func TestFollowerStatistics(t *testing.T) {
	t.Parallel()
	b := start(t)
	b.addAudience(5000,
		group(3000, map[string][]string{"geoLocations": {"urn:li:geo:103644278", "urn:li:geo:102095887", "urn:li:geo:102221843"}, "seniorities": {managers}}),
		group(1000, map[string][]string{"geoLocations": {"urn:li:geo:101282230", "urn:li:geo:100506914"}, "staffCountRanges": {"SIZE_1"}}),
	)
	a := b.want(http.StatusOK, "GET", "/rest/organizationalEntityFollowerStatistics?q=organizationalEntity&organizationalEntity="+enc("urn:li:organization:900"), "")
	var got struct{ Elements []map[string]json.RawMessage }
	a.decode(t, &got)
	if len(got.Elements) != 1 {
		t.Fatal(a.body)
	}
	for name, want := range map[string]string{
		"organizationalEntity":            `"urn:li:organization:900"`,
		"followerCountsBySeniority":       `[{"followerCounts":{"organicFollowerCount":3000,"paidFollowerCount":0},"seniority":"` + managers + `"}]`,
		"followerCountsByStaffCountRange": `[{"followerCounts":{"organicFollowerCount":1000,"paidFollowerCount":0},"staffCountRange":"SIZE_1"}]`,
		"followerCountsByGeoCountry":      `[{"followerCounts":{"organicFollowerCount":3000,"paidFollowerCount":0},"geo":"urn:li:geo:103644278"},{"followerCounts":{"organicFollowerCount":1000,"paidFollowerCount":0},"geo":"urn:li:geo:101282230"}]`,
		"followerCountsByGeo":             `[{"followerCounts":{"organicFollowerCount":3000,"paidFollowerCount":0},"geo":"urn:li:geo:102095887"},{"followerCounts":{"organicFollowerCount":1000,"paidFollowerCount":0},"geo":"urn:li:geo:101282230"}]`,
		"followerCountsByIndustry":        `[]`,
	} {
		if diff := cmp.Diff(want, string(got.Elements[0][name])); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	// Of a page with followers of every kind, the most frequent ones are told.
	a = b.want(http.StatusOK, "GET", "/rest/organizationalEntityFollowerStatistics?q=organizationalEntity&organizationalEntity="+enc(sandbox.PageURN), "")
	if n := strings.Count(a.body, `"seniority":`); n != 8 {
		t.Errorf("%d seniorities", n)
	}
}

// A post is for followers who match one value of every facet.
func TestTargetedPosts(t *testing.T) {
	t.Parallel()
	target := func(targets ...m) map[string]any {
		return m{"author": "urn:li:organization:900", "distribution": m{"feedDistribution": "MAIN_FEED", "targetEntities": targets}}
	}
	for name, tt := range map[string]struct {
		body   map[string]any
		status int
	}{
		"300":                      {target(m{"seniorities": []string{managers}}), 201},
		"299":                      {target(m{"jobFunctions": []string{engineer}}), 400},
		"each large, together not": {target(m{"seniorities": []string{managers}, "interfaceLocales": []m{{"language": "de", "country": "DE"}}}), 400},
		"any of several values":    {target(m{"jobFunctions": []string{engineer, "urn:li:function:9"}}), 201},
		"any of several targets":   {target(m{"jobFunctions": []string{engineer}}, m{"jobFunctions": []string{"urn:li:function:9"}}), 201},
		"a locale":                 {target(m{"interfaceLocales": []m{{"language": "de", "country": "DE"}}}), 201},
		"a range":                  {target(m{"staffCountRanges": []string{"SIZE_1"}}), 400},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			b.addAudience(2000,
				group(300, map[string][]string{"seniorities": {managers}}),
				group(299, map[string][]string{"jobFunctions": {engineer}}),
				group(1, map[string][]string{"jobFunctions": {"urn:li:function:9"}}),
				group(400, map[string][]string{"interfaceLocales": {"de_DE"}}),
			)
			a := b.want(tt.status, "POST", "/rest/posts", body(tt.body))
			if tt.status == 201 {
				return
			}
			if e := a.problem(t); e.Code != "AUDIENCE_SIZE_TOO_SMALL" {
				t.Errorf("%+v", e)
			}
		})
	}
}

func TestAudienceOnThePage(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(m{"distribution": m{"feedDistribution": "MAIN_FEED", "targetEntities": []m{{
		"geoLocations": []string{"urn:li:geo:103644278", "urn:li:geo:101282230"}, "interfaceLocales": []m{{"language": "en", "country": "US"}, {"language": "de", "country": "DE"}},
	}}}})
	page := b.want(http.StatusOK, "GET", "/feed/update/"+urn+"/", "").body
	if want := "geoLocations: United States, Germany; interfaceLocales: en_US, de_DE"; !strings.Contains(page, want) {
		t.Errorf("no %q on the page", want)
	}
}

func TestAudienceByTheControlAPI(t *testing.T) {
	t.Parallel()
	b := start(t)
	page := `{"id":901,"name":"X","followers":400,"audience":[{"count":350,"facets":{"seniorities":["urn:li:seniority:5"]}}]}`
	b.want(http.StatusCreated, "POST", "/sandbox/organizations", page)
	if n := b.total(criteria(followersOf(901), or("seniorities", managers))); n != 350 {
		t.Errorf("%d managers", n)
	}
	for wrong, part := range map[string]string{
		`{"id":1,"name":"X","followers":1,"audience":[{"count":2}]}`:                                                       "the groups have 2 followers, and the page 1",
		`{"id":1,"name":"X","followers":1,"audience":[{"count":-1}]}`:                                                      "must not be negative",
		`{"id":1,"name":"X","followers":1,"audience":[{"count":1,"facets":{"ages":["1"]}}]}`:                               `facet \"ages\"`,
		`{"id":1,"name":"X","followers":1,"audience":[{"count":1,"facets":{"seniorities":["urn:li:function:1"]}}]}`:        "does not belong there",
		`{"id":1,"name":"X","followers":1,"audience":[{"count":1,"facets":{"staffCountRanges":["51-200"]}}]}`:              "does not belong there",
		`{"id":1,"name":"X","followers":1,"audience":[{"count":1,"facets":{"interfaceLocales":["urn:li:locale:en_US"]}}]}`: "does not belong there",
	} {
		if a := b.want(http.StatusBadRequest, "POST", "/sandbox/organizations", wrong); !strings.Contains(a.body, part) {
			t.Errorf("%s: %s", wrong, a.body)
		}
	}
}
