package setting

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
)

// Bytes is a size. It is written with a decimal unit (kB, MB, GB, TB), a binary one
// (KiB, MiB, GiB, TiB), or none.
type Bytes int64

var bytesPattern = regexp.MustCompile(`^(\d+) ?(|B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$`)

// bytesUnits are the units with the largest first, so that String finds the shortest.
func bytesUnits() []struct {
	name string
	size int64
} {
	return []struct {
		name string
		size int64
	}{
		{"TiB", 1 << 40},
		{"TB", 1e12},
		{"GiB", 1 << 30},
		{"GB", 1e9},
		{"MiB", 1 << 20},
		{"MB", 1e6},
		{"KiB", 1 << 10},
		{"kB", 1e3},
		{"B", 1},
	}
}

// UnmarshalText takes a size larger than zero.
func (b *Bytes) UnmarshalText(text []byte) error {
	match := bytesPattern.FindSubmatch(text)
	if match == nil {
		return fmt.Errorf("%q is not a size such as 500MB, 10GB or 2GiB", text)
	}
	n, err := strconv.ParseInt(string(match[1]), 10, 64)
	if err != nil {
		return fmt.Errorf("%q is too large", text)
	}
	for _, unit := range bytesUnits() {
		if unit.name == string(match[2]) {
			if n > math.MaxInt64/unit.size {
				return fmt.Errorf("%q is too large", text)
			}
			n *= unit.size
		}
	}
	if n == 0 {
		return errors.New("the size must be larger than zero")
	}
	*b = Bytes(n)
	return nil
}

// String writes the size in the largest unit that it is a whole number of.
func (b Bytes) String() string {
	for _, unit := range bytesUnits() {
		if b != 0 && int64(b)%unit.size == 0 {
			return strconv.FormatInt(int64(b)/unit.size, 10) + unit.name
		}
	}
	return "0"
}
