package main

import (
	"bytes"
	"encoding/base64"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/providers"
)

func TestSettingsPage(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	if err := config.Reference(&page, providers.Adapters()...); err != nil {
		t.Fatal(err)
	}
	const file = "../../docs/settings.md"
	if *update {
		if err := os.WriteFile(file, page.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(page.String(), string(committed)); diff != "" {
		t.Errorf("docs/settings.md is stale; run `make generate` (-want +got):\n%s", diff)
	}
}

// What only the server's parts can judge is told with all other mistakes, by name,
// by `crier config` and by the start alike.
func TestMistakesOfStoreAndKeys(t *testing.T) {
	t.Parallel()
	key := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{7}, 32))
	tests := []struct{ name, variable, told string }{
		{"key that is not base64", "CRIER_MASTER_KEY=%%pa55word%%", "CRIER_MASTER_KEY: key number 1 is not base64"},
		{"key that looks like an address", "CRIER_MASTER_KEY=qz://user:pa55 word\x7f@%zz", "CRIER_MASTER_KEY: key number 1 is not base64"},
		{"short key", "CRIER_MASTER_KEY=" + key + "," + base64.StdEncoding.EncodeToString(make([]byte, 16)), "CRIER_MASTER_KEY: key number 2 has 16 bytes, want 32"},
		{"same key twice", "CRIER_MASTER_KEY=" + key + "," + key, "CRIER_MASTER_KEY: key number 2 is there already"},
		{"blank key", "CRIER_MASTER_KEY= ", "CRIER_MASTER_KEY: key number 1 has 0 bytes, want 32"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			const head, tail = "crier: the settings need a correction:\n", "`crier config --reference` describes every setting.\n"
			for _, command := range []string{"config", "serve", "worker"} {
				got := execute(t.Context(), append(serveEnviron(t.TempDir()), test.variable, "CRIER_LEASE=soon"), "", command)
				want := head + "  CRIER_LEASE: \"soon\" is not a duration such as 30s, 5m, 1h30m or 90d\n  " + test.told + "\n" + tail
				if diff := cmp.Diff(result{code: exitFailure, stderr: want}, got, cmp.AllowUnexported(result{})); diff != "" {
					t.Errorf("crier %s (-want +got):\n%s", command, diff)
				}
			}
		})
	}
}

// Scopes that the adapter refuses are told of by `crier config`, too; and the ones in use are
// shown, also where a setting names none.
func TestScopesOfSettings(t *testing.T) {
	t.Parallel()
	wrong := []string{"CRIER_LINKEDIN_SCOPES=profile", "CRIER_LINKEDIN_COMMUNITY_SCOPES=w_member_social"}
	const want = "crier: the settings need a correction:\n" +
		"  CRIER_LINKEDIN_COMMUNITY_SCOPES: whom a token belongs to is not told without openid and profile, or r_basicprofile\n" +
		"  CRIER_LINKEDIN_SCOPES: nobody can post without w_member_social or w_organization_social\n" +
		"`crier config --reference` describes every setting.\n"
	for _, command := range []string{"config", "serve", "worker"} {
		got := execute(t.Context(), append(serveEnviron(t.TempDir()), wrong...), "", command)
		if diff := cmp.Diff(result{code: exitFailure, stderr: want}, got, cmp.AllowUnexported(result{})); diff != "" {
			t.Errorf("crier %s (-want +got):\n%s", command, diff)
		}
	}
	for _, none := range []string{"CRIER_LINKEDIN_SCOPES=,", "CRIER_LINKEDIN_SCOPES=", "OTHER=x"} {
		got := execute(t.Context(), []string{none}, "", "config")
		if got.code != exitOK || !strings.Contains(got.stdout, "\nCRIER_LINKEDIN_SCOPES=openid profile w_member_social ") ||
			!strings.Contains(got.stdout, "\nCRIER_LINKEDIN_COMMUNITY_SCOPES=r_basicprofile w_member_social w_organization_social ") {
			t.Errorf("%s: %+v", none, got)
		}
	}
}

// A store that is none, and a key that is missing, are told once.
func TestMistakesAreToldOnce(t *testing.T) {
	t.Parallel()
	got := execute(t.Context(), []string{"CRIER_STORE=postgres://db", "CRIER_MASTER_KEY_FILE=/nonexistent/key"}, "", "config")
	if got.code != exitFailure || strings.Count(got.stderr, "CRIER_STORE") != 1 || strings.Count(got.stderr, "CRIER_MASTER_KEY") != 1 {
		t.Errorf("config: %+v", got)
	}
}

// Keys are taken in every form of base64.
func TestFormsOfMasterKeys(t *testing.T) {
	t.Parallel()
	raw := bytes.Repeat([]byte{0xfb, 0xff}, 16) // with characters in which the alphabets differ
	for name, encoding := range map[string]*base64.Encoding{
		"standard": base64.StdEncoding, "unpadded": base64.RawStdEncoding,
		"URL-safe": base64.URLEncoding, "URL-safe and unpadded": base64.RawURLEncoding,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := execute(t.Context(), []string{"CRIER_MASTER_KEY=" + encoding.EncodeToString(raw)}, "", "config")
			if got.code != exitOK || !strings.Contains(got.stdout, "CRIER_MASTER_KEY=[redacted]") {
				t.Errorf("config: %+v", got)
			}
		})
	}
}

// A variable that is no setting is told by `crier config`, also beside mistakes, and
// in the log of a start.
func TestUnknownSettings(t *testing.T) {
	t.Parallel()
	const told = "CRIER_SANDBX_ADDR is not a setting; the nearest is CRIER_SANDBOX_ADDR"
	if got := execute(t.Context(), []string{"CRIER_SANDBX_ADDR=1"}, "", "config"); got.code != exitOK || got.stderr != "crier: "+told+"\n" {
		t.Errorf("config: %+v", got)
	}
	if got := execute(t.Context(), []string{"CRIER_SANDBX_ADDR=1", "CRIER_LEASE=soon"}, "", "config"); !strings.HasPrefix(got.stderr, "crier: "+told+"\ncrier: the settings need") {
		t.Errorf("config with a mistake: %+v", got)
	}
	ended := startServer(t, []string{"CRIER_SANDBX_ADDR=1"}, t.TempDir(), "serve").stop()
	if !strings.Contains(ended.stderr, `"reason":"`+told+`"`) {
		t.Errorf("serve: %+v", ended)
	}
}
