package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const moduleRoot = "../../.."

func TestNamesThatWillNotDo(t *testing.T) {
	t.Parallel()
	root := copyTemplate(t)
	for name, tc := range map[string]struct {
		network network
		says    string
	}{
		"none":                {network{}, "a letter first"},
		"capitals":            {network{name: "Example"}, "of small letters"},
		"a path":              {network{name: "../example"}, "of small letters"},
		"a digit first":       {network{name: "9gag"}, "a letter first"},
		"the template":        {network{name: "template"}, "the template's own"},
		"a keyword":           {network{name: "func"}, "means something else in Go"},
		"a type":              {network{name: "string"}, "means something else in Go"},
		"a program":           {network{name: "main"}, "means something else in Go"},
		"a function of Go":    {network{name: "init"}, "means something else in Go"},
		"a folder of Go":      {network{name: "testdata"}, "means something else in Go"},
		"a device":            {network{name: "con"}, "means something else in Go"},
		"a package of ours":   {network{name: "core"}, "has something of that name"},
		"the sandbox":         {network{name: "sandbox"}, "conformance_test.go has something of that name"},
		"a variable":          {network{name: "clock"}, "conformance_test.go has something of that name"},
		"a title of code":     {network{name: "example", title: `"); os.Exit(1) //`}, "are taken, such as"},
		"a title of Markdown": {network{name: "example", title: "[x](y)"}, "are taken, such as"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := tc.network.generate(root)
			if err == nil || !strings.Contains(err.Error(), "will not do") || !strings.Contains(err.Error(), tc.says) {
				t.Errorf("%+v: %v", tc.network, err)
			}
		})
	}
}

// Names and titles that look strange stay what they are.
func TestNamesThatDo(t *testing.T) {
	t.Parallel()
	for _, n := range []network{{"x", "X"}, {"mytemplate", "My Template"}, {"oreilly", "O'Reilly & Söhne"}} {
		t.Run(n.name, func(t *testing.T) {
			t.Parallel()
			root := copyTemplate(t)
			if err := n.generate(root); err != nil {
				t.Fatal(err)
			}
			var plan struct{ Needs []struct{ Network string } }
			raw, err := os.ReadFile(filepath.Join(root, "providers", n.name, "testdata", "plan", "images.json"))
			if err == nil {
				err = json.Unmarshal(raw, &plan)
			}
			if err != nil || len(plan.Needs) == 0 || plan.Needs[0].Network != n.title {
				t.Errorf("the plan is of %+v, want %q: %v", plan.Needs, n.title, err)
			}
			if strings.Contains(n.title, "&") && bytes.Contains(raw, []byte("&")) {
				t.Error("the plan is not as the tests write it")
			}
		})
	}
}

func TestWhatIsThereStays(t *testing.T) {
	t.Parallel()
	root := copyTemplate(t)
	n := network{name: "example"}
	if err := n.generate(root); err != nil {
		t.Fatal(err)
	}
	if err := n.generate(root); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Errorf("with its folder: %v", err)
	}
	if err := os.RemoveAll(filepath.Join(root, "providers", "example")); err != nil {
		t.Fatal(err)
	}
	if err := n.generate(root); err == nil || !strings.Contains(err.Error(), "lists example already") {
		t.Errorf("with its line alone: %v", err)
	}
}

func TestWhatComesNextIsTold(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run([]string{"-name", "example", "-root", copyTemplate(t)}, &out); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"providers/example is written", "make generate", "docs/adding-a-network.md", "rm -r providers/example && git checkout"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q is not told:\n%s", part, &out)
		}
	}
}

// copyTemplate returns the root of a module with the template and the list of networks alone.
func copyTemplate(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	to := filepath.Join(root, "providers")
	if err := os.CopyFS(filepath.Join(to, "template"), os.DirFS("..")); err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile(filepath.Join(moduleRoot, "providers", "registry.go"))
	if err == nil {
		err = os.WriteFile(filepath.Join(to, "registry.go"), list, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return root
}

// TestATinyNetwork begins a network in a copy of the module, as a newcomer does: its folder and
// its line in the list are all that changes, its tests and those that look at every network pass,
// and the program that is built with it publishes to it.
func TestATinyNetwork(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	before := copyModule(t, root)
	if err := (network{name: "tinynet", title: "Tiny Net"}).generate(root); err != nil {
		t.Fatal(err)
	}
	want := []string{"providers/registry.go"}
	if diff := cmp.Diff(want, changed(t, root, before)); diff != "" {
		t.Errorf("changed outside the folder of the network (-want +got):\n%s", diff)
	}
	do(t, root, "go", "vet", "./providers/tinynet/...", "./providers")
	do(t, root, "go", "test", "./providers", "./providers/tinynet/...")
	do(t, root, "go", "generate", "./cmd/crier")
	do(t, root, "go", "test", "-run", "TestExamples/providers/tinynet|TestSettingsPage|TestConfig", "./cmd/crier")
	want = []string{"docs/settings.md", "providers/registry.go"}
	if diff := cmp.Diff(want, changed(t, root, before)); diff != "" {
		t.Errorf("changed by generating (-want +got):\n%s", diff)
	}
	program := filepath.Join(t.TempDir(), "crier")
	do(t, root, "go", "build", "-o", program, "./cmd/crier")

	reference := do(t, root, program, "config", "--reference")
	if !strings.Contains(reference, "CRIER_TINYNET_API_URL") {
		t.Error("the settings of the network are not in the reference")
	}
	server := start(t, program)
	type provider struct{ Name, Title string }
	var listed struct{ Providers []provider }
	server.call(t, http.MethodGet, "/providers", nil, &listed)
	if !slices.Contains(listed.Providers, provider{"tinynet", "Tiny Net"}) {
		t.Errorf("GET /providers does not list the network: %+v", listed)
	}
	var posted struct {
		Status  string
		PostIDs []struct{ Platform, Status, ID, PostURL string } `json:"postIds"`
	}
	server.call(t, http.MethodPost, "/post", map[string]any{
		"post": "Hello from a new network", "platforms": []string{"tinynet", "linkedin"},
	}, &posted)
	published := map[string]string{}
	for _, p := range posted.PostIDs {
		published[p.Platform] = p.Status
	}
	if diff := cmp.Diff(map[string]string{"tinynet": "success", "linkedin": "success"}, published); diff != "" {
		t.Errorf("outcome of the post (-want +got):\n%s", diff)
	}
}

// copyModule copies the module's source, and returns what each file was.
func copyModule(t *testing.T, to string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	err := filepath.WalkDir(moduleRoot, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(moduleRoot, path)
		if err != nil {
			return err
		}
		switch {
		case entry.IsDir() && (below == "bin" || below == "data" || below != "." && strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules"):
			return filepath.SkipDir
		case entry.IsDir():
			return os.MkdirAll(filepath.Join(to, below), 0o750)
		case !entry.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files[filepath.ToSlash(below)] = content
		return os.WriteFile(filepath.Join(to, below), content, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// changed lists the files that differ from what they were.
func changed(t *testing.T, root string, before map[string][]byte) []string {
	t.Helper()
	var list []string
	for name, was := range before {
		is, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(is, was) {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

func do(t *testing.T, dir, command string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), command, args...)
	// With the flags of `make build`, what that has compiled is not compiled again.
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-trimpath -tags=nomsgpack")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", command, strings.Join(args, " "), err, out)
	}
	return string(out)
}
