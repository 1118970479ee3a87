package media

import (
	"fmt"
	"time"
)

// formatDurations writes a measured duration and its limit in such a way that they
// can be compared: to the millisecond where rounding would hide the difference.
func formatDurations(measured, limit time.Duration) (string, string) {
	m, l := formatDuration(measured, time.Second), formatDuration(limit, time.Second)
	if m == l || measured < time.Minute && measured%time.Second != 0 {
		return formatDuration(measured, time.Millisecond), l
	}
	return m, l
}

// formatDuration writes a duration as a player does: 0:03, 30:00, 3:12:04. The
// precision is a second or a millisecond; what is finer is cut off.
func formatDuration(d, precision time.Duration) string {
	seconds := int64(d / time.Second)
	text := fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
	if hours := seconds / 3600; hours > 0 {
		text = fmt.Sprintf("%d:%02d:%02d", hours, seconds/60%60, seconds%60)
	}
	if precision < time.Second {
		text += fmt.Sprintf(".%03d", d%time.Second/time.Millisecond)
	}
	return text
}
