package api

import (
	"net/http"
	"slices"
	"strings"
)

// matches tells whether a pattern of the table takes a path, be that a pattern itself: a
// parameter takes whatever is no empty segment.
func matches(pattern, path string) bool {
	for more := true; more; {
		var want, got string
		var longer bool
		want, pattern, more = strings.Cut(pattern, "/")
		got, path, longer = strings.Cut(path, "/")
		taken := want == got || strings.HasPrefix(want, ":") && got != ""
		if !taken || more != longer {
			return false
		}
	}
	return true
}

// closest returns the pattern of the table that means a path: of those that take it, the
// one with a name where the others have a parameter; "" when none takes it.
func closest(table []route, path string) string {
	found := ""
	for _, r := range table {
		if matches(r.path, path) && (found == "" || matches(found, r.path)) {
			found = r.path
		}
	}
	return found
}

// methodsOf lists what a pattern of the table takes, in the order of the table.
func methodsOf(table []route, pattern string) []string {
	var methods []string
	for _, r := range table {
		if r.path != pattern {
			continue
		}
		methods = append(methods, r.method)
		if r.method == http.MethodGet {
			methods = append(methods, http.MethodHead)
		}
	}
	return methods
}

// shadowed is a path of the table with a method that it does not take, although a pattern
// with a parameter in place of its name does: GET /post/bulk is not the post of the id bulk.
type shadowed struct{ method, path string }

// shadowedRoutes lists them all.
func shadowedRoutes(table []route) []shadowed {
	var out []shadowed
	for _, named := range table {
		taken := methodsOf(table, named.path)
		for _, other := range table {
			if other.path == named.path || !matches(other.path, named.path) {
				continue
			}
			for _, method := range methodsOf(table, other.path) {
				if s := (shadowed{method, named.path}); !slices.Contains(taken, method) && !slices.Contains(out, s) {
					out = append(out, s)
				}
			}
		}
	}
	return out
}
