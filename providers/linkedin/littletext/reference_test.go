package littletext_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/littletext"
)

func TestParseReferences(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, text string
		want       []string
	}{
		{"none", "no one here", nil},
		{"at the start", "@acme rocks", []string{"@acme"}},
		{"several", "@acme, @widget-works and (@Booking.com)", []string{"@acme", "@widget-works", "@Booking.com"}},
		{"after opening punctuation", `"@a1 '@b1 [@c1 {@d1 «@e1 “@f1 ¿@g1 –@h1`, []string{"@a1", "@b1", "@c1", "@d1", "@e1", "@f1", "@g1", "@h1"}},
		{"in a list without spaces", "cc:@acme,@widget;@third", []string{"@acme", "@widget", "@third"}},
		{"at the end of a sentence", "with @acme. Or @acme... or @acme-", []string{"@acme", "@acme", "@acme"}},
		{"possessive", "@acme's and @h&m & co", []string{"@acme", "@h&m"}},
		{"after emoji", "👋@acme 👋🏽@b1 ❤️@c1 1️⃣@d1 👩‍💻@e1", []string{"@acme", "@b1", "@c1", "@d1", "@e1"}},
		{"emoji behind", "@acme👋 @b1️⃣", []string{"@acme", "@b1"}},
		{"right to left", "شكرا @acme و\u200f@widget", []string{"@acme", "@widget"}},
		{"letters of other scripts", "@loréal @компания @日本語", []string{"@loréal", "@компания", "@日本語"}},
		{"another script follows", "感谢 @acme的支持 と、@widget。", []string{"@acme", "@widget"}},
		{"after a line break", "thanks\n@acme\n", []string{"@acme"}},
		{"lone signs", "@ 9am, @@acme, @, @- @_ @.a @", nil},
		{"digits alone", "5 apples @2 or @100", nil},
		{"mail", "me@acme.io m.e+x@acme.io <me@acme.io> mailto:me@acme.io", nil},
		{"address of a profile in mail's form", "@jane@social.example and @acme@b", nil},
		{"package", "npm i @angular/core and @user:host.org", nil},
		{"web", "https://x.io/@acme http://x.io/?q=,@acme x.io/a(@acme www.x.io/@acme (https://x.io/a;@acme)", nil},
		{"web behind a handle", "@acme https://x.io/@b1 @c1", []string{"@acme", "@c1"}},
		{"with a colon behind", "@acme: hello, @widget:\nyes", []string{"@acme", "@widget"}},
		{"slash behind", "@acme / @widget/", []string{"@acme", "@widget"}},
		{"tag behind", "@acme#go", []string{"@acme"}},
		{"too long", "@" + strings.Repeat("a", 101) + " @" + strings.Repeat("b", 100), []string{"@" + strings.Repeat("b", 100)}},
		{"mention of LinkedIn's form", "@[@acme {{0}}](urn:li:organization:7) @b1", []string{"@b1"}},
		{"placeholders", "{{0}} and {{12}}{{3}}#go", []string{"{{0}}", "{{12}}", "{{3}}"}},
		{"no placeholders", "{{}} {{a}} {0} {{ 0 }} {{-1}} {{0} {{00000}} {{٣}}", nil},
		{"placeholder in an address", "https://x.io/{{0}} {{1}}", []string{"{{1}}"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			text := littletext.ParseReferences(tc.text)
			var got []string
			for _, s := range text.References() {
				got = append(got, s.Text)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReferenceNames(t *testing.T) {
	t.Parallel()
	type reference struct {
		Name   string
		Number int
	}
	var got []reference
	for _, s := range littletext.ParseReferences("@acme {{0}} {{0012}}").References() {
		got = append(got, reference{s.Name(), s.Number()})
	}
	want := []reference{{"acme", -1}, {"{{0}}", 0}, {"{{0012}}", 12}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	text := littletext.ParseReferences("By @acme, @nobody{{0}}#go (#tag)")
	got := text.Resolve(func(s littletext.Segment) littletext.Segment {
		if s.Name() == "nobody" {
			return littletext.Segment{Text: s.Name()}
		}
		return littletext.Segment{Kind: littletext.Mention, Text: "Foo (Bar)", URN: "urn:li:organization:7"}
	})
	const want = `By @[Foo \(Bar\)](urn:li:organization:7), nobody@[Foo \(Bar\)](urn:li:organization:7)#go \(#tag\)`
	if diff := cmp.Diff(want, got.Encode()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(got, littletext.Decode(got.Encode())); diff != "" {
		t.Error(diff)
	}
}

// Whatever is taken for a reference, no character is lost, and what is resolved is read
// back as it was sent.
func FuzzReferences(f *testing.F) {
	for _, s := range []string{
		"👋@acme, (@b.c) me@x.io {{0}}#go https://x.io/@a/{{1}}", "@a#b ＃c@d", "@@ @\xff{{", "شكرا @acme的 @[X](urn:li:person:a_b)@c",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text := littletext.ParseReferences(s)
		if diff := cmp.Diff(littletext.Parse(s).Visible(), text.Visible()); diff != "" {
			t.Fatalf("finding references changes the text:\n%s", diff)
		}
		for i, keep := range []bool{true, false} {
			resolved := text.Resolve(func(r littletext.Segment) littletext.Segment {
				if keep {
					return littletext.Segment{Kind: littletext.Mention, Text: r.Text, URN: "urn:li:person:a_b"}
				}
				return littletext.Segment{Text: r.Name()}
			})
			if refs := resolved.References(); refs != nil {
				t.Fatalf("%d: left unresolved: %v", i, refs)
			}
			if diff := cmp.Diff(resolved, littletext.Decode(resolved.Encode())); diff != "" {
				t.Fatalf("%d: decode(encode(x)) differs (wire %q):\n%s", i, resolved.Encode(), diff)
			}
		}
	})
}
