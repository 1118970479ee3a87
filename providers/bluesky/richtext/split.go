package richtext

import "strconv"

// Limits is how long a text may be.
type Limits struct {
	Graphemes int
	Bytes     int // of UTF-8
}

// Piece is one of the texts that another one is split into.
type Piece struct {
	Text Text
	// Torn tells that it goes on within a paragraph that was too long for one text.
	Torn bool
}

// WordError is a word that is too long for a text by itself.
type WordError struct {
	Word      string
	Graphemes int
}

func (e *WordError) Error() string {
	return "a word of " + strconv.Itoa(e.Graphemes) + " characters cannot be split"
}

// Split makes a text of each paragraph: of what is between blank lines. One that is too long is
// split at the end of a line or a sentence or, where none ends in time, between words; never within
// a character, a link, a mention, a tag or a reference. What is left out is white space, and what
// nobody sees beside it. The error is a *WordError.
func (t Text) Split(limits Limits) ([]Piece, error) {
	visible := t.Visible()
	var out []Piece
	for _, paragraph := range paragraphs(t.units(visible)) {
		ranks := ranks(visible, paragraph)
		for from := 0; from < len(paragraph); {
			end, next := cut(paragraph, ranks, from, limits)
			if end == from {
				return nil, longWord(visible, paragraph, ranks, from)
			}
			out = append(out, Piece{Text: t.slice(paragraph[from].start, paragraph[end-1].end), Torn: from > 0})
			from = next
		}
	}
	return out, nil
}

// cut finds the best end of a text that begins with a unit of a paragraph, and the unit with which
// the next text begins. Where even the first word is too long, end is from.
func cut(paragraph []unit, ranks []rank, from int, limits Limits) (end, next int) {
	best := noEnd
	end, next = from, from
	shown, length := from, 0 // shown: behind the last unit that a reader sees
	for i := from; i < len(paragraph); i++ {
		u := paragraph[i]
		if ranks[i] >= max(best, wordEnd) && i > from {
			best, end, next = ranks[i], shown, i
		}
		length += u.length
		if u.empty {
			continue
		}
		if length > limits.Graphemes || u.end-paragraph[from].start > limits.Bytes {
			return end, next
		}
		shown = i + 1
	}
	return len(paragraph), len(paragraph)
}

// longWord names the word with which a unit of a paragraph begins.
func longWord(visible string, paragraph []unit, ranks []rank, from int) *WordError {
	e := &WordError{}
	to := from
	for to < len(paragraph) && (to == from || ranks[to] == noEnd) {
		to++
	}
	for to > from && paragraph[to-1].empty {
		to--
	}
	e.Word = visible[paragraph[from].start:paragraph[to-1].end]
	e.Graphemes = Graphemes(e.Word)
	return e
}

// slice returns the text between two bytes of what a reader sees. No element begins before from
// and ends after it, and none begins before to and ends after it.
func (t Text) slice(from, to int) Text {
	var b builder
	at := 0
	for _, s := range t {
		length := len(s.Text)
		if start, end := max(at, from), min(at+length, to); start < end {
			s.Text = s.Text[start-at : end-at]
			b.add(s)
		}
		at += length
	}
	return b.build()
}
