package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const scheduleSet = `200 {"status":"success","message":"The schedule \"evenings\" is set.","title":"evenings","schedule":["18:06Z","20:15Z"],"daysOfWeek":[0,1,6],` +
	`"excludeDates":["12/24/2026","12/05/2026"],"startDate":"2026-12-01T00:00:00Z","warnings":[{"field":"excludeDates[1]","message":"excludeDates[1] was read as MM/DD/YYYY"}]}`

func TestScheduleSet(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, scheduleSet)
	got := execute(t.Context(), api.environ(), "", "schedule", "set", "evenings", "--at", "20:15Z,18:06z", "--days", "sun,Monday", "--days", "6",
		"--exclude", "2026-12-24", "--exclude", "12/05/2026", "--start", "2026-12-01T00:00:00Z")
	want := result{code: exitOK, stdout: `The schedule "evenings" is set.
  warning: excludeDates[1] was read as MM/DD/YYYY
TITLE     TIMES          DAYS         NOT ON                 FROM                  LAST TAKEN
evenings  18:06Z 20:15Z  Sun Mon Sat  12/24/2026 12/05/2026  2026-12-01T00:00:00Z  -
`}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(result{})); diff != "" {
		t.Errorf("result (-want +got):\n%s", diff)
	}
	var sent any
	if err := json.Unmarshal([]byte(api.requests()[0].body), &sent); err != nil {
		t.Fatal(err)
	}
	wantSent := map[string]any{
		"title": "evenings", "schedule": []any{"20:15Z", "18:06z"}, "daysOfWeek": []any{0.0, 1.0, 6.0},
		"excludeDates": []any{"2026-12-24", "12/05/2026"}, "setStartDate": "2026-12-01T00:00:00Z",
	}
	if diff := cmp.Diff(any(wantSent), sent); diff != "" {
		t.Errorf("request (-want +got):\n%s", diff)
	}
	if r := api.requests()[0]; r.method+" "+r.path != "POST /auto-schedule" {
		t.Errorf("%s %s was asked", r.method, r.path)
	}
}

func TestScheduleList(t *testing.T) {
	t.Parallel()
	const list = `{"status":"success","schedules":{"default":{"schedule":["09:00Z"],"daysOfWeek":[0,1,2,3,4,5,6],"excludeDates":[],"lastScheduleDate":"2026-11-30T09:00:00Z"},` +
		`"b":{"schedule":["10:00Z","11:00Z"],"daysOfWeek":[5],"excludeDates":[]}}}`
	api := newFakeAPI(t, "200 "+list)
	want := `TITLE    TIMES          DAYS       NOT ON  FROM  LAST TAKEN
b        10:00Z 11:00Z  Fri        -       -     -
default  09:00Z         every day  -       -     2026-11-30T09:00:00Z
`
	if got := execute(t.Context(), api.environ(), "", "schedule", "list"); got.code != exitOK || got.stdout != want {
		t.Errorf("%+v", got)
	}
	got := execute(t.Context(), api.environ(), "", "schedule", "list", "--json")
	var answered, expected any
	if err := json.Unmarshal([]byte(got.stdout), &answered); err != nil || json.Unmarshal([]byte(list), &expected) != nil || !cmp.Equal(expected, answered) {
		t.Errorf("--json: %+v", got)
	}
}

func TestScheduleDelete(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `200 {"status":"success","title":"b"}`)
	if got := execute(t.Context(), api.environ(), "", "schedule", "delete", "b"); got.code != exitOK || got.stdout != "The schedule \"b\" is deleted.\n" {
		t.Errorf("%+v", got)
	}
	if r := api.requests()[0]; r.method+r.path+r.body != `DELETE/auto-schedule{"title":"b"}` {
		t.Errorf("%+v was asked", r)
	}
}

func TestScheduleMistakes(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `400 {"action":"autoSchedule","status":"error","code":192,"message":"the profile has no automatic schedule"}`)
	for name, tc := range map[string]struct {
		args []string
		code int
		want string
	}{
		"alone":         {[]string{"schedule"}, exitUsage, "say what to do: set, list or delete"},
		"unknown":       {[]string{"schedule", "burn"}, exitUsage, `no command "burn" below schedule`},
		"no times":      {[]string{"schedule", "set", "--days", "1"}, exitUsage, "add --at"},
		"day":           {[]string{"schedule", "set", "--at", "09:00Z", "--days", "mo"}, exitUsage, `"mo" is not a day`},
		"day number":    {[]string{"schedule", "set", "--at", "09:00Z", "--days", "7"}, exitUsage, `"7" is not a day`},
		"two titles":    {[]string{"schedule", "set", "a", "b", "--at", "09:00Z"}, exitUsage, `unexpected argument "b"`},
		"no title":      {[]string{"schedule", "delete"}, exitUsage, "no schedule is named"},
		"none set":      {[]string{"schedule", "list"}, exitFailure, "no automatic schedule"},
		"not deleted":   {[]string{"schedule", "delete", "x"}, exitFailure, "no automatic schedule"},
		"not set":       {[]string{"schedule", "set", "--start", "2026-12-01T00:00:00Z"}, exitFailure, "no automatic schedule"},
		"media as well": {[]string{"media"}, exitUsage, "say what to do: upload, list or delete"},
		"two times":     {[]string{"post", "a", "--platform", "x", "--schedule", "+1h", "--auto-schedule", "default"}, exitUsage, "give one of them"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := execute(t.Context(), api.environ(), "", tc.args...)
			if got.code != tc.code || !strings.Contains(got.stderr, tc.want) {
				t.Errorf("%+v, want %d and %q", got, tc.code, tc.want)
			}
		})
	}
}

func TestPostInASchedule(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, `200 {"status":"scheduled","id":"p1","scheduleDate":"2026-11-30T09:00:00Z","errors":[],"postIds":[]}`)
	got := execute(t.Context(), api.environ(), "", "post", "Hello", "--platform", "x", "--auto-schedule", "evenings")
	if got.code != exitOK || got.stdout != "post p1: scheduled\n  to appear at 2026-11-30T09:00:00Z\n" {
		t.Errorf("%+v", got)
	}
	if body := api.requests()[0].body; !strings.Contains(body, `"autoSchedule":{"schedule":true,"title":"evenings"}`) {
		t.Errorf("%s was sent", body)
	}
}
