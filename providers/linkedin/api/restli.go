package api

import (
	"slices"
	"strconv"
	"strings"
)

// The values of a Rest.li 2.0 query. Escape encodes what they hold; their own
// parentheses, commas and colons stay raw, which is why no encoder of net/url
// serves here.
// https://linkedin.github.io/rest.li/spec/protocol#restli-protocol-20-object-and-listarray-representation

const upperHex = "0123456789ABCDEF"

// Escape percent-encodes every byte but letters, digits, '-', '.', '_' and '~'.
func Escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c == '-' || c == '.' || c == '_' || c == '~' ||
			('0' <= c && c <= '9') || ('A' <= c && c <= 'Z') || ('a' <= c && c <= 'z') {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', upperHex[c>>4], upperHex[c&15]})
	}
	return b.String()
}

// Value is a value as it stands in a query or a key.
type Value interface{ encode() string }

// String is a text.
type String string

// Int is a number.
type Int int64

// Bool is true or false.
type Bool bool

// List is a list of values.
type List []Value

// Record is an object.
type Record map[string]Value

func (v String) encode() string { return Escape(string(v)) }
func (v Int) encode() string    { return strconv.FormatInt(int64(v), 10) }
func (v Bool) encode() string   { return strconv.FormatBool(bool(v)) }

func (v List) encode() string {
	parts := make([]string, len(v))
	for i, item := range v {
		parts[i] = item.encode()
	}
	return "List(" + strings.Join(parts, ",") + ")"
}

func (v Record) encode() string {
	parts := make([]string, 0, len(v))
	for key, item := range v {
		parts = append(parts, Escape(key)+":"+item.encode())
	}
	slices.Sort(parts)
	return "(" + strings.Join(parts, ",") + ")"
}

// Param is one parameter of a query.
type Param struct {
	Name  string
	Value Value
}

// Query writes a query string, in the order given.
func Query(params ...Param) string {
	parts := make([]string, len(params))
	for i, p := range params {
		parts[i] = Escape(p.Name) + "=" + p.Value.encode()
	}
	return strings.Join(parts, "&")
}
