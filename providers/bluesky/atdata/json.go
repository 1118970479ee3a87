// Package atdata is the data model of the AT protocol: values as JSON and as DAG-CBOR, and the
// identifiers that follow from their content.
//
// A value is nil, a bool, an int64, a string, a []any or a map[string]any. Links and bytes are
// the maps {"$link": …} and {"$bytes": …}, as in JSON. https://atproto.com/specs/data-model
package atdata

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// MaxDepth is how deep values may be nested.
const MaxDepth = 64

// FloatError is a number that the data model does not have.
type FloatError struct {
	Number string
	Path   []any // of strings and ints
}

func (e *FloatError) Error() string { return "no whole number: " + e.Number }

var (
	errDeep  = fmt.Errorf("values are nested in more than %d levels", MaxDepth)
	errAfter = errors.New("there is more behind the JSON value")
)

// Parse reads one value out of JSON.
func Parse(raw []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errAfter
	}
	return normal(v, nil)
}

// normal turns the numbers of a value into int64, in place.
func normal(v any, path []any) (any, error) {
	if len(path) > MaxDepth {
		return nil, errDeep
	}
	switch v := v.(type) {
	case json.Number:
		n, err := wholeNumber(v.String())
		if err != nil {
			return nil, &FloatError{Number: v.String(), Path: slices.Clone(path)}
		}
		return n, nil
	case []any:
		for i := range v {
			item, err := normal(v[i], append(path, i))
			if err != nil {
				return nil, err
			}
			v[i] = item
		}
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			item, err := normal(v[key], append(path, key))
			if err != nil {
				return nil, err
			}
			v[key] = item
		}
	}
	return v, nil
}

// largestInteger is what all implementations can hold.
// https://atproto.com/specs/data-model#data-types
const largestInteger = 1<<53 - 1

func wholeNumber(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		// JSON does not tell 2 from 2.0 and 2e0.
		f, bad := strconv.ParseFloat(s, 64)
		if bad != nil || f != float64(int64(f)) {
			return 0, err
		}
		n = int64(f)
	}
	if n > largestInteger || n < -largestInteger {
		return 0, strconv.ErrRange
	}
	return n, nil
}

// Keys returns the keys of a map in the order of DAG-CBOR: shorter ones first.
func Keys(m map[string]any) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		return cmp.Or(cmp.Compare(len(a), len(b)), strings.Compare(a, b))
	})
}

// JSON writes a value with the keys of its maps in the order of Keys, as servers do that keep
// records as DAG-CBOR. Values from elsewhere are written as encoding/json does.
func JSON(v any) []byte { return appendJSON(nil, v) }

func appendJSON(out []byte, v any) []byte {
	switch v := v.(type) {
	case map[string]any:
		out = append(out, '{')
		for i, key := range Keys(v) {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(appendPlain(out, key), ':')
			out = appendJSON(out, v[key])
		}
		return append(out, '}')
	case []any:
		out = append(out, '[')
		for i, item := range v {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendJSON(out, item)
		}
		return append(out, ']')
	default:
		return appendPlain(out, v)
	}
}

func appendPlain(out []byte, v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return append(out, "null"...)
	}
	return append(out, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...)
}
