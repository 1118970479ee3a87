package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/sqlite"
	"github.com/crier-social/crier/core/store/sqlite/sqlitetest"
)

// storeUp is the value of crier_store_up, which is always there.
func storeUp(t *testing.T, s pinged) float64 {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(newStoreCollector(s, slog.New(slog.DiscardHandler)))
	families, err := registry.Gather()
	if err != nil || len(families) != 1 || families[0].GetName() != "crier_store_up" {
		t.Fatalf("%v, %v", families, err)
	}
	return families[0].GetMetric()[0].GetGauge().GetValue()
}

// stuck is a store that does not answer before it is cut off.
type stuck struct{}

func (stuck) Ping(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
func (stuck) Trouble() error                 { return nil }

func TestStoreUp(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		store pinged
		want  float64
	}{
		"well":               {ailing{}, 1},
		"gone":               {ailing{ping: store.ErrUnreachable}, 0},
		"gone, and known":    {ailing{ping: store.ErrUnreachable, trouble: store.ErrUnreachable}, 0},
		"disk nearly full":   {ailing{trouble: store.ErrFull}, 0},
		"clock wrong":        {ailing{ping: store.ErrClock}, 0},
		"unknown":            {ailing{ping: errors.New("no")}, 0},
		"it does not answer": {stuck{}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				if got := storeUp(t, tc.store); got != tc.want {
					t.Errorf("crier_store_up %v, want %v", got, tc.want)
				}
				if took := time.Since(began); took > scrapeTimeout {
					t.Errorf("a scrape waited for %v", took)
				}
			})
		})
	}
}

// TestStoreUpOfAFile closes the store under the gauge.
func TestStoreUpOfAFile(t *testing.T) {
	t.Parallel()
	s, err := sqlite.Open(sqlitetest.NewFile(t), sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if got := storeUp(t, s); got != 1 {
		t.Errorf("open: %v", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if got := storeUp(t, s); got != 0 {
		t.Errorf("closed: %v", got)
	}
}

// TestAlertsNameMetrics: an alert on a metric that does not exist never fires.
func TestAlertsNameMetrics(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, nil, t.TempDir(), "serve")
	_, metrics := fetch(t, s.ops+"/metrics")
	seen := 0
	for _, expr := range regexp.MustCompile(`(?m)^ +expr: .*$`).FindAllString(string(text), -1) {
		for _, name := range regexp.MustCompile(`\bcrier_\w+`).FindAllString(expr, -1) {
			seen++
			if !regexp.MustCompile(`(?m)^` + name + `[ {]`).MatchString(metrics) {
				t.Errorf("/metrics has no %s, which an alert names", name)
			}
		}
	}
	if seen < 8 {
		t.Errorf("the alerts name %d metrics", seen)
	}
}
