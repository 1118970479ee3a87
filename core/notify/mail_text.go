package notify

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// textWidth is how long the lines of the text part are at most, addresses and words that are
// longer excepted. https://www.rfc-editor.org/rfc/rfc5322#section-2.1.1
const textWidth = 76

// text is the part of a mail for programs that show text.
func (s sheet) text() string {
	var b strings.Builder
	b.WriteString(s.Heading + "\n")
	for _, paragraph := range s.Intro {
		b.WriteString("\n" + wrap(paragraph) + "\n")
	}
	if len(s.Facts) > 0 {
		b.WriteByte('\n')
		for _, f := range s.Facts {
			fmt.Fprintf(&b, "%-17s%s\n", f.Label+":", f.Value)
		}
	}
	if s.Address != "" {
		b.WriteString("\n" + s.Button + ":\n" + s.Address + "\n")
	}
	for _, paragraph := range s.After {
		b.WriteString("\n" + wrap(paragraph) + "\n")
	}
	// What follows this line is a signature. https://www.rfc-editor.org/rfc/rfc3676#section-4.3
	b.WriteString("\n-- \n")
	for _, paragraph := range s.Footer {
		b.WriteString(wrap(paragraph) + "\n")
	}
	for _, l := range s.Links {
		b.WriteString(l.Text() + "\n")
	}
	return b.String()
}

// wrap breaks a paragraph into lines.
func wrap(paragraph string) string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(paragraph) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > textWidth:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return strings.Join(append(lines, line), "\n")
}
