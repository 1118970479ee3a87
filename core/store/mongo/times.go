package mongo

import (
	"time"

	"github.com/crier-social/crier/core/store/record"
)

// microsOrNone is record.Micros, and nil for the zero time.
func microsOrNone(t time.Time) *int64 {
	if t.IsZero() {
		return nil
	}
	return new(record.Micros(t))
}

// timeOrZero is the inverse of microsOrNone.
func timeOrZero(micros *int64) time.Time {
	if micros == nil {
		return time.Time{}
	}
	return record.FromMicros(*micros)
}
