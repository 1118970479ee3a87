package core_test

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "add new lines to the golden files; nothing is ever removed")

// appendOnly holds lines against a golden file of what was ever published: all
// of it has to be there still, unchanged, and what is new has to be added.
func appendOnly(t *testing.T, name string, lines []string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	data, err := os.ReadFile(path)
	if first := *update && errors.Is(err, fs.ErrNotExist); err != nil && !first {
		t.Fatal(err)
	}
	published := strings.FieldsFunc(string(data), func(r rune) bool { return r == '\n' })
	for _, line := range published {
		if !slices.Contains(lines, line) {
			t.Errorf("%q was published and is gone or changed: clients and stored records depend on it", line)
		}
	}
	fresh := slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return slices.Contains(published, line) })
	if len(fresh) == 0 {
		return
	}
	if !*update {
		t.Errorf("%s lacks %q: go test ./core -update adds them, and they stay for good", path, fresh)
		return
	}
	all := append(published, fresh...)
	slices.SortFunc(all, compareLines)
	if err := os.MkdirAll("testdata", 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(strings.Join(all, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// compareLines sorts shorter first words first, so that numbers are in order.
func compareLines(a, b string) int {
	first := func(line string) string { word, _, _ := strings.Cut(line, " "); return word }
	if d := len(first(a)) - len(first(b)); d != 0 && first(a)[0] < 'A' {
		return d
	}
	return strings.Compare(a, b)
}
