package schedule

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The errors about what clients write.
var (
	errTime = errors.New(`must be a time of day in UTC like "13:05Z"`)
	errDate = errors.New("must be a date as MM/DD/YYYY, like 12/31/2027, or as YYYY-MM-DD")
)

// ParseTime reads a time of day such as "13:05Z", as the time since midnight. The zone may
// not be left out: a guess would be hours off.
func ParseTime(s string) (time.Duration, error) {
	const layout = "15:04"
	digits, zulu := strings.CutSuffix(strings.ToUpper(s), "Z")
	t, err := time.Parse(layout, digits)
	if !zulu || err != nil || len(digits) != len(layout) {
		return 0, errTime
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
}

// FormatTime writes a time of day as ParseTime reads it.
func FormatTime(t time.Duration) string {
	return fmt.Sprintf("%02d:%02dZ", int(t.Hours()), int(t.Minutes())%60)
}

// dateLayout is how clients of this API write dates.
const dateLayout = "01/02/2006"

// ParseDate reads a date as MM/DD/YYYY or as YYYY-MM-DD. Ambiguous means that it would be
// another date with the day before the month.
func ParseDate(s string) (date time.Time, ambiguous bool, err error) {
	if date, err := time.Parse(time.DateOnly, s); err == nil {
		return date, false, nil
	}
	date, err = time.Parse(dateLayout, s)
	if err == nil {
		return date, date.Day() <= int(time.December) && date.Day() != int(date.Month()), nil
	}
	if swapped, err := time.Parse("02/01/2006", s); err == nil {
		return time.Time{}, false, fmt.Errorf("%w; write %s for %s", errDate, swapped.Format(dateLayout), swapped.Format("2 January 2006"))
	}
	return time.Time{}, false, errDate
}

// FormatDate writes a date of store.Schedule as clients of this API know it.
func FormatDate(date string) string {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return date
	}
	return t.Format(dateLayout)
}
