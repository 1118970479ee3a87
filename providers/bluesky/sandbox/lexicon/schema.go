// Package lexicon checks records against the lexicons of Bluesky, with the words of the genuine
// server where something is wrong. https://atproto.com/specs/lexicon
package lexicon

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"

	"github.com/crier-social/crier/providers/bluesky/atdata"
)

// Issue is what is wrong with a value.
type Issue struct {
	Message string
	Path    []any // of strings and ints
}

// Error says what is wrong, and where.
func (i *Issue) Error() string { return i.Message + " at " + PathText(i.Path) }

// schema is one type of values.
type schema interface {
	check(v any, path []any) *Issue
}

func issuef(path []any, format string, args ...any) *Issue {
	return &Issue{Message: fmt.Sprintf(format, args...), Path: slices.Clone(path)}
}

func unexpected(path []any, v any, want string) *Issue {
	return issuef(path, "Expected %s value type (got %s)", want, Preview(v))
}

func tooBig(path []any, what string, most, got int64) *Issue {
	return issuef(path, "%s too big (maximum %d, got %d)", what, most, got)
}

// text is a string. The zero value of a limit is none.
type text struct {
	bytes, graphemes int
	format           format
}

func (s text) check(v any, path []any) *Issue {
	str, isText := v.(string)
	switch {
	case !isText:
		return unexpected(path, v, "string")
	case s.bytes > 0 && len(str) > s.bytes:
		return tooBig(path, "string", int64(s.bytes), int64(len(str)))
	}
	if s.graphemes > 0 && utf8.RuneCountInString(str) > s.graphemes {
		if n := Graphemes(str); n > s.graphemes {
			return tooBig(path, "grapheme", int64(s.graphemes), int64(n))
		}
	}
	if s.format.valid != nil && !s.format.valid(str) {
		return issuef(path, "Invalid %s (got %s)", s.format.name, Preview(str))
	}
	return nil
}

// Graphemes counts the characters of a text as people see them.
func Graphemes(s string) int {
	n := 0
	for tokens := graphemes.FromString(s); tokens.Next(); {
		n++
	}
	return n
}

// integer is a whole number.
type integer struct{ least int64 }

func (s integer) check(v any, path []any) *Issue {
	n, isNumber := v.(int64)
	if !isNumber {
		return unexpected(path, v, "integer")
	}
	if n < s.least {
		return issuef(path, "integer too small (minimum %d, got %d)", s.least, n)
	}
	return nil
}

// list is an array; most of 0 is no limit.
type list struct {
	of   schema
	most int
}

func (s list) check(v any, path []any) *Issue {
	items, isList := v.([]any)
	if !isList {
		return unexpected(path, v, "array")
	}
	if s.most > 0 && len(items) > s.most {
		return tooBig(path, "array", int64(s.most), int64(len(items)))
	}
	for i, item := range items {
		if bad := s.of.check(item, append(path, i)); bad != nil {
			return bad
		}
	}
	return nil
}

// field is a property of an object.
type field struct {
	name     string
	optional bool
	of       schema
}

func must(name string, of schema) field { return field{name: name, of: of} }

func may(name string, of schema) field { return field{name: name, of: of, optional: true} }

// object is a map with fields, and whatever else there is.
type object []field

func (s object) check(v any, path []any) *Issue {
	m, isObject := v.(map[string]any)
	if !isObject {
		return unexpected(path, v, "object")
	}
	for _, f := range s {
		value, present := m[f.name]
		if !present {
			if f.optional {
				continue
			}
			return issuef(path, "Missing required key %q", f.name)
		}
		if bad := f.of.check(value, append(path, f.name)); bad != nil {
			return bad
		}
	}
	return nil
}

// union is an object whose $type says what it is. One that is not listed passes.
type union map[string]schema

func (s union) check(v any, path []any) *Issue {
	m, isObject := v.(map[string]any)
	kind, typed := m["$type"]
	if !isObject || !typed {
		return unexpected(path, v, `an object which includes the "$type" property`)
	}
	name, isText := kind.(string)
	if !isText {
		return unexpected(append(path, "$type"), kind, "string")
	}
	if of, known := s[name]; known {
		return of.check(v, path)
	}
	return nil
}

// blob is a reference to an upload.
type blob struct {
	accept []string // media types, or "image/*"
	most   int64    // bytes
}

func (s blob) check(v any, path []any) *Issue {
	ref, isBlob := BlobOf(v)
	if !isBlob {
		return unexpected(path, v, "blob")
	}
	if !slices.ContainsFunc(s.accept, func(accept string) bool { return accepts(accept, ref.MimeType) }) {
		return issuef(append(path, "mimeType"), "Expected %s (got %s)", OneOf(s.accept...), Preview(ref.MimeType))
	}
	if s.most > 0 && ref.Size > s.most {
		return tooBig(path, "blob", s.most, ref.Size)
	}
	return nil
}

func accepts(accept, mime string) bool {
	if prefix, any := strings.CutSuffix(accept, "*"); any {
		return strings.HasPrefix(mime, prefix)
	}
	return accept == mime
}

// Blob is a reference to an upload. https://atproto.com/specs/data-model#blob-type
type Blob struct {
	CID      string
	MimeType string
	Size     int64
}

// BlobOf returns the reference that a value is.
func BlobOf(v any) (Blob, bool) {
	m, isObject := v.(map[string]any)
	if !isObject || m["$type"] != "blob" || len(m) != 4 {
		return Blob{}, false
	}
	cid, isLink := atdata.Link(m["ref"])
	mime, isText := m["mimeType"].(string)
	size, isNumber := m["size"].(int64)
	ok := isLink && atdata.IsBlobCID(cid) && isText && strings.Contains(mime, "/") && isNumber && size >= 0
	return Blob{CID: cid, MimeType: mime, Size: size}, ok
}

// Blobs lists the references to uploads in a value, in no particular order.
func Blobs(v any) []Blob {
	if ref, isBlob := BlobOf(v); isBlob {
		return []Blob{ref}
	}
	var out []Blob
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			out = append(out, Blobs(item)...)
		}
	case map[string]any:
		for _, item := range v {
			out = append(out, Blobs(item)...)
		}
	}
	return out
}
