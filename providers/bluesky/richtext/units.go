package richtext

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
	"github.com/clipperhouse/uax29/v2/sentences"

	"github.com/crier-social/crier/core"
)

// unit is a piece of a text that stays whole: a character, as readers take it, or all of a link,
// a mention, a tag or a reference.
type unit struct {
	start, end int // in bytes of the whole text
	length     int // in graphemes
	element    bool
	empty      bool // a reader sees nothing of it
	lines      int  // the line breaks that it is
	breaks     bool // it is white space at which a line may be broken
}

// units takes a text apart. Where a character is part of an element and of what stands beside it,
// all of that is one unit.
func (t Text) units(visible string) []unit {
	var out []unit
	elements, hold := t.elements(), 0 // hold: where the elements that have begun end
	for clusters := graphemes.FromString(visible); clusters.Next(); {
		start, end := clusters.Start(), clusters.End()
		if start >= hold {
			out = append(out, newUnit(visible[start:end], start))
		} else {
			last := &out[len(out)-1]
			last.end, last.length = end, last.length+1
		}
		for len(elements) > 0 && elements[0].Start < end {
			hold, elements = elements[0].End, elements[1:]
			last := &out[len(out)-1]
			last.element, last.empty, last.lines, last.breaks = true, false, 0, false
		}
	}
	return out
}

// elements are where everything stands that is more than plain text.
func (t Text) elements() []ByteSlice {
	var out []ByteSlice
	at := 0
	for _, s := range t {
		end := at + len(s.Text)
		if s.Kind != Plain && end > at {
			out = append(out, ByteSlice{Start: at, End: end})
		}
		at = end
	}
	return out
}

func newUnit(cluster string, start int) unit {
	r, size := utf8.DecodeRuneInString(cluster)
	alone := size == len(cluster)
	u := unit{start: start, end: start + len(cluster), length: 1, empty: !core.Shows(cluster)}
	u.breaks = cluster == "\r\n" || alone && breaksLine(r)
	switch {
	case r == '\u2029' && alone: // a paragraph ends
		u.lines = 2
	case cluster == "\r\n", alone && strings.ContainsRune("\n\r\u0085\u2028", r):
		u.lines = 1
	}
	return u
}

// breaksLine tells whether a line may be broken at the character, which is white space, and not
// that which is there to keep words together, or the space of no width.
func breaksLine(r rune) bool {
	const noBreak = "\u00a0\u2007\u202f"
	return unicode.IsSpace(r) && !strings.ContainsRune(noBreak, r) || r == '\u200b'
}

// paragraphs are the units between blank lines, without what shows nothing at their ends. A line
// is blank if a reader sees nothing of it.
func paragraphs(units []unit) [][]unit {
	var out [][]unit
	from, to, lines := 0, 0, 0 // the paragraph, and the line breaks behind it
	for i, u := range units {
		switch {
		case u.empty:
			lines += u.lines
			continue
		case to == from:
			from = i
		case lines > 1:
			out = append(out, units[from:to])
			from = i
		}
		to, lines = i+1, 0
	}
	if to > from {
		out = append(out, units[from:to])
	}
	return out
}

// rank says how good a place is for the end of a post.
type rank int

const (
	noEnd rank = iota
	wordEnd
	sentenceEnd // or the end of a line
)

// ranks returns how good an end there is before each unit of a paragraph.
func ranks(visible string, paragraph []unit) []rank {
	out := make([]rank, len(paragraph))
	spaced := false
	for i := 1; i < len(paragraph); i++ {
		before, u := paragraph[i-1], paragraph[i]
		spaced = before.empty && (spaced || before.breaks)
		if !u.empty && (spaced || unspaced(visible, before, u)) {
			out[i] = wordEnd
		}
	}
	first, next := paragraph[0].start, 0
	text := visible[first:paragraph[len(paragraph)-1].end]
	for found := sentences.FromString(text); found.Next(); {
		for next < len(paragraph) && (paragraph[next].start < first+found.End() || paragraph[next].empty) {
			next++
		}
		// The end of a sentence is where a word ends, too: not within an address.
		if next < len(paragraph) && out[next] == wordEnd && gap(paragraph[:next]) <= first+found.End() {
			out[next] = sentenceEnd
		}
	}
	return out
}

// gap returns where what shows nothing at the end of the units begins.
func gap(units []unit) int {
	i := len(units)
	for i > 0 && units[i-1].empty {
		i--
	}
	if i == 0 {
		return 0
	}
	return units[i-1].end
}

// The characters of scripts without spaces that do not begin a line, and those that do not end one.
// https://www.w3.org/TR/jlreq/#characters_not_starting_a_line
const (
	notFirst = "、。，．・：；？！゛゜ヽヾゝゞ々ー’”）〕］｝〉》」』】ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶ…‥〜～％,.:;?!)]}'\""
	notLast  = "‘“（〔［｛〈《「『【￥＄([{'\"#@"
)

// unspaced tells whether a line may be broken between two units although no space is there, as
// scripts do it that have none.
func unspaced(visible string, before, after unit) bool {
	if before.empty || after.empty {
		return false
	}
	left, _ := utf8.DecodeLastRuneInString(visible[before.start:before.end])
	right, _ := utf8.DecodeRuneInString(visible[after.start:after.end])
	if strings.ContainsRune(notFirst, right) || strings.ContainsRune(notLast, left) {
		return false
	}
	return ideographic(left, before) || ideographic(right, after)
}

// ideographic tells whether a character is of a script without spaces, or its punctuation. Of
// those, what the network's clients take for one word is none.
func ideographic(r rune, u unit) bool {
	return !u.element && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) || r >= '\u3000' && r <= '\u303f' || r >= '\uff01' && r <= '\uff65')
}
