package littletext_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/littletext"
)

type vectorFile struct {
	Vectors []struct {
		Case       string  `json:"case"`
		Plain      *string `json:"plain"`
		Structured *struct {
			Hashtag string `json:"hashtag"`
			Mention *struct {
				Name string `json:"name"`
				URN  string `json:"urn"`
			} `json:"mention"`
		} `json:"structured"`
		Commentary string `json:"commentary"`
	} `json:"vectors"`
}

// Two vectors ask for a form that is not what Parse makes of the bare text.
const (
	literalTag  = "literal hashtag requested by user"
	templateTag = "canonical hashtag template"
)

func TestVectors(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var file vectorFile
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) != 13 {
		t.Fatalf("%d vectors, want 13", len(file.Vectors))
	}
	for _, v := range file.Vectors {
		t.Run(v.Case, func(t *testing.T) {
			t.Parallel()
			var text littletext.Text
			switch {
			case v.Case == literalTag:
				text = littletext.Text{{Kind: littletext.Plain, Text: *v.Plain}}
			case v.Plain != nil:
				text = littletext.Parse(*v.Plain)
			case v.Structured.Mention != nil:
				m := v.Structured.Mention
				text = littletext.Text{{Kind: littletext.Mention, Text: m.Name, URN: m.URN}}
			default:
				text = littletext.Text{{Kind: littletext.Hashtag, Text: "#" + v.Structured.Hashtag}}
			}
			if v.Case != templateTag { // written in the short form, read in both
				if diff := cmp.Diff(v.Commentary, text.Encode()); diff != "" {
					t.Error(diff)
				}
			}
			if diff := cmp.Diff(text, littletext.Decode(v.Commentary)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestEncode(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"every reserved character", `|{}@[]()<>#\*_~`, `\|\{\}\@\[\]\(\)\<\>\#\\\*\_\~`},
		{"tag at the start", "#go", "#go"},
		{"tag after punctuation", "(#go)", `\(#go\)`},
		{"tag after a comma", "#go,#rust", "#go,#rust"},
		{"tag with an underscore", "#a_b c", `{hashtag|\#|a\_b} c`},
		{"only underscores", "#__ x", `\#\_\_ x`},
		{"within a word", "C#sharp", `C\#sharp`},
		{"after an underscore", "a_#b", `a\_\#b`},
		{"two in a row", "#a#b", `#a{hashtag|\#|b}`},
		{"doubled hash", "##go", `\##go`},
		{"digits", "#2026", "#2026"},
		{"not Latin", "#日本語 #größe #हिन्दी", "#日本語 #größe #हिन्दी"},
		{"full width", "＃日本 ＃a_b", `{hashtag|＃|日本} {hashtag|＃|a\_b}`},
		{"full width within a word", "a＃b", "a＃b"},
		{"keycap emoji", "#\ufe0f\u20e3 first", "\\#\ufe0f\u20e3 first"},
		{"URL with everything", "see https://x.io/a_(b)~c?q=*&u=@me#part.", `see https://x.io/a\_\(b\)\~c?q=\*&u=\@me\#part.`},
		{"fragment after a slash", "https://x.io/#top #live", `https://x.io/\#top #live`},
		{"fragment without a scheme", "x.io/docs/#top", `x.io/docs/\#top`},
		{"fragment behind a long text without spaces", strings.Repeat("字", 1000) + "https://x.io/#top", strings.Repeat("字", 1000) + `https://x.io/\#top`},
		{"a slash is no address", "and/#or 1.5/#half", "and/#or 1.5/#half"},
		{"tag after an address in Chinese", "见https://x.io，#标签", "见https://x.io，#标签"},
		{"organization", "by @[Foo (Bar)](urn:li:organization:7)!", `by @[Foo \(Bar\)](urn:li:organization:7)!`},
		{"mention escaped by the author", `@[Foo \(Bar\)](urn:li:organization:7)`, `@[Foo \(Bar\)](urn:li:organization:7)`},
		{"person with an underscore", "@[Jane](urn:li:person:a_B-9)", `@[Jane](urn:li:person:a\_B-9)`},
		{"bracket in the name", "@[A [B]](urn:li:person:x)", `@[A \[B\]](urn:li:person:x)`},
		{"name without an entity", "@[Jane](https://x.io)", `\@\[Jane\]\(https://x.io\)`},
		{"other entity", "@[X](urn:li:share:7)", `\@\[X\]\(urn:li:share:7\)`},
		{"organization with letters", "@[X](urn:li:organization:7a)", `\@\[X\]\(urn:li:organization:7a\)`},
		{"no name", "@[ ](urn:li:person:x)", `\@\[ \]\(urn:li:person:x\)`},
		{"unclosed", "@[Jane @[Joe](urn:li:person:x)", `\@\[Jane @[Joe](urn:li:person:x)`},
		{"line break in the name", "@[a\nb](urn:li:person:x)", "\\@\\[a\nb\\]\\(urn:li:person:x\\)"},
		{"tag after a mention", "@[A](urn:li:person:x)#go", `@[A](urn:li:person:x){hashtag|\#|go}`},
		{"template of the author is literal", `{hashtag|\#|go}`, `\{hashtag\|\\\#\|go\}`},
		{"invalid bytes", "a\xff\xfeb", "a\ufffdb"},
		{"line breaks", "a\r\n\n\tb", "a\r\n\n\tb"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, littletext.Parse(tc.text).Encode()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	const plain, tag, mention = littletext.Plain, littletext.Hashtag, littletext.Mention
	for _, tc := range []struct {
		name, commentary string
		want             littletext.Text
	}{
		{"canonical tag", `a {hashtag|\#|b\_c} d`, littletext.Text{{plain, "a ", ""}, {tag, "#b_c", ""}, {plain, " d", ""}}},
		{"full-width tag", `{hashtag|＃|b}`, littletext.Text{{tag, "＃b", ""}}},
		{"tag within a word", `a#b`, littletext.Text{{plain, "a", ""}, {tag, "#b", ""}}},
		{"mention without a name", `@(urn:li:organization:7)`, littletext.Text{{mention, "", "urn:li:organization:7"}}},
		{"unescaped URN", `@[J](urn:li:person:a_b)`, littletext.Text{{mention, "J", "urn:li:person:a_b"}}},
		{"unescaped characters are literal", `a (b) {c @d`, littletext.Text{{plain, "a (b) {c @d", ""}}},
		{"unfinished template", `{hashtag|\#|b`, littletext.Text{{plain, `{hashtag|#|b`, ""}}},
		{"backslash at the end", `a\`, littletext.Text{{plain, `a\`, ""}}},
		{"backslash before a letter", `a\n`, littletext.Text{{plain, `a\n`, ""}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, littletext.Decode(tc.commentary)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestUTF16Length(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "aé日": 3, "👋": 2, "a\xff\xfeb": 4, "\ufffd": 1} {
		if got := littletext.UTF16Length(text); got != want {
			t.Errorf("%q: length %d, want %d", text, got, want)
		}
	}
}

func TestLength(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"":                                0,
		"a_b":                             3,
		"Hi 👋":                            5,
		"@[Jane](urn:li:person:x) #go_od": 11,
	} {
		if got := littletext.Parse(text).Length(); got != want {
			t.Errorf("%q: length %d, want %d", text, got, want)
		}
	}
}

// Hostile texts must not take quadratic time: 200 kB of each finish at once.
func TestParseIsLinear(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"@[", "@[](", "](", "{hashtag|", "#", "#_", "@(", `\`, "x.y/", "]("} {
		text := "@[" + strings.Repeat(unit, 200_000/len(unit))
		if got := littletext.Parse(text).Visible(); got != text {
			t.Errorf("%q: visible text differs", unit)
		}
		littletext.Decode(text)
	}
}

func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{
		"Love #Go_lang (really) ＃日本 a＃b", `@[Foo \(Bar\)](urn:li:organization:7) {hashtag|\#|x}`,
		"https://x.io/#a_b", "a\xffb", `\\#a`, "##a#b_#", "@[A](urn:li:person:x_y)#t", "#\ufe0f",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := littletext.Parse(s)
		wire := text.Encode()
		if diff := cmp.Diff(text, littletext.Decode(wire)); diff != "" {
			t.Fatalf("decode(encode(x)) differs (wire %q):\n%s", wire, diff)
		}
		if !utf8.ValidString(wire) {
			t.Fatalf("invalid UTF-8 sent: %q", wire)
		}
		visible := text.Visible()
		if got, want := text.Length(), len(utf16.Encode([]rune(visible))); got != want {
			t.Fatalf("length %d, want %d", got, want)
		}
		if !strings.Contains(s, "@[") && visible != strings.ToValidUTF8(s, "\ufffd") {
			t.Fatalf("a reader sees %q instead of %q", visible, s)
		}
		if again := littletext.Parse(visible).Visible(); !strings.Contains(visible, "@[") && again != visible {
			t.Fatalf("visible text %q changes to %q", visible, again)
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add(`@[a](urn:li:person:x){hashtag|\#|b}\`)
	f.Add(`#a_b @(urn:li:organization:1) \n {x`)
	f.Fuzz(func(t *testing.T, commentary string) {
		text := littletext.Decode(commentary)
		if diff := cmp.Diff(text.Visible(), littletext.Decode(text.Encode()).Visible()); diff != "" {
			t.Fatalf("visible text is not stable: %s", diff)
		}
	})
}
