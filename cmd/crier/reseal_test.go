package main

import (
	"context"
	"encoding/base64"
	"log/slog"
	"net/http"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/core/vault"
)

// TestMasterKeyIsChanged: once a server has run with the new key before the old one, the new
// one alone posts to the accounts and signs the calls of the webhooks that were there before.
func TestMasterKeyIsChanged(t *testing.T) {
	t.Parallel()
	const key, secret = "ROTATION-TEST-KEY-0123456789", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	dir, endpoint := t.TempDir(), newWebhookEndpoint(t)
	first, second := base64.StdEncoding.EncodeToString(vault.NewKey()), base64.StdEncoding.EncodeToString(vault.NewKey())
	run := func(keys string, logged func(s *server, message string) (done bool)) {
		t.Helper()
		withSandbox(t, dir, logged, "CRIER_API_KEY="+key, "CRIER_MASTER_KEY="+keys, "CRIER_MEDIA_ALLOW=127.0.0.0/8")
	}
	run(first, func(s *server, message string) bool {
		if message != "started" {
			return false
		}
		signing := core.Secret(secret)
		r := notify.Registration{Action: "scheduled", URL: endpoint.URL, Secret: &signing}
		if _, err := s.app.notifier.Register(t.Context(), s.app.profile.ID, r); err != nil {
			t.Error(err)
		}
		return true
	})
	run(second+","+first, func(_ *server, message string) bool { return message == resealedMessage })
	run(second, func(s *server, message string) bool {
		if message != "started" {
			return false
		}
		soon := time.Now().Add(2 * time.Second).UTC().Format(time.RFC3339)
		status, body := send(t, s.api.url()+"/post", key, `{"post":"With another key","platforms":["linkedin"],"scheduleDate":"`+soon+`"}`)
		if status != http.StatusOK {
			t.Errorf("scheduling: %d %s", status, body)
			return true
		}
		call := endpoint.next(secret)
		if b := call.body; b.Status != "success" || len(b.PostIDs) != 1 || b.PostIDs[0].PostURL == "" {
			t.Errorf("told of the post: %s", call.raw)
		}
		return true
	})
}

// Without a second key nothing is done; what could not be encrypted anew is told, since the
// keys that read it have to stay; that the server stops is no failure.
func TestResealWithoutTheStore(t *testing.T) {
	t.Parallel()
	st, err := sqlite.Open(filepath.Join(t.TempDir(), "crier.db"), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	for name, tc := range map[string]struct {
		ctx  context.Context
		keys [][]byte
		want []string
	}{
		"one key":  {ctx: t.Context(), keys: [][]byte{vault.NewKey()}},
		"two keys": {ctx: t.Context(), keys: [][]byte{vault.NewKey(), vault.NewKey()}, want: []string{notResealedMessage}},
		"stopped":  {ctx: stopped, keys: [][]byte{vault.NewKey(), vault.NewKey()}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ring, err := vault.New(tc.keys...)
			if err != nil {
				t.Fatal(err)
			}
			messages := make(chanHandler, 10)
			a := &app{vault: ring, store: st, presence: &presence{}, log: slog.New(messages)}
			a.reseal(tc.ctx)
			close(messages)
			var got []string
			for message := range messages {
				got = append(got, message)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("logged (-want +got):\n%s", diff)
			}
		})
	}
}
