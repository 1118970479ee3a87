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

// fakeDue is what one of the figures is.
type fakeDue struct {
	n       int
	longest time.Duration
	err     error
}

type fakeStarts struct{ notStarted, overdue fakeDue }

func (f fakeStarts) NotStarted(context.Context) (int, time.Duration, error) {
	return f.notStarted.n, f.notStarted.longest, f.notStarted.err
}

func (f fakeStarts) Overdue(context.Context) (int, time.Duration, error) {
	return f.overdue.n, f.overdue.longest, f.overdue.err
}

func TestGaugesOfWhatIsDue(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		source fakeStarts
		want   map[string]float64
	}{
		"some": {fakeStarts{fakeDue{n: 3, longest: 90 * time.Second}, fakeDue{n: 5, longest: time.Hour}}, map[string]float64{
			"crier_deliveries_due_not_started": 3, "crier_deliveries_due_not_started_seconds": 90,
			"crier_deliveries_overdue": 5, "crier_deliveries_overdue_seconds": 3600,
		}},
		"none": {fakeStarts{}, map[string]float64{
			"crier_deliveries_due_not_started": 0, "crier_deliveries_due_not_started_seconds": 0,
			"crier_deliveries_overdue": 0, "crier_deliveries_overdue_seconds": 0,
		}},
		"the store does not answer once": {fakeStarts{notStarted: fakeDue{err: errors.New("no")}}, map[string]float64{
			"crier_deliveries_overdue": 0, "crier_deliveries_overdue_seconds": 0,
		}},
		"the store does not answer": {fakeStarts{fakeDue{err: errors.New("no")}, fakeDue{err: errors.New("no")}}, map[string]float64{}},
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
