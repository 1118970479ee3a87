package sandbox

import "time"

const tidDigits = "234567abcdefghijklmnopqrstuvwxyz"

// tidOf writes a time and the number of a clock as a TID.
// https://atproto.com/specs/tid
func tidOf(micros int64, clock uint64) string {
	const digits = 13
	n := uint64(micros)<<10 | clock&0x3ff //nolint:gosec // after 1970
	out := make([]byte, digits)
	for i := digits - 1; i >= 0; i-- {
		out[i] = tidDigits[n&31]
		n >>= 5
	}
	return string(out)
}

// nextTID returns a TID that is later than every one before. The caller holds the lock.
func (s *Sandbox) nextTID(now time.Time) string {
	s.lastTID = max(now.UnixMicro(), s.lastTID+1)
	return tidOf(s.lastTID, 0)
}
