package linkedin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// An id that nobody knows is not taken for an audience that is too small.
func TestTargetIDsThatNobodyKnows(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, err := f.preflight(f.plan(pageDemo(), targeted(t, map[string][]any{
		"countries": {"US", "urn:li:geo:1"}, "industries": {99999, "urn:li:industry:3300"}, "organizations": {99999},
		"degrees": {"urn:li:degree:1", "urn:li:degree:200"},
	})), f.session(pageDemo()))
	got := map[string]string{}
	for _, e := range core.AsErrors(err) {
		if e.Code != core.CodeUnknownTarget || e.Kind != core.KindInvalid {
			t.Errorf("%+v", e)
		}
		got[strings.TrimPrefix(e.Field, "linkedInOptions.targeting.")] = e.Message
	}
	want := map[string]string{
		"countries[1]":     "LinkedIn knows no country urn:li:geo:1.",
		"industries[0]":    "LinkedIn knows no industry urn:li:industry:99999.",
		"organizations[0]": "LinkedIn knows no school's page urn:li:organization:99999.",
		"degrees[0]":       "LinkedIn knows no degree urn:li:degree:1.",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// What LinkedIn does not let the app ask is no verdict: a warning names the ids, and each
// kind is asked for once.
func TestTargetIDsThatMayNotBeAsked(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusForbidden, http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		f := newFixture(t)
		f.refuse(status, "geo/")
		ids := []string{"US", "urn:li:geo:1", "urn:li:geo:2", "urn:li:geo:3", "urn:li:geo:4"}
		warnings, err := f.preflight(f.plan(pageDemo(), targeted(t, facets{"countries": ids})), f.session(pageDemo()))
		if err != nil {
			t.Fatal(err)
		}
		want := []core.Warning{{
			Code: core.CodeUnknownTarget, Field: "linkedInOptions.targeting.countries[1]",
			Message: "LinkedIn could not be asked whether it knows urn:li:geo:1, urn:li:geo:2, urn:li:geo:3 and 1 more of countries, which Crier does not: an audience with values that do not exist is smaller than it looks.",
		}}
		if diff := cmp.Diff(want, warnings); diff != "" {
			t.Error(diff)
		}
	}
}

// An id that LinkedIn gave or confirmed is not asked for again.
func TestTargetIDsAreRemembered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	places, err := f.provider.FacetValues(t.Context(), f.session(pageDemo()), "geoLocations", "Greater Munich", 5)
	if err != nil || len(places) != 1 {
		t.Fatal(err, places)
	}
	draft := targeted(t, facets{"geoLocations": {places[0].ID, "US"}, "degrees": {"urn:li:degree:200", "urn:li:degree:202"}})
	for range 2 {
		if _, err := f.preflight(f.plan(pageDemo(), draft), f.session(pageDemo())); err != nil && core.CodeOf(core.AsError(err)) != core.CodeAudienceTooSmall {
			t.Fatal(err)
		}
	}
	if places, degrees := f.count(http.MethodGet, "/rest/geo/"), f.count(http.MethodGet, "/rest/degrees/"); places != 0 || degrees != 2 {
		t.Errorf("%d look-ups of places, %d of degrees", places, degrees)
	}
}

// A name that several places have is taken to mean one of them, and the author is told.
func TestTargetPlacesOfOneName(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	pub := f.plan(pageDemo(), targeted(t, facets{"geoLocations": {"Georgia", "California"}, "countries": {"Georgia"}}))
	var got []core.Warning
	for _, w := range pub.(core.Previewer).Preview().Warnings {
		if w.Code == core.CodeUnknownTarget {
			got = append(got, w)
		}
	}
	want := []core.Warning{{
		Code: core.CodeUnknownTarget, Field: "linkedInOptions.targeting.geoLocations[0]",
		Message: `"Georgia" is taken to mean "Georgia" (urn:li:geo:106315325); it could mean "Georgia, United States" (urn:li:geo:103950076) as well, which has to be named by its URN or its full name.`,
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Of the places that LinkedIn offers for a name, the one of exactly this name is taken, and
// the author is told of the others.
func TestTargetPlacesThatAreOffered(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.Next(t, "GET /rest/geoTypeahead*", sandbox.Respond(http.StatusOK, `{"elements":[{"displayText":"San Jose","entity":"urn:li:geo:7"},{"displayText":"San Jose, California","entity":"urn:li:geo:8"}]}`))
	warnings, err := f.preflight(f.plan(pageDemo(), targeted(t, facets{"geoLocations": {"San Jose", "US"}})), f.session(pageDemo()))
	if err != nil {
		t.Fatal(err)
	}
	want := []core.Warning{{
		Code: core.CodeUnknownTarget, Field: "linkedInOptions.targeting.geoLocations[0]",
		Message: `"San Jose" is taken to mean "San Jose" (urn:li:geo:7); it could mean "San Jose, California" (urn:li:geo:8) as well, which has to be named by its URN or its full name.`,
	}}
	if diff := cmp.Diff(want, warnings); diff != "" {
		t.Error(diff)
	}
}
