package setting

import "fmt"

// Switch turns something on or off.
type Switch bool

const (
	on  = "on"
	off = "off"
)

// UnmarshalText takes on and off, and true and false.
func (s *Switch) UnmarshalText(text []byte) error {
	switch string(text) {
	case on, "true":
		*s = true
	case off, "false":
		*s = false
	default:
		return fmt.Errorf("%q is neither on nor off", text)
	}
	return nil
}

// String writes the switch as it is read.
func (s Switch) String() string {
	if s {
		return on
	}
	return off
}
