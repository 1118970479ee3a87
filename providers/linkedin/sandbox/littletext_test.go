package sandbox_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestWhatAReaderSees(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, commentary string
		display          string
		cut              int
		echo             string // when it differs from the commentary
	}{
		{"plain", "Hi 👋\n\nBye", "Hi 👋\n\nBye", -1, ""},
		{"empty", "", "", -1, ""},
		{"parenthesis", `Prices \(net\) up 5%`, "Prices (net) up 5%", -1, ""},
		{"styling characters", `a\_b\*c\~d`, "a_b*c~d", -1, ""},
		{"email", `mail me\@x.io`, "mail me@x.io", -1, ""},
		{"backslash", `C:\\dir`, `C:\dir`, -1, ""},
		{"all brackets", `\[x\] \{y\} \<z\> p\|q`, "[x] {y} <z> p|q", -1, ""},
		{"literal hash", `issue \# 5`, "issue # 5", -1, ""},
		{"literal hashtag", `\#notatag`, "#notatag", -1, ""},
		{"lone at, escaped", `\@ 9am`, "@ 9am", -1, ""},
		{"live hashtag", "Love #Go today", "Love #Go today", -1, `Love {hashtag|\#|Go} today`},
		{"hashtag with an underscore", "#a_b", "#a_b", -1, `{hashtag|\#|a\_b}`},
		{"hashtag of another script", "#日本語 и #Привет", "#日本語 и #Привет", -1, `{hashtag|\#|日本語} и {hashtag|\#|Привет}`},
		{"full-width sign", "＃Go", "＃Go", -1, `{hashtag|\#|Go}`},
		{"full-width sign alone", "＃ Go", "＃ Go", -1, ""},
		{"hashtag in brackets", `\(#Go\)`, "(#Go)", -1, `\({hashtag|\#|Go}\)`},
		{"template", `{hashtag|\#|Go}`, "#Go", -1, ""},
		{"template beside letters", `a{hashtag|\#|b\_c}d`, "a#b_cd", -1, ""},
		{"organization", `@[Foo \(Bar\)](urn:li:organization:7)`, "Foo (Bar)", -1, ""},
		{"person", `@[Jane Doe](urn:li:person:aB-9)`, "Jane Doe", -1, ""},
		{"person, escaped underscore", `@[Jane Doe](urn:li:person:aB\_9)`, "Jane Doe", -1, ""},
		{"person, plain underscore", `@[Jane Doe](urn:li:person:aB_9)`, "Jane Doe", -1, ""},
		{"mention without a name", `@(urn:li:organization:7)`, "urn:li:organization:7", -1, ""},

		{"hash without a word", "issue # 5", "issue ", 6, ""},
		{"hash in a word", "C#minor", "C", 1, ""},
		{"lone at", "at @ 9", "at ", 3, ""},
		{"handle", "hi @jane", "hi ", 3, ""},
		{"mention without a URN", "@[Jane]", "", 0, ""},
		{"mention of something else", "@[Jane](urn:li:share:1)", "", 0, ""},
		{"mention with a raw bracket in its name", "@[Foo (Bar)](urn:li:organization:7)", "", 0, ""},
		{"mention without an end", "@[Jane](urn:li:person:a", "", 0, ""},
		{"mention without letters", "@[](urn:li:person:a)", "", 0, ""},
		{"template of another kind", "{mention|x}", "", 0, ""},
		{"template without a word", `{hashtag|\#|}`, "", 0, ""},
		{"template without an end", `{hashtag|\#|Go`, "", 0, ""},
		{"backslash before a letter", `C:\dir`, "C:", 2, ""},
		{"backslash at the end", `end\`, "end", 3, ""},
		{"hashtags behind the cut stay", "a ( #b", "a ", 2, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := sandbox.ReadLittleText(tt.commentary)
			if got.Display() != tt.display || got.Cut != tt.cut {
				t.Errorf("display %q cut at %d, want %q and %d", got.Display(), got.Cut, tt.display, tt.cut)
			}
			want := tt.echo
			if want == "" {
				want = tt.commentary
			}
			if diff := cmp.Diff(want, got.Echo()); diff != "" {
				t.Errorf("echo (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEveryReservedCharacterCutsTheText(t *testing.T) {
	t.Parallel()
	for _, c := range `|{}@[]()<>#\*_~` {
		cut := sandbox.ReadLittleText("before " + string(c) + " after")
		if cut.Display() != "before " || cut.Cut != 7 {
			t.Errorf("%q: readers see %q", c, cut.Display())
		}
		whole := sandbox.ReadLittleText(`before \` + string(c) + " after")
		if want := "before " + string(c) + " after"; whole.Display() != want || whole.Cut != -1 {
			t.Errorf("escaped %q: readers see %q", c, whole.Display())
		}
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	got := sandbox.ReadLittleText(`Hi @[Jane](urn:li:person:a\_b), see #Go\!`).Spans
	want := []sandbox.Span{
		{Kind: sandbox.SpanText, Text: "Hi "},
		{Kind: sandbox.SpanMention, Text: "Jane", URN: "urn:li:person:a_b"},
		{Kind: sandbox.SpanText, Text: ", see "},
		{Kind: sandbox.SpanHashtag, Text: "#Go"},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(sandbox.Span{})); diff != "" {
		t.Errorf("spans (-want +got):\n%s", diff)
	}
}

func FuzzReadLittleText(f *testing.F) {
	for _, seed := range []string{"", "plain", `\(`, "#Go", `{hashtag|\#|Go}`, `@[A](urn:li:person:a\_b)`, `@(urn:li:organization:1)`, "a#b", "＃x", "\xff#\xfe", `\`, "( #x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, commentary string) {
		text := sandbox.ReadLittleText(commentary)
		display, echo := text.Display(), text.Echo()
		again := sandbox.ReadLittleText(echo)
		oneSign := strings.NewReplacer("＃", "#")
		if text.Cut < 0 && oneSign.Replace(again.Display()) != oneSign.Replace(display) {
			t.Errorf("%q reads as %q, its echo %q as %q", commentary, display, echo, again.Display())
		}
		if text.Cut >= len(commentary) || text.Cut < -1 {
			t.Errorf("%q is cut at %d", commentary, text.Cut)
		}
		if text.Cut >= 0 && !strings.HasSuffix(echo, commentary[text.Cut:]) {
			t.Errorf("%q: the echo %q lost what was cut", commentary, echo)
		}
		if utf8.ValidString(commentary) && !utf8.ValidString(display) {
			t.Errorf("%q reads as broken text %q", commentary, display)
		}
	})
}
