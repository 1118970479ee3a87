package api

import (
	"slices"
	"testing"
)

// TestNoRouteIsTakenForAParameter goes through the whole table: for each path with a name where
// another has a parameter, every method of that other one is either the path's own, or refused.
func TestNoRouteIsTakenForAParameter(t *testing.T) {
	t.Parallel()
	table := (&API{}).routes()
	refused := shadowedRoutes(table)
	for _, named := range table {
		if got := closest(table, named.path); got != named.path {
			t.Errorf("%s is taken for %s", named.path, got)
		}
		for _, other := range table {
			if other.path == named.path || !matches(other.path, named.path) {
				continue
			}
			own := slices.Contains(methodsOf(table, named.path), other.method)
			if no := slices.Contains(refused, shadowed{other.method, named.path}); own == no {
				t.Errorf("%s %s: its own %v, refused %v", other.method, named.path, own, no)
			}
		}
	}
	if len(refused) == 0 {
		t.Error("no path has a name where another has a parameter")
	}
}
