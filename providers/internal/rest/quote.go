package rest

import (
	"strings"
	"unicode"
)

// MaxQuote is how many characters of a stranger's own words a message holds.
const MaxQuote = 500

// Quotable makes a stranger's text fit for a message: one line, without marks that change how
// it is shown, not too long.
func Quotable(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Cf, c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > MaxQuote {
		return string(r[:MaxQuote]) + "…"
	}
	return s
}
