package sandbox_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the table of compared answers into the README")

// The README lists what was compared.
func TestReadme(t *testing.T) {
	t.Parallel()
	const file, begin, end = "README.md", "<!-- answers -->\n", "<!-- end -->"
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(raw), begin)
	_, after, closed := strings.Cut(rest, end)
	if !found || !closed {
		t.Fatalf("%s has no place for the table", file)
	}
	want := before + begin + answersTable(t) + end + after
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(raw)); diff != "" {
		t.Errorf("run with -update (-want +got):\n%s", diff)
	}
}

func answersTable(t *testing.T) string {
	t.Helper()
	var out strings.Builder
	out.WriteString("| Request | Status | Answer of the genuine server |\n|---|---|---|\n")
	for i, one := range recorded(t) {
		differs := ""
		if why := steps()[i].differs; why != "" {
			differs = "<br>Differs: " + why + "."
		}
		fmt.Fprintf(&out, "| %s | %d | %s%s |\n", one.Name, one.Status, shortened(one.Body), differs)
	}
	return out.String()
}

// shortened is the error of an answer, or its beginning.
func shortened(body string) string {
	var problem struct{ Error, Message string }
	if json.Unmarshal([]byte(body), &problem) == nil && problem.Error != "" {
		body = problem.Error + ": " + problem.Message
	}
	const most = 160
	if runes := []rune(body); len(runes) > most {
		body = string(runes[:most]) + "…"
	}
	if body == "" {
		return ""
	}
	return "`` " + strings.ReplaceAll(body, "|", "\\|") + " ``"
}
