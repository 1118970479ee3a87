package mongo

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestNewestOf: what several queries have found becomes one list.
func TestNewestOf(t *testing.T) {
	t.Parallel()
	doc := func(id, place string, version int64) postDoc {
		return postDoc{ID: id, Search: postSearch{Place: place}, Version: version}
	}
	for name, tc := range map[string]struct{ found, want []postDoc }{
		"nothing": {nil, nil},
		"newest first, as many as asked for": {
			[]postDoc{doc("a", "1", 0), doc("c", "3", 0), doc("b", "2", 0)},
			[]postDoc{doc("c", "3", 0), doc("b", "2", 0)},
		},
		"a post that was published between two queries": {
			[]postDoc{doc("b", "2", 0), doc("a", "1", 0), doc("b", "2", 1)},
			[]postDoc{doc("b", "2", 1), doc("a", "1", 0)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.want, newestOf(tc.found, 2)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
