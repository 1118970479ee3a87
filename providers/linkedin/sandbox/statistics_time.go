package sandbox

import (
	"strconv"
	"time"
)

const (
	intervalsParam = "timeIntervals"
	dateRangeParam = "dateRange"

	// statisticsLag is how old statistics by time have to be.
	statisticsLag = 48 * time.Hour
)

// span is a time from one moment on and before another. The zero time at an end means
// that it has none.
type span struct {
	from, to time.Time
}

// lifetime is for how long LinkedIn remembers.
func lifetime(now time.Time) span { return span{from: now.UTC().AddDate(0, -statisticsMonths, 0)} }

func (s span) holds(t time.Time) bool {
	return !t.Before(s.from) && (s.to.IsZero() || t.Before(s.to))
}

// count is 1 for a moment within the span, and 0 for others.
func (s span) count(t time.Time) int64 {
	if s.holds(t) {
		return 1
	}
	return 0
}

// holdsDay tells whether a day, as in Figures, begins within the span.
func (s span) holdsDay(day string) bool {
	t, err := time.Parse(time.DateOnly, day)
	return err == nil && s.holds(t)
}

// timeRange is a span in answers, in milliseconds.
type timeRange struct {
	Start int64 `json:"start"`
	End   int64 `json:"end"`
}

// shown is the span as an answer has it: of a lifetime, nothing.
func (s span) shown() *timeRange {
	if s.to.IsZero() {
		return nil
	}
	return &timeRange{s.from.UnixMilli(), s.to.UnixMilli()}
}

// jsonDigits is a number that is written as a string.
func jsonDigits(n int64) string { return strconv.FormatInt(n, 10) }

// intervals reads timeIntervals and cuts the time into days or months; without the
// parameter there is one span, the lifetime.
func (c *call) intervals() ([]span, *problem) {
	v, there := c.params[intervalsParam]
	if !there {
		return []span{lifetime(c.now)}, nil
	}
	if v.kind != kindRecord || len(v.record) != 2 {
		return nil, invalidParam(intervalsParam, "Parameter timeIntervals must be (timeRange:(start:..,end:..),timeGranularityType:..), its structure raw")
	}
	whole, bad := readRange(intervalsParam, v.record["timeRange"])
	if bad != nil {
		return nil, bad
	}
	switch {
	case whole.from.Before(c.now.AddDate(0, -statisticsMonths, 0)):
		return nil, invalidParam(intervalsParam, "Start of the time range must be within the last %d months", statisticsMonths)
	case whole.to.After(c.now.Add(-statisticsLag)):
		return nil, invalidParam(intervalsParam, "End of the time range must be at least two days ago")
	}
	var next func(time.Time) time.Time
	switch v.record["timeGranularityType"].str {
	case "DAY":
		next = func(t time.Time) time.Time { return t.AddDate(0, 0, 1) }
	case "MONTH":
		next = func(t time.Time) time.Time { return t.AddDate(0, 1, 0) }
	default:
		return nil, invalidParam(intervalsParam, "timeGranularityType must be DAY or MONTH")
	}
	var spans []span
	for from := whole.from; from.Before(whole.to); from = next(from) {
		to := next(from)
		if to.After(whole.to) {
			to = whole.to
		}
		spans = append(spans, span{from: from, to: to})
	}
	return spans, nil
}

// readRange reads (start:ms,end:ms).
func readRange(param string, v value) (span, *problem) {
	wrong := invalidParam(param, "A time range must be (start:milliseconds,end:milliseconds), the start before the end")
	if v.kind != kindRecord || len(v.record) != 2 {
		return span{}, wrong
	}
	var ends [2]time.Time
	for i, name := range []string{"start", "end"} {
		ms, err := strconv.ParseInt(v.record[name].str, 10, 64)
		if err != nil || ms <= 0 || ms > maxMilliseconds {
			return span{}, wrong
		}
		ends[i] = time.UnixMilli(ms).UTC()
	}
	if !ends[0].Before(ends[1]) {
		return span{}, wrong
	}
	return span{from: ends[0], to: ends[1]}, nil
}

// maxMilliseconds is the year 2100, beyond which no sum of days is computed.
const maxMilliseconds = 4_102_444_800_000

// date is a day as the statistics of members write it.
type date struct {
	Year  int `json:"year"`
	Month int `json:"month"`
	Day   int `json:"day"`
}

func dateOf(t time.Time) date { return date{t.Year(), int(t.Month()), t.Day()} }

// dateRange is a span of days in answers; its end does not belong to it.
type dateRange struct {
	Start date `json:"start"`
	End   date `json:"end"`
}

// shownDates is the span as the statistics of members have it: of a lifetime, nothing.
func (s span) shownDates() *dateRange {
	if s.to.IsZero() {
		return nil
	}
	return &dateRange{dateOf(s.from), dateOf(s.to)}
}

// eachDay cuts a span of days into its days.
func (s span) eachDay() []span {
	var days []span
	for from := s.from; from.Before(s.to); from = from.AddDate(0, 0, 1) {
		days = append(days, span{from: from, to: from.AddDate(0, 0, 1)})
	}
	return days
}

// dates reads dateRange=(start:(year:..,month:..,day:..),end:(…)); without the
// parameter it is the lifetime.
func (c *call) dates() (span, *problem) {
	v, there := c.params[dateRangeParam]
	if !there {
		return lifetime(c.now), nil
	}
	wrong := invalidParam(dateRangeParam, "Parameter dateRange must be (start:(year:..,month:..,day:..),end:(year:..,month:..,day:..)), the start before the end")
	if v.kind != kindRecord || len(v.record) != 2 {
		return span{}, wrong
	}
	from, fromOK := readDate(v.record["start"])
	to, toOK := readDate(v.record["end"])
	if !fromOK || !toOK || !from.Before(to) || to.Sub(from) > maxDateRange {
		return span{}, wrong
	}
	return span{from: from, to: to}, nil
}

// maxDateRange is ours: LinkedIn documents none.
const maxDateRange = 5 * 366 * 24 * time.Hour

func readDate(v value) (time.Time, bool) {
	if v.kind != kindRecord || len(v.record) != 3 {
		return time.Time{}, false
	}
	var parts [3]int
	for i, name := range []string{"year", "month", "day"} {
		n, err := strconv.Atoi(v.record[name].str)
		if err != nil {
			return time.Time{}, false
		}
		parts[i] = n
	}
	t := time.Date(parts[0], time.Month(parts[1]), parts[2], 0, 0, 0, 0, time.UTC)
	return t, parts[0] > 2000 && parts[0] < 2100 && dateOf(t) == date{parts[0], parts[1], parts[2]}
}
