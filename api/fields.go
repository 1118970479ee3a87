package api

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/crier-social/crier/core"
)

// fields reads the keys of an object and collects everything that is wrong with
// them, each with its path. A key that is null counts as not sent.
type fields struct {
	object
	problems core.Errors
	read     map[string]bool // keys that were asked for
}

func (f *fields) add(e *core.Error) { f.problems = append(f.problems, e) }

// unreadable tells whether something is known to be wrong with a key, or with an
// element of its list.
func (f *fields) unreadable(key string) bool {
	return slices.ContainsFunc(f.problems, func(e *core.Error) bool {
		return e.Field == key || strings.HasPrefix(e.Field, key+"[")
	})
}

// addShape adds what is wrong with the shape of the request, except about keys
// that could not be read: those are reported already.
func (f *fields) addShape(problems core.Errors) {
	for _, e := range problems {
		if !f.unreadable(e.Field) {
			f.add(e)
		}
	}
}

// ignored warns of every key that nobody has read.
func (f *fields) ignored() []warning {
	known := slices.Sorted(maps.Keys(f.read))
	var out ignoredList
	for _, key := range f.unread() {
		out.add(func() warning { return ignoredField(key, known) })
	}
	return out.warnings()
}

// unread lists the keys that nobody has read.
func (f *fields) unread() []string {
	var keys []string
	for _, key := range f.keys {
		if !f.read[key] && key != sourceKey {
			keys = append(keys, key)
		}
	}
	return keys
}

// raw returns the value of a key and whether it was sent.
func (f *fields) raw(key string) (json.RawMessage, bool) {
	if f.read == nil {
		f.read = map[string]bool{}
	}
	f.read[key] = true
	v, ok := f.values[key]
	return v, ok && string(v) != "null"
}

// text reads a string; "" when it was not sent.
func (f *fields) text(key string) string {
	raw, sent := f.raw(key)
	if !sent {
		return ""
	}
	s, ok := asText(raw)
	if !ok {
		f.add(invalid(key, key+" must be a string, not "+describe(raw)))
	}
	return s
}

// checkLength refuses a text with more characters than are allowed.
func (f *fields) checkLength(path, text string, most int) {
	if n := utf8.RuneCountInString(text); n > most {
		f.add(tooLong(path, n, most))
	}
}

// token reads a secret that goes into an HTTP header; "" when it was not sent. The
// space around it comes from copying.
func (f *fields) token(key string) string {
	s := strings.TrimSpace(f.text(key))
	if strings.IndexFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) >= 0 {
		f.add(invalid(key, key+" has a character that no token has: a line break, a control character or one beyond ASCII"))
	}
	return s
}

// flag reads a boolean; def when it was not sent.
func (f *fields) flag(key string, def bool) bool {
	raw, sent := f.raw(key)
	if !sent {
		return def
	}
	var b bool
	if json.Unmarshal(raw, &b) != nil {
		f.add(invalid(key, key+" must be true or false, not "+describe(raw)))
		return def
	}
	return b
}

// number reads a whole number within bounds; 0 when it was not sent.
func (f *fields) number(key string, least, most int64) int64 {
	raw, sent := f.raw(key)
	if !sent {
		return 0
	}
	var n int64
	if json.Unmarshal(raw, &n) != nil || n < least || n > most {
		got := describe(raw)
		if got == "a number" {
			got = printable(string(raw))
		}
		f.add(invalid(key, fmt.Sprintf("%s must be a whole number from %d to %d, not %s", key, least, most, got)))
	}
	return n
}

// list reads an array of strings, or one string with commas. An element that is no
// string is empty, so that the others keep their places.
func (f *fields) list(key string) []string {
	raw, sent := f.raw(key)
	if !sent {
		return nil
	}
	if s, ok := asText(raw); ok {
		return splitList(s)
	}
	elements, ok := asArray(raw)
	if !ok {
		f.add(invalid(key, key+" must be an array of strings, not "+describe(raw)))
		return nil
	}
	out := make([]string, 0, len(elements))
	for i, e := range elements {
		s, ok := asText(e)
		if !ok {
			path := element(key, i)
			f.add(invalid(path, path+" must be a string, not "+describe(e)))
		}
		out = append(out, strings.TrimSpace(s))
	}
	return out
}

// either returns which of a key and its alias was sent. Both at once cannot be
// read with certainty.
func (f *fields) either(key, alias string) string {
	_, hasKey := f.raw(key)
	_, hasAlias := f.raw(alias)
	if hasKey && hasAlias {
		f.add(invalid(alias, alias+" is another name of "+key+"; send one of them"))
	}
	if hasAlias && !hasKey {
		return alias
	}
	return key
}

// element is the path of an array's element.
func element(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }

func asText(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	var s string
	err := json.Unmarshal(raw, &s)
	return s, err == nil
}

func asArray(raw json.RawMessage) ([]json.RawMessage, bool) {
	if len(raw) == 0 || raw[0] != '[' {
		return nil, false
	}
	var a []json.RawMessage
	err := json.Unmarshal(raw, &a)
	return a, err == nil
}

func asObject(raw json.RawMessage) (object, bool) {
	if len(raw) == 0 || raw[0] != '{' {
		return object{}, false
	}
	o, err := parseObject(raw)
	return o, err == nil
}

// describe names the type of a JSON value for a message.
func describe(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "an array"
	case '"':
		return "a string"
	case 't', 'f':
		return "a boolean"
	case 'n':
		return "null"
	default:
		return "a number"
	}
}

// blank tells whether a value asks for nothing: null, false, zero or empty.
func blank(raw json.RawMessage) bool {
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return false
	}
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case float64:
		return v == 0
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	default:
		return false
	}
}

// splitList reads a list that was written as one string with commas.
func splitList(s string) []string {
	var out []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// quote shows a client's value in a message.
func quote(s string) string { return fmt.Sprintf("%q", printable(s)) }

// remove takes a key out of the object.
func (f *fields) remove(key string) {
	delete(f.values, key)
	f.keys = slices.DeleteFunc(f.keys, func(k string) bool { return k == key })
}

// sentAnyCase tells whether a key was sent, be it null, in whatever case.
func (f *fields) sentAnyCase(key string) bool {
	return slices.ContainsFunc(f.keys, func(k string) bool { return strings.EqualFold(k, key) })
}
