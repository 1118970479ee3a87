package main

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers"
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
	cfg, err := config.Load(serveEnviron(t.TempDir()), "", providers.Adapters()...)
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
	advance(t, s, days)
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

// Moving the sandbox's clock has the server look at its accounts at once; and what has ended
// so is not linked again by a restart.
func TestSandboxClockWakesTheSweep(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lost := 0
	withSandbox(t, dir, func(s *server, message string) (done bool) {
		switch message {
		case "started":
			advance(t, s, sandboxTokenLife+time.Hour)
		case "account has to be linked again":
			lost++
		}
		return lost == 2
	})
	withSandbox(t, dir, func(s *server, message string) (done bool) {
		switch message {
		case "linked an account of the sandbox":
			t.Error("an account that has to be linked again was linked")
		case "started":
			linked, err := s.app.accounts.List(t.Context(), s.app.profile.ID)
			linked = slices.DeleteFunc(linked, func(a core.Account) bool { return a.Platform != sandboxPlatform })
			if err != nil || len(linked) != 2 || linked[0].Status != core.AccountRelinkRequired || linked[1].Status != core.AccountRelinkRequired {
				t.Errorf("%+v, %v", linked, err)
			}
			return true
		}
		return false
	})
}

// advance moves the clock of LinkedIn's sandbox.
func advance(t *testing.T, s *server, d time.Duration) {
	t.Helper()
	clock, ok := s.sandboxes.of(sandboxPlatform).sandbox.(interface{ Advance(d time.Duration) error })
	if !ok {
		t.Error("the sandbox has no clock to move")
		return
	}
	if err := clock.Advance(d); err != nil {
		t.Error(err)
	}
}

// noLooks is the system's clock, by which it is never time to look whether there is something to
// do. What is done is done at the start, or because something has happened.
type noLooks struct{ core.SystemClock }

// After implements core.Clock.
func (c noLooks) After(d time.Duration) <-chan time.Time {
	if d == maintainEvery {
		return nil
	}
	return c.SystemClock.After(d)
}

// withSandbox runs a server with the sandbox until what is told of its log says so. The
// settings are added to those of every server.
func withSandbox(t *testing.T, dir string, logged func(s *server, message string) (done bool), settings ...string) {
	t.Helper()
	cfg, err := config.Load(append(serveEnviron(dir), settings...), "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Adapters = slices.DeleteFunc(cfg.Adapters, func(a core.Adapter) bool { return a.Name != sandboxPlatform })
	messages := make(chanHandler, 1000)
	s, err := newServer(t.Context(), cfg, slog.New(messages), serverOptions{api: true, sandbox: true, clock: noLooks{}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- s.run(ctx, nil) }()
	done := false
	for !done && ctx.Err() == nil {
		select {
		case message := <-messages:
			done = logged(s, message)
		case <-ctx.Done():
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if !done {
		t.Error("it did not happen in time")
	}
}

// chanHandler sends the messages of the log, as many as it has room for.
type chanHandler chan string

func (h chanHandler) Enabled(context.Context, slog.Level) bool { return true }

func (h chanHandler) Handle(_ context.Context, r slog.Record) error {
	select {
	case h <- r.Message:
	default:
	}
	return nil
}

func (h chanHandler) WithAttrs([]slog.Attr) slog.Handler { return h }

func (h chanHandler) WithGroup(string) slog.Handler { return h }
