package core

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a value that must not reach a log, an error or an answer: every way
// of printing it shows "[redacted]". Reveal is the one way to its content.
type Secret string

// Reveal returns the content.
func (s Secret) Reveal() string { return string(s) }

// String hides the content; an empty secret prints as nothing.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString hides the content from %#v.
func (s Secret) GoString() string { return s.String() }

// Format hides the content from every verb: one that does not fit a string would
// otherwise show it in the report of the mistake.
func (s Secret) Format(f fmt.State, verb rune) {
	if verb == 'q' {
		fmt.Fprintf(f, "%q", s.String())
		return
	}
	fmt.Fprint(f, s.String())
}

// LogValue hides the content from slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText hides the content from JSON and everything else that encodes text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText takes the content as it is.
func (s *Secret) UnmarshalText(text []byte) error { *s = Secret(text); return nil }
