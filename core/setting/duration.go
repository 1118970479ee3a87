package setting

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"time"
)

// Duration is a length of time that may have many days.
type Duration time.Duration

// UnmarshalText takes a duration, also in days.
func (d *Duration) UnmarshalText(text []byte) error {
	value, err := ParseDuration(string(text))
	*d = Duration(value)
	return err
}

// String writes the duration as it is read: in days where they are whole.
func (d Duration) String() string {
	if days := d / Duration(Day); days > 0 && d%Duration(Day) == 0 {
		return strconv.FormatInt(int64(days), 10) + "d"
	}
	return time.Duration(d).String()
}

// Day is one of 24 hours.
const Day = 24 * time.Hour

var daysPattern = regexp.MustCompile(`^(\d{1,5})d(.*)$`)

// ParseDuration takes what time.ParseDuration does, with days of 24 hours before it.
func ParseDuration(value string) (time.Duration, error) {
	mistake := fmt.Errorf("%q is not a duration such as 30s, 5m, 1h30m or 90d", value)
	var days time.Duration
	rest := value
	if match := daysPattern.FindStringSubmatch(value); match != nil {
		n, err := strconv.Atoi(match[1])
		if err != nil {
			return 0, mistake
		}
		days, rest = time.Duration(n)*Day, match[2]
		if rest == "" {
			return days, nil
		}
		if rest[0] == '-' || rest[0] == '+' {
			return 0, mistake
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil || days > math.MaxInt64-max(d, 0) {
		return 0, mistake
	}
	return days + d, nil
}
