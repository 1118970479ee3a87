package api

import (
	"strings"
	"time"

	"github.com/crier-social/crier/core"
)

// bulkLate is by how much the date of a row may have passed: as long as it takes to write a
// file and send it. What is older is a slip, and would go out at once.
const bulkLate = 5 * time.Minute

// date reads when the row is to appear; zero: at once. A file is sent by people, who do not
// see a warning until the posts are out: a date that has passed is refused.
func (r bulkRow) date(now time.Time) (time.Time, *core.Error) {
	text := strings.TrimSpace(r.cells[columnDate])
	if text == "" {
		return time.Time{}, nil
	}
	at, ok := parseSheetTime(text)
	if !ok {
		var err error
		if at, err = core.ParseTime(text); err != nil {
			return time.Time{}, invalid(columnDate, columnDate+" must be a time in UTC like 2027-01-05T09:30:00Z or, as spreadsheets write it, "+
				"month/day/year hour:minute like 1/5/2027 9:30, not "+quote(text))
		}
	}
	if now.Sub(at) > bulkLate {
		e := invalid(columnDate, columnDate+" has passed: "+scheduleStamp(at)+" in UTC")
		e.Help = "Name a time to come, or leave the cell empty to publish at once."
		return time.Time{}, e
	}
	return at, nil
}

// parseSheetTime reads a time as spreadsheets write it: month/day/year hour:minute, in UTC.
func parseSheetTime(s string) (time.Time, bool) {
	for _, layout := range []string{"1/2/06 15:04", "1/2/2006 15:04", "1/2/06 15:04:05", "1/2/2006 15:04:05"} {
		if at, err := time.Parse(layout, s); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
