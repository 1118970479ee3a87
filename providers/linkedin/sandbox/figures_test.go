package sandbox_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestControlSetsFigures(t *testing.T) {
	t.Parallel()
	b := start(t)
	urn := b.post(nil)
	b.want(http.StatusCreated, "POST", "/sandbox/statistics", `{"post":"`+urn+`","impressions":100,"clicks":3}`)
	b.want(http.StatusCreated, "POST", "/sandbox/statistics", `{"post":"`+urn+`","impressions":1,"day":"`+day(1)+`"}`)
	b.want(http.StatusCreated, "POST", "/sandbox/statistics", `{"post":"`+urn+`","impressions":5,"videoWatchTimeMs":7}`)
	var got []sandbox.Figures
	b.want(http.StatusOK, "GET", "/sandbox/statistics", "").decode(t, &got)
	want := []sandbox.Figures{
		{Post: urn, Day: day(1), Impressions: 1},
		{Post: urn, Day: day(0), Impressions: 105, Clicks: 3, VideoWatchTime: 7},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.want(http.StatusCreated, "POST", "/sandbox/pageviews", `{"page":"`+sandbox.PageURN+`","desktop":{"overview":2},"mobile":{"people":1}}`)
	if a := b.want(http.StatusOK, "GET", pageStatistics+enc(sandbox.PageURN), ""); !strings.Contains(a.body, `"mobilePeoplePageViews":{"pageViews":1}`) {
		t.Errorf("views %s", a.body)
	}
	b.want(http.StatusNoContent, "POST", "/sandbox/reset", "")
	if a := b.want(http.StatusOK, "GET", "/sandbox/statistics", ""); strings.TrimSpace(a.body) != "[]" {
		t.Errorf("figures after a reset: %s", a.body)
	}
	if a := b.want(http.StatusOK, "GET", pageStatistics+enc(sandbox.PageURN), ""); !strings.Contains(a.body, `"allPageViews":{"pageViews":0}`) {
		t.Errorf("views after a reset: %s", a.body)
	}
}

func TestControlRefusesFigures(t *testing.T) {
	t.Parallel()
	b := start(t)
	post := `{"post":"` + b.post(nil) + `",`
	page := `{"page":"` + sandbox.PageURN + `",`
	for _, tt := range []struct{ name, path, body, contains string }{
		{"unknown post", "statistics", `{"post":"urn:li:share:1","clicks":1}`, "GET /sandbox/posts"},
		{"no number", "statistics", post + `"day":"2026-11-01"}`, "at least one number"},
		{"a negative number", "statistics", post + `"clicks":-1}`, "from 0 to"},
		{"a number too large", "statistics", post + `"clicks":1000000000001}`, "from 0 to"},
		{"no day", "statistics", post + `"clicks":1,"day":"yesterday"}`, `day "yesterday"`},
		{"a day too early", "statistics", post + `"clicks":1,"day":"1999-01-01"}`, "want one of the form"},
		{"a number that is none", "statistics", post + `"clicks":"1"}`, "clicks: want a"},
		{"unknown page", "pageviews", `{"page":"urn:li:organization:1","desktop":{"overview":1}}`, "GET /sandbox/organizations"},
		{"a person's page", "pageviews", `{"page":"` + sandbox.JaneURN + `","desktop":{"overview":1}}`, "GET /sandbox/organizations"},
		{"no view", "pageviews", page + `"desktop":{}}`, "at least one number"},
		{"unknown section", "pageviews", page + `"desktop":{"lobby":1}}`, `section "lobby": want one of about`},
		{"a negative view", "pageviews", page + `"mobile":{"jobs":-1}}`, "from 0 to"},
		{"views on no day", "pageviews", page + `"mobile":{"jobs":1},"day":"2026-13-01"}`, "want one of the form"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got struct{ Error string }
			a := b.at(t).want(http.StatusBadRequest, "POST", "/sandbox/"+tt.path, tt.body)
			if err := json.Unmarshal([]byte(a.body), &got); err != nil || !strings.Contains(got.Error, tt.contains) {
				t.Errorf("error %q (%v), want %q", got.Error, err, tt.contains)
			}
		})
	}
}
