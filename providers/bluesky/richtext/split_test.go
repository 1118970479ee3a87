package richtext_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/richtext"
)

func TestSplit(t *testing.T) {
	t.Parallel()
	wide := richtext.Limits{Graphemes: 300, Bytes: 3000}
	short := richtext.Limits{Graphemes: 20, Bytes: 200}
	for name, tc := range map[string]struct {
		text   string
		limits richtext.Limits
		want   []string // a + before what goes on within a paragraph
	}{
		"one":                            {"All in one.", wide, []string{"All in one."}},
		"nothing":                        {" \n\n\u200b\n ", wide, nil},
		"a line break is no blank line":  {"One\ntwo", wide, []string{"One\ntwo"}},
		"blank lines":                    {"\n\nOne\n\ntwo\r\n\r\n  three\r\rfour\u2029five\n \t\n\n", wide, []string{"One", "two", "three", "four", "five"}},
		"blank lines that are not empty": {"One\n\u200b\ntwo \n\u00a0\n three", wide, []string{"One", "two", "three"}},
		"short ones are not merged":      {"a\n\nb\n\nc", wide, []string{"a", "b", "c"}},
		"sentences":                      {"It is so. And so is this. Yes.", short, []string{"It is so.", "+And so is this. Yes."}},
		"sentences before words":         {"It is. And then nothing else ends.", short, []string{"It is.", "+And then nothing", "+else ends."}},
		"a point ends no sentence":       {"The value of 3.1415 is known by e.g. this.", short, []string{"The value of 3.1415", "+is known by e.g.", "+this."}},
		"words":                          {"no point at all in here, none", short, []string{"no point at all in", "+here, none"}},
		"lines":                          {"- one\n- two and three\n- four", short, []string{"- one", "+- two and three", "+- four"}},
		"just as long":                   {strings.Repeat("a", 20) + "\n\n" + strings.Repeat("b", 20), short, []string{strings.Repeat("a", 20), strings.Repeat("b", 20)}},
		"spaces do not count at ends":    {strings.Repeat("a", 20) + strings.Repeat(" ", 30) + "b", short, []string{strings.Repeat("a", 20), "+b"}},
		"bytes":                          {strings.TrimSpace(strings.Repeat(family+" ", 10)), short, []string{strings.TrimSpace(strings.Repeat(family+" ", 7)), "+" + strings.TrimSpace(strings.Repeat(family+" ", 3))}},
		"words that stay together":       {"ten and twenty 1\u00a0000\u00a0000", short, []string{"ten and twenty", "+1\u00a0000\u00a0000"}},
		"a space with a mark is none":    {"aaaaaaaaaaaaaaa \u0301bb ccc", short, []string{"aaaaaaaaaaaaaaa \u0301bb", "+ccc"}},
		"a script without spaces":        {"今日は天気がいいです。明日も「晴れ」だといいですね。散歩に行きます。", short, []string{"今日は天気がいいです。", "+明日も「晴れ」だといいですね。", "+散歩に行きます。"}},
		"no closing sign at the front":   {"一二三四五六七八九十一二三四五六七八九「十」、百", short, []string{"一二三四五六七八九十一二三四五六七八九", "+「十」、百"}},
		"a link":                         {"Go to https://example.com/a.b?c=d#e now", richtext.Limits{Graphemes: 32, Bytes: 200}, []string{"Go to", "+https://example.com/a.b?c=d#e", "+now"}},
		"a mention with spaces":          {"This is by @[Ada King. Countess of it](" + alice + ")!", richtext.Limits{Graphemes: 28, Bytes: 200}, []string{"This is by", "+Ada King. Countess of it!"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pieces, err := richtext.Parse(tc.text).Split(tc.limits)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range pieces {
				sign := map[bool]string{true: "+"}[p.Torn]
				got = append(got, sign+p.Text.Visible())
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSplitRefusesLongWords(t *testing.T) {
	t.Parallel()
	limits := richtext.Limits{Graphemes: 20, Bytes: 200}
	for text, want := range map[string]string{
		"so " + strings.Repeat("a", 21) + " it is": strings.Repeat("a", 21),
		"https://example.com/long-enough, I say":   "https://example.com/long-enough,",
		strings.Repeat(family, 9):                  strings.Repeat(family, 9), // by its bytes
	} {
		_, err := richtext.Parse(text).Split(limits)
		word, long := errors.AsType[*richtext.WordError](err)
		if !long || word.Word != want || word.Graphemes != richtext.Graphemes(want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What stands in a piece is what stood in the text, each element with its own target.
func TestSplitKeepsElements(t *testing.T) {
	t.Parallel()
	text := richtext.Parse("Grüße #go\n\n@[Ada](" + alice + ") 👋 example.org")
	pieces, err := text.Split(richtext.Limits{Graphemes: 20, Bytes: 200})
	if err != nil {
		t.Fatal(err)
	}
	var got []richtext.Text
	for _, p := range pieces {
		got = append(got, p.Text)
	}
	want := []richtext.Text{
		{{Text: "Grüße "}, {Kind: richtext.Tag, Text: "#go", Target: "go"}},
		{{Kind: richtext.Mention, Text: "Ada", Target: alice}, {Text: " 👋 "}, {Kind: richtext.Link, Text: "example.org", Target: "https://example.org", Name: true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// Whatever is split: nothing is lost but what nobody sees, each piece is within the limits, and
// the elements of all pieces are those of the text.
func FuzzSplit(f *testing.F) {
	for _, seed := range []string{
		family + " #" + flags + " https://example.com/a_(b). @alice.test\n\n" + hindi + ". " + zalgo,
		"@[A. \\[b\\]](" + alice + ") {{0}}#x (example.com/é)\r\n\u200b\r\n＃" + arabic + "。日本「語」",
		"a \u0301b\u00a0c\u2060 d\n\n\n" + flags + flags + "\u200d e! F? g.",
	} {
		f.Add(seed, 20)
	}
	f.Fuzz(func(t *testing.T, written string, length int) {
		limits := richtext.Limits{Graphemes: 1 + length&0xff, Bytes: 10 * (1 + length&0xff)}
		text := richtext.Parse(written)
		pieces, err := text.Split(limits)
		if word, long := errors.AsType[*richtext.WordError](err); long {
			if word.Graphemes <= limits.Graphemes && len(word.Word) <= limits.Bytes || !strings.Contains(text.Visible(), word.Word) {
				t.Fatalf("%q is refused", word.Word)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		var seen strings.Builder
		var elements richtext.Text
		for _, p := range pieces {
			visible := p.Text.Visible()
			if n := richtext.Graphemes(visible); n > limits.Graphemes || len(visible) > limits.Bytes || !core.Shows(visible) {
				t.Fatalf("a piece of %d characters: %q", n, visible)
			}
			checkFacets(t, p.Text)
			seen.WriteString(visible)
			elements = append(elements, elementsOf(p.Text)...)
		}
		if want := shownOf(text.Visible()); shownOf(seen.String()) != want {
			t.Fatalf("%q became %q", want, shownOf(seen.String()))
		}
		if diff := cmp.Diff(elementsOf(text), elements); diff != "" {
			t.Fatal(diff)
		}
	})
}

// shownOf is a text without what nobody sees.
func shownOf(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !core.Shows(string(r)) {
			return -1
		}
		return r
	}, s)
}

func elementsOf(text richtext.Text) richtext.Text {
	var out richtext.Text
	for _, s := range text {
		if s.Kind != richtext.Plain && s.Text != "" {
			out = append(out, s)
		}
	}
	return out
}
