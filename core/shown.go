package core

import "unicode"

// Shows tells whether a reader sees anything of a text: it has a character that is neither
// white space nor invisible.
func Shows(text string) bool {
	for _, r := range text {
		if !unicode.IsSpace(r) && !invisible(r) {
			return true
		}
	}
	return false
}

// invisible tells whether a character by itself has no shape: those of control and format,
// such as spaces of no width, but for the few that have a shape; and the other ones that
// Unicode has displays leave out.
// https://www.unicode.org/reports/tr44/#Default_Ignorable_Code_Point
func invisible(r rune) bool {
	return unicode.Is(unicode.Cc, r) ||
		unicode.Is(unicode.Cf, r) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// orNone is a text, or none where a reader would see nothing of it.
func orNone(text string) string {
	if !Shows(text) {
		return ""
	}
	return text
}
