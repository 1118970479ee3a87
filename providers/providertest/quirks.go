package providertest

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var (
	quirkRow  = regexp.MustCompile(`^\| (\d+) \| (.+) \| (.+) \| (.+) \|$`)
	quirkTest = regexp.MustCompile("\\[`(Test\\w+)`\\]\\(([^)]+_test\\.go)\\)")
)

// Quirks holds the page of what a network does otherwise than one would expect against the
// tests that it names: each of so many quirks is listed once, in order, with tests that exist,
// or with the reason for which there is none.
func Quirks(t *testing.T, page string, quirks int) {
	t.Helper()
	content, err := os.ReadFile(page) //nolint:gosec // the adapter's own page
	if err != nil {
		t.Fatal(err)
	}
	next := 1
	for line := range strings.Lines(string(content)) {
		row := quirkRow.FindStringSubmatch(strings.TrimSpace(line))
		if row == nil {
			continue
		}
		if row[1] != strconv.Itoa(next) {
			t.Fatalf("quirk %s stands where %d should", row[1], next)
		}
		next++
		checkQuirk(t, filepath.Dir(page), row[1], row[4])
	}
	if next != quirks+1 {
		t.Errorf("%d quirks are listed, want %d", next-1, quirks)
	}
}

// checkQuirk holds what a row names as its tests.
func checkQuirk(t *testing.T, dir, quirk, tests string) {
	t.Helper()
	named := quirkTest.FindAllStringSubmatch(tests, -1)
	if len(named) == 0 && !strings.HasPrefix(tests, "None: ") {
		t.Errorf("quirk %s names no test, and no reason for having none", quirk)
	}
	if rest := strings.Trim(quirkTest.ReplaceAllString(tests, ""), ", "); len(named) > 0 && rest != "" {
		t.Errorf("quirk %s: %q is no test", quirk, rest)
	}
	for _, test := range named {
		source, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(test[2]))) //nolint:gosec // named by that page
		if err != nil {
			t.Errorf("quirk %s: %v", quirk, err)
			continue
		}
		if !strings.Contains(string(source), "\nfunc "+test[1]+"(t *testing.T)") {
			t.Errorf("quirk %s: %s has no %s", quirk, test[2], test[1])
		}
	}
}
