// Package markup writes HTML: the program's own as it stands in the source, values escaped
// for the place where they stand. It does what html/template does, without templates that
// are found and read while the program runs: a template may call any method of any value, so
// that whoever links text/template links every exported method of every type.
package markup

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// literal is HTML of the program itself: outside of this package only constants convert to it.
type literal string

// slot is where a value goes in a literal.
const slot = "{}"

// Writer collects a document. Its zero value is empty and ready to use; it is not safe for
// concurrent use.
//
// Values may stand in text, and in attributes within double quotes. What leads somewhere
// (href, src, action and the like) takes addresses without a scheme, and those of http, https
// and mailto; any other becomes Unsafe. Behind a question mark or a hash of the literal, a
// value is one part of the address and cannot add to it. Everywhere else values are refused:
// as names, without quotes, in style and script, and in attributes that hold either of these.
type Writer struct {
	out []byte
	cursor
	err error
}

// Put appends HTML, in which each {} stands for the next value: a string, a whole number or a
// fmt.Stringer. The first mistake is kept for Bytes: a value too many or too few, of another
// type, or in a place that takes none.
func (w *Writer) Put(html literal, values ...any) {
	rest := string(html)
	for w.err == nil {
		before, after, found := strings.Cut(rest, slot)
		w.literal(before)
		if !found {
			break
		}
		if len(values) == 0 {
			w.fail("there is a value too few for", html)
			return
		}
		w.value(values[0], html)
		rest, values = after, values[1:]
	}
	if len(values) > 0 {
		w.fail("there is a value too many for", html)
	}
}

// Bytes returns the document, or the first mistake that was made in writing it.
func (w *Writer) Bytes() ([]byte, error) {
	if w.err == nil && w.place != inText {
		return nil, errors.New("markup: the document ends within a tag or a style")
	}
	return bytes.Clone(w.out), w.err
}

func (w *Writer) literal(s string) {
	for i := range len(s) {
		if trouble := w.advance(s[i]); trouble != "" {
			w.fail(trouble, literal(s))
			return
		}
	}
	w.out = append(w.out, s...)
}

func (w *Writer) value(v any, within literal) {
	s, is := textOf(v)
	switch {
	case !is:
		w.fail(fmt.Sprintf("a value of the type %T has no words for", v), within)
		return
	case w.place == inText:
	case w.place != inValue:
		w.fail("a value stands neither in text nor in a quoted attribute of", within)
		return
	default:
		switch kindOf(w.attribute) {
		case refused:
			w.fail("no value may stand in the attribute "+w.attribute+" of", within)
			return
		case address:
			if w.part == addressScheme {
				w.fail("the beginning of an address has to be one value in", within)
				return
			}
			s = w.part.escape(s)
			w.part = max(w.part, addressScheme)
		case plain:
		}
	}
	w.out = append(w.out, escape(s)...)
}

// textOf puts a value into words.
func textOf(v any) (s string, is bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case fmt.Stringer:
		return v.String(), true
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.String:
		return r.String(), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return strconv.FormatInt(r.Int(), 10), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return strconv.FormatUint(r.Uint(), 10), true
	default:
		return "", false
	}
}

func (w *Writer) fail(trouble string, within literal) {
	if w.err == nil {
		w.err = fmt.Errorf("markup: %s %q", trouble, string(within))
	}
}
