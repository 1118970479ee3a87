package schedule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/schedule"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
)

const profile = "profile"

type world struct {
	t     *testing.T
	store store.Store
	clock *coretest.Clock // begins at 2026-11-20 09:00, a Friday
	*schedule.Manager
}

func newWorld(t *testing.T) *world {
	t.Helper()
	clock := coretest.NewClock(coretest.Epoch())
	s := dbtest.Open(t, clock)
	return &world{t, s, clock, schedule.New(schedule.Config{Store: s, Clock: clock})}
}

// set sets a schedule that has slots at these hours.
func (w *world) set(title string, hours ...int) {
	w.t.Helper()
	c := schedule.Change{Title: title}
	for _, h := range hours {
		c.Times = append(c.Times, time.Duration(h)*time.Hour)
	}
	if _, err := w.Set(w.t.Context(), profile, c); err != nil {
		w.t.Fatal(err)
	}
}

// take stores a post that holds the slot.
func (w *world) take(title string, at time.Time) core.Post {
	w.t.Helper()
	p := core.Post{
		ID: core.NewID(w.clock.Now()), ProfileID: profile, Status: core.PostOpen, CreatedAt: w.clock.Now(),
		Request: core.PostRequest{AutoSchedule: title, ScheduleAt: at},
	}
	if err := w.store.InsertPost(w.t.Context(), store.NewPost{Post: p}); err != nil {
		w.t.Fatal(err)
	}
	return p
}

// wantNext fails unless the slot is the next free one.
func (w *world) wantNext(title, want string) {
	w.t.Helper()
	got, err := w.Next(w.t.Context(), profile, title, time.Time{})
	if err != nil || got.Format(time.RFC3339) != want {
		w.t.Errorf("the next slot is %v (%v), want %s", got, err, want)
	}
}

func day(date int, hour int) time.Time {
	return time.Date(2026, time.November, date, hour, 0, 0, 0, time.UTC)
}

func TestNext(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("default", 8, 10)
	w.set("other", 10)
	w.wantNext("default", "2026-11-20T10:00:00Z")
	w.wantNext("default", "2026-11-20T10:00:00Z") // looking takes nothing
	first := w.take("default", day(20, 10))
	w.take("default", day(21, 8))
	w.take("default", day(21, 9)) // of the schedule as it was before
	w.wantNext("default", "2026-11-21T10:00:00Z")
	w.wantNext("other", "2026-11-20T10:00:00Z")
	if _, err := w.store.UpdatePost(t.Context(), first.ID, func(p *core.Post) error { p.Status = core.PostDeleted; return nil }); err != nil {
		t.Fatal(err)
	}
	w.wantNext("default", "2026-11-20T10:00:00Z")
	if got, err := w.Next(t.Context(), profile, "default", day(20, 10)); err != nil || !got.Equal(day(21, 10)) {
		t.Errorf("after the first slot comes %v (%v)", got, err)
	}
	w.clock.Set(day(20, 10))
	w.wantNext("default", "2026-11-21T10:00:00Z")
}

// TestNextReadsOn: more slots are taken than are read at a time.
func TestNextReadsOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("default", 0, 6, 12, 18)
	at := day(20, 12)
	for range 1203 {
		w.take("default", at)
		at = at.Add(6 * time.Hour)
	}
	w.wantNext("default", at.Format(time.RFC3339))
}

// TestNextGivesUp: the search ends, whatever leaves no slot.
func TestNextGivesUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.clock.Now().Add(schedule.Horizon)
	c := schedule.Change{Title: "default", Times: []time.Duration{9 * time.Hour}, StartAt: &start}
	if _, err := w.Set(t.Context(), profile, c); err != nil {
		t.Fatal(err)
	}
	w.take("default", start)
	_, err := w.Next(t.Context(), profile, "default", time.Time{})
	wantProblem(t, err, core.CodeParameters, "autoSchedule", `"default" has no free slot within ten years`)
}

func wantProblem(t *testing.T, err error, code core.Code, field, message string) {
	t.Helper()
	problems := core.AsErrors(err)
	if len(problems) != 1 || core.CodeOf(problems[0]) != code || problems[0].Field != field || !strings.Contains(problems[0].Message, message) {
		t.Errorf("got %v, want %d about %s with %q", err, code, field, message)
	}
}

func TestMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("default", 9)
	_, err := w.Next(t.Context(), profile, "other", time.Time{})
	wantProblem(t, err, core.CodeNoSchedule, "autoSchedule.title", `"other"`)
	_, err = w.Next(t.Context(), "another profile", "default", time.Time{})
	wantProblem(t, err, core.CodeNoSchedule, "autoSchedule.title", `"default"`)
	wantProblem(t, w.Delete(t.Context(), profile, "other"), core.CodeNoSchedule, "title", `"other"`)
}

func TestSetAndList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start, christmas := day(25, 0), time.Date(2026, time.December, 25, 0, 0, 0, 0, time.UTC)
	whole := schedule.Change{
		Title: "b", Times: []time.Duration{17 * time.Hour, 9 * time.Hour, 17 * time.Hour},
		Days:     []time.Weekday{time.Friday, time.Monday, time.Friday},
		Excluded: []time.Time{christmas, day(27, 0), christmas}, StartAt: &start,
	}
	want := store.Schedule{
		ProfileID: profile, Title: "b", Times: []time.Duration{9 * time.Hour, 17 * time.Hour},
		Days: []time.Weekday{time.Monday, time.Friday}, Excluded: []string{"2026-11-27", "2026-12-25"}, StartAt: start,
	}
	got, err := w.Set(t.Context(), profile, whole)
	if err != nil {
		t.Fatal(err)
	}
	ignoreVersion := cmpopts.IgnoreFields(store.Schedule{}, "Version")
	if diff := cmp.Diff(want, got, ignoreVersion); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w.set("a", 9)
	w.take("b", day(30, 9))
	w.take("b", day(1, 9))
	list, err := w.List(t.Context(), profile)
	if err != nil {
		t.Fatal(err)
	}
	wantList := []schedule.Listed{
		{Schedule: store.Schedule{ProfileID: profile, Title: "a", Times: []time.Duration{9 * time.Hour}}},
		{Schedule: want, LastAt: day(30, 9)},
	}
	if diff := cmp.Diff(wantList, list, ignoreVersion); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, title := range []string{"a", "b"} {
		if err := w.Delete(t.Context(), profile, title); err != nil {
			t.Error(err)
		}
	}
	if list, err := w.List(t.Context(), profile); err != nil || len(list) != 0 {
		t.Errorf("%v is left (%v)", list, err)
	}
}

// TestChange: without times what is sent is changed and the rest stays; with times
// nothing does.
func TestChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	monday, start, later := []time.Weekday{time.Monday}, day(25, 0), day(28, 0)
	excluded := []time.Time{day(30, 0)}
	steps := []struct {
		change schedule.Change
		want   store.Schedule
	}{
		{
			schedule.Change{Times: []time.Duration{time.Hour}, Days: monday, Excluded: excluded, StartAt: &start},
			store.Schedule{Times: []time.Duration{time.Hour}, Days: monday, Excluded: []string{"2026-11-30"}, StartAt: start},
		},
		{
			schedule.Change{StartAt: &later},
			store.Schedule{Times: []time.Duration{time.Hour}, Days: monday, Excluded: []string{"2026-11-30"}, StartAt: later},
		},
		{
			schedule.Change{StartAt: &start, Days: []time.Weekday{}, Excluded: []time.Time{}},
			store.Schedule{Times: []time.Duration{time.Hour}, StartAt: start},
		},
		{
			schedule.Change{Times: []time.Duration{2 * time.Hour}},
			store.Schedule{Times: []time.Duration{2 * time.Hour}},
		},
	}
	for i, step := range steps {
		step.change.Title, step.want.Title, step.want.ProfileID = "default", "default", profile
		got, err := w.Set(t.Context(), profile, step.change)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, got, cmpopts.IgnoreFields(store.Schedule{}, "Version"), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("step %d (-want +got):\n%s", i, diff)
		}
	}
}

func TestSetRefuses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.set("there", 9)
	times, now := []time.Duration{9 * time.Hour}, w.clock.Now()
	far := now.Add(schedule.Horizon + time.Second)
	var everyday []time.Time
	for i := range 3 * 366 {
		everyday = append(everyday, now.AddDate(0, 0, i))
	}
	var sundays []time.Time
	for d := day(22, 0); !d.After(now.Add(schedule.Horizon)); d = d.AddDate(0, 0, 7) {
		sundays = append(sundays, d)
	}
	for name, c := range map[string]struct {
		change  schedule.Change
		field   string
		message string
	}{
		"nothing":            {schedule.Change{Title: "there"}, "schedule", "send the times"},
		"days alone":         {schedule.Change{Title: "there", Days: []time.Weekday{1}}, "schedule", "send the times"},
		"start of a new one": {schedule.Change{Title: "new", StartAt: &now}, "schedule", `no schedule "new"`},
		"no title":           {schedule.Change{Times: times}, "title", "empty"},
		"title with a space": {schedule.Change{Title: "a b", Times: times}, "title", "letters"},
		"title with ü":       {schedule.Change{Title: "früh", Times: times}, "title", "letters"},
		"long title":         {schedule.Change{Title: strings.Repeat("a", 65), Times: times}, "title", "at most 64"},
		"negative time":      {schedule.Change{Title: "there", Times: []time.Duration{0, -1}}, "schedule[1]", "time of day"},
		"time of tomorrow":   {schedule.Change{Title: "there", Times: []time.Duration{24 * time.Hour}}, "schedule[0]", "time of day"},
		"seconds":            {schedule.Change{Title: "there", Times: []time.Duration{time.Second}}, "schedule[0]", "time of day"},
		"eighth day":         {schedule.Change{Title: "there", Times: times, Days: []time.Weekday{0, 7}}, "daysOfWeek[1]", "0 (Sunday) to 6"},
		"too many dates":     {schedule.Change{Title: "there", Times: times, Excluded: everyday}, "excludeDates", "at most 1000"},
		"no day is left":     {schedule.Change{Title: "there", Times: times, Days: []time.Weekday{0}, Excluded: sundays}, "excludeDates", "no slot within ten years"},
		"far ahead":          {schedule.Change{Title: "there", Times: times, StartAt: &far}, "setStartDate", "ten years"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := w.Set(t.Context(), profile, c.change)
			wantProblem(t, err, core.CodeParameters, c.field, c.message)
		})
	}
}

// TestNextMatchesAPlainCount walks through the slots of many schedules, and holds every one
// against a minute-by-minute search.
func TestNextMatchesAPlainCount(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, c := range []schedule.Change{
		{Times: []time.Duration{0}},
		{Times: []time.Duration{23*time.Hour + 59*time.Minute, 0}},
		{Times: []time.Duration{12 * time.Hour}, Days: []time.Weekday{time.Saturday}},
		{Times: []time.Duration{7 * time.Hour, 8 * time.Hour}, Excluded: []time.Time{day(20, 0), day(21, 0)}},
	} {
		c.Title = fmt.Sprintf("s%d", i)
		s, err := w.Set(t.Context(), profile, c)
		if err != nil {
			t.Fatal(err)
		}
		for minute := range 14 * 24 * 60 {
			at := w.clock.Now().Add(time.Duration(minute+1) * time.Minute)
			ofDay := time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute
			if !slices.Contains(s.Times, ofDay) || slices.Contains(s.Excluded, at.Format(time.DateOnly)) ||
				len(s.Days) > 0 && !slices.Contains(s.Days, at.Weekday()) {
				continue
			}
			w.wantNext(c.Title, at.Format(time.RFC3339))
			w.take(c.Title, at)
		}
	}
}
