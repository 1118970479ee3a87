package main

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// The sandbox's apps send members back to the server that it runs beside, and to no other.
func TestSandboxAppsKnowTheirServer(t *testing.T) {
	t.Parallel()
	s := startServer(t, nil, t.TempDir(), "serve", "--sandbox")
	for _, clientID := range []string{sandbox.ShareClientID, sandbox.CommunityClientID} {
		for redirect, want := range map[string]int{
			s.url + "/link/callback":                  http.StatusOK,
			"https://crier.example.com/link/callback": http.StatusUnauthorized,
		} {
			query := url.Values{"response_type": {"code"}, "client_id": {clientID}, "scope": {"w_member_social"}, "redirect_uri": {redirect}}
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.sandbox+"/oauth/v2/authorization?"+query.Encode(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if got, body := do(t, req); got != want {
				t.Errorf("%s, back to %s: %d, want %d: %s", clientID, redirect, got, want, body)
			}
		}
	}
}

// Time passes for the server and the sandbox at once, so that what is granted can end.
func TestSandboxClockIsTheServers(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(serveEnviron(t.TempDir()), "")
	if err != nil {
		t.Fatal(err)
	}
	s, err := newServer(t.Context(), cfg, slog.New(slog.DiscardHandler), serverOptions{api: true, sandbox: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	})
	const days = 355 * 24 * time.Hour
	if err := s.sandbox.sandbox.Advance(days); err != nil {
		t.Fatal(err)
	}
	if ahead := time.Until(s.app.clock.Now()); ahead < days-time.Minute || ahead > days {
		t.Errorf("the server's clock is ahead by %v", ahead)
	}
}

// Accounts that were linked in the sandbox are good after a restart.
func TestSandboxKeepsGrants(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, nil, dir, "serve", "--sandbox")
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.sandbox+"/sandbox/grants",
		strings.NewReader(`{"clientId":"`+sandbox.CommunityClientID+`","person":"`+sandbox.JohnID+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	status, body := do(t, req)
	var tokens sandbox.Tokens
	if err := json.Unmarshal([]byte(body), &tokens); err != nil || status != http.StatusCreated {
		t.Fatalf("%d %s: %v", status, body, err)
	}
	s.stop()
	s = startServer(t, nil, dir, "serve", "--sandbox")
	if req, err = http.NewRequestWithContext(t.Context(), http.MethodGet, s.sandbox+"/v2/me", nil); err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+tokens.AccessToken)
	if status, body := do(t, req); status != http.StatusOK {
		t.Errorf("after the restart: %d %s", status, body)
	}
}
