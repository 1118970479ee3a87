package richtext_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/bluesky/richtext"
)

const (
	alice = "did:plc:alicealicealicealicealic"

	family  = "👨‍👩‍👧‍👦"              // four people and three joiners: 25 bytes
	flags   = "🇩🇪🇫🇷"                 // two flags of two letters each
	hindi   = "क्षत्रिय"             // conjuncts
	zalgo   = "e\u0301\u0323o\u0308" // marks behind their letters
	arabic  = "مرحبا بالعالم"
	variant = "❤️"
)

// marked writes the elements of a text between brackets: l(ink), m(ention), t(ag), h(andle),
// p(laceholder).
func marked(t richtext.Text) string {
	var b strings.Builder
	for _, s := range t {
		if s.Kind == richtext.Plain {
			b.WriteString(s.Text)
			continue
		}
		b.WriteString("⟦" + string(".lmthp"[s.Kind]) + ":" + s.Text + "⟧")
	}
	return b.String()
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, want string }{
		{"empty", "", ""},
		{"plain", "Hello, world.", "Hello, world."},
		{"bytes that are no text", "a\xffb", "a�b"},

		{"link", "see https://example.com/a.", "see ⟦l:https://example.com/a⟧."},
		{"links", "http://a.example/1, https://b.example/2", "⟦l:http://a.example/1⟧, ⟦l:https://b.example/2⟧"},
		{"link in parentheses", "(https://example.com/a_(b))", "(⟦l:https://example.com/a_(b)⟧)"},
		{"link with a fragment", "https://example.com/#top x", "⟦l:https://example.com/#top⟧ x"},
		{"link within CJK", "詳細はhttps://example.com/a、https://ja.wikipedia.org/wiki/日本。次", "詳細は⟦l:https://example.com/a⟧、⟦l:https://ja.wikipedia.org/wiki/日本⟧。次"},
		{"bare host with a path of CJK", "ja.wikipedia.org/wiki/日本 example.com/aを見て", "⟦l:ja.wikipedia.org/wiki/日本⟧ ⟦l:example.com/aを見て⟧"},
		{"no such port behind a host", "https://example.com:99999/ example.com:99999", "https://example.com:99999/ example.com:99999"},
		{"link after Arabic", arabic + " https://example.com/" + arabic, arabic + " ⟦l:https://example.com/مرحبا⟧ بالعالم"},
		{"no public host", "http://localhost:3000 https://intranet/x", "http://localhost:3000 https://intranet/x"},

		{"bare host", "example.com", "⟦l:example.com⟧"},
		{"bare host in a sentence", "Look at example.com, or go.dev.", "Look at ⟦l:example.com⟧, or ⟦l:go.dev⟧."},
		{"bare host with the rest", "x example.co.uk/a?b=c#d! y", "x ⟦l:example.co.uk/a?b=c#d⟧! y"},
		{"bare host with a port", "example.com:8080/a", "⟦l:example.com:8080/a⟧"},
		{"bare host with a port alone", "example.com:8080, example.com:8080を見て", "⟦l:example.com:8080⟧, ⟦l:example.com:8080⟧を見て"},
		{"no port", "example.com:80x example.com:80@x", "example.com:80x example.com:80@x"},
		{"bare host that others have theirs below", "github.io bsky.social a.github.io", "⟦l:github.io⟧ ⟦l:bsky.social⟧ ⟦l:a.github.io⟧"},
		{"names of files, if countries are called like them", "README.md main.go a.txt", "⟦l:README.md⟧ main.go a.txt"},
		{"broken behind the host", "example.com/50%off,example.com x", "example.com/50%off,example.com x"},
		{"longer than a record takes", "https://example.com/" + strings.Repeat("ä", 2000) + " #a", "https://example.com/" + strings.Repeat("ä", 2000) + " ⟦t:#a⟧"},
		{"bare host and a colon", "example.com: here", "⟦l:example.com⟧: here"},
		{"bare host with hyphens", "my-site.example.org", "⟦l:my-site.example.org⟧"},
		{"bare host of another script", "bücher.de und 例え.jp", "⟦l:bücher.de⟧ und 例え.jp"},
		{"bare host with parentheses", "(en.wikipedia.org/wiki/Go_(game))", "(⟦l:en.wikipedia.org/wiki/Go_(game)⟧)"},
		{"bare host before CJK", "example.comを見て", "⟦l:example.com⟧を見て"},
		{"bare host after an emoji", variant + "example.com", variant + "⟦l:example.com⟧"},
		{"bare host, capital letters", "Example.com", "⟦l:Example.com⟧"},
		{"no bare host", "e.g. i.e. Node.js 1.2 v1.2.3 a..com .com co.uk -", "e.g. i.e. Node.js 1.2 v1.2.3 a..com .com co.uk -"},
		{"sentences without a space", "the end.So is it.It is", "the end.So is it.It is"},
		{"address of mail", "bob@example.com bob.smith@example.com a.com@example.com mailto:bob@example.com", "bob@example.com bob.smith@example.com a.com@example.com mailto:bob@example.com"},
		{"other scheme", "ftp://example.com", "ftp://example.com"},

		{"handle", "@alice.bsky.social hi", "⟦h:@alice.bsky.social⟧ hi"},
		{"handles in a list", "cc:@alice.test,@Bob.test; (@carol.example.com)", "cc:⟦h:@alice.test⟧,⟦h:@Bob.test⟧; (⟦h:@carol.example.com⟧)"},
		{"handle at the end of a sentence", "by @alice.test.", "by ⟦h:@alice.test⟧."},
		{"handle's", "@alice.test's @alice.test- x", "⟦h:@alice.test⟧'s ⟦h:@alice.test⟧- x"},
		{"handle before CJK", "@alice.bsky.socialさん", "⟦h:@alice.bsky.social⟧さん"},
		{"handle after an emoji", family + "@alice.test", family + "⟦h:@alice.test⟧"},
		{"no handle", "@alice @ @. a@alice.test @alice.test_x @alice.test@mastodon.social @alice.invalidtld", "@alice @ @. a@alice.test @alice.test_x @alice.test@mastodon.social @alice.invalidtld"},

		{"tag", "#go", "⟦t:#go⟧"},
		{"tags", "#Go #rust,\n#c++ #a_b!", "⟦t:#Go⟧ ⟦t:#rust⟧,\n⟦t:#c++⟧ ⟦t:#a_b⟧!"},
		{"full-width sign", "＃タグ です", "⟦t:＃タグ⟧ です"},
		{"tag in other scripts", "#" + hindi + " #مرحبا #日本", "⟦t:#" + hindi + "⟧ ⟦t:#مرحبا⟧ ⟦t:#日本⟧"},
		{"tag of emoji", "#" + flags + "!", "⟦t:#" + flags + "⟧!"},
		{"tag ends at a joiner", "#" + family, "⟦t:#👨⟧" + strings.TrimPrefix(family, "👨")},
		{"tag that begins with digits", "#100daysOfCode #1a", "⟦t:#100daysOfCode⟧ ⟦t:#1a⟧"},
		{"tag with a mark inside", "#a.b.", "⟦t:#a.b⟧."},
		{"tag within a tag", "#a#b", "⟦t:#a#b⟧"},
		{"tag before a link", "#a,https://example.com", "⟦t:#a⟧,⟦l:https://example.com⟧"},
		{"tag before a placeholder", "#team,{{0}} #a{{0}}", "⟦t:#team⟧,⟦p:{{0}}⟧ ⟦t:#a⟧⟦p:{{0}}⟧"},
		{"tag before a mention", "#x@[Bob B](" + alice + ") #y@[Bob", "⟦t:#x⟧⟦m:Bob B⟧ ⟦t:#y@[Bob⟧"},
		{"no tag", "#1 #123, # #! #- a#b (#x) #\ufe0f\u20e3 #\u200bx", "#1 #123, # #! #- a#b (#x) #\ufe0f\u20e3 #\u200bx"},
		{"longest tag", "#" + strings.Repeat("é", 64), "⟦t:#" + strings.Repeat("é", 64) + "⟧"},
		{"too many characters", "#" + strings.Repeat("é", 65), "#" + strings.Repeat("é", 65)},
		{"too many bytes", "#" + strings.Repeat("e\u0301\u0301\u0301\u0301\u0301", 60), "#" + strings.Repeat("e\u0301\u0301\u0301\u0301\u0301", 60)},
		{"cashtag", "$ACME up", "$ACME up"},

		{"mention", "@[Alice](" + alice + ")!", "⟦m:Alice⟧!"},
		{"mention of did:web", "@[Bob](did:web:example.com)", "⟦m:Bob⟧"},
		{"mention with brackets", `@[A \[b\] \\ c](` + alice + ")", `⟦m:A [b] \ c⟧`},
		{"no mention", "@[](" + alice + ") @[ ](" + alice + ") @[a](urn:li:person:1) @[a](did:x) @[a @[a]", "@[](" + alice + ") @[ ](" + alice + ") @[a](urn:li:person:1) @[a](did:x) @[a @[a]"},

		{"placeholders", "{{0}} and{{12}}{{0}}", "⟦p:{{0}}⟧ and⟦p:{{12}}⟧⟦p:{{0}}⟧"},
		{"no placeholders", "{{}} {0} {{a}} {{00000}} {{0}", "{{}} {0} {{a}} {{00000}} {{0}"},
		{"placeholder behind an address", "https://example.com/{{0}}", "⟦l:https://example.com/⟧{{0}}"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, marked(richtext.Parse(tc.text))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTargets(t *testing.T) {
	t.Parallel()
	got := richtext.Parse("https://例え.jp/パス?q=日本語&lang=ja#frag. bücher.de/ä HTTP://Example.com #Go ＃go @Alice.TEST @[A](" + alice + ")")
	want := richtext.Text{
		{Kind: richtext.Link, Text: "https://例え.jp/パス?q=日本語&lang=ja#frag", Target: "https://xn--r8jz45g.jp/%E3%83%91%E3%82%B9?q=%E6%97%A5%E6%9C%AC%E8%AA%9E&lang=ja#frag"},
		{Text: ". "},
		{Kind: richtext.Link, Text: "bücher.de/ä", Target: "https://xn--bcher-kva.de/%C3%A4"},
		{Text: " "},
		{Kind: richtext.Link, Text: "HTTP://Example.com", Target: "http://Example.com"},
		{Text: " "},
		{Kind: richtext.Tag, Text: "#Go", Target: "Go"},
		{Text: " "},
		{Kind: richtext.Tag, Text: "＃go", Target: "go"},
		{Text: " "},
		{Kind: richtext.Handle, Text: "@Alice.TEST", Target: "alice.test"},
		{Text: " "},
		{Kind: richtext.Mention, Text: "A", Target: alice},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := got.FirstAddress(); got != want[0].Target {
		t.Errorf("first link %q", got)
	}
	if got := richtext.Parse("none").FirstAddress(); got != "" {
		t.Errorf("first link of a text without one: %q", got)
	}
}

func TestGraphemes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, text string
		want       int
	}{
		{"nothing", "", 0},
		{"ASCII", "hello", 5},
		{"line break of two", "a\r\nb", 3},
		{"family", family, 1},
		{"flags", flags, 2},
		{"variant", variant, 1},
		{"skin", "👍🏽", 1},
		{"keycap", "1️⃣", 1},
		{"conjuncts", hindi, 3},
		{"marks", zalgo, 2},
		{"Arabic", arabic, 13},
		{"Hangul of parts", "각", 1},
		{"joiner alone", "\u200d", 1},
	} {
		if got := richtext.Graphemes(tc.text); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
}

func TestFacets(t *testing.T) {
	t.Parallel()
	text := richtext.Parse(family + " @alice.test {{0}} " + hindi + " #tag https://example.com/a @nobody.test")
	text = text.Resolve(func(s richtext.Segment) richtext.Segment {
		switch {
		case s.Number() == 0:
			return richtext.Segment{Kind: richtext.Mention, Text: "Bob " + flags, Target: "did:web:bob.test"}
		case s.Target == "alice.test":
			return richtext.Segment{Kind: richtext.Mention, Text: s.Text, Target: alice}
		}
		return richtext.Segment{Text: s.Text}
	})
	visible := text.Visible()
	if want := family + " @alice.test Bob " + flags + " " + hindi + " #tag https://example.com/a @nobody.test"; visible != want {
		t.Fatalf("text %q", visible)
	}
	got, err := json.Marshal(text.Facets())
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"index":{"byteStart":26,"byteEnd":37},"features":[{"$type":"app.bsky.richtext.facet#mention","did":"` + alice + `"}]},` +
		`{"index":{"byteStart":38,"byteEnd":58},"features":[{"$type":"app.bsky.richtext.facet#mention","did":"did:web:bob.test"}]},` +
		`{"index":{"byteStart":84,"byteEnd":88},"features":[{"$type":"app.bsky.richtext.facet#tag","tag":"tag"}]},` +
		`{"index":{"byteStart":89,"byteEnd":110},"features":[{"$type":"app.bsky.richtext.facet#link","uri":"https://example.com/a"}]}]`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	for i, want := range []string{"@alice.test", "Bob " + flags, "#tag", "https://example.com/a"} {
		index := text.Facets()[i].Index
		if got := visible[index.Start:index.End]; got != want {
			t.Errorf("facet %d is %q, want %q", i, got, want)
		}
	}
	if facets := richtext.Parse("@alice.test {{0}} plain").Facets(); facets != nil {
		t.Errorf("facets of what nobody has looked up: %v", facets)
	}
}

func TestShorten(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"https://example.com":                    "⟦l:example.com⟧",
		"http://example.com/":                    "⟦l:example.com⟧",
		"https://example.com/short?a=b":          "⟦l:example.com/short?a=b⟧",
		"https://example.com/exactly-15-ch":      "⟦l:example.com/exactly-15-ch⟧",
		"https://example.com/more-than-15-ch":    "⟦l:example.com/more-than-15...⟧",
		"example.com?query=that-goes-on":         "⟦l:example.com?query=that-g...⟧",
		"example.com/" + strings.Repeat("ä", 20): "⟦l:example.com/ääääääääääää...⟧",
		"none #go": "none ⟦t:#go⟧",
	} {
		text := richtext.Parse(text)
		got := text.Shorten()
		if diff := cmp.Diff(want, marked(got)); diff != "" {
			t.Error(diff)
		}
		if got.FirstAddress() != text.FirstAddress() {
			t.Errorf("%q leads to %q", got.Visible(), got.FirstAddress())
		}
	}
}

// A name alone may be meant as something else, and is not where a card leads to.
func TestFirstAddress(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"main.py and README.md":                    "",
		"README.md: https://example.com/a":         "https://example.com/a",
		"www.example.com":                          "https://www.example.com",
		"WWW.example.com":                          "https://WWW.example.com",
		"example.com, example.com/about":           "https://example.com/about",
		"example.com:8080":                         "https://example.com:8080",
		"example.com?q=1":                          "https://example.com?q=1",
		"@[Bob](" + alice + ") and #tag, no links": "",
	} {
		if got := richtext.Parse(text).FirstAddress(); got != want {
			t.Errorf("%q leads to %q, want %q", text, got, want)
		}
	}
}

func TestMentionMarkup(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Alice", `A [b] \ c]`, `\`, "  two\n words "} {
		got := richtext.Parse(richtext.MentionMarkup(name, alice))
		want := richtext.Text{{Kind: richtext.Mention, Text: strings.Join(strings.Fields(name), " "), Target: alice}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	}
}

func TestAsHandle(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"@Alice.Test ": "alice.test", "bob.bsky.social": "bob.bsky.social", "alice": "", "": "", "@": "", "a_b.test": ""} {
		if got, ok := richtext.AsHandle(in); got != want && ok || ok != (want != "") {
			t.Errorf("%q: %q, %v", in, got, ok)
		}
	}
}

func TestTagAlone(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]bool{"go": true, "a b": false, "123": false, "": false, "日本": true, "1a": true, strings.Repeat("a", 65): false} {
		text := richtext.Parse("#" + in)
		if got := text[0].Kind == richtext.Tag && text[0].Target == in; got != want {
			t.Errorf("%q: %v", in, got)
		}
	}
}
