package notify

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	day = 24 * time.Hour
	// longestName is how much of a name a mail shows, in characters.
	longestName = 80
	// The characters that keep the direction of a name to itself.
	// https://www.unicode.org/reports/tr9/#Explicit_Directional_Isolates
	firstStrongIsolate, popDirectionalIsolate = "\u2068", "\u2069"
)

// named makes a stranger's name fit for a line of text, and not too long.
func named(name string) string {
	name = oneLine(name)
	if utf8.RuneCountInString(name) > longestName {
		name = strings.TrimSpace(string([]rune(name)[:longestName-1])) + "…"
	}
	return name
}

// oneLine takes line breaks, control characters and what changes the direction of text out of
// a stranger's words.
func oneLine(words string) string {
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(words, string(unicode.ReplacementChar)) {
		switch {
		case unicode.IsSpace(r), unicode.IsControl(r):
			r = ' '
		case unicode.Is(unicode.Bidi_Control, r), r == '\ufeff':
			continue
		}
		b.WriteRune(r)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// quoted is a name in quotation marks; one that is written from right to left does not
// turn what is around it.
func quoted(name string) string {
	name = named(name)
	if strings.ContainsFunc(name, isRightToLeft) {
		name = firstStrongIsolate + name + popDirectionalIsolate
	}
	return "“" + name + "”"
}

func isRightToLeft(r rune) bool {
	return unicode.In(r, unicode.Hebrew, unicode.Arabic, unicode.Syriac, unicode.Thaana, unicode.Nko, unicode.Adlam, unicode.Hanifi_Rohingya)
}

// moment writes a time for people.
func moment(t time.Time) string { return t.UTC().Format("2 January 2006, 15:04 UTC") }

// length writes a duration for people: "24 hours", "7 days".
func length(d time.Duration) string {
	switch {
	case d >= 2*day && d%day == 0:
		return counted(int(d/day), "day")
	case d >= time.Hour && d%time.Hour == 0:
		return counted(int(d/time.Hour), "hour")
	case d >= time.Minute:
		return counted(int(d/time.Minute), "minute")
	}
	return counted(int(d/time.Second), "second")
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// waitOf tells what becomes of the scheduled posts that an account is missing for.
func waitOf(posts string, grace time.Duration) string {
	if grace <= 0 {
		return posts + " fail."
	}
	return fmt.Sprintf("%s wait for that, each for up to %s, and then go out in the order of their times; what has waited longer fails.", posts, length(grace))
}
