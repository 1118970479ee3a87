package weblink_test

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/internal/weblink"
)

func TestPassedOver(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"see http://localhost:9485/og.":             "http://localhost:9485/og",
		"https://a:secret@example.com/x and more":   "https://a:secret@example.com/x",
		"http://example.com and http://intranet/x":  "http://intranet/x",
		"https://example.com/a, example.com, http:": "",
		"http:// and https://?x":                    "",
		"":                                          "",
	} {
		if got := weblink.PassedOver(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestFirst(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, text, want string }{
		{"alone", "https://example.com", "https://example.com"},
		{"http", "see http://example.com/a b", "http://example.com/a"},
		{"the first of two", "http://a.example/1 http://b.example/2", "http://a.example/1"},
		{"any case", "HTTPS://Example.COM/A", "HTTPS://Example.COM/A"},
		{"query and fragment", "x https://example.com/a?b=c&d=~e#f y", "https://example.com/a?b=c&d=~e#f"},
		{"port", "https://example.com:8443/a", "https://example.com:8443/a"},
		{"end of a sentence", "Read https://example.com/a.", "https://example.com/a"},
		{"several marks", "Read https://example.com/a?!...", "https://example.com/a"},
		{"comma", "https://example.com/a, and more", "https://example.com/a"},
		{"slash before a full stop", "https://example.com/.", "https://example.com/"},
		{"in parentheses", "(https://example.com/a)", "https://example.com/a"},
		{"in parentheses, with a full stop", "(see https://example.com/a.)", "https://example.com/a"},
		{"in parentheses, goes on", "(https://example.com/a),next", "https://example.com/a"},
		{"balanced parentheses", "https://en.wikipedia.org/wiki/Go_(game)", "https://en.wikipedia.org/wiki/Go_(game)"},
		{"balanced within others", "(https://en.wikipedia.org/wiki/Go_(game))", "https://en.wikipedia.org/wiki/Go_(game)"},
		{"opened and not closed", "https://example.com/a( b", "https://example.com/a"},
		{"Markdown", "[text](https://example.com/a) more", "https://example.com/a"},
		{"bold", "**https://example.com/a**", "https://example.com/a"},
		{"angle brackets", "<https://example.com/a>", "https://example.com/a"},
		{"quotes", `"https://example.com/a"`, "https://example.com/a"},
		{"other quotes", "„https://example.com/a“", "https://example.com/a"},
		{"underscore at the end", "https://example.com/a_", "https://example.com/a_"},
		{"placeholder", "https://example.com/a{{0}}", "https://example.com/a"},
		{"pipe", "https://example.com/a|b", "https://example.com/a"},
		{"line break", "https://example.com/a\nb", "https://example.com/a"},
		{"emoji", "https://example.com/a👋", "https://example.com/a"},
		{"full-width stop", "https://example.com/a。次", "https://example.com/a"},
		{"Japanese right after", "https://example.com/aを見て", "https://example.com/aを見て"},
		{"Japanese right before", "詳細はhttps://example.com/a を見て", "https://example.com/a"},
		{"Japanese path", "https://ja.wikipedia.org/wiki/日本 を", "https://ja.wikipedia.org/wiki/日本"},
		{"middle dot", "https://ja.wikipedia.org/wiki/レオナルド・ダ・ヴィンチ", "https://ja.wikipedia.org/wiki/レオナルド・ダ・ヴィンチ"},
		{"Japanese query", "https://example.com/?q=日本語&lang=ja", "https://example.com/?q=日本語&lang=ja"},
		{"several scripts", "https://example.com/ü/漢字?q=é#frag.", "https://example.com/ü/漢字?q=é#frag"},
		{"Thai path", "https://th.wikipedia.org/wiki/ไทย", "https://th.wikipedia.org/wiki/ไทย"},
		{"Persian, with joiners", "https://fa.wikipedia.org/wiki/نیم\u200cفاصله، و", "https://fa.wikipedia.org/wiki/نیم\u200cفاصله"},
		{"Japanese host and path", "https://例え.jp/パス、次", "https://例え.jp/パス"},
		{"dash of a title", "https://en.wikipedia.org/wiki/Michelson–Morley_experiment", "https://en.wikipedia.org/wiki/Michelson–Morley_experiment"},
		{"dash of a sentence", "https://example.com/a—there", "https://example.com/a"},
		{"apostrophe of a title", "https://fr.wikipedia.org/wiki/L’Équipe’ x", "https://fr.wikipedia.org/wiki/L’Équipe"},
		{"full-width comma", "https://example.com/日、次", "https://example.com/日"},
		{"other full-width marks", "https://example.com/日！次", "https://example.com/日"},
		{"full-width question mark", "https://example.com/日？次", "https://example.com/日"},
		{"corner brackets", "「https://example.com/日」と", "https://example.com/日"},
		{"white corner brackets", "『https://example.com/日』と", "https://example.com/日"},
		{"full-width parentheses", "（https://example.com/日）と", "https://example.com/日"},
		{"lenticular brackets", "【https://example.com/日】と", "https://example.com/日"},
		{"ideographic space", "https://example.com/日\u3000次", "https://example.com/日"},
		{"zero-width space", "https://example.com/日\u200b次", "https://example.com/日"},
		{"emoji of a path", "https://example.com/👋/a", "https://example.com/👋/a"},
		{"emoji of several characters", "https://example.com/a👨‍👩‍👧❤️👍🏽 b", "https://example.com/a"},
		{"emoji behind the host", "👉https://example.com👈", "https://example.com"},
		{"quote marks", "«https://example.com/日»", "https://example.com/日"},
		{"Thai right before", "ดูที่https://example.com/a", "https://example.com/a"},
		{"Greek path", "https://example.com/αβγ δ", "https://example.com/αβγ"},
		{"host of another script", "https://例え.jp/a", "https://例え.jp/a"},
		{"address within an address", "https://web.archive.org/web/http://example.com", "https://web.archive.org/web/http://example.com"},
		{"IPv6", "http://[2001:db8::1]/a", "http://[2001:db8::1]/a"},

		{"nothing", "", ""},
		{"no scheme", "example.com www.example.com/a", ""},
		{"another scheme", "ftp://example.com mailto:a@example.com", ""},
		{"scheme alone", "https:// and http://", ""},
		{"within a word", "xhttps://example.com", ""},
		{"no dot", "http://localhost:8080/a", ""},
		{"dots alone", "https://... https://a..b", ""},
		{"too long", "https://example.com/" + strings.Repeat("a", 4096), ""},
		{"too long, with a full stop where it is cut", "https://example.com/" + strings.Repeat("a", 4076) + ".html", ""},
		{"too long, with a letter where it is cut", "https://example.com/" + strings.Repeat("a", 4074) + "ßß", ""},
		{"the longest", "https://example.com/" + strings.Repeat("a", 4076) + " ", "https://example.com/" + strings.Repeat("a", 4076)},
		{"credentials", "https://user:secret@example.com/", ""},
		{"no such port", "https://example.com:99999/ https://example.com:0", ""},
		{"broken escape", "https://example.com/%zz", ""},
		{"broken, then a good one", "https://example.com/%zz https://example.com/b", "https://example.com/b"},
		{"no dot, then a good one", "http://localhost,https://example.com/b", "https://example.com/b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, weblink.First(tc.text)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestASCII(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ address, want string }{
		{"https://example.com/a_(b)?c=~d#e", "https://example.com/a_(b)?c=~d#e"},
		{" http://example.com ", "http://example.com"},
		{"https://bücher.example:8443/ä?ö=ü", "https://xn--bcher-kva.example:8443/%C3%A4?%C3%B6=%C3%BC"},
		{"https://example.com/a%2Fb?q=%20", "https://example.com/a%2Fb?q=%20"},
		{"HTTPS://Example.com/A", "https://Example.com/A"},
		{"https://", ""},
		{"example.com", ""},
		{"ftp://example.com", ""},
		{"javascript:alert(1)", ""},
		{"https://user@example.com", ""},
		{"https://example.com:65535/日本", "https://example.com:65535/%E6%97%A5%E6%9C%AC"},
		{"https://example.com:65536/", ""},
		{"https://example.com/%zz", ""},
		{"https://xn--ü.example/", ""},
	} {
		if diff := cmp.Diff(tc.want, weblink.ASCII(tc.address)); diff != "" {
			t.Errorf("%s: %s", tc.address, diff)
		}
	}
}

func FuzzFirst(f *testing.F) {
	f.Add("(https://example.com/a_(b)). http://x.y")
	f.Add("https://例え.jp/\xffhttp://[::1]")
	f.Fuzz(func(t *testing.T, text string) {
		got := weblink.First(text)
		if got == "" {
			return
		}
		if !strings.Contains(text, got) {
			t.Fatalf("%q is not in the text", got)
		}
		u, err := url.Parse(got)
		if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
			t.Fatalf("%q is no web address", got)
		}
		if again := weblink.First(got); again != got {
			t.Fatalf("%q within %q", again, got)
		}
		if plain := weblink.ASCII(got); strings.ContainsFunc(plain, func(r rune) bool { return r >= utf8.RuneSelf || r <= ' ' }) {
			t.Fatalf("%q becomes %q", got, plain)
		}
	})
}
