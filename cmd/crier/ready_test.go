package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/mongo"
)

// ailing is a store whose server ails.
type ailing struct {
	store.Store
	ping, trouble error
}

func (s ailing) Ping(context.Context) error { return s.ping }
func (s ailing) Trouble() error             { return s.trouble }

// TestReadyTellsWhatAilsTheStore: a look that was cut off tells what other calls have found.
func TestReadyTellsWhatAilsTheStore(t *testing.T) {
	t.Parallel()
	slow := fmt.Errorf("ping: %w", context.DeadlineExceeded)
	for name, tc := range map[string]struct {
		url           string
		ping, trouble error
		want          string // empty: it is ready
	}{
		"well":                    {url: "mongodb://a/db"},
		"well again":              {url: "mongodb://a/db", trouble: store.ErrUnreachable},
		"server gone":             {"mongodb://a/db", store.ErrUnreachable, nil, "the database cannot be written: its server does not answer"},
		"server gone, known":      {"mongodb://a/db", slow, store.ErrUnreachable, "the database cannot be written: its server does not answer"},
		"server gone, a moment":   {"mongodb://a/db", slow, nil, "has not answered for 2s: its server is gone, or slow"},
		"file that is locked":     {"sqlite", slow, nil, "another program keeps it locked"},
		"clock wrong":             {"mongodb://a/db", fmt.Errorf("mongo: %w", &mongo.SkewError{Ahead: time.Minute}), nil, "this machine's clock is 1m0s ahead of the clock of the database's server"},
		"disk full":               {"sqlite", store.ErrFull, nil, "its disk is full"},
		"something of the driver": {"mongodb://a/db", errors.New("no"), nil, "the store does not answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &server{app: &app{cfg: config.Config{Store: namedStore(t, tc.url)}, presence: &presence{}, store: ailing{ping: tc.ping, trouble: tc.trouble}, log: slog.New(slog.DiscardHandler)}}
			err := s.ready(t.Context())
			if (err != nil) != (tc.want != "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}
