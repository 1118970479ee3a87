package accounts

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

// An account without an end is not logged as one that ended long ago.
func TestLoggedEnd(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		account core.Account
		want    map[string]any
	}{
		"none":  {core.Account{}, map[string]any{"account": "a", "ends": nil}},
		"known": {core.Account{ExpiresAt: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)}, map[string]any{"account": "a", "ends": "2030-01-02T03:04:05Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var line bytes.Buffer
			slog.New(slog.NewJSONHandler(&line, nil)).InfoContext(t.Context(), "x", "account", "a", "ends", logged(tt.account.EndsAt()))
			var got map[string]any
			if err := json.Unmarshal(line.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			for _, own := range []string{slog.TimeKey, slog.LevelKey, slog.MessageKey} {
				delete(got, own)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
