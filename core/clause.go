package core

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Clause makes of a message one that may stand within a sentence: without the full stop, and
// without the capital of a word that has it for being the first. Names keep theirs.
func Clause(message string) string {
	s := strings.TrimRight(strings.TrimSpace(message), ". ")
	word, _, _ := strings.Cut(s, " ")
	if !slices.Contains([]string{"A", "An", "It", "Its", "No", "The", "There", "This", "You", "Your"}, word) {
		return s
	}
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(first)) + s[size:]
}
