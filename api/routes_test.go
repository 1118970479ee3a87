package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDescriptionHasEveryRoute holds the table of routes and openapi.yaml against
// each other, keys included.
func TestDescriptionHasEveryRoute(t *testing.T) {
	t.Parallel()
	data, err := documentSource("", nil)()
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	var described []string
	for path, item := range doc.Paths {
		for method, raw := range item {
			if method == "parameters" {
				continue
			}
			var operation struct {
				Security *[]any `json:"security"`
			}
			if err := json.Unmarshal(raw, &operation); err != nil {
				t.Fatal(err)
			}
			line := strings.ToUpper(method) + " " + path
			if operation.Security == nil {
				line += " with a key"
			}
			described = append(described, line)
		}
	}
	var mounted []string
	for _, r := range (&API{}).routes() {
		parts := strings.Split(r.path, "/")
		for i, p := range parts {
			if name, isParam := strings.CutPrefix(p, ":"); isParam {
				parts[i] = "{" + name + "}"
			}
		}
		line := r.method + " " + strings.Join(parts, "/")
		if r.auth {
			line += " with a key"
		}
		mounted = append(mounted, line)
	}
	slices.Sort(described)
	slices.Sort(mounted)
	if diff := cmp.Diff(mounted, described); diff != "" {
		t.Errorf("routes (-mounted +described):\n%s", diff)
	}
}
