package api

import (
	"errors"
	"time"
)

// errTime explains what a time looks like.
var errTime = errors.New("must be a time in UTC like 2027-01-05T09:30:00Z")

// parseTime reads an ISO 8601 time with its zone: seconds and fractions may be
// left out, the zone may not, since a guess would be hours off. The result is in
// UTC and to the microsecond, as the store keeps it.
func parseTime(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC().Truncate(time.Microsecond), nil
		}
	}
	return time.Time{}, errTime
}
