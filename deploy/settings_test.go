package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/providers"
	"github.com/crier-social/crier/providers/linkedin"
)

// beyondGrace is what an end takes at most besides CRIER_SHUTDOWN_DELAY and
// CRIER_SHUTDOWN_GRACE: the connections to the database are closed last.
const beyondGrace = 5 * time.Second

// read returns a file of this folder.
func read(t *testing.T, name string) string {
	t.Helper()
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// decode reads what T has of a YAML document; a key that is there twice fails the test.
func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := yaml.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// makeSecrets runs secrets.sh in a copy of its folder, and returns where the secrets are.
func makeSecrets(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"bash", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("SKIPPED: %s IS NOT INSTALLED: THE SECRETS OF compose.yaml ARE NOT MADE", program)
		}
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "secrets.sh")
	if err := os.WriteFile(script, []byte(read(t, "compose/secrets.sh")), 0o700); err != nil {
		t.Fatal(err)
	}
	runSecrets(t, script)
	return filepath.Join(dir, "secrets")
}

func runSecrets(t *testing.T, script string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "bash", script)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("secrets.sh: %v\n%s", err, out)
	}
}

// loads gives a program its environment, and returns the settings that it has by it. What is
// mistaken, or no setting, fails the test.
func loads(t *testing.T, environ map[string]string) config.Config {
	t.Helper()
	var entries []string
	for name, value := range environ {
		entries = append(entries, name+"="+value)
	}
	slices.Sort(entries)
	cfg, err := config.Load(entries, "", providers.Adapters()...)
	if err != nil {
		t.Errorf("the settings are refused: %v", err)
	}
	for _, warning := range cfg.Warnings() {
		t.Error(warning)
	}
	if !cfg.Store.Shared() {
		t.Errorf("the store %s cannot be shared", cfg.Store)
	}
	return cfg
}

// linkedInOf returns the settings of LinkedIn.
func linkedInOf(t *testing.T, cfg config.Config) *linkedin.Settings {
	t.Helper()
	for _, a := range cfg.Adapters {
		if s, ok := a.Settings.(*linkedin.Settings); ok {
			return s
		}
	}
	t.Fatal("LinkedIn has no settings")
	return nil
}

// outlasts checks that whatever ends the program leaves it time for an orderly end.
func outlasts(t *testing.T, what string, limit time.Duration, cfg config.Config) {
	t.Helper()
	if need := cfg.ShutdownDelay + cfg.ShutdownGrace + beyondGrace; limit < need {
		t.Errorf("%s is %v, an orderly end takes up to %v", what, limit, need)
	}
}

// names lists the settings, each with whether it may be given as a file.
func names(t *testing.T) map[string]bool {
	t.Helper()
	var page strings.Builder
	if err := config.Reference(&page, providers.Adapters()...); err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, m := range regexp.MustCompile("(?m)^\\| `(CRIER_\\w+)`( \\*file\\*)? ").FindAllStringSubmatch(page.String(), -1) {
		known[m[1]] = true
		if m[2] != "" {
			known[m[1]+"_FILE"] = true
		}
	}
	if len(known) < 40 {
		t.Fatalf("only %d settings were found", len(known))
	}
	return known
}

// Every setting that a file here or the page about it names is one.
func TestNames(t *testing.T) {
	t.Parallel()
	known := names(t)
	pattern := regexp.MustCompile(`\bCRIER_[A-Z0-9_]+\b`)
	found := 0
	check := func(name string) {
		for _, setting := range pattern.FindAllString(read(t, name), -1) {
			found++
			if !known[setting] {
				t.Errorf("%s names %s, which is no setting", name, setting)
			}
		}
	}
	check("../docs/deploy.md")
	err := filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() && !strings.HasSuffix(path, ".go") {
			check(path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if found < 50 {
		t.Errorf("only %d names were found", found)
	}
}
