package page

import (
	"bytes"
	"io"
	"strings"

	"golang.org/x/net/html"
)

// escaper escapes every ampersand of a page once more, so that a tokenizer, which resolves
// character references, leaves them as they were written. They are resolved when the text
// they stand in has been decoded: a reference stands for a character of Unicode, whatever
// the encoding of the page, which may be declared only further below.
type escaper struct {
	r       io.Reader
	pending []byte
	err     error
}

func (e *escaper) Read(p []byte) (int, error) {
	for len(e.pending) == 0 && e.err == nil {
		block := make([]byte, 4096)
		var n int
		n, e.err = e.r.Read(block)
		e.pending = bytes.ReplaceAll(block[:n], []byte("&"), []byte("&amp;"))
	}
	n := copy(p, e.pending)
	e.pending = e.pending[n:]
	if len(e.pending) > 0 || n > 0 {
		return n, nil
	}
	return 0, e.err
}

// resolved is the text of an element with its character references resolved.
func resolved(text string) string { return html.UnescapeString(text) }

// resolvedValue is resolved for the value of an attribute, where some references count less
// easily: the "&copy=2" of an address is none.
// https://html.spec.whatwg.org/multipage/parsing.html#named-character-reference-state
func resolvedValue(value string) string {
	if !strings.Contains(value, "&") {
		return value
	}
	z := html.NewTokenizer(strings.NewReader(`<a b="` + strings.ReplaceAll(value, `"`, "&quot;") + `">`))
	z.Next()
	z.TagName()
	_, out, _ := z.TagAttr()
	return string(out)
}
