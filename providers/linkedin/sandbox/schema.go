package sandbox

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// schema is a type of LinkedIn's data language, as far as request bodies need it.
// check returns one line for each finding, in LinkedIn's words.
type schema interface {
	check(path string, v any) []string
}

type (
	text    struct{}
	boolean struct{}
	integer struct{ bits int } // 32 or 64
	words   []string           // an enumeration
	listOf  struct{ item schema }
	record  []field
	union   []field // exactly one member
	// anything is a part that the sandbox accepts and keeps without looking into it.
	anything struct{}
)

type field struct {
	name  string
	typ   schema
	need  need
	where string // for readOnly: which request must not have it
}

type need int

const (
	optional need = iota
	required
	readOnly
)

func finding(path, format string, args ...any) []string {
	return []string{"ERROR :: " + path + " :: " + fmt.Sprintf(format, args...)}
}

func (text) check(path string, v any) []string {
	if _, ok := v.(string); ok {
		return nil
	}
	return finding(path, "%s cannot be coerced to String", show(v))
}

func (boolean) check(path string, v any) []string {
	if _, ok := v.(bool); ok {
		return nil
	}
	return finding(path, "%s cannot be coerced to Boolean", show(v))
}

func (i integer) check(path string, v any) []string {
	if n, ok := v.(json.Number); ok {
		if _, err := strconv.ParseInt(n.String(), 10, i.bits); err == nil {
			return nil
		}
	}
	return finding(path, "%s cannot be coerced to %s", show(v), map[int]string{32: "Integer", 64: "Long"}[i.bits])
}

func (w words) check(path string, v any) []string {
	if s, ok := v.(string); ok && slices.Contains(w, s) {
		return nil
	}
	return finding(path, "%s is not an enum symbol", show(v))
}

func (l listOf) check(path string, v any) []string {
	items, ok := v.([]any)
	if !ok {
		return finding(path, "%s is not a List", show(v))
	}
	var out []string
	for i, item := range items {
		out = append(out, l.item.check(path+"/"+strconv.Itoa(i), item)...)
		if len(out) >= maxFindings {
			break
		}
	}
	return out
}

func (r record) check(path string, v any) []string {
	members, ok := v.(map[string]any)
	if !ok {
		return finding(path, "%s is not a Map", show(v))
	}
	var out []string
	known := map[string]bool{}
	for _, f := range r {
		known[f.name] = true
		out = append(out, f.check(path, members)...)
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !known[name] {
			out = append(out, finding(path+"/"+limitString(name, 60), "unrecognized field found but not allowed")...)
		}
	}
	return out[:min(len(out), maxFindings)]
}

const maxFindings = 50

func (f field) check(path string, members map[string]any) []string {
	path += "/" + f.name
	v, present := members[f.name]
	switch {
	case present && f.need == readOnly:
		return finding(path, "ReadOnly field present in a %s request", f.where)
	case present:
		return f.typ.check(path, v)
	case f.need == required:
		return finding(path, "field is required but not found and has no default value")
	default:
		return nil
	}
}

func (u union) check(path string, v any) []string {
	members, ok := v.(map[string]any)
	if !ok {
		return finding(path, "%s is not a Map", show(v))
	}
	if out := record(u).check(path, v); len(out) > 0 {
		return out
	}
	if len(members) != 1 {
		return finding(path, "DataMap should have exactly one entry for a union type")
	}
	return nil
}

func (anything) check(string, any) []string { return nil }

// show prints a value for a message, shortened.
func show(v any) string {
	raw, err := json.Marshal(v)
	if err != nil {
		return "value"
	}
	return strings.ToValidUTF8(limitString(string(raw), 80), "")
}
