package api

import (
	"net/url"
	"strconv"
	"strings"
)

// The values of a Rest.li 2.0 query. Escape encodes what they hold; their own
// parentheses and commas stay raw, which is why url.Values does not serve here.
// https://linkedin.github.io/rest.li/spec/protocol#restli-protocol-20-object-and-listarray-representation

// Escape percent-encodes every byte but letters, digits, '-', '.', '_' and '~'.
func Escape(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

// Value is a value as it stands in a query or a key.
type Value interface{ encode() string }

// String is a text.
type String string

// Int is a number.
type Int int64

// List is a list of values.
type List []Value

// Record is a value of named fields, in the order given.
type Record []Param

func (v String) encode() string { return Escape(string(v)) }
func (v Int) encode() string    { return strconv.FormatInt(int64(v), 10) }

func (v List) encode() string {
	parts := make([]string, len(v))
	for i, item := range v {
		parts[i] = item.encode()
	}
	return "List(" + strings.Join(parts, ",") + ")"
}

func (v Record) encode() string {
	fields := make([]string, len(v))
	for i, f := range v {
		fields[i] = Escape(f.Name) + ":" + f.Value.encode()
	}
	return "(" + strings.Join(fields, ",") + ")"
}

// Key writes a value as the key of an entity in a path.
func Key(v Value) string { return v.encode() }

// Param is one parameter of a query, or one field of a record.
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
