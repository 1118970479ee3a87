package main

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
)

type fakeStarts struct {
	n       int
	longest time.Duration
	err     error
}

func (f fakeStarts) NotStarted(context.Context) (int, time.Duration, error) {
	return f.n, f.longest, f.err
}

func TestGaugesOfWhatIsNotStarted(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		source fakeStarts
		want   map[string]float64
	}{
		"some": {fakeStarts{n: 3, longest: 90 * time.Second}, map[string]float64{
			"crier_deliveries_due_not_started": 3, "crier_deliveries_due_not_started_seconds": 90,
		}},
		"none": {fakeStarts{}, map[string]float64{
			"crier_deliveries_due_not_started": 0, "crier_deliveries_due_not_started_seconds": 0,
		}},
		"the store does not answer": {fakeStarts{err: errors.New("no")}, map[string]float64{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			registry := prometheus.NewPedanticRegistry()
			registry.MustRegister(newStartCollector(tc.source, slog.New(slog.DiscardHandler)))
			families, err := registry.Gather()
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]float64{}
			for _, f := range families {
				got[f.GetName()] = f.GetMetric()[0].GetGauge().GetValue()
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
