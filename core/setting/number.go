package setting

import (
	"fmt"
	"strconv"
	"time"
)

// ParseInt takes a whole number.
func ParseInt(value string) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil {
		return 0, fmt.Errorf("%q is not a whole number", value)
	}
	return n, nil
}

// Between tells that a value is out of a range, whose ends belong to it.
func Between[T int | time.Duration | Duration](value, low, high T) error {
	if value < low || value > high {
		return fmt.Errorf("%v is outside the range from %v to %v", value, low, high)
	}
	return nil
}
