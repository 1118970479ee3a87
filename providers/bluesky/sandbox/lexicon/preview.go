package lexicon

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/crier-social/crier/providers/bluesky/atdata"
)

// previewUnits is how much of a string is shown, in UTF-16 units.
const previewUnits = 48

// Preview shows a value in a message: strings cut, of lists and objects the first two.
func Preview(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return previewText(v)
	case []any:
		return "[" + firstTwo(v, Preview) + "]"
	case map[string]any:
		if _, isLink := atdata.Link(v); isLink {
			return "cid"
		}
		return "{" + firstTwo(atdata.Keys(v), func(key string) string { return quote(key) + ": ..." }) + "}"
	default:
		return fmt.Sprint(v)
	}
}

func previewText(s string) string {
	if units := utf16.Encode([]rune(s)); len(units) >= previewUnits {
		s = string(utf16.Decode(units[:previewUnits-1])) + "…"
	}
	return quote(s)
}

func firstTwo[T any](items []T, show func(T) string) string {
	var out []string
	for _, item := range items[:min(2, len(items))] {
		out = append(out, show(item))
	}
	if len(items) > 2 {
		out = append(out, "...")
	}
	return strings.Join(out, ", ")
}

// quote writes a string as JSON does.
func quote(s string) string { return string(atdata.JSON(s)) }

var plainKey = regexp.MustCompile(`^[a-zA-Z_$][a-zA-Z0-9_]*$`)

// PathText writes a path as JSONPath.
func PathText(path []any) string {
	var out strings.Builder
	out.WriteByte('$')
	for _, step := range path {
		switch step := step.(type) {
		case int:
			out.WriteString("[" + strconv.Itoa(step) + "]")
		case string:
			if plainKey.MatchString(step) {
				out.WriteString("." + step)
			} else {
				out.WriteString("[" + quote(step) + "]")
			}
		}
	}
	return out.String()
}

// OneOf lists words of which one is wanted.
func OneOf(words ...string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = quote(word)
	}
	if len(quoted) == 1 {
		return quoted[0]
	}
	last := len(quoted) - 1
	return "one of " + strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}
