package oauth_test

import (
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky/oauth"
	"github.com/crier-social/crier/providers/internal/rest"
)

var update = flag.Bool("update", false, "write the golden files")

func response(status int, nonce, challenge, body string) *rest.Response {
	h := http.Header{}
	for key, value := range map[string]string{"DPoP-Nonce": nonce, "WWW-Authenticate": challenge} {
		if value != "" {
			h.Set(key, value)
		}
	}
	return &rest.Response{Status: status, Header: h, Body: []byte(body)}
}

func TestDocument(t *testing.T) {
	t.Parallel()
	for name, keys := range map[string][]*oauth.Key{"public": nil, "confidential": {seed(t, 'a'), seed(t, 'b')}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := oauth.NewClient(oauth.Identity{URL: clientID, RedirectURL: redirect, Name: "Crier", Keys: keys}, coretest.NewClock(coretest.Epoch()))
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(golden, c.Document(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(c.Document())); diff != "" {
				t.Error(diff)
			}
			if c.Confidential() != (len(keys) > 0) {
				t.Error("confidential:", c.Confidential())
			}
		})
	}
}

func TestNewClient(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://crier.example.org":      "",
		"https://crier.example.org/base": "",
		"http://127.0.0.1:8080":          "",
		"http://[::1]:8080":              "",
		"http://localhost:8080":          "127.0.0.1",
		"http://127.0.0.2:8080":          "127.0.0.1",
		"http://crier.example.org":       "no TLS",
		"https://192.0.2.7":              "a number",
		"https://crier":                  "elsewhere can find",
		"https://crier.local":            "elsewhere can find",
		"https://crier.test:8443":        "elsewhere can find",
		"":                               "no public address",
	} {
		i := oauth.Identity{Name: "Crier"}
		if base != "" {
			i.URL, i.RedirectURL = base+"/link/clients/bluesky.json", base+"/link/callback"
		}
		c, err := oauth.NewClient(i, coretest.NewClock(coretest.Epoch()))
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%s: %v, want %q", base, err, want)
		case err == nil && strings.HasPrefix(base, "http:"):
			if c.Confidential() || c.Document() != nil || !strings.HasPrefix(c.ID, "http://localhost?redirect_uri=") || strings.Contains(c.ID, "+") {
				t.Errorf("%s: the client is %s, and shows %s", base, c.ID, c.Document())
			}
		case err == nil && c.ID != i.URL:
			t.Errorf("%s: the client is %s", base, c.ID)
		}
	}
}

// A key is the same for the same seed, and comes back from what was kept of it.
func TestKey(t *testing.T) {
	t.Parallel()
	first, second := seed(t, 'a'), seed(t, 'a')
	if first.Thumbprint() != second.Thumbprint() || first.Thumbprint() == seed(t, 'b').Thumbprint() {
		t.Error("keys are not those of their seeds")
	}
	fresh, err := oauth.NewKey()
	if err != nil {
		t.Fatal(err)
	}
	text, err := fresh.Text()
	if err != nil {
		t.Fatal(err)
	}
	again, err := oauth.ParseKey(text)
	if err != nil || again.Thumbprint() != fresh.Thumbprint() {
		t.Error("a key is another one when it comes back", err)
	}
	for _, bad := range []core.Secret{"", "?", "AAAA", core.Secret(strings.Repeat("A", 43)), core.Secret(strings.Repeat("_", 43))} {
		if _, err := oauth.ParseKey(bad); err == nil || bad != "" && strings.Contains(err.Error(), bad.Reveal()) {
			t.Errorf("%q: %v", bad.Reveal(), err)
		}
	}
	if _, err := oauth.KeyFromSeed([]byte("short")); err == nil {
		t.Error("a short seed is taken")
	}
}
