package api_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// answering returns a client of a server that gives one answer, and what it was asked.
func answering(t *testing.T, body string) (*api.Client, *http.Request, *string) {
	t.Helper()
	asked, sent := new(http.Request), new(string)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		*asked, *sent = *r, string(raw)
		if _, err := io.WriteString(w, body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	client := rest.New(rest.Config{Platform: "linkedin", MapError: func(string, *rest.Response) *core.Error { return &core.Error{Kind: core.KindTemporary} }})
	return api.New(client, server.URL, func() string { return "202607" }), asked, sent
}

func TestCountAudience(t *testing.T) {
	t.Parallel()
	client, asked, _ := answering(t, `{"elements":[{"total":4400,"active":2100}],"paging":{}}`)
	page, err := client.CountAudience(t.Context(), "t", []api.AudienceClause{
		{Facet: "urn:li:adTargetingFacet:followedCompanies", Values: []string{"urn:li:organization:5340951"}},
		{Facet: "urn:li:adTargetingFacet:locations", Values: []string{"urn:li:geo:103644278", "urn:li:geo:1"}},
		{Facet: "urn:li:adTargetingFacet:interfaceLocales", Values: []string{"urn:li:locale:en_US"}},
		{Facet: "urn:li:adTargetingFacet:staffCountRanges", Values: []string{"urn:li:staffCountRange:(51,200)"}},
	})
	if err != nil || len(page.Elements) != 1 || page.Elements[0] != (api.AudienceCount{Total: 4400, Active: 2100}) {
		t.Errorf("%+v, %v", page, err)
	}
	want := "q=targetingCriteriaV2&targetingCriteria=(include:(and:List(" +
		"(or:(urn%3Ali%3AadTargetingFacet%3AfollowedCompanies:List(urn%3Ali%3Aorganization%3A5340951)))," +
		"(or:(urn%3Ali%3AadTargetingFacet%3Alocations:List(urn%3Ali%3Ageo%3A103644278,urn%3Ali%3Ageo%3A1)))," +
		"(or:(urn%3Ali%3AadTargetingFacet%3AinterfaceLocales:List(urn%3Ali%3Alocale%3Aen_US)))," +
		"(or:(urn%3Ali%3AadTargetingFacet%3AstaffCountRanges:List(urn%3Ali%3AstaffCountRange%3A%2851%2C200%29))))))"
	if diff := cmp.Diff(want, asked.URL.RawQuery); diff != "" {
		t.Error(diff)
	}
}

// A query that is too long for an address travels in the body.
func TestCountAudienceTunnels(t *testing.T) {
	t.Parallel()
	client, asked, sent := answering(t, `{"elements":[]}`)
	values := make([]string, 200)
	for i := range values {
		values[i] = "urn:li:industry:123"
	}
	if _, err := client.CountAudience(t.Context(), "t", []api.AudienceClause{{Facet: "urn:li:adTargetingFacet:industries", Values: values}}); err != nil {
		t.Fatal(err)
	}
	if asked.Method != http.MethodPost || asked.URL.RawQuery != "" || asked.Header.Get("X-HTTP-Method-Override") != "GET" ||
		asked.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || !strings.HasPrefix(*sent, "q=targetingCriteriaV2&targetingCriteria=(include:(and:List((or:(") {
		t.Errorf("%s %s %v %.80s", asked.Method, asked.URL, asked.Header, *sent)
	}
}

func TestStandardNames(t *testing.T) {
	t.Parallel()
	client, asked, _ := answering(t, `{"elements":[
		{"id":7,"name":{"localized":{"de_DE":"Kunst","en_US":"Arts"}}},
		{"id":"8","name":{"localized":{"fr_FR":"Loi","de_DE":"Recht"}}},
		{"id":9,"name":{"localized":{}}}]}`)
	page, err := client.ListStandard(t.Context(), "t", api.StandardIndustries, 500, 100)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range page.Elements {
		got = append(got, string(e.ID)+" "+e.EnglishName())
	}
	if diff := cmp.Diff([]string{"7 Arts", "8 Recht", "9 "}, got); diff != "" {
		t.Error(diff)
	}
	if asked.URL.RequestURI() != "/rest/industryTaxonomyVersions/DEFAULT/industries?start=500&count=100" {
		t.Error(asked.URL)
	}
}
