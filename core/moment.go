package core

import (
	"errors"
	"strings"
	"time"
)

// errMoment explains what a time looks like.
var errMoment = errors.New("must be a time in UTC like 2027-01-05T09:30:00Z")

// ParseTime reads an ISO 8601 time with its zone: seconds and fractions may be
// left out, the zone may not, since a guess would be hours off. The letters may be small.
// The result is in UTC and to the microsecond, as the store keeps it.
// https://www.rfc-editor.org/rfc/rfc3339#section-5.6
func ParseTime(s string) (time.Time, error) {
	s = strings.ToUpper(s)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, s); err == nil && properZone(s) {
			return t.UTC().Truncate(time.Microsecond), nil
		}
	}
	return time.Time{}, errMoment
}

// properZone tells whether the zone that a time ends with is less than a day away from
// UTC; package time takes +24:00 and +01:60.
func properZone(s string) bool {
	zone := s[len(s)-len("00:00"):]
	return strings.HasSuffix(s, "Z") || zone[:2] <= "23" && zone[3:] <= "59"
}
