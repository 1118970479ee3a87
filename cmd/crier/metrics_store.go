package main

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"
)

// pinged is what shows whether this process can work with its store.
type pinged interface {
	Ping(ctx context.Context) error
	Trouble() error
}

// storeCollector tells whether the store can be written, when it is asked. The gauges of what
// is in the store are absent while it does not answer; this one is always there.
type storeCollector struct {
	store pinged
	log   *slog.Logger
	up    *prometheus.Desc
}

func newStoreCollector(s pinged, log *slog.Logger) *storeCollector {
	return &storeCollector{store: s, log: log, up: prometheus.NewDesc("crier_store_up",
		"1 while this process can read and write its database; 0 while it cannot, when the gauges of what is in the database are absent.", nil, nil)}
}

// Describe implements prometheus.Collector.
func (c *storeCollector) Describe(ch chan<- *prometheus.Desc) { ch <- c.up }

// Collect implements prometheus.Collector.
func (c *storeCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	up := 0.0
	if err := c.store.Ping(ctx); err != nil {
		c.log.DebugContext(ctx, "the store does not answer", "error", err) // the store tells of what lasts
	} else if c.store.Trouble() == nil { // of a disk that is nearly full, a small write may succeed
		up = 1
	}
	ch <- prometheus.MustNewConstMetric(c.up, prometheus.GaugeValue, up)
}

var _ prometheus.Collector = (*storeCollector)(nil)
