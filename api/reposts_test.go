package api_test

import (
	"maps"
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

// repeated is a post that is published three times, a week apart.
func repeated(change jsonMap) jsonMap {
	body := jsonMap{"post": "a", "platforms": []string{"scripted"}, "autoRepost": jsonMap{"repeat": 2, "days": 7}}
	maps.Copy(body, change)
	return body
}

// series returns the id of a series and the repetitions of an answer.
func (r *response) series() (id string, repetitions []string, dates []string) {
	r.t.Helper()
	for _, entry := range r.object()["autoReposts"].([]any) {
		repetitions = append(repetitions, entry.(jsonMap)["id"].(string))
		dates = append(dates, entry.(jsonMap)["scheduleDate"].(string))
	}
	return r.text("autoRepostId"), repetitions, dates
}

func TestAutoRepost(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		repost jsonMap
		status string
		dates  []string
	}{
		"at once":     {jsonMap{"repeat": 2, "days": 7}, "success", []string{"2026-11-27T09:00:00Z", "2026-12-04T09:00:00Z"}},
		"later":       {jsonMap{"repeat": 1, "days": 2, "startDate": "2026-12-30T23:30:00Z"}, "scheduled", []string{"2027-01-01T23:30:00Z"}},
		"in the past": {jsonMap{"repeat": 1, "days": 2, "startDate": "2025-12-30T23:30:00Z"}, "success", []string{"2026-11-22T09:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			r := s.call(http.MethodPost, "/post", repeated(jsonMap{"autoRepost": tt.repost})).want(http.StatusOK)
			id, repetitions, dates := r.series()
			equal(t, tt.status, r.text("status"))
			equal(t, tt.dates, dates)
			_, warned := r.object()["warnings"]
			equal(t, name == "in the past", warned)
			for i, repetition := range repetitions {
				view := s.call(http.MethodGet, "/post/"+repetition, nil).want(http.StatusOK)
				equal(t, []string{"a", "pending", dates[i], id},
					[]string{view.text("post"), view.text("status"), view.text("scheduleDate"), view.text("autoRepostId")})
			}
			equal(t, id, s.call(http.MethodGet, "/post/"+r.text("id"), nil).text("autoRepostId"))
		})
	}
}

func TestAutoRepostHistory(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	alone := s.call(http.MethodPost, "/post", jsonMap{"post": "alone", "platforms": []string{"scripted"}}).want(http.StatusOK)
	if _, shown := s.call(http.MethodGet, "/post/"+alone.text("id"), nil).object()["autoRepostId"]; shown {
		t.Error("a post that is not repeated has an autoRepostId")
	}
	first, _, _ := s.call(http.MethodPost, "/post", repeated(jsonMap{"post": "first"})).want(http.StatusOK).series()
	s.call(http.MethodPost, "/post", repeated(jsonMap{"post": "second", "autoRepost": jsonMap{"repeat": 1, "days": 100}})).want(http.StatusOK)
	s.clock.Advance(60 * 24 * time.Hour) // the posts of a series are found however old it is
	for name, tt := range map[string]struct {
		query []string
		want  []string
	}{
		"one":             {[]string{"autoRepostId", first}, []string{"first", "first", "first"}},
		"all":             {[]string{"autoRepostId", "all"}, []string{"second", "second", "first", "first", "first"}},
		"some days":       {[]string{"autoRepostId", first, "lastDays", "30"}, []string{}},
		"with a limit":    {[]string{"autoRepostId", "all", "limit", "1"}, []string{"second"}},
		"pending":         {[]string{"autoRepostId", "all", "status", "pending"}, []string{"second"}},
		"unknown":         {[]string{"autoRepostId", "unknown"}, []string{}},
		"of no series":    {[]string{"autoRepostId", "", "lastDays", "0"}, []string{"second", "second", "first", "first", "first", "alone"}},
		"not of the type": {[]string{"autoRepostId", first, "type", "now"}, []string{"first"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			equal(t, tt.want, s.with(t).call(http.MethodGet, query("/history", tt.query...), nil).texts())
		})
	}
}

func TestAutoRepostDeletion(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.call(http.MethodPost, "/post", repeated(nil)).want(http.StatusOK)
	id, repetitions, _ := r.series()
	s.call(http.MethodDelete, "/post", jsonMap{"id": repetitions[0]}).want(http.StatusOK)
	equal(t, "deleted", s.call(http.MethodGet, "/post/"+repetitions[0], nil).text("status"))
	equal(t, "pending", s.call(http.MethodGet, "/post/"+repetitions[1], nil).text("status"))
	for _, count := range []float64{1, 0} { // it may be repeated
		equal(t, any(count), s.call(http.MethodDelete, "/post", jsonMap{"autoRepostId": id}).want(http.StatusOK).object()["count"])
	}
	equal(t, "deleted", s.call(http.MethodGet, "/post/"+repetitions[1], nil).text("status"))
	equal(t, "success", s.call(http.MethodGet, "/post/"+r.text("id"), nil).text("status"))
	equal(t, []problem{{Code: core.CodeDeleteNotFound, Field: "autoRepostId"}},
		s.call(http.MethodDelete, "/post", jsonMap{"autoRepostId": r.text("id")}).want(http.StatusNotFound).problems())
	for _, other := range []jsonMap{{"id": r.text("id")}, {"bulk": repetitions}, {"deleteAllScheduled": true}} {
		other["autoRepostId"] = id
		equal(t, []string{"autoRepostId"}, s.call(http.MethodDelete, "/post", other).want(http.StatusBadRequest).fields())
	}
	equal(t, []string{"autoRepostId"}, s.call(http.MethodDelete, "/post", jsonMap{"autoRepostId": 7}).want(http.StatusBadRequest).fields())
}

// TestAutoRepostIgnored: scheduleDate wins.
func TestAutoRepostIgnored(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for date, status := range map[string]string{"2026-12-01T00:00:00Z": "scheduled", "2025-12-01T00:00:00Z": "success"} {
		r := s.call(http.MethodPost, "/post", repeated(jsonMap{"scheduleDate": date})).want(http.StatusOK)
		equal(t, status, r.text("status"))
		equal(t, nil, r.object()["autoRepostId"])
		warnings := r.object()["warnings"].([]any)
		equal(t, any("autoRepost"), warnings[len(warnings)-1].(jsonMap)["field"])
	}
	equal(t, "success", s.call(http.MethodPost, "/post", repeated(jsonMap{"autoRepost": false})).want(http.StatusOK).text("status"))
}

func TestAutoRepostProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for name, tt := range map[string]struct {
		repost any
		fields []string
	}{
		"empty":           {jsonMap{}, []string{"autoRepost.days", "autoRepost.repeat"}},
		"true":            {true, []string{"autoRepost"}},
		"list":            {[]int{1}, []string{"autoRepost"}},
		"never":           {jsonMap{"repeat": 0, "days": 2}, []string{"autoRepost.repeat"}},
		"too often":       {jsonMap{"repeat": 11, "days": 2}, []string{"autoRepost.repeat"}},
		"every day":       {jsonMap{"repeat": 1, "days": 1}, []string{"autoRepost.days"}},
		"texts":           {jsonMap{"repeat": "1", "days": "2"}, []string{"autoRepost.days", "autoRepost.repeat"}},
		"fractions":       {jsonMap{"repeat": 1.5, "days": 2.5}, []string{"autoRepost.days", "autoRepost.repeat"}},
		"too far":         {jsonMap{"repeat": 10, "days": 366}, []string{"autoRepost.days"}},
		"start":           {jsonMap{"repeat": 1, "days": 2, "startDate": "soon"}, []string{"autoRepost.startDate"}},
		"start far ahead": {jsonMap{"repeat": 1, "days": 2, "startDate": "2040-01-01T00:00:00Z"}, []string{"autoRepost.startDate"}},
		"start, then far": {jsonMap{"repeat": 1, "days": 365, "startDate": "2036-01-01T00:00:00Z"}, []string{"autoRepost.days"}},
		"unknown key":     {jsonMap{"repeat": 1, "days": 2, "startdate": "x"}, []string{"autoRepost.startdate"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			equal(t, tt.fields, s.with(t).call(http.MethodPost, "/post", repeated(jsonMap{"autoRepost": tt.repost})).want(http.StatusBadRequest).fields())
		})
	}
	r := s.call(http.MethodPost, "/post", repeated(jsonMap{"post": ""})).want(http.StatusBadRequest).object()
	equal(t, []any{nil, nil}, []any{r["autoRepostId"], r["autoReposts"]})
}

// TestAutoRepostKeepsFiles: a file is kept for the last repetition, and cannot be deleted
// before.
func TestAutoRepostKeepsFiles(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.serveUploads()
	u := s.keepFile(s.profile.ID, "a.png", string(picture()))
	body := repeated(jsonMap{"mediaUrls": []string{"upload:" + u.ID}, "autoRepost": jsonMap{"repeat": 10, "days": 100}})
	_, repetitions, _ := s.call(http.MethodPost, "/post", body).want(http.StatusOK).series()
	s.wantKeptUntil("2029-08-23T09:00:00Z") // 1000 days, and a week in which it may be retried
	s.call(http.MethodDelete, "/media/"+u.ID, nil).want(http.StatusConflict)
	s.call(http.MethodDelete, "/post", jsonMap{"bulk": repetitions}).want(http.StatusOK)
	s.call(http.MethodDelete, "/media/"+u.ID, nil).want(http.StatusOK)
}

// TestAutoRepostReplay: a request that is sent again with its key starts no second series.
func TestAutoRepostReplay(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	key := header{"Idempotency-Key", "k"}
	async := header{"Prefer", "respond-async"}
	id, repetitions, _ := s.call(http.MethodPost, "/post", repeated(nil), key, async).want(http.StatusAccepted).series()
	again, repeatedIDs, _ := s.call(http.MethodPost, "/post", repeated(nil), key).want(http.StatusOK).series()
	equal(t, append([]string{id}, repetitions...), append([]string{again}, repeatedIDs...))
	equal(t, 3, len(s.call(http.MethodGet, "/history?autoRepostId=all", nil).texts()))
}

// TestAutoRepostWithApproval: each post of the series is approved by itself, and the answer
// says so.
func TestAutoRepostWithApproval(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.call(http.MethodPost, "/post", repeated(jsonMap{"requiresApproval": true})).want(http.StatusOK)
	equal(t, "awaiting approval", r.text("status"))
	equal(t, any("autoRepost"), r.object()["warnings"].([]any)[0].(jsonMap)["field"])
	id, repetitions, _ := r.series()
	s.call(http.MethodPatch, "/post", jsonMap{"id": repetitions[0], "approved": true}).want(http.StatusOK)
	equal(t, 2, len(s.call(http.MethodGet, query("/history", "autoRepostId", id, "status", "awaiting approval"), nil).texts()))
	equal(t, "pending", s.call(http.MethodGet, "/post/"+repetitions[0], nil).text("status"))
	equal(t, any(3.0), s.call(http.MethodDelete, "/post", jsonMap{"autoRepostId": id}).want(http.StatusOK).object()["count"])
	equal(t, []string{}, s.call(http.MethodGet, query("/history", "autoRepostId", id), nil).texts())
}

// TestAutoScheduleOfHeldPost: a post keeps its slot while it is held, and gives it up when it
// gets another time.
func TestAutoScheduleOfHeldPost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.call(http.MethodPost, "/auto-schedule", jsonMap{"schedule": []string{"10:00Z"}}).want(http.StatusOK)
	body := inSchedule("to be approved", "")
	body["requiresApproval"] = true
	held := s.call(http.MethodPost, "/post", body).want(http.StatusOK)
	equal(t, []string{"awaiting approval", "2026-11-20T10:00:00Z"}, []string{held.text("status"), held.text("scheduleDate")})
	equal(t, "2026-11-21T10:00:00Z", s.call(http.MethodPost, "/post", inSchedule("next", "")).want(http.StatusOK).text("scheduleDate"))
	s.call(http.MethodPatch, "/post", jsonMap{"id": held.text("id"), "scheduleDate": "2026-12-24T12:00:00Z"}).want(http.StatusOK)
	equal(t, "2026-11-20T10:00:00Z", s.call(http.MethodPost, "/post", inSchedule("in its place", "")).want(http.StatusOK).text("scheduleDate"))
}
