// Package placeholder reads the places in a text at which somebody is mentioned: {{0}} stands
// for the first entry of `mentions`.
package placeholder

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/crier-social/crier/core"
)

const (
	opening, closing = "{{", "}}"
	maxDigits        = 4
)

// Cut takes the placeholder off the beginning of a text: the number of the mention, and how
// many bytes it is long; 0 bytes: the text begins with none.
func Cut(s string) (number, length int) {
	rest, ok := strings.CutPrefix(s, opening)
	if !ok {
		return 0, 0
	}
	digits := 0
	for digits < len(rest) && digits < maxDigits && rest[digits] >= '0' && rest[digits] <= '9' {
		digits++
	}
	if digits == 0 || !strings.HasPrefix(rest[digits:], closing) {
		return 0, 0
	}
	number, _ = strconv.Atoi(rest[:digits]) // digits alone, and few
	return number, len(opening) + digits + len(closing)
}

// Names returns the text with plain names in the place of all who are mentioned: what a network
// that knows no mentions shows, or one that none of them is for. Placeholders of no mention stay
// as they are.
func Names(text string, mentions []core.MentionRef) string {
	var out strings.Builder
	for text != "" {
		if number, length := Cut(text); length > 0 && number < len(mentions) {
			out.WriteString(cmp.Or(mentions[number].Name, mentions[number].ID))
			text = text[length:]
			continue
		}
		next := strings.Index(text[1:], opening) + 1
		if next == 0 {
			next = len(text)
		}
		out.WriteString(text[:next])
		text = text[next:]
	}
	return out.String()
}
