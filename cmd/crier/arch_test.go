package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	module = "github.com/crier-social/crier"
	root   = "../.."
)

// layer is one line of the architecture: packages that match may import, of this
// module, only what the other patterns match. Patterns are paths below the
// module; a trailing /... takes everything below, the folder itself included.
type layer struct {
	packages []string
	imports  []string
}

// layers is the architecture, ground up. The first line that matches a package
// is its own.
func layers() []layer {
	foundations := []string{"core", "core/queue", "core/vault", "core/netguard", "core/filelock", "core/store"}
	return []layer{
		{packages: []string{"core", "core/setting"}},
		{packages: []string{"config"}, imports: []string{"core", "core/setting"}},
		{packages: []string{"core/queue", "core/vault", "core/netguard", "core/filelock", "core/coretest"}, imports: []string{"core"}},
		{packages: []string{"core/store"}, imports: []string{"core", "core/queue"}},
		{packages: []string{"core/store/..."}, imports: []string{"core", "core/queue", "core/filelock", "core/store/...", "core/coretest"}},
		{packages: []string{"media/gallery"}, imports: []string{"core", "core/store", "media/..."}},
		{packages: []string{"media/..."}, imports: []string{"core", "core/netguard", "core/filelock", "media/..."}},
		{packages: []string{"core/..."}, imports: foundations},
		{packages: []string{"providers"}, imports: []string{"core", "providers/..."}},
		{packages: []string{"providers/internal/..."}, imports: []string{"core", "providers/internal/..."}},
		{packages: []string{"providers/providertest"}, imports: []string{"core", "core/coretest"}},
		// An adapter may use its own parts besides; see adapterImports.
		{packages: []string{"providers/..."}, imports: []string{"core", "core/setting", "core/coretest", "providers/internal/..."}},
		{packages: []string{"api/..."}, imports: slices.Concat(foundations, []string{"core/publish", "core/accounts", "core/schedule", "core/engage", "core/notify", "api/..."})},
		{packages: []string{"cmd/..."}, imports: []string{"..."}},
		{packages: []string{"deploy"}}, // tests alone
	}
}

// testOnly are helpers of tests: none of them may be linked into the binary.
func testOnly() []string {
	return []string{
		"core/coretest/...", "core/store/storetest/...", "core/store/sqlite/sqlitetest/...", "core/store/mongo/mongotest/...", "providers/providertest/...", "media/mediatest/...",
		"media/gallery/blobtest/...", "providers/linkedin/linkedintest/...", "providers/bluesky/blueskytest/...", "providers/bluesky/pdstest/...",
		"cmd/crier/crashtest/...", "cmd/crier/interop/...",
	}
}

// goPackage is what `go list -json` tells of a package.
type goPackage struct {
	ImportPath string
	Dir        string
	Imports    []string
}

func (p goPackage) path() string { return below(p.ImportPath) }

// below cuts the module's name off an import path.
func below(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

func goList(t *testing.T, args ...string) []goPackage {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Dir,Imports"}, args...)...)
	cmd.Dir, cmd.Stderr = root, &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v\n%s", err, &stderr)
	}
	var list []goPackage
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func matches(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		folder, all := strings.CutSuffix(pattern, "...")
		folder = strings.TrimSuffix(folder, "/")
		return path == folder || all && (folder == "" || strings.HasPrefix(path, folder+"/"))
	})
}

// adapterImports lets the packages of one network's adapter use each other.
func adapterImports(path string) []string {
	parts := strings.Split(path, "/")
	if len(parts) < 2 || parts[0] != "providers" {
		return nil
	}
	return []string{"providers/" + parts[1] + "/..."}
}

// forbidden lists the imports of the package that the layers do not allow.
func forbidden(p goPackage) []string {
	i := slices.IndexFunc(layers(), func(l layer) bool { return matches(l.packages, p.path()) })
	if i < 0 {
		return []string{"the package belongs to no layer"}
	}
	allowed := slices.Concat(layers()[i].imports, adapterImports(p.path()))
	var bad []string
	for _, imported := range p.Imports {
		ours := imported == module || strings.HasPrefix(imported, module+"/")
		if ours && !matches(allowed, below(imported)) {
			bad = append(bad, below(imported))
		}
	}
	return bad
}

func TestLayers(t *testing.T) {
	t.Parallel()
	packages := goList(t, "./...")
	if len(packages) < 10 {
		t.Fatalf("only %d packages found", len(packages))
	}
	for _, p := range packages {
		if bad := forbidden(p); len(bad) > 0 {
			t.Errorf("%s may not import %q: imports point down only", p.path(), bad)
		}
	}
}

// The rules above must be able to fail.
func TestLayersAreEnforced(t *testing.T) {
	t.Parallel()
	tests := []struct {
		from, imported string
		allowed        bool
	}{
		{"core", "core/queue", false},
		{"core/publish", "core/store", true},
		{"core/publish", "core/store/sqlite", false},
		{"core/publish", "media", false},
		{"core/store/sqlite", "core/publish", false},
		{"media", "core/netguard", true},
		{"media/probe", "core/store", false},
		{"media/gallery", "core/store", true},
		{"media/gallery/diskblob", "core/store", false},
		{"config", "providers", false},
		{"providers", "providers/linkedin", true},
		{"providers/linkedin", "providers/internal/rest", true},
		{"providers/linkedin", "providers/linkedin/api", true},
		{"providers/linkedin", "providers/other", false},
		{"providers/linkedin", "core/store", false},
		{"providers/linkedin", "core/setting", true},
		{"providers/linkedin", "config", false},
		{"core", "core/setting", false},
		{"providers/linkedin/sandbox", "media", false},
		{"api", "core/publish", true},
		{"api", "providers", false},
		{"api", "core/store/sqlite", false},
		{"cmd/crier", "api", true},
		{"web", "core", false},
	}
	for _, test := range tests {
		t.Run(test.from+" imports "+test.imported, func(t *testing.T) {
			t.Parallel()
			bad := forbidden(goPackage{ImportPath: module + "/" + test.from, Imports: []string{"context", module + "/" + test.imported}})
			if allowed := len(bad) == 0; allowed != test.allowed {
				t.Errorf("allowed = %v, want %v (%q)", allowed, test.allowed, bad)
			}
		})
	}
}

func TestNoTestHelperInTheBinary(t *testing.T) {
	t.Parallel()
	var linked []string
	for _, p := range goList(t, "-deps", "./cmd/crier") {
		if p.ImportPath == "testing" || matches(testOnly(), p.path()) && strings.HasPrefix(p.ImportPath, module) {
			linked = append(linked, p.ImportPath)
		}
	}
	if len(linked) > 0 {
		t.Errorf("test helpers are linked into the binary: %q", linked)
	}
}

// networkNames are names that core, api and media must not know, in small letters, and what they
// are with what follows or precedes. With a colon, twitter is the prefix of the names that web
// pages give to what their cards show.
var networkNames = map[string]*regexp.Regexp{
	"linked":  regexp.MustCompile(`linked[ _-]?in`),
	"twitter": regexp.MustCompile(`\btwitter([^:]|$)`),
	"reddit":  regexp.MustCompile(`\breddit`),
	"licdn":   nil, "facebook": nil, "instagram": nil, "tiktok": nil, "youtube": nil, "pinterest": nil,
	"bluesky": nil, "snapchat": nil, "telegram": nil, "mastodon": nil,
}

func TestNoNetworkIsNamed(t *testing.T) {
	t.Parallel()
	files := 0
	for _, folder := range []string{"core", "api", "media"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			files++
			return reportNames(t, path)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 20 {
		t.Errorf("only %d files were read", files)
	}
}

func reportNames(t *testing.T, path string) error {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	for i, line := range strings.Split(strings.ToLower(string(content)), "\n") {
		for name, form := range networkNames {
			if strings.Contains(line, name) && (form == nil || form.MatchString(line)) {
				t.Errorf("%s:%d names a network: %q", path, i+1, name)
			}
		}
	}
	return nil
}

func TestTopLevelFolders(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "git", "-C", root, "ls-files").Output()
	if err != nil {
		t.Skipf("SKIPPED: not a git checkout, so the folders cannot be told from local files: %v", err)
	}
	var folders []string
	for file := range strings.Lines(string(out)) {
		folder, _, nested := strings.Cut(strings.TrimSpace(file), "/")
		if nested && !strings.HasPrefix(folder, ".") && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	slices.Sort(folders)
	want := []string{"api", "cmd", "config", "core", "deploy", "docs", "media", "providers"}
	if diff := cmp.Diff(want, folders); diff != "" {
		t.Errorf("top-level folders (-want +got):\n%s", diff)
	}
}
