package config

import (
	"reflect"
	"testing"
)

// The parser names mistakes by the struct's field, so that names must be unique;
// and a setting without help would leave a hole in the reference.
func TestFieldsAreDescribed(t *testing.T) {
	t.Parallel()
	for _, typ := range []reflect.Type{reflect.TypeFor[Config](), reflect.TypeFor[Client]()} {
		seen := map[string]bool{}
		for _, f := range fieldsOf(typ, Prefix) {
			if seen[f.goName] {
				t.Errorf("%s: a second field is called %s", typ, f.goName)
			}
			seen[f.goName] = true
			if f.help == "" {
				t.Errorf("%s has no help", f.name)
			}
		}
		if len(seen) < 2 {
			t.Errorf("%s: only %d settings found", typ, len(seen))
		}
	}
}
