package linkedin_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

const (
	quirksFile = "QUIRKS.md"
	quirks     = 50
)

var (
	quirkRow  = regexp.MustCompile(`^\| (\d+) \| (.+) \| (.+) \| (.+) \|$`)
	quirkTest = regexp.MustCompile("\\[`(Test\\w+)`\\]\\(([^)]+_test\\.go)\\)")
)

// TestQuirks holds that every quirk is listed once, in order, with tests that exist, or
// with the reason for which there is none.
func TestQuirks(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(quirksFile)
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
		named := quirkTest.FindAllStringSubmatch(row[4], -1)
		if len(named) == 0 && !strings.HasPrefix(row[4], "None: ") {
			t.Errorf("quirk %s names no test, and no reason for having none", row[1])
		}
		if rest := strings.Trim(quirkTest.ReplaceAllString(row[4], ""), ", "); len(named) > 0 && rest != "" {
			t.Errorf("quirk %s: %q is no test", row[1], rest)
		}
		for _, test := range named {
			checkTestExists(t, row[1], test[1], test[2])
		}
	}
	if next != quirks+1 {
		t.Errorf("%d quirks are listed, want %d", next-1, quirks)
	}
}

func checkTestExists(t *testing.T, quirk, name, file string) {
	t.Helper()
	source, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		t.Errorf("quirk %s: %v", quirk, err)
		return
	}
	if !strings.Contains(string(source), "\nfunc "+name+"(t *testing.T)") {
		t.Errorf("quirk %s: %s has no %s", quirk, file, name)
	}
}
