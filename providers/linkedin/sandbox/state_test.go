package sandbox_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// What was granted is good after a restart, and what has ended stays ended.
func TestGrantsSurviveARestart(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "folder", "grants.json")
	keep := func(o *sandbox.Options) { o.StateFile = file }
	first := start(t, keep)
	jane := first.exchange(t, sandbox.CommunityClientID, first.code(t, sandbox.CommunityClientID, sandbox.JaneID, "r_basicprofile"))
	john, err := first.Authorize(sandbox.ShareClientID, sandbox.JohnID, "openid")
	if err != nil {
		t.Fatal(err)
	}
	first.Revoke(sandbox.ShareClientID, sandbox.JohnID)
	if err := first.Advance(10 * oneDay); err != nil {
		t.Fatal(err)
	}
	jane2 := first.tokens(t, refreshForm(sandbox.CommunityClientID, jane.RefreshToken))
	pending := first.code(t, sandbox.CommunityClientID, sandbox.JaneID, "r_basicprofile")
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}

	second := start(t, keep)
	if diff := cmp.Diff(first.Grants(), second.Grants()); diff != "" {
		t.Errorf("grants (-before +after):\n%s", diff)
	}
	if ahead := second.Clock().Now().Sub(second.clock.Now()); ahead != 10*oneDay {
		t.Errorf("the clock is ahead by %v", ahead)
	}
	for _, tokens := range []sandbox.Tokens{jane, jane2} {
		second.want(http.StatusOK, "GET", "/v2/me", "", token(tokens.AccessToken))
	}
	second.want(http.StatusUnauthorized, "GET", "/v2/userinfo", "", token(john.AccessToken))
	second.tokens(t, refreshForm(sandbox.CommunityClientID, jane.RefreshToken))
	second.exchange(t, sandbox.CommunityClientID, pending)
	if n := len(second.World().Tokens); n != len(sandbox.DefaultWorld().Tokens) {
		t.Errorf("%d tokens are told to all", n)
	}

	second.Reset()
	third := start(t, keep)
	if grants := third.Grants(); len(grants) != 0 || !third.Clock().Now().Equal(third.clock.Now()) {
		t.Errorf("after a reset: %+v, %v", grants, third.Clock().Now())
	}
}

// A file that is damaged, or cannot be written, is told, and does not keep anybody from working.
func TestStateFileThatIsOfNoUse(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{"no JSON": "{", "a clock that is far ahead": `{"ahead":9000000000000000000}`, "a clock that is behind": `{"ahead":-1}`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), "grants.json")
			if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			b := start(t, func(o *sandbox.Options) { o.StateFile, o.Log = file, slog.New(slog.NewTextHandler(&log, nil)) })
			if !strings.Contains(log.String(), "consent again") || !b.Clock().Now().Equal(b.clock.Now()) {
				t.Errorf("log %s", &log)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	b := start(t, func(o *sandbox.Options) {
		o.StateFile, o.Log = filepath.Join(file, "grants.json"), slog.New(slog.NewTextHandler(&log, nil))
	})
	tokens, err := b.Authorize(sandbox.ShareClientID, sandbox.JaneID, "openid")
	if err != nil || !strings.Contains(log.String(), "cannot keep") {
		t.Errorf("%v, log %s", err, &log)
	}
	b.want(http.StatusOK, "GET", "/v2/userinfo", "", token(tokens.AccessToken))
	if tokens.ExpiresIn != int64(60*oneDay/time.Second) {
		t.Errorf("%d seconds", tokens.ExpiresIn)
	}
}
