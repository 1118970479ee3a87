// Package options decodes an adapter's option block into the adapter's own
// struct, strictly: every problem is reported at once, each with its JSON path.
package options

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"github.com/crier-social/crier/core"
)

const (
	maxSize     = 1 << 20 // bytes of an option block: far above any real one
	maxProblems = 100     // reported at once
	maxShownKey = 64      // bytes of an unknown key that an error shows
	maxListed   = 20      // known keys that an error lists
)

// Decode decodes raw into v, a pointer to a struct with JSON tags. path names the
// block in errors: "exampleOptions". Nothing, or null, leaves v as it is; so does
// null for a single key. A key is matched exactly or, failing that, without
// regard to case.
//
// Fields may be of type string, bool, int, int64, float64 and json.RawMessage,
// structs, slices and pointers of these. The error is core.Errors: unknown keys
// (CodeUnknownOption, with the nearest known name), keys given twice, and values
// of the wrong type, in the order of the block. A field of another type is a
// defect of the adapter and panics.
func Decode(raw json.RawMessage, path string, v any) error {
	if len(bytes.TrimSpace(raw)) == 0 {
		return nil
	}
	d := &decoder{}
	switch {
	case len(raw) > maxSize:
		d.invalid(path, fmt.Sprintf("is larger than %d bytes", maxSize))
	case !json.Valid(raw):
		d.invalid(path, "is not valid JSON")
	default:
		d.value(raw, path, reflect.ValueOf(v).Elem())
	}
	return d.problems.OrNil()
}

type decoder struct {
	problems core.Errors
}

func (d *decoder) invalid(path, what string) {
	d.add(core.CodeParameters, path, path+" "+what+".")
}

func (d *decoder) add(code core.Code, path, message string) {
	if len(d.problems) < maxProblems {
		d.problems = append(d.problems, &core.Error{
			Kind: core.KindInvalid, Code: code, Field: path, Message: message,
		})
	}
}

// value decodes valid JSON into v.
func (d *decoder) value(raw json.RawMessage, path string, v reflect.Value) {
	raw = bytes.TrimSpace(raw)
	if bytes.Equal(raw, []byte("null")) {
		return
	}
	if v.Type() == reflect.TypeFor[json.RawMessage]() {
		v.SetBytes(bytes.Clone(raw))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		before, p := len(d.problems), reflect.New(v.Type().Elem())
		d.value(raw, path, p.Elem())
		// A scalar that cannot be read is not taken for an empty one.
		if len(d.problems) == before || p.Elem().Kind() == reflect.Struct {
			v.Set(p)
		}
	case reflect.Struct:
		d.object(raw, path, v)
	case reflect.Slice:
		d.list(raw, path, v)
	case reflect.String, reflect.Bool, reflect.Int, reflect.Int64, reflect.Float64:
		if err := json.Unmarshal(raw, v.Addr().Interface()); err != nil {
			d.invalid(path, mismatch(v.Kind(), raw))
		}
	default:
		panic(fmt.Sprintf("options: %s has the unsupported type %s", path, v.Type()))
	}
}

func (d *decoder) list(raw json.RawMessage, path string, v reflect.Value) {
	if raw[0] != '[' {
		d.invalid(path, "must be a list, not "+given(raw))
		return
	}
	var items []json.RawMessage
	if err := json.Unmarshal(raw, &items); err != nil {
		d.invalid(path, "must be a list")
		return
	}
	out := reflect.MakeSlice(v.Type(), len(items), len(items))
	for i, item := range items {
		d.value(item, path+"["+strconv.Itoa(i)+"]", out.Index(i))
	}
	v.Set(out)
}

func (d *decoder) object(raw json.RawMessage, path string, v reflect.Value) {
	if raw[0] != '{' {
		d.invalid(path, "must be an object, not "+given(raw))
		return
	}
	fields := fieldsOf(v.Type())
	seen := map[int]bool{}
	dec := json.NewDecoder(bytes.NewReader(raw))
	_, _ = dec.Token() // the opening brace of JSON that was found valid
	for dec.More() {
		key, item, ok := member(dec)
		if !ok {
			d.invalid(path, "is not valid JSON")
			return
		}
		at := path + "." + shown(key)
		i, known := fields.find(key)
		switch {
		case !known:
			d.unknown(at, key, fields)
		case seen[i]:
			d.invalid(at, "is given twice")
		default:
			seen[i] = true
			d.value(item, at, v.Field(i))
		}
	}
}

// member reads one key and its value.
func member(dec *json.Decoder) (key string, value json.RawMessage, ok bool) {
	token, err := dec.Token()
	if err != nil {
		return "", nil, false
	}
	key, ok = token.(string)
	return key, value, ok && dec.Decode(&value) == nil
}

func (d *decoder) unknown(path, key string, fields fields) {
	message := path + " is not a known option"
	near := nearest(key, fields)
	switch {
	case len(near) > 0:
		message += ": did you mean " + enumerate(near) + "?"
	case len(fields) <= maxListed:
		message += "; there are " + strings.Join(fields.names(), ", ") + "."
	default:
		message += "."
	}
	d.add(core.CodeUnknownOption, path, message)
}

// shown shortens a key for a path.
func shown(key string) string {
	if len(key) <= maxShownKey {
		return key
	}
	return strings.ToValidUTF8(key[:maxShownKey], "") + "…"
}

// fields are a struct's JSON names with their indexes.
type fields []field

type field struct {
	name  string
	index int
}

func fieldsOf(t reflect.Type) fields {
	var out fields
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name = cmp.Or(name, f.Name); f.IsExported() && name != "-" {
			out = append(out, field{name, i})
		}
	}
	return out
}

func (fs fields) names() []string {
	names := make([]string, len(fs))
	for i, f := range fs {
		names[i] = f.name
	}
	return names
}

func (fs fields) find(key string) (int, bool) {
	for _, f := range fs {
		if f.name == key {
			return f.index, true
		}
	}
	for _, f := range fs {
		if strings.EqualFold(f.name, key) {
			return f.index, true
		}
	}
	return 0, false
}

// mismatch says what a scalar must be.
func mismatch(k reflect.Kind, raw json.RawMessage) string {
	is := given(raw)
	switch k {
	case reflect.String:
		return "must be text, not " + is
	case reflect.Bool:
		return "must be true or false, not " + is
	case reflect.Float64:
		if is == numberGiven {
			return "is out of range"
		}
		return "must be a number, not " + is
	default:
		if is == numberGiven {
			return "must be a whole number in range"
		}
		return "must be a whole number, not " + is
	}
}

const numberGiven = "a number"

// given names the JSON type of a value.
func given(raw json.RawMessage) string {
	switch raw[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "text"
	case 't', 'f':
		return "true or false"
	}
	return numberGiven
}
