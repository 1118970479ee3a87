package bluesky

import (
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/richtext"
)

// threading says whether a text may become several posts.
type threading struct {
	on       bool
	numbered bool // each post ends in its number
}

// checkThreading refuses what does not go with the options of a thread.
func checkThreading(o blockOptions) core.Errors {
	var problems core.Errors
	if o.ThreadNumber && !o.Thread {
		problems = append(problems, invalid(numberField, numberField+" numbers the posts of a thread: send "+threadField+": true as well, or leave it out."))
	}
	if len(o.MediaURLs) > 0 {
		problems = append(problems, unsupported(postMediaField, "The files of a thread are those of its first post: send them in "+mediaField+", and leave "+postMediaField+" out."))
	}
	return problems
}

// series is the posts that a text becomes, in order: one, or a thread.
type series []richtext.Piece

// split makes posts of a text, each within the limits.
func (p *publication) split(text richtext.Text) (series, core.Errors) {
	whole := series{{Text: text}}
	if !p.thread.on {
		problems := checkText(p.words.field, text)
		if p.words.field == textField {
			for _, e := range problems {
				e.Help = "Shorten it, or send " + threadField + ": true: it then becomes a thread, with a post for each paragraph."
			}
		}
		return whole, problems
	}
	posts, e := splitThread(text, p.thread.numbered)
	if e != nil {
		return whole, core.Errors{e}
	}
	return posts, nil
}

// splitThread makes a post of each paragraph, and several of one that is too long.
func splitThread(text richtext.Text, numbered bool) (series, *core.Error) {
	posts, e := splitWithin(text, "")
	if e == nil && len(posts) == 0 {
		posts = series{{}}
	}
	// The numbers take room themselves: that of so many posts as are at most counted with them.
	for most := 9; numbered && (e != nil || len(posts) > 1); most = 10*most + 9 {
		if posts, e = splitWithin(text, numberOf(most, most)); e != nil || len(posts) <= most {
			break
		}
	}
	switch {
	case e != nil:
		return nil, e
	case len(posts) > maxThread:
		return nil, tooMany(len(posts))
	case numbered && len(posts) > 1:
		posts.number()
	}
	return posts, nil
}

// splitWithin splits a text so that a suffix can be added to each post.
func splitWithin(text richtext.Text, suffix string) (series, *core.Error) {
	limits := richtext.Limits{
		Graphemes: maxTextLength - utf8.RuneCountInString(suffix),
		Bytes:     maxTextBytes - len(suffix),
	}
	pieces, err := text.Split(limits)
	if word, long := errors.AsType[*richtext.WordError](err); long {
		return nil, longWord(word, limits)
	}
	return pieces, nil
}

// numberOf is what a numbered post ends in.
func numberOf(i, n int) string { return " " + strconv.Itoa(i) + "/" + strconv.Itoa(n) }

// number ends every post with its number.
func (s series) number() {
	for i := range s {
		s[i].Text = append(s[i].Text, richtext.Segment{Text: numberOf(i+1, len(s))})
	}
}

// longWord tells of a word that fits into no post.
func longWord(word *richtext.WordError, limits richtext.Limits) *core.Error {
	const shownOf = 30
	e := &core.Error{Kind: core.KindInvalid, Code: core.CodeTextTooLong, Platform: name, Field: textField}
	e.Message = fmt.Sprintf("%s… is one word of %d characters and %d bytes; a post takes %d and %d, and words, addresses, mentions and hashtags are not split.",
		strconv.Quote(richtext.First(word.Word, shownOf)), word.Graphemes, len(word.Word), limits.Graphemes, limits.Bytes)
	e.Help = "Put spaces into it, or take it out. " + optionsKey + ".shortenLinks shows long addresses shortened."
	return e
}

// tooMany tells of a text that would become a thread without end.
func tooMany(n int) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeTextTooLong, Platform: name, Field: textField,
		Message: fmt.Sprintf("The text would become a thread of %d posts; Crier writes at most %d.", n, maxThread),
		Help:    "Shorten it, or leave out blank lines: each paragraph becomes a post.",
	}
}

// texts are those of the posts, as far as they are known: one of them at least. A text that cannot
// be split, of which its author is told elsewhere, is one.
func (p *publication) texts() []richtext.Text {
	posts, _ := p.split(p.text)
	return posts.texts()
}

func (s series) texts() []richtext.Text {
	out := make([]richtext.Text, len(s))
	for i, piece := range s {
		out[i] = piece.Text
	}
	return out
}

// prepared is the text of the posts as it is kept.
func (s series) prepared() preparedText {
	t := preparedText{Known: true, sentText: sent(s[0].Text)}
	for _, piece := range s[1:] {
		t.More = append(t.More, sent(piece.Text))
	}
	return t
}

func sent(text richtext.Text) sentText { return sentText{Text: text.Visible(), Facets: text.Facets()} }

// warnings tells where a paragraph became several posts.
func (s series) warnings() []core.Warning {
	torn := 0
	for _, piece := range s {
		if piece.Torn {
			torn++
		}
	}
	if torn == 0 {
		return nil
	}
	return []core.Warning{{
		Code: core.CodeTextTooLong, Field: textField,
		Message: fmt.Sprintf("The text becomes a thread of %d posts, %d of which go on within a paragraph: one with more than %d characters is split at the end of a sentence, or between words.",
			len(s), torn, maxTextLength),
	}}
}
