package api_test

import (
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

// The test clock begins on Friday, 20 November 2026, at 09:00.

func TestSchedules(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for _, path := range []string{"/auto-schedule", "/auto-schedule/list"} {
		equal(t, []problem{{Code: core.CodeNoSchedule}}, s.call(http.MethodGet, path, nil).want(http.StatusBadRequest).problems())
	}
	r := s.call(http.MethodPost, "/auto-schedule/set", jsonMap{
		"title": "Evenings2", "schedule": []string{"18:06z", "13:05Z", "13:05Z"}, "daysOfWeek": []int{5, 0, 5},
		"excludeDates": []string{"12/25/2026", "2026-12-24"}, "setStartDate": "2026-12-01T00:00:00Z", "source": "npm",
	}).want(http.StatusOK)
	evenings := jsonMap{
		"schedule": []any{"13:05Z", "18:06Z"}, "daysOfWeek": []any{0.0, 5.0},
		"excludeDates": []any{"12/24/2026", "12/25/2026"}, "startDate": "2026-12-01T00:00:00Z",
	}
	want := jsonMap{"status": "success", "title": "Evenings2", "message": `The schedule "Evenings2" is set.`}
	maps.Copy(want, evenings)
	equal(t, want, r.object())

	r = s.call(http.MethodPost, "/api/auto-schedule", jsonMap{"schedule": "09:00Z, 10:00Z"}).want(http.StatusOK)
	standard := jsonMap{
		"schedule": []any{"09:00Z", "10:00Z"}, "daysOfWeek": []any{0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, "excludeDates": []any{},
	}
	equal(t, "default", r.text("title"))
	s.call(http.MethodPost, "/post", inSchedule("a", "default")).want(http.StatusOK)
	standard["lastScheduleDate"] = "2026-11-20T10:00:00Z"
	for _, path := range []string{"/auto-schedule", "/auto-schedule/list?source=npm"} {
		equal(t, jsonMap{
			"status": "success", "schedules": jsonMap{"default": standard, "Evenings2": evenings},
		}, s.call(http.MethodGet, path, nil).want(http.StatusOK).object())
	}

	both := s.call(http.MethodDelete, "/auto-schedule?title=default", jsonMap{"title": "Evenings2"}).want(http.StatusBadRequest)
	equal(t, []string{"title"}, both.fields())
	equal(t, jsonMap{"status": "success", "title": "default"}, s.call(http.MethodDelete, "/auto-schedule?title=default", nil).want(http.StatusOK).object())
	equal(t, jsonMap{"status": "success", "title": "Evenings2"},
		s.call(http.MethodDelete, "/auto-schedule/delete", jsonMap{"title": "Evenings2"}).want(http.StatusOK).object())
	equal(t, []problem{{Code: core.CodeNoSchedule, Field: "title"}},
		s.call(http.MethodDelete, "/auto-schedule", jsonMap{"title": "Evenings2"}).want(http.StatusBadRequest).problems())
	equal(t, []string{"title"}, s.call(http.MethodDelete, "/auto-schedule", jsonMap{}).want(http.StatusBadRequest).fields())
}

// TestScheduleChange: setStartDate alone changes a schedule that is there.
func TestScheduleChange(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	equal(t, []string{"schedule"}, s.call(http.MethodPost, "/auto-schedule", jsonMap{"setStartDate": "2026-12-01T00:00:00Z"}).want(http.StatusBadRequest).fields())
	s.call(http.MethodPost, "/auto-schedule", jsonMap{"schedule": []string{"10:00Z"}, "daysOfWeek": []int{1}}).want(http.StatusOK)
	r := s.call(http.MethodPost, "/auto-schedule", jsonMap{"setStartDate": "2026-12-01T00:00:00Z"}).want(http.StatusOK).object()
	equal(t, []any{[]any{"10:00Z"}, []any{1.0}, "2026-12-01T00:00:00Z"}, []any{r["schedule"], r["daysOfWeek"], r["startDate"]})
	equal(t, "2026-12-07T10:00:00Z", s.call(http.MethodPost, "/post", inSchedule("a", "")).want(http.StatusOK).text("scheduleDate"))
}

func TestScheduleWarnings(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	r := s.call(http.MethodPost, "/auto-schedule", jsonMap{
		"schedule": []string{"10:00Z"}, "excludeDates": []string{"12/12/2026", "12/05/2026", "11/04/2026"}, "dayOfWeek": 1,
	}).want(http.StatusOK).object()
	equal(t, any([]any{"11/04/2026", "12/05/2026", "12/12/2026"}), r["excludeDates"])
	var fields []string
	for _, w := range r["warnings"].([]any) {
		fields = append(fields, w.(jsonMap)["field"].(string))
	}
	equal(t, []string{"excludeDates[1]", "dayOfWeek"}, fields)
	if message := r["warnings"].([]any)[0].(jsonMap)["message"].(string); !strings.Contains(message, "12/05/2026 is 5 December 2026") {
		t.Error(message)
	}
}

func TestScheduleProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	good := func(change jsonMap) jsonMap {
		body := jsonMap{"schedule": []string{"10:00Z"}}
		maps.Copy(body, change)
		return body
	}
	for name, tt := range map[string]struct {
		body   any
		fields []string
	}{
		"nothing":             {jsonMap{}, []string{"schedule"}},
		"no times":            {jsonMap{"schedule": []string{}}, []string{"schedule"}},
		"times of wrong type": {jsonMap{"schedule": 10}, []string{"schedule"}},
		"wrong times":         {jsonMap{"schedule": []any{"10:00", "10:00Z", "25:00Z", 7, ""}}, []string{"schedule[0]", "schedule[2]", "schedule[3]", "schedule[4]"}},
		"title":               {good(jsonMap{"title": "a-b"}), []string{"title"}},
		"title of wrong type": {good(jsonMap{"title": 1}), []string{"title"}},
		"day names":           {good(jsonMap{"daysOfWeek": []any{"Monday", 1, nil, 1.5}}), []string{"daysOfWeek[0]", "daysOfWeek[2]", "daysOfWeek[3]"}},
		"days out of range":   {good(jsonMap{"daysOfWeek": []int{-1, 0, 7}}), []string{"daysOfWeek[0]", "daysOfWeek[2]"}},
		"days no list":        {good(jsonMap{"daysOfWeek": 1}), []string{"daysOfWeek"}},
		"dates":               {good(jsonMap{"excludeDates": []any{"31/12/2026", "2026-02-30", 1, "12/31/2026"}}), []string{"excludeDates[0]", "excludeDates[1]", "excludeDates[2]"}},
		"start":               {good(jsonMap{"setStartDate": "tomorrow"}), []string{"setStartDate"}},
		"start without zone":  {good(jsonMap{"setStartDate": "2026-12-01T00:00:00"}), []string{"setStartDate"}},
		"start far ahead":     {good(jsonMap{"setStartDate": "2040-12-01T00:00:00Z"}), []string{"setStartDate"}},
		"all of it":           {jsonMap{"title": "a b", "schedule": []string{"x"}, "daysOfWeek": []int{8}, "excludeDates": []string{"x"}, "setStartDate": "x"}, []string{"daysOfWeek[0]", "excludeDates[0]", "schedule[0]", "setStartDate", "title"}},
		"not an object":       {`[]`, []string{""}},
		"other profile":       {good(jsonMap{"profileKey": "ABC"}), []string{"profileKey"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			equal(t, tt.fields, s.with(t).call(http.MethodPost, "/auto-schedule", tt.body).want(http.StatusBadRequest).fields())
		})
	}
}

// inSchedule is a post whose time a schedule chooses.
func inSchedule(text, title string) jsonMap {
	auto := jsonMap{"schedule": true}
	if title != "" {
		auto["title"] = title
	}
	return jsonMap{"post": text, "platforms": []string{"scripted"}, "autoSchedule": auto}
}

func TestAutoSchedule(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.call(http.MethodPost, "/auto-schedule", jsonMap{"schedule": []string{"08:00Z", "10:00Z"}}).want(http.StatusOK)
	valid := s.call(http.MethodPost, "/validate/post", inSchedule("first", "")).want(http.StatusOK)
	equal(t, "2026-11-20T10:00:00Z", valid.text("scheduleDate"))

	var ids []string
	for _, want := range []string{"2026-11-20T10:00:00Z", "2026-11-21T08:00:00Z"} {
		r := s.call(http.MethodPost, "/post", inSchedule("post of "+want, "default")).want(http.StatusOK)
		equal(t, []string{"scheduled", want}, []string{r.text("status"), r.text("scheduleDate")})
		view := s.call(http.MethodGet, "/post/"+r.text("id"), nil).want(http.StatusOK)
		equal(t, []string{"pending", "scheduled", want}, []string{view.text("status"), view.text("type"), view.text("scheduleDate")})
		ids = append(ids, r.text("id"))
	}
	s.call(http.MethodPost, "/post", inSchedule(strings.Repeat("a", 300), "")).want(http.StatusBadRequest)
	s.call(http.MethodDelete, "/post", jsonMap{"id": ids[0]}).want(http.StatusOK)
	equal(t, "2026-11-20T10:00:00Z", s.call(http.MethodPost, "/post", inSchedule("again", "")).want(http.StatusOK).text("scheduleDate"))
	s.clock.Set(time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC))
	for s.call(http.MethodGet, "/history?status=success", nil).object()["count"] != 1.0 {
		s.clock.Advance(time.Second)
	}
	equal(t, []string{"again"}, s.timeline())
}

// TestAutoScheduleReplay: a request that is sent again with its key takes no second slot.
func TestAutoScheduleReplay(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.call(http.MethodPost, "/auto-schedule", jsonMap{"schedule": []string{"10:00Z"}}).want(http.StatusOK)
	key := header{"Idempotency-Key", "k"}
	first := s.call(http.MethodPost, "/post", inSchedule("a", ""), key).want(http.StatusOK)
	second := s.call(http.MethodPost, "/post", inSchedule("a", ""), key).want(http.StatusOK)
	equal(t, string(first.body), string(second.body))
	equal(t, "2026-11-21T10:00:00Z", s.call(http.MethodPost, "/post", inSchedule("b", "")).want(http.StatusOK).text("scheduleDate"))
}

func TestAutoScheduleProblems(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.call(http.MethodPost, "/auto-schedule", jsonMap{"schedule": []string{"10:00Z"}}).want(http.StatusOK)
	for name, tt := range map[string]struct {
		change jsonMap
		fields []string
		code   core.Code
	}{
		"unknown title":      {jsonMap{"autoSchedule": jsonMap{"schedule": true, "title": "none"}}, []string{"autoSchedule.title"}, core.CodeNoSchedule},
		"with scheduleDate":  {jsonMap{"scheduleDate": "2026-12-01T00:00:00Z"}, []string{"autoSchedule"}, core.CodeParameters},
		"with a past date":   {jsonMap{"scheduleDate": "2025-12-01T00:00:00Z"}, []string{"autoSchedule"}, core.CodeParameters},
		"with autoRepost":    {jsonMap{"autoRepost": jsonMap{"repeat": 1, "days": 2}}, []string{"autoRepost"}, core.CodeParameters},
		"without schedule":   {jsonMap{"autoSchedule": jsonMap{"title": "default"}}, []string{"autoSchedule.schedule"}, core.CodeParameters},
		"schedule is text":   {jsonMap{"autoSchedule": jsonMap{"schedule": "true"}}, []string{"autoSchedule.schedule"}, core.CodeParameters},
		"title is a number":  {jsonMap{"autoSchedule": jsonMap{"schedule": true, "title": 1}}, []string{"autoSchedule.title"}, core.CodeParameters},
		"unknown key":        {jsonMap{"autoSchedule": jsonMap{"schedule": true, "titel": "a"}}, []string{"autoSchedule.titel"}, core.CodeUnknownOption},
		"true alone":         {jsonMap{"autoSchedule": true}, []string{"autoSchedule"}, core.CodeParameters},
		"with a text by far": {jsonMap{"post": strings.Repeat("a", 300), "autoSchedule": jsonMap{"schedule": true, "title": "none"}}, []string{"autoSchedule.title", "post"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body := inSchedule("a", "")
			maps.Copy(body, tt.change)
			for _, path := range []string{"/post", "/validate/post"} {
				r := s.with(t).call(http.MethodPost, path, body).want(http.StatusBadRequest)
				equal(t, tt.fields, r.fields())
				if got := r.problems()[0].Code; tt.code != 0 && got != tt.code {
					t.Errorf("code %d, want %d", got, tt.code)
				}
			}
		})
	}
	for _, nothing := range []any{nil, false, jsonMap{"schedule": false}} {
		body := inSchedule("at once", "")
		body["autoSchedule"] = nothing
		equal(t, "success", s.call(http.MethodPost, "/post", body).want(http.StatusOK).text("status"))
	}
}

// TestAutoScheduleForm: the parts of a form may be objects, and a file that comes along is
// kept until the slot.
func TestAutoScheduleForm(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.serveUploads()
	s.call(http.MethodPost, "/auto-schedule", jsonMap{"schedule": []string{"10:00Z"}, "setStartDate": "2028-02-29T00:00:00Z"}).want(http.StatusOK)
	body, contentType := form(t, part{"post", "", "a"}, part{"platforms", "", "scripted"}, part{"autoSchedule", "", `{"schedule":true}`}, part{"media", "a.png", string(picture())})
	equal(t, "2028-02-29T10:00:00Z", s.call(http.MethodPost, "/post", body, contentType).want(http.StatusOK).text("scheduleDate"))
	s.wantKeptUntil("2028-03-07T10:00:00Z")
}

// wantKeptUntil fails unless the only upload expires at the time.
func (s *server) wantKeptUntil(want string) {
	s.t.Helper()
	list := s.call(http.MethodGet, "/media", nil).want(http.StatusOK).object()["media"].([]any)
	if len(list) != 1 {
		s.t.Fatalf("there are %d uploads, want one", len(list))
	}
	expires, err := time.Parse(time.RFC3339, list[0].(jsonMap)["expires"].(string))
	if err != nil || expires.Format(time.RFC3339) != want {
		s.t.Errorf("the file is kept until %v (%v), want %s", expires, err, want)
	}
}
