package markup_test

import (
	"html/template"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/crier-social/crier/core/markup"
)

const hostile = `"><script>alert('1')</script>&amp;`

func TestPut(t *testing.T) {
	t.Parallel()
	type named string
	for _, tt := range []struct {
		name  string
		write func(w *markup.Writer)
		want  string
	}{
		{"nothing", func(*markup.Writer) {}, ""},
		{"a literal as it is", func(w *markup.Writer) { w.Put(`<!doctype html><p class=" a">Ä &middot; b</p>`) }, `<!doctype html><p class=" a">Ä &middot; b</p>`},
		{"text", func(w *markup.Writer) { w.Put(`<p>{}</p>`, hostile) }, `<p>&#34;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;</p>`},
		{"a value with a slot of its own", func(w *markup.Writer) { w.Put(`{}{}`, "{}", "b") }, `{}b`},
		{"other types", func(w *markup.Writer) { w.Put(`{} {} {} {} {}`, 7, int64(-8), uint8(9), named("<"), time.Second) }, `7 -8 9 &lt; 1s`},
		{"bytes that no text has", func(w *markup.Writer) { w.Put(`{}`, "a\x00b\xffc") }, "a\uFFFDb\uFFFDc"},
		{"an attribute", func(w *markup.Writer) { w.Put(`<p title="{}">`, hostile) }, `<p title="&#34;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;amp;">`},
		{"a tag in pieces", func(w *markup.Writer) {
			w.Put(`<input value="{}"`, "1")
			w.Put(` checked`)
			w.Put(` name="{}">{}`, "<", ">")
		}, `<input value="1" checked name="&lt;">&gt;`},
		{"behind a style", func(w *markup.Writer) { w.Put(`<style>p > b { c: "d" }</style><b>{}</b>`, "e") }, `<style>p > b { c: "d" }</style><b>e</b>`},
		{"an address", func(w *markup.Writer) { w.Put(`<a href="{}">`, `https://e.example/ä b?c=%20&d="#e`) }, `<a href="https://e.example/%c3%a4%20b?c=%20&amp;d=%22#e">`},
		{"an address without a scheme", func(w *markup.Writer) { w.Put(`<a href="{}">`, `/a:b`) }, `<a href="/a:b">`},
		{"a mail address", func(w *markup.Writer) { w.Put(`<A HREF="{}">`, `MailTo:a@e.example`) }, `<A HREF="MailTo:a@e.example">`},
		{"an address that runs", func(w *markup.Writer) { w.Put(`<a HREF="{}">`, `javascript:alert(1)`) }, `<a HREF="#unsafe">`},
		{"an address that runs, hidden", func(w *markup.Writer) { w.Put(`<img src="{}">`, " java\nscript:alert(1)") }, `<img src="#unsafe">`},
		{"several values in a path", func(w *markup.Writer) { w.Put(`<a href="{}/{}{}">`, "", "b", `javascript:1`) }, `<a href="/bjavascript:1">`},
		{"a part of a path", func(w *markup.Writer) { w.Put(`<a href="/in/{}">`, `a b?c`) }, `<a href="/in/a%20b?c">`},
		{"a part of a query", func(w *markup.Writer) { w.Put(`<a href="/?a={}&b={}">`, `1&c=2 #3`, "%41") }, `<a href="/?a=1%26c%3d2%20%233&b=%2541">`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var w markup.Writer
			tt.write(&w)
			got, err := w.Bytes()
			if err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v\nwant %q", got, err, tt.want)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		write func(w *markup.Writer)
		want  string
	}{
		{"a value too few", func(w *markup.Writer) { w.Put(`{}{}`, 1) }, "too few"},
		{"a value too many", func(w *markup.Writer) { w.Put(`{}`, 1, 2) }, "too many"},
		{"a method that is not called", func(w *markup.Writer) { w.Put(`{}`, strings.NewReader("").Len) }, "type func() int"},
		{"no value", func(w *markup.Writer) { w.Put(`{}`, nil) }, "type <nil>"},
		{"the first is kept", func(w *markup.Writer) { w.Put(`a`, 1); w.Put(`{}`) }, "too many"},
		{"in a tag", func(w *markup.Writer) { w.Put(`<p {}>`, "onclick=x") }, "neither in text"},
		{"the name of an element", func(w *markup.Writer) { w.Put(`<{}>`, "script") }, "neither in text"},
		{"the name of an attribute", func(w *markup.Writer) { w.Put(`<p on{}="x">`, "click") }, "neither in text"},
		{"without quotes", func(w *markup.Writer) { w.Put(`<p title={}>`, "x") }, "neither in text"},
		{"a literal without quotes", func(w *markup.Writer) { w.Put(`<p title=a>`) }, "double quotes"},
		{"single quotes", func(w *markup.Writer) { w.Put(`<p title='{}'>`, "x") }, "double quotes"},
		{"in a style", func(w *markup.Writer) { w.Put(`<style>{}</style>`, "x") }, "neither in text"},
		{"in a style attribute", func(w *markup.Writer) { w.Put(`<p style="{}">`, "x") }, "attribute style"},
		{"in a handler", func(w *markup.Writer) { w.Put(`<p OnClick="{}">`, "x") }, "attribute onclick"},
		{"an address that begins with two values", func(w *markup.Writer) { w.Put(`<a href="{}{}">`, "java", "script:1") }, "beginning of an address"},
		{"a scheme and a value", func(w *markup.Writer) { w.Put(`<a href="javascript:{}">`, "1") }, "beginning of an address"},
		{"a script", func(w *markup.Writer) { w.Put(`<script src="/a.js"></script>`) }, "script"},
		{"an end within a tag", func(w *markup.Writer) { w.Put(`<p title="a`) }, "ends within"},
		{"an end within a style", func(w *markup.Writer) { w.Put(`<style>a`) }, "ends within"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var w markup.Writer
			tt.write(&w)
			if _, err := w.Bytes(); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one that has %q", err, tt.want)
			}
		})
	}
}

// FuzzValues holds what browsers make of a page against what they make of html/template's.
func FuzzValues(f *testing.F) {
	for _, seed := range []string{
		"", "a", hostile, "https://e.example/a?b=c&d=%zz%41#e", "javascript:alert(1)", "JAVASCRIPT:1", " javascript:1", "java\tscript:1", "data:text/html,x",
		"mailto:a@b", "//e.example", "/a:b", "a/b:c", "a:b/c", ":", "?a:b", "#a:b", "%", "ä€\U0001F600", "a+b", "`", "</title>", "<!--", "]]>", "&lt;", "'\"", "\r\n",
	} {
		f.Add(seed)
	}
	reference := template.Must(template.New("").Parse(
		`<title>{{.}}</title><p title="{{.}}" class="a {{.}} b">{{.}}<a href="{{.}}">1</a><a href="/p/{{.}}">2</a><a href="/?q={{.}}&amp;r=s">3</a><a href="/{{.}}?a#{{.}}">4</a><form action="{{.}}"></form><img src="{{.}}" alt="{{.}}"></p>`))
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsRune(s, 0) || strings.ToValidUTF8(s, "") != s {
			return // html/template leaves such bytes to the browser
		}
		var w markup.Writer
		w.Put(`<title>{}</title><p title="{}" class="a {} b">{}<a href="{}">1</a><a href="/p/{}">2</a><a href="/?q={}&amp;r=s">3</a><a href="/{}?a#{}">4</a><form action="{}"></form><img src="{}" alt="{}"></p>`,
			s, s, s, s, s, s, s, s, s, s, s, s)
		got, err := w.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		var want strings.Builder
		if err := reference.Execute(&want, s); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tokens(t, strings.ReplaceAll(want.String(), "#ZgotmplZ", markup.Unsafe)), tokens(t, string(got))); diff != "" {
			t.Errorf("%q (-html/template +markup):\n%s", s, diff)
		}
	})
}

// tokens reads a document as browsers do.
func tokens(t *testing.T, document string) []html.Token {
	t.Helper()
	var list []html.Token
	for z := html.NewTokenizer(strings.NewReader(document)); ; {
		if z.Next() == html.ErrorToken {
			return list
		}
		list = append(list, z.Token())
	}
}
