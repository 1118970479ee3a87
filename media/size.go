package media

import (
	"strconv"
)

// unit is a way to write sizes.
type unit struct {
	size int64
	name string
}

// units returns those in which a limit is a round number: of 1000 or of 1024.
func units(limit int64) []unit {
	if limit%1000 == 0 {
		return []unit{{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}}
	}
	return []unit{{1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}}
}

// formatPair writes a measured size and its limit in such a way that they can be
// compared: in the limit's units, to the byte where rounding would hide the
// difference.
func formatPair(measured, limit int64) (string, string) {
	u := units(limit)
	m, l := formatIn(measured, u), formatIn(limit, u)
	if m == l {
		return exactly(measured), exactly(limit)
	}
	return m, l
}

func formatIn(n int64, units []unit) string {
	for _, u := range units {
		if n >= u.size {
			value := strconv.FormatFloat(float64(n)/float64(u.size), 'f', 1, 64)
			if value[len(value)-2:] == ".0" {
				value = value[:len(value)-2]
			}
			return value + " " + u.name
		}
	}
	return exactly(n)
}

func exactly(n int64) string { return strconv.FormatInt(n, 10) + " bytes" }
