package api

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/schedule"
	"github.com/crier-social/crier/core/store"
)

// Schedules keeps the automatic schedules of profiles. *schedule.Manager is one.
type Schedules interface {
	Set(ctx context.Context, profileID string, c schedule.Change) (store.Schedule, error)
	List(ctx context.Context, profileID string) ([]schedule.Listed, error)
	Delete(ctx context.Context, profileID, title string) error
	Next(ctx context.Context, profileID, title string, after time.Time) (time.Time, error)
}

// scheduleAction is the action of errors about schedules.
const scheduleAction = "autoSchedule"

// scheduleView is a schedule as clients know it.
type scheduleView struct {
	Schedule     []string `json:"schedule"`     // 13:05Z
	DaysOfWeek   []int    `json:"daysOfWeek"`   // 0 is Sunday
	ExcludeDates []string `json:"excludeDates"` // MM/DD/YYYY
	StartDate    string   `json:"startDate,omitempty"`
}

func viewOfSchedule(s store.Schedule) scheduleView {
	v := scheduleView{Schedule: make([]string, len(s.Times)), ExcludeDates: make([]string, len(s.Excluded))}
	for i, t := range s.Times {
		v.Schedule[i] = schedule.FormatTime(t)
	}
	for i, date := range s.Excluded {
		v.ExcludeDates[i] = schedule.FormatDate(date)
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		if len(s.Days) == 0 || slices.Contains(s.Days, d) {
			v.DaysOfWeek = append(v.DaysOfWeek, int(d))
		}
	}
	if !s.StartAt.IsZero() {
		v.StartDate = scheduleStamp(s.StartAt)
	}
	return v
}

// setSchedule is POST /auto-schedule. It may be repeated.
func (a *API) setSchedule(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail(scheduleAction, err)
	}
	change, warnings := f.scheduleChange()
	f.addShape(change.Problems(a.Clock.Now()))
	if len(f.problems) > 0 {
		return fail(scheduleAction, f.problems)
	}
	s, err := a.Schedules.Set(c.Request.Context(), profileOf(c).ID, change)
	if err != nil {
		return fail(scheduleAction, err)
	}
	return ok(struct {
		Status  string `json:"status"`
		Message string `json:"message"`
		Title   string `json:"title"`
		scheduleView
		Warnings []warning `json:"warnings,omitempty"`
	}{
		statusSuccess, fmt.Sprintf("The schedule %q is set.", s.Title), s.Title, viewOfSchedule(s),
		slices.Concat(warnings, f.ignored(), unusedKey(c.Request)),
	})
}

// listSchedules is GET /auto-schedule.
func (a *API) listSchedules(c *gin.Context) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	if len(q.problems) > 0 {
		return fail(scheduleAction, q.problems)
	}
	list, err := a.Schedules.List(c.Request.Context(), profileOf(c).ID)
	if err != nil {
		return fail(scheduleAction, err)
	}
	if len(list) == 0 {
		return fail(scheduleAction, &core.Error{
			Kind: core.KindInvalid, Code: core.CodeNoSchedule, Message: "the profile has no automatic schedule",
			Help: "Set one with POST /auto-schedule.",
		})
	}
	type listed struct {
		scheduleView
		LastScheduleDate string `json:"lastScheduleDate,omitempty"`
	}
	schedules := map[string]listed{}
	for _, s := range list {
		v := listed{scheduleView: viewOfSchedule(s.Schedule)}
		if !s.LastAt.IsZero() {
			v.LastScheduleDate = scheduleStamp(s.LastAt)
		}
		schedules[s.Title] = v
	}
	body := map[string]any{"status": statusSuccess, "schedules": schedules}
	if warnings := q.ignored(); len(warnings) > 0 {
		body["warnings"] = warnings
	}
	return ok(body)
}

// deleteSchedule is DELETE /auto-schedule.
func (a *API) deleteSchedule(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail(scheduleAction, err)
	}
	q := parseQuery(c.Request.URL.RawQuery)
	title := f.titleOr(q)
	f.problems = append(f.problems, q.problems...)
	if len(f.problems) > 0 {
		return fail(scheduleAction, f.problems)
	}
	if err := a.Schedules.Delete(c.Request.Context(), profileOf(c).ID, title); err != nil {
		return fail(scheduleAction, err)
	}
	body := map[string]any{"status": statusSuccess, "title": title}
	if warnings := slices.Concat(f.ignored(), q.ignored(), unusedKey(c.Request)); len(warnings) > 0 {
		body["warnings"] = warnings
	}
	return ok(body)
}

// titleOr reads the title of a schedule from the body, or else from the query: not every
// client sends a body with DELETE.
func (f *fields) titleOr(q *query) string {
	const key = "title"
	inBody, inQuery := f.text(key), q.text(key)
	switch {
	case f.unreadable(key):
	case inBody == "" && inQuery == "":
		f.add(invalid(key, "title is missing: send the title of the schedule in the body, or as a parameter of the query, as GET /auto-schedule lists it"))
	case inBody != "" && inQuery != "" && inBody != inQuery:
		f.add(invalid(key, "title is "+quote(inBody)+" in the body and "+quote(inQuery)+" in the query; send it once"))
	}
	return cmp.Or(inBody, inQuery)
}
