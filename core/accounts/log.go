package accounts

import "time"

// logged is a time as the log has it: nil, if it is not known.
func logged(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}
