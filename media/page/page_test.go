package page_test

import (
	"encoding/binary"
	"errors"
	"io"
	"net/url"
	"strings"
	"testing"
	"testing/iotest"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/page"
)

const where = "https://news.example/2026/story.html"

func address(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// encodedUTF16 is a page as some editors save it, with a byte order mark or without.
func encodedUTF16(order binary.AppendByteOrder, s string) string {
	var out []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		out = order.AppendUint16(out, unit)
	}
	return string(out)
}

// pageCase is a page and what it says about itself; URL is always where it was found.
type pageCase struct {
	name        string
	contentType string
	html        string
	want        core.Page
}

func runCases(t *testing.T, cases []pageCase) {
	t.Helper()
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.want.URL = where
			got, err := page.Parse(strings.NewReader(tc.html), tc.contentType, address(t, where))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSources(t *testing.T) {
	t.Parallel()
	plain := `<title>Plain</title><meta name=description content="plain words"><link rel="image_src" href="/plain.png"><meta name="application-name" content="App">`
	card := `<meta name="twitter:title" content="Card"><meta name="twitter:description" content="card words"><meta name="twitter:image" content="/card.png">`
	graph := `<meta property="og:title" content="Graph"><meta property="og:description" content="graph words"><meta property="og:image" content="/graph.png"><meta property="og:site_name" content="The News">`
	runCases(t, []pageCase{
		{name: "Open Graph before all", html: plain + card + graph, want: core.Page{
			Title: "Graph", Description: "graph words", ImageURL: "https://news.example/graph.png", SiteName: "The News",
		}},
		{name: "cards before plain HTML", html: plain + card, want: core.Page{
			Title: "Card", Description: "card words", ImageURL: "https://news.example/card.png", SiteName: "App",
		}},
		{name: "plain HTML", html: plain, want: core.Page{
			Title: "Plain", Description: "plain words", ImageURL: "https://news.example/plain.png", SiteName: "App",
		}},
		{name: "each fact from the first that has it", html: `<meta property="og:title" content="Graph"><meta name="twitter:image:src" content="c.jpg">` + plain, want: core.Page{
			Title: "Graph", Description: "plain words", ImageURL: "https://news.example/2026/c.jpg", SiteName: "App",
		}},
		{name: "empty facts are none", html: `<meta property="og:title" content=" &nbsp; "><meta property="og:description" content="">` + plain, want: core.Page{
			Title: "Plain", Description: "plain words", ImageURL: "https://news.example/plain.png", SiteName: "App",
		}},
		{name: "heading", html: "<body><h1> </h1><h1>The <em>only</em><br>name</h1><h1>Another</h1>", want: core.Page{Title: "The only name"}},
		{name: "title before heading", html: "<body><h1>Heading</h1><title>Title</title>", want: core.Page{Title: "Title"}},
		{name: "name instead of property", html: `<META NAME="OG:Title" CONTENT="Mixed up">`, want: core.Page{Title: "Mixed up"}},
		{name: "property instead of name", html: `<meta property="description" content="words"><title>T</title>`, want: core.Page{Title: "T", Description: "words"}},
		{name: "several names at once", html: `<meta property="og:title twitter:title" content="Both"/>`, want: core.Page{Title: "Both"}},
		{name: "first of several titles", html: `<title>First</title><title>Second</title>`, want: core.Page{Title: "First"}},
		{name: "attribute given twice", html: `<meta property="og:title" content="First" content="Second">`, want: core.Page{Title: "First"}},
		{name: "facts in the body", html: `<head><title>T</title></head><body>` + graph, want: core.Page{
			Title: "Graph", Description: "graph words", ImageURL: "https://news.example/graph.png", // the rest is not waited for
		}},
	})
}

func TestPictures(t *testing.T) {
	t.Parallel()
	title := "<title>T</title>"
	want := func(image string) core.Page { return core.Page{Title: "T", ImageURL: image} }
	runCases(t, []pageCase{
		{name: "first of several", html: title + `<meta property=og:image content=https://cdn.example/1.jpg><meta property=og:image content=https://cdn.example/2.jpg>`, want: want("https://cdn.example/1.jpg")},
		{name: "with sizes between", html: title + `<meta property=og:image content=/1.jpg><meta property=og:image:width content=1200><meta property=og:image content=/2.jpg>`, want: want("https://news.example/1.jpg")},
		{name: "https address of the same", html: title + `<meta property=og:image content=http://cdn.example/1.jpg><meta property=og:image:secure_url content=https://cdn.example/1.jpg>`, want: want("https://cdn.example/1.jpg")},
		{name: "https address alone", html: title + `<meta property=og:image:secure_url content=https://cdn.example/1.jpg>`, want: want("https://cdn.example/1.jpg")},
		{name: "https address that is empty", html: title + `<meta property=og:image content=http://cdn.example/1.jpg><meta property=og:image:secure_url content="">`, want: want("http://cdn.example/1.jpg")},
		{name: "place within the page is none", html: title + `<meta property=og:image content="#"><meta name=twitter:image content=/2.jpg>`, want: want("https://news.example/2.jpg")},
		{name: "other name", html: title + `<meta property=og:image:url content=//cdn.example/1.jpg>`, want: want("https://cdn.example/1.jpg")},
		{name: "data is none", html: title + `<meta property=og:image content="data:image/png;base64,AAAA"><meta property=og:image content=/2.jpg>`, want: want("https://news.example/2.jpg")},
		{name: "script is none", html: title + `<meta property=og:image content="javascript:alert(1)"><meta name=twitter:image content="file:///etc/passwd">`, want: want("")},
		{name: "password is none", html: title + `<meta property=og:image content="https://user:secret@cdn.example/1.jpg">`, want: want("")},
		{name: "drawing is none", html: title + `<meta property=og:image content=/logo.SVG><meta name=twitter:image content=/logo.png>`, want: want("https://news.example/logo.png")},
		{name: "drawings alone", html: title + `<meta property=og:image content=/logo.SVG><meta name=twitter:image content=/favicon.ico>`, want: core.Page{Title: "T", Drawing: "https://news.example/logo.SVG"}},
		{name: "too long", html: title + `<meta property=og:image content="/` + strings.Repeat("a", page.MaxImageURL) + `"><meta property=og:image content=/2.jpg>`, want: want("https://news.example/2.jpg")},
		{name: "malformed", html: title + `<meta property=og:image content="https://[::1/x.jpg"><meta property=og:image content="http://%zz/">`, want: want("")},
		{name: "white space around and within", html: title + "<meta property=og:image content=\"\n /my photo.jpg?a=b c \">", want: want("https://news.example/my%20photo.jpg?a=b%20c")},
		{name: "entity in the query", html: title + `<meta property=og:image content="/p.jpg?w=1&amp;h=2">`, want: want("https://news.example/p.jpg?w=1&h=2")},
		{name: "base", html: `<base href="https://cdn.example/x/y/">` + title + `<meta property=og:image content="../1.jpg">`, want: want("https://cdn.example/x/1.jpg")},
		{name: "relative base", html: `<base href="/static/"><base href="/second/">` + title + `<meta property=og:image content="1.jpg">`, want: want("https://news.example/static/1.jpg")},
		{name: "useless base", html: `<base href="data:,">` + title + `<meta property=og:image content="1.jpg">`, want: want("https://news.example/2026/1.jpg")},
	})
}

func TestTexts(t *testing.T) {
	t.Parallel()
	const family = "\U0001F468\u200d\U0001F469\u200d\U0001F467\u200d\U0001F466"
	runCases(t, []pageCase{
		{name: "entities", html: `<title>Q&amp;A &#8212; caf&eacute; &lt;b&gt; &bogus;</title>`, want: core.Page{Title: "Q&A — café <b> &bogus;"}},
		{name: "white space", html: "<title>\n\t One\r\n  two\u00a0 three\u2003four\v</title>", want: core.Page{Title: "One two three four"}},
		{name: "control characters", html: "<title>a\x00b\x07c\x1bd\u0085e\u202ef\ufeffg\ufffeh</title>", want: core.Page{Title: "a\ufffdbcd efgh"}},
		{name: "joiners stay", html: "<title>\U0001F468\u200d\U0001F469\u200d\U0001F467 می\u200cخواهم</title>", want: core.Page{Title: "\U0001F468\u200d\U0001F469\u200d\U0001F467 می\u200cخواهم"}},
		{name: "cut between words", html: "<title>" + strings.Repeat("word ", 200) + "</title>", want: core.Page{Title: strings.TrimSpace(strings.Repeat("word ", 99)) + "…"}},
		{name: "cut within a word", html: "<title>" + strings.Repeat("é", 600) + "</title>", want: core.Page{Title: strings.Repeat("é", page.MaxTitle-1) + "…"}},
		{name: "cut between emoji", html: "<title>" + strings.Repeat(family, 80) + "</title>", want: core.Page{Title: strings.Repeat(family, (page.MaxTitle-1)/7) + "…"}},
		{name: "one character of many", html: "<title>e" + strings.Repeat("\u0301", 600) + "</title>", want: core.Page{Title: "e" + strings.Repeat("\u0301", page.MaxTitle-2) + "…"}},
		{name: "as long as it may be", html: "<title>" + strings.Repeat("é", page.MaxTitle) + "</title>", want: core.Page{Title: strings.Repeat("é", page.MaxTitle)}},
	})
}

func TestMarkup(t *testing.T) {
	t.Parallel()
	title := core.Page{Title: "Right"}
	runCases(t, []pageCase{
		{name: "comment", html: `<!-- <title>Wrong</title><meta property="og:title" content="Wrong"> --><title>Right</title>`, want: title},
		{name: "conditional comment", html: `<!--[if IE]><title>Wrong</title><![endif]--><title>Right</title>`, want: title},
		{name: "script", html: `<script>document.write("<title>Wrong</title></head>")</script><title>Right</title>`, want: title},
		{name: "style", html: `<style>/* <title>Wrong</title> */</style><title>Right</title>`, want: title},
		{name: "drawing", html: `<svg><title>Wrong</title></svg><title>Right</title>`, want: title},
		{name: "drawing within a drawing", html: `<body><svg><svg><title>Wrong</title></svg><title>Wrong</title></svg><h1>Right</h1>`, want: title},
		{name: "drawing that ends at once", html: `<svg viewBox="0 0 1 1"/><math/><title>Right</title>`, want: title},
		{name: "drawing within the heading", html: `<body><h1><svg><title>Logo</title><text>Logo</text></svg>Right</h1>`, want: title},
		{name: "script and style within the heading", html: `<body><h1>Ri<script>var wrong</script><style>.wrong{}</style>ght</h1>`, want: title},
		{name: "script that seems to end at once", html: `<script src="/a.js"/>var wrong = "<title>Wrong</title>"</script><title>Right</title>`, want: title},
		{name: "noscript", html: `<noscript><meta property="og:title" content="Right"></noscript>`, want: title},
		{name: "markup within the title", html: `<title>Right<b></title>`, want: core.Page{Title: "Right<b>"}},
		{name: "no quotes", html: `<meta property=og:title content=Right>`, want: title},
		{name: "XHTML", html: `<?xml version="1.0"?><!DOCTYPE html><html xmlns="http://www.w3.org/1999/xhtml"><head><meta property='og:title' content='Right'/></head></html>`, want: title},
		{name: "many attributes", html: `<meta ` + strings.Repeat("data-x ", 40) + `property=og:title content=Right>`, want: title},
		{name: "huge attribute", html: `<html data-state="` + strings.Repeat("<title>", 50_000) + `"><title>Right</title>`, want: title},
		{name: "breaks off in the title", html: `<title>Right`, want: title},
		{name: "breaks off in a tag", html: `<title>Right</title><meta property="og:title" content="Wro`, want: title},
	})
}

func TestEncodings(t *testing.T) {
	t.Parallel()
	const (
		western  = "<title>caf\xe9 \x80 \x93cr\xe8me\x94</title>" // windows-1252
		japanese = "\x83e\x83X\x83g \x95\\"                       // Shift_JIS of テスト 表, with a backslash in it
		filler   = "<script>/* as long as what is searched for a declaration, and then some */</script>"
	)
	late := strings.Repeat(filler, 20)
	marked := "\uFEFF<title>naïve 表</title>"
	latin, kanji := core.Page{Title: "café € “crème”"}, core.Page{Title: "テスト 表"}
	runCases(t, []pageCase{
		{name: "UTF-8 that nobody declares", html: "<title>naïve 表 \U0001F600</title>", want: core.Page{Title: "naïve 表 \U0001F600"}},
		{name: "UTF-8 that nobody declares, late", html: late + "<title>naïve 表</title>", want: core.Page{Title: "naïve 表"}},
		{name: "UTF-8 with a mark", html: marked, want: core.Page{Title: "naïve 表"}},
		{name: "UTF-16 little-endian", html: encodedUTF16(binary.LittleEndian, marked), want: core.Page{Title: "naïve 表"}},
		{name: "UTF-16 big-endian", html: encodedUTF16(binary.BigEndian, marked), want: core.Page{Title: "naïve 表"}},
		{name: "UTF-16 by the server", contentType: "text/html; charset=utf-16le", html: encodedUTF16(binary.LittleEndian, marked[len("\uFEFF"):]), want: core.Page{Title: "naïve 表"}},
		{name: "Western that nobody declares", html: western, want: latin},
		{name: "Western by the server", contentType: `text/html; charset="ISO-8859-1"`, html: western, want: latin},
		{name: "Western that says it is UTF-8", html: `<meta charset="utf-8">` + western, want: latin},
		{name: "Western with entities", html: "<title>caf\xe9 &euro; &ldquo;cr\xe8me&rdquo;</title>", want: latin},
		{name: "Japanese by the server", contentType: "text/html; charset=Shift_JIS", html: "<title>" + japanese + "</title>", want: kanji},
		{name: "Japanese by meta", html: `<meta charset="shift_jis"><title>` + japanese + "</title>", want: kanji},
		{name: "Japanese by http-equiv", html: `<meta http-equiv="Content-Type" content="text/html; charset=x-sjis"><title>` + japanese + "</title>", want: kanji},
		{name: "Japanese declared late", html: late + `<meta charset="shift_jis"><title>` + japanese + "</title>", want: kanji},
		{name: "Japanese declared late by http-equiv", html: late + `<title>` + japanese + `</title><meta http-equiv="content-type" content="text/html; charset=shift_jis">`, want: kanji},
		{name: "Japanese of seven bits", html: "<meta charset=iso-2022-jp><title>\x1b$B%F%9%H\x1b(B</title>", want: core.Page{Title: "テスト"}},
		{name: "Chinese", contentType: "text/html;charset=gbk", html: "<title>\xd6\xd0\xce\xc4</title>", want: core.Page{Title: "中文"}},
		{name: "Russian", html: "<meta charset=windows-1251><title>\xcf\xf0\xe8\xe2\xe5\xf2</title>", want: core.Page{Title: "Привет"}},
		{name: "server before meta", contentType: "text/html; charset=windows-1251", html: "<meta charset=utf-8><title>\xcf\xf0\xe8\xe2\xe5\xf2</title>", want: core.Page{Title: "Привет"}},
		{name: "unknown encoding", html: "<meta charset=klingon><title>caf\xe9</title>", want: core.Page{Title: "café"}},
		{name: "UTF-16 that cannot be", html: late + "<meta charset=utf-16><title>caf\xe9</title>", want: core.Page{Title: "café"}},
		{name: "encoding that browsers refuse", html: "<meta charset=iso-2022-kr><title>caf\xe9</title>", want: core.Page{Title: "café"}},
	})
}

// A reference stands for a character of Unicode, whatever the page is encoded in and
// wherever it says so.
func TestReferencesInAnyEncoding(t *testing.T) {
	t.Parallel()
	const (
		og       = `<meta property="og:title" content="`
		western  = "Stra\xdfe &uuml;ber &amp; &euro; &#8364; \x80"
		utf8Text = "Straße &uuml;ber &amp; &euro; &#8364; €"
		kana     = "\x83e\x83X\x83g &uuml;ber &#x8868; \x95\\"
	)
	late := strings.Repeat("<script>/* as long as what is searched for a declaration, and then some */</script>", 20)
	street, test := core.Page{Title: "Straße über & € € €"}, core.Page{Title: "テスト über 表 表"}
	runCases(t, []pageCase{
		{name: "cp1252 by meta", html: `<meta charset="windows-1252">` + og + western + `">`, want: street},
		{name: "cp1252 by meta, title", html: `<meta charset="windows-1252"><title>` + western + `</title>`, want: street},
		{name: "cp1252 by the server", contentType: "text/html; charset=windows-1252", html: og + western + `">`, want: street},
		{name: "cp1252 that nobody declares", html: og + western + `">`, want: street},
		{name: "cp1252 declared late", html: late + og + western + `"><meta charset="windows-1252">`, want: street},
		{name: "Latin-1 by meta", html: "<meta charset=iso-8859-1><title>Gr\xfcn &eacute;</title>", want: core.Page{Title: "Grün é"}},
		{name: "Latin-1 by http-equiv", html: "<meta http-equiv=content-type content=\"text/html; charset=ISO-8859-1\"><title>Gr\xfcn &eacute;</title>", want: core.Page{Title: "Grün é"}},
		{name: "Latin-1 by the server", contentType: "text/html; charset=latin1", html: "<title>Gr\xfcn &eacute;</title>", want: core.Page{Title: "Grün é"}},
		{name: "Latin-1 heading", html: "<meta charset=latin1><h1>Gr\xfcn &eacute;</h1>", want: core.Page{Title: "Grün é"}},
		{name: "UTF-8 by meta", html: `<meta charset="utf-8">` + og + utf8Text + `">`, want: street},
		{name: "UTF-8 by the server", contentType: "text/html; charset=utf-8", html: "<title>" + utf8Text + "</title>", want: street},
		{name: "UTF-8 that says it is Western", html: `<title>` + utf8Text + `</title>` + late + `<meta charset="windows-1252">`, want: street},
		{name: "Shift_JIS by meta", html: `<meta charset="shift_jis">` + og + kana + `">`, want: test},
		{name: "Shift_JIS by the server", contentType: "text/html; charset=Shift_JIS", html: "<title>" + kana + "</title>", want: test},
		{name: "Shift_JIS declared late", html: late + og + kana + `"><meta charset="shift_jis">`, want: test},
		{name: "UTF-16", html: encodedUTF16(binary.LittleEndian, "\uFEFF<title>naïve &eacute; &amp;amp;</title>"), want: core.Page{Title: "naïve é &amp;"}},
		{name: "escaped twice by the page", html: "<meta charset=windows-1252><title>\xdf &amp;uuml; &amp;amp;</title>", want: core.Page{Title: "ß &uuml; &amp;"}},
		{name: "none where an address goes on", html: `<title>T</title><meta property=og:image content="/p.jpg?w=1&copy=2&lt=3&amp;h=4">`, want: core.Page{Title: "T", ImageURL: "https://news.example/p.jpg?w=1&copy=2&lt=3&h=4"}},
		{name: "quotes of both kinds", html: `<meta property=og:title content='A "B" &quot;C&quot; &#39;D&#39;'>`, want: core.Page{Title: `A "B" "C" 'D'`}},
		{name: "reference in the name of a fact", html: `<meta property="og&#58;title" content="T">`, want: core.Page{Title: "T"}},
		{name: "nothing but spaces is nothing", html: `<meta property=og:title content="&nbsp;&#32;"><title>T</title>`, want: core.Page{Title: "T"}},
		{name: "https address of a picture", html: `<title>T</title><meta property=og:image content="http&#58;//c.example/1.jpg"><meta property=og:image:secure_url content="https://c.example/2.jpg?a&amp;b">`, want: core.Page{Title: "T", ImageURL: "https://c.example/2.jpg?a&b"}},
	})
}

// endless is a page without an end: whatever follows its beginning, for ever.
type endless struct {
	begin  io.Reader
	filler string
	read   int64
}

func (e *endless) Read(p []byte) (n int, err error) {
	defer func() { e.read += int64(n) }()
	if n, err = e.begin.Read(p); n > 0 || len(p) == 0 {
		return n, nil
	}
	for n < len(p) {
		n += copy(p[n:], e.filler)
	}
	return n, nil
}

func TestHowMuchIsRead(t *testing.T) {
	t.Parallel()
	const (
		all     = `<title>T</title><meta name=description content=d><meta property=og:image content=/i.png>`
		partial = `<title>T</title>`
		blocks  = 64 << 10
	)
	for _, tc := range []struct {
		name, begin, filler string
		most                int64
	}{
		{"all is known at the end of the head", "<head>" + all + "</head>", "<p>", blocks},
		{"all is known where the body begins", all + "<body>", "<p>", blocks},
		{"a picture is missing", "<head>" + partial + "</head>", "<p>", page.MaxBytes},
		{"a head without an end", "<head>" + all, "<meta name=x content=y>", page.MaxBytes},
		{"a text without an end", partial + "<textarea>", "word ", page.MaxBytes},
		{"a tag without an end", partial + "<a ", "x ", page.MaxBytes},
		{"an attribute without an end", partial + `<a title="`, "x", page.MaxBytes},
		{"a comment without an end", partial + "<!--", "-", page.MaxBytes},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			r := &endless{begin: strings.NewReader(tc.begin), filler: tc.filler}
			got, err := page.Parse(r, "text/html", address(t, where))
			if err != nil || got.Title != "T" {
				t.Errorf("got %q, %v", got.Title, err)
			}
			if r.read > tc.most {
				t.Errorf("%d bytes were read, want at most %d", r.read, tc.most)
			}
		})
	}
}

func TestPagesThatSayNothing(t *testing.T) {
	t.Parallel()
	broken := errors.New("the line is dead")
	for _, tc := range []struct {
		name string
		r    io.Reader
		want error
	}{
		{"empty", strings.NewReader(""), page.ErrNothing},
		{"text", strings.NewReader("just some text"), page.ErrNothing},
		{"application of scripts", strings.NewReader(`<div id="root"></div><script src="/app.js"></script>`), page.ErrNothing},
		{"site name alone", strings.NewReader(`<meta property="og:site_name" content="S">`), page.ErrNothing},
		{"too late", strings.NewReader("<!--" + strings.Repeat(" ", page.MaxBytes) + "--><title>T</title>"), page.ErrTooLate},
		{"broken off", io.MultiReader(strings.NewReader("<html><head>"), iotest.ErrReader(broken)), broken},
	} {
		if _, err := page.Parse(tc.r, "", address(t, where)); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
		}
	}
	got, err := page.Parse(io.MultiReader(strings.NewReader("<title>Enough</title>"), iotest.ErrReader(broken)), "", address(t, where))
	if err != nil || got.Title != "Enough" {
		t.Errorf("a page that breaks off after its title: %q, %v", got.Title, err)
	}
}

// FuzzParse holds what every page, however made, leads to.
func FuzzParse(f *testing.F) {
	f.Add([]byte(`<base href=//cdn.example><meta property=og:image content=a.png><title>T</title>`), "text/html")
	f.Add([]byte("<meta charset=shift_jis><title>\x83e\x83X\x83g</title>"), "")
	f.Add([]byte("\xff\xfe<\x00t\x00i\x00t\x00l\x00e\x00>\x00x\x00"), "text/html; charset=utf-16")
	f.Add([]byte("<svg><title>a</svg><h1>b<br>c</h1><noscript><meta name=description content='\xe9'>"), "text/html; charset=windows-1252")
	f.Add([]byte("<meta property=og:image content=http://a/1><meta property=og:image:secure_url content=https://a/1>"), "x")
	f.Fuzz(func(t *testing.T, content []byte, contentType string) {
		p, err := page.Parse(strings.NewReader(string(content)), contentType, address(t, where))
		if err != nil && !errors.Is(err, page.ErrNothing) && !errors.Is(err, page.ErrTooLate) {
			t.Fatalf("an error that did not come from the reader: %v", err)
		}
		for text, most := range map[string]int{p.Title: page.MaxTitle, p.Description: page.MaxDescription, p.SiteName: page.MaxSiteName} {
			if !utf8.ValidString(text) || utf8.RuneCountInString(text) > most || strings.ContainsFunc(text, unicode.IsControl) || strings.TrimSpace(text) != text {
				t.Errorf("not fit to be shown: %q", text)
			}
		}
		if p.ImageURL == "" {
			return
		}
		u, err := url.Parse(p.ImageURL)
		if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(p.ImageURL) > page.MaxImageURL || strings.ContainsFunc(p.ImageURL, unicode.IsSpace) {
			t.Errorf("not an address of a picture: %q (%v)", p.ImageURL, err)
		}
	})
}
