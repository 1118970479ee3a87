package sqlite

import (
	"database/sql/driver"
	"time"

	"github.com/crier-social/crier/core/store/record"
)

// microsOrNull is micros, and NULL for the zero time.
func microsOrNull(t time.Time) driver.Value {
	if t.IsZero() {
		return nil
	}
	return record.Micros(t)
}
