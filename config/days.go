package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/crier-social/crier/core/setting"
)

// maxNoticeDays is the earliest that somebody is told of an end, in days before it.
const maxNoticeDays = 90

// Days is a list of numbers of days before something, the largest first.
type Days []int

// UnmarshalText takes a comma list of whole numbers from 1 to 90, each smaller than the one
// before, or "off" for none.
func (d *Days) UnmarshalText(text []byte) error {
	*d = nil
	if string(text) == off {
		return nil
	}
	var list Days
	for item := range splitList(text) {
		n, err := setting.ParseInt(item)
		if err != nil {
			return err
		}
		if n < 1 || n > maxNoticeDays {
			return fmt.Errorf("%d is outside the range from 1 to %d", n, maxNoticeDays)
		}
		if len(list) > 0 && n >= list[len(list)-1] {
			return errors.New("the days must become fewer from entry to entry, as in 10,3,1")
		}
		list = append(list, n)
	}
	*d = list
	return nil
}

// String writes the list as it is read.
func (d Days) String() string {
	if len(d) == 0 {
		return off
	}
	parts := make([]string, len(d))
	for i, n := range d {
		parts[i] = strconv.Itoa(n)
	}
	return strings.Join(parts, ",")
}
