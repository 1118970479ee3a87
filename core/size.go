package core

import (
	"math"
	"strconv"
)

// FormatBytes writes a number of bytes for people: in decimal units, as limits are
// given in, with at most one decimal. "512 bytes", "2.1 kB", "5 GB".
func FormatBytes(n int64) string {
	if n < 1000 {
		return strconv.FormatInt(n, 10) + " bytes"
	}
	value, unit := float64(n), ""
	for _, unit = range []string{"kB", "MB", "GB", "TB"} {
		value /= 1000
		if tenths(value) < 1000 {
			break
		}
	}
	return strconv.FormatFloat(tenths(value), 'f', -1, 64) + " " + unit
}

func tenths(value float64) float64 { return math.Round(value*10) / 10 }
