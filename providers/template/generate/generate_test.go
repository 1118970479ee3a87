package main

import (
	"bytes"
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
	root := t.TempDir()
	for name, n := range map[string]network{
		"none":            {},
		"capitals":        {name: "Example"},
		"a path":          {name: "../example"},
		"a digit first":   {name: "1example"},
		"the template":    {name: "template"},
		"a title of code": {name: "example", title: `"); os.Exit(1) //`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := n.generate(root); err == nil || !strings.Contains(err.Error(), "will not do") {
				t.Errorf("%+v: %v", n, err)
			}
		})
	}
}

func TestWhatIsThereStays(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "providers", "example"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := (network{name: "example"}).generate(root); err == nil || !strings.Contains(err.Error(), "there already") {
		t.Error(err)
	}
}

// TestATinyNetwork begins a network in a copy of the module, as a newcomer does: its folder and
// its line in the list are all that changes, its tests pass, and the program that is built with it
// publishes to it.
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
	do(t, root, "go", "test", "./providers/tinynet/...")
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
