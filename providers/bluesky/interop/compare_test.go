package interop_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// compare holds the answers of a conversation against those of the genuine server; with
// update it writes them down instead.
func (a *asker) compare(name string, update bool) {
	a.t.Helper()
	path := filepath.Join("testdata", name+".json")
	if update {
		writeDown(a.t, path, a.answers)
		return
	}
	want := readAnswers(a.t, path)
	if len(want) != len(a.answers) {
		a.t.Errorf("%s has %d answers, and there were %d", path, len(want), len(a.answers))
	}
	for i := range min(len(want), len(a.answers)) {
		got := a.answers[i]
		diff := cmp.Diff(want[i], got.plain(a.t), cmpopts.IgnoreUnexported(answer{}))
		switch e, excepted := a.exceptions[got.Question]; {
		case excepted && diff == "":
			a.t.Errorf("%s: there is no difference, although: %s", got.Question, e.why)
		case !excepted && diff != "":
			a.t.Errorf("%s (-genuine server +this one):\n%s", got.Question, diff)
		}
	}
}

// plain is the answer as it is after it was written down.
func (got answer) plain(t *testing.T) answer {
	t.Helper()
	raw, err := json.Marshal(got)
	var plain answer
	if err == nil {
		err = json.Unmarshal(raw, &plain)
	}
	if err != nil {
		t.Fatal(err)
	}
	return plain
}

func writeDown(t *testing.T, path string, answers []answer) {
	t.Helper()
	out := &bytes.Buffer{}
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(answers)
	if err == nil {
		err = os.WriteFile(path, out.Bytes(), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func readAnswers(t *testing.T, path string) []answer {
	t.Helper()
	raw, err := os.ReadFile(path)
	var answers []answer
	if err == nil {
		err = json.Unmarshal(raw, &answers)
	}
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

// asked tells whether testdata has an answer to the question.
func asked(t *testing.T, question string) bool {
	t.Helper()
	return slices.ContainsFunc(conversations(), func(c conversation) bool {
		return slices.ContainsFunc(readAnswers(t, filepath.Join("testdata", c.name+".json")), func(a answer) bool { return a.Question == question })
	})
}
