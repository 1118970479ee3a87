package api_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

// TestOperatorFindsFailedCalls: the primary profile sees, and sends again, what its webhook is
// told of user profiles; a user profile sees what is about itself, and the primary profile
// does not see what goes to the webhook of a user profile.
func TestOperatorFindsFailedCalls(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	status := http.StatusNotFound
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	t.Cleanup(endpoint.Close)
	acme, other := s.newProfile("Acme", nil), s.newProfile("Other", nil)
	idOf := func(p profile) string {
		found, err := s.store.ProfileByRef(t.Context(), p.refID)
		if err != nil {
			t.Fatal(err)
		}
		return found.ID
	}
	hook := map[string]string{"action": "batch", "url": endpoint.URL}
	s.call(http.MethodPost, "/hook/webhook", hook).want(http.StatusOK)
	s.call(http.MethodPost, "/hook/webhook", hook, other.header()).want(http.StatusOK)
	own, inherited, others := s.notify(s.profile.ID), s.notify(idOf(acme)), s.notify(idOf(other))

	list := func(query string, headers ...header) (rows []string) {
		t.Helper()
		r := s.call(http.MethodGet, "/hook/deliveries"+query, nil, headers...).want(http.StatusOK)
		for _, d := range r.object()["deliveries"].([]any) {
			d := d.(jsonMap)
			title, _ := d["title"].(string)
			rows = append(rows, d["id"].(string)+" "+d["refId"].(string)+" "+title)
		}
		return rows
	}
	want := func(got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	ownRow, inheritedRow := own+" "+s.profile.RefID+" "+s.profile.Title, inherited+" "+acme.refID+" Acme"
	want(list(""), inheritedRow, ownRow)
	want(list("?state=failed&limit=1"), inheritedRow)
	want(list("?cursor="+inherited), ownRow)
	want(list("", acme.header()), inheritedRow)
	want(list("", other.header()), others+" "+other.refID+" Other")

	equal(t, acme.refID, s.call(http.MethodGet, "/hook/deliveries/"+inherited, nil).want(http.StatusOK).text("refId"))
	s.call(http.MethodGet, "/hook/deliveries/"+others, nil).want(http.StatusNotFound)
	s.call(http.MethodGet, "/hook/deliveries/"+own, nil, acme.header()).want(http.StatusNotFound)
	status = http.StatusOK
	equal(t, "Acme", s.call(http.MethodPost, "/hook/deliveries/"+inherited+"/resend", nil).want(http.StatusOK).text("title"))
	s.callWebhooks()
	sent := s.call(http.MethodGet, "/hook/deliveries/"+inherited, nil).want(http.StatusOK)
	equal(t, "delivered", sent.text("state"))
	equal(t, 2.0, sent.object()["attempts"].(float64))
}

// TestUnknownCursor: a cursor that is none is refused, and not answered as the end of a list.
func TestUnknownCursor(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	later := func(title string) profile { // profiles are listed by the time of their creation
		s.clock.Advance(time.Millisecond)
		return s.newProfile(title, nil)
	}
	acme := later("Acme")
	later("Other")
	later("Third")
	cursorOf := func(limit string) string {
		return s.call(http.MethodGet, "/profiles?limit="+limit, nil).want(http.StatusOK).object()["pagination"].(jsonMap)["nextCursor"].(string)
	}
	last := cursorOf("1")
	for _, path := range []string{"/profiles", "/hook/deliveries", "/media"} {
		for _, cursor := range []string{"nothing", s.profile.ID} {
			p := s.call(http.MethodGet, path+"?cursor="+cursor, nil).want(http.StatusBadRequest).problems()[0]
			equal(t, problem{Code: core.CodeParameters, Field: "cursor"}, problem{Code: p.Code, Field: p.Field})
		}
	}
	s.call(http.MethodGet, "/profiles?cursor="+cursorOf("2"), nil, acme.header()).want(http.StatusBadRequest)
	equal(t, 0.0, s.call(http.MethodGet, "/profiles?cursor="+last, nil, acme.header()).want(http.StatusOK).object()["count"])
	equal(t, 0.0, s.call(http.MethodGet, "/profiles?title=Acme&cursor="+last, nil).want(http.StatusOK).object()["count"])
}
