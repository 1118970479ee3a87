package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/crier-social/crier/core/store"
)

// startSource tells how many deliveries are due without anybody at work on them, and how
// many are overdue for whatever reason.
type startSource interface {
	NotStarted(ctx context.Context) (n int, longest time.Duration, err error)
	Overdue(ctx context.Context) (n int, longest time.Duration, err error)
}

// startCollector reads the gauges of what should have started, and of what should be out,
// from the store when they are asked for.
type startCollector struct {
	log    *slog.Logger
	gauges []dueGauge
}

// dueGauge is how many deliveries are due and in a certain way behind, and for how long.
type dueGauge struct {
	what    string // for the log
	read    func(context.Context) (n int, longest time.Duration, err error)
	count   *prometheus.Desc
	longest *prometheus.Desc
}

func newStartCollector(source startSource, log *slog.Logger) *startCollector {
	most := fmt.Sprintf("; no more than %d are counted.", store.MostNotStarted)
	return &startCollector{log: log, gauges: []dueGauge{
		{
			what: "due and not started", read: source.NotStarted,
			count: prometheus.NewDesc("crier_deliveries_due_not_started",
				"Deliveries whose time came more than 5 seconds ago and on which nobody is at work, without those that wait behind another of their account"+most, nil, nil),
			longest: prometheus.NewDesc("crier_deliveries_due_not_started_seconds", "For how long the first of them has been waiting; 0 when there is none.", nil, nil),
		},
		{
			what: "overdue", read: source.Overdue,
			count: prometheus.NewDesc("crier_deliveries_overdue",
				"Deliveries whose time came more than 5 seconds ago and that are neither out nor held nor given up, for whatever reason"+most, nil, nil),
			longest: prometheus.NewDesc("crier_deliveries_overdue_seconds", "By how much the first of them has missed its time; 0 when there is none.", nil, nil),
		},
	}}
}

// Describe implements prometheus.Collector.
func (s *startCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, g := range s.gauges {
		ch <- g.count
		ch <- g.longest
	}
}

// Collect implements prometheus.Collector. While the store does not answer, the gauges are
// absent rather than wrong.
func (s *startCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	for _, g := range s.gauges {
		n, longest, err := g.read(ctx)
		if err != nil {
			s.log.WarnContext(ctx, "a gauge could not be read", "of", g.what, "error", err)
			continue
		}
		ch <- prometheus.MustNewConstMetric(g.count, prometheus.GaugeValue, float64(n))
		ch <- prometheus.MustNewConstMetric(g.longest, prometheus.GaugeValue, longest.Seconds())
	}
}

var _ prometheus.Collector = (*startCollector)(nil)
