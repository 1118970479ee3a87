package main

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/crier-social/crier/core/store"
)

// startSource tells how many deliveries are due without anybody at work on them.
type startSource interface {
	NotStarted(ctx context.Context) (n int, longest time.Duration, err error)
}

// startCollector reads the gauges of what should have started from the store when they are
// asked for.
type startCollector struct {
	source  startSource
	log     *slog.Logger
	count   *prometheus.Desc
	longest *prometheus.Desc
}

func newStartCollector(source startSource, log *slog.Logger) *startCollector {
	return &startCollector{
		source: source, log: log,
		count:   prometheus.NewDesc("crier_deliveries_due_not_started", fmt.Sprintf("Deliveries whose time came more than 5 seconds ago and on which nobody is at work; no more than %d are counted.", store.MostNotStarted), nil, nil),
		longest: prometheus.NewDesc("crier_deliveries_due_not_started_seconds", "For how long the first of them has been waiting; 0 when there is none.", nil, nil),
	}
}

// Describe implements prometheus.Collector.
func (s *startCollector) Describe(ch chan<- *prometheus.Desc) {
	ch <- s.count
	ch <- s.longest
}

// Collect implements prometheus.Collector. While the store does not answer, the gauges are
// absent rather than wrong.
func (s *startCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	n, longest, err := s.source.NotStarted(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "cannot count what is due and not started", "error", err)
		return
	}
	ch <- prometheus.MustNewConstMetric(s.count, prometheus.GaugeValue, float64(n))
	ch <- prometheus.MustNewConstMetric(s.longest, prometheus.GaugeValue, longest.Seconds())
}

var _ prometheus.Collector = (*startCollector)(nil)
