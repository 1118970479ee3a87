package api

import (
	"cmp"
	"encoding/json"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/schedule"
)

// scheduleChange reads what is wanted of a schedule. What cannot be read keeps its place,
// and is among the problems.
func (f *fields) scheduleChange() (schedule.Change, []warning) {
	c := schedule.Change{Title: cmp.Or(f.text("title"), schedule.DefaultTitle)}
	for i, s := range f.list("schedule") {
		at, err := schedule.ParseTime(s)
		f.addUnread(element("schedule", i), s, err)
		c.Times = append(c.Times, at)
	}
	c.Days = f.weekdays("daysOfWeek")
	var warnings []warning
	c.Excluded, warnings = f.dates("excludeDates")
	if _, sent := f.raw("setStartDate"); sent {
		s := f.text("setStartDate")
		at, err := core.ParseTime(s)
		f.addUnread("setStartDate", s, err)
		c.StartAt = &at
	}
	return c, warnings
}

// addUnread adds that a text could not be read, unless it was no text to begin with.
func (f *fields) addUnread(path, text string, err error) {
	if err != nil && !f.unreadable(path) {
		f.add(invalid(path, path+" "+err.Error()+", not "+quote(text)))
	}
}

// weekdays reads a list of days; nil when it was not sent.
func (f *fields) weekdays(key string) []time.Weekday {
	raw, sent := f.raw(key)
	if !sent {
		return nil
	}
	elements, ok := asArray(raw)
	if !ok {
		f.add(invalid(key, key+" must be an array of numbers from 0 (Sunday) to 6 (Saturday), not "+describe(raw)))
	}
	days := make([]time.Weekday, len(elements))
	for i, e := range elements {
		if json.Unmarshal(e, &days[i]) != nil || string(e) == "null" {
			path := element(key, i)
			f.add(invalid(path, path+" must be a number from 0 (Sunday) to 6 (Saturday), not "+describe(e)))
		}
	}
	return days
}

// dates reads a list of dates; nil when it was not sent. It warns of the first one that
// might be meant with the day before the month.
func (f *fields) dates(key string) (dates []time.Time, warnings []warning) {
	if _, sent := f.raw(key); !sent {
		return nil, nil
	}
	dates = []time.Time{}
	for i, s := range f.list(key) {
		path := element(key, i)
		date, ambiguous, err := schedule.ParseDate(s)
		f.addUnread(path, s, err)
		if ambiguous && len(warnings) == 0 {
			warnings = append(warnings, warning{
				Code: core.CodeParameters, Field: path,
				Message: path + " was read as MM/DD/YYYY: " + s + " is " + date.Format("2 January 2006") + "; YYYY-MM-DD has one meaning only",
			})
		}
		dates = append(dates, date)
	}
	return dates, warnings
}
