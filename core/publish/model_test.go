package publish_test

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// modelStep is how a step of the model is named, there and at its line of Go.
var modelStep = regexp.MustCompile(`model: ([A-Z_]+)`)

// TestModelNamesTheStepsOfTheCode holds the steps of the model against the lines of Go
// that name them: neither may change without a look at the other.
func TestModelNamesTheStepsOfTheCode(t *testing.T) {
	t.Parallel()
	models, err := filepath.Glob("model/*.pml")
	if err != nil || len(models) == 0 {
		t.Fatalf("models %v, %v", models, err)
	}
	inModel := map[string]bool{}
	for _, name := range models {
		for _, step := range stepsIn(t, name) {
			inModel[step] = true
		}
	}
	inCode := map[string]int{}
	for _, root := range []string{"../../core", "../../providers"} {
		err := filepath.WalkDir(root, func(name string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			for _, step := range stepsIn(t, name) {
				inCode[step]++
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(inModel) < 15 {
		t.Errorf("the model names only %d steps", len(inModel))
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(inModel)), slices.Sorted(maps.Keys(inCode))); diff != "" {
		t.Errorf("steps (-model +code):\n%s", diff)
	}
	for step, n := range inCode {
		if n != 1 {
			t.Errorf("%s stands at %d lines of Go, want one", step, n)
		}
	}
}

func stepsIn(t *testing.T, name string) []string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var steps []string
	for _, m := range modelStep.FindAllSubmatch(text, -1) {
		if step := string(m[1]); step != "NAME" {
			steps = append(steps, step)
		}
	}
	return steps
}
