package deploy_test

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/joho/godotenv"
)

// directive is one line of a unit.
type directive struct{ name, value string }

// readUnit reads the section [Service] of a unit, or of what is added to one.
func readUnit(t *testing.T, name string) []directive {
	t.Helper()
	var list []directive
	section := ""
	for line := range strings.Lines(read(t, "systemd/"+name)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section = line
		}
		key, value, ok := strings.Cut(line, "=")
		if section == "[Service]" && ok && !strings.HasPrefix(line, "#") {
			list = append(list, directive{key, value})
		}
	}
	return list
}

func values(unit []directive, name string) []string {
	var list []string
	for _, d := range unit {
		if d.name == name {
			list = append(list, d.value)
		}
	}
	return list
}

// credentials makes the files that the unit loads, from those that secrets.sh makes.
func credentials(t *testing.T, unit []directive, secrets string) string {
	t.Helper()
	dir := t.TempDir()
	for _, value := range values(unit, "LoadCredential") {
		name, source, _ := strings.Cut(value, ":")
		if source != "/etc/crier/secrets/"+name {
			t.Errorf("the secret %s comes from %s", name, source)
		}
		text := "a secret of LinkedIn"
		if name != "linkedin-client-secret" {
			text = read(t, filepath.Join(secrets, name))
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestUnits(t *testing.T) {
	t.Parallel()
	secrets := makeSecrets(t)
	for name, want := range map[string]struct{ command, folder, ops string }{
		"crier.service":         {"serve", "crier", ":8081"},
		"crier-worker@.service": {"worker", "crier-worker-8091", "127.0.0.1:8091"},
	} {
		for _, linkedin := range []bool{false, true} {
			unit := readUnit(t, name)
			if linkedin {
				unit = append(unit, readUnit(t, "linkedin.conf")...)
			}
			specifiers := strings.NewReplacer("%d", credentials(t, unit, secrets), "%S", "/var/lib", "%i", "8091")
			environ := map[string]string{}
			for _, value := range values(unit, "Environment") {
				key, value, _ := strings.Cut(value, "=")
				environ[key] = specifiers.Replace(value)
			}
			file, err := godotenv.Unmarshal(read(t, "systemd/crier.env"))
			if err != nil {
				t.Fatal(err)
			}
			for key := range file {
				if environ[key] != "" {
					t.Errorf("%s sets %s, which crier.env would change", name, key)
				}
			}
			maps.Copy(environ, file)
			cfg := loads(t, environ)
			if linkedin != (linkedInOf(t, cfg).ClientSecret != "") {
				t.Errorf("%s: linkedin.conf does not set the app", name)
			}
			if string(cfg.OpsAddr) != want.ops || cfg.DataDir != "/var/lib/"+want.folder {
				t.Errorf("%s has the operations at %s and its data in %s", name, cfg.OpsAddr, cfg.DataDir)
			}
			if got := specifiers.Replace(values(unit, "StateDirectory")[0]); got != want.folder {
				t.Errorf("%s may write into %s", name, got)
			}
			if got := values(unit, "ExecStart"); !slices.Equal(got, []string{"/usr/local/bin/crier " + want.command}) {
				t.Errorf("%s runs %q", name, got)
			}
			limit, err := time.ParseDuration(values(unit, "TimeoutStopSec")[0] + "s")
			if err != nil {
				t.Error(err)
			}
			outlasts(t, name+": TimeoutStopSec", limit, cfg)
			if cfg.ShutdownDelay <= noticed(t) {
				t.Errorf("CRIER_SHUTDOWN_DELAY is %v, the load balancer takes up to %v to notice", cfg.ShutdownDelay, noticed(t))
			}
		}
	}
}

// The two units differ in nothing but what makes a worker of one.
func TestUnitsAreAlike(t *testing.T) {
	t.Parallel()
	server, worker := readUnit(t, "crier.service"), readUnit(t, "crier-worker@.service")
	own := func(d directive) bool {
		return d.name == "ExecStart" || d.name == "StateDirectory" ||
			d.name == "Environment" && (strings.Contains(d.value, "_ADDR=") || strings.HasPrefix(d.value, "CRIER_DATA_DIR="))
	}
	server, worker = slices.DeleteFunc(server, own), slices.DeleteFunc(worker, own)
	if !slices.Equal(server, worker) {
		t.Errorf("crier.service has %v, crier-worker@.service %v", server, worker)
	}
	if len(server) < 30 {
		t.Errorf("only %d lines were read", len(server))
	}
}
