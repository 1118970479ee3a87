package main

import (
	"context"
	"log/slog"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/store"
)

// accountMetrics counts what happens to the authorizations of accounts.
type accountMetrics struct {
	refreshes *prometheus.CounterVec
}

func newAccountMetrics() accountMetrics {
	return accountMetrics{refreshes: prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "crier_token_refreshes_total",
		Help: "Tries to renew the access token of an authorization, by result: renewed, failed for a reason that may pass, or lost because the authorization has ended.",
	}, []string{"platform", "result"})}
}

// TokenRefreshed counts a try to renew an access token.
func (m accountMetrics) TokenRefreshed(platform string, result accounts.RefreshResult) {
	m.refreshes.WithLabelValues(platform, string(result)).Inc()
}

// expectRefreshes makes the series that alerts look at; see metrics.expectNetworks.
func (m accountMetrics) expectRefreshes(registry *core.Registry) {
	for _, p := range registry.All() {
		if _, able := p.(core.Refresher); !able {
			continue
		}
		for _, result := range accounts.RefreshResults() {
			m.refreshes.WithLabelValues(p.Info().Name, string(result))
		}
	}
}

// accountCounter counts accounts.
type accountCounter interface {
	CountAccounts(ctx context.Context) ([]store.AccountCount, error)
}

// accountCollector counts the accounts in the store when it is asked.
type accountCollector struct {
	source   accountCounter
	registry *core.Registry
	log      *slog.Logger
	accounts *prometheus.Desc
}

func newAccountCollector(source accountCounter, registry *core.Registry, log *slog.Logger) *accountCollector {
	return &accountCollector{
		source: source, registry: registry, log: log,
		accounts: prometheus.NewDesc("crier_accounts", "Linked accounts of all profiles, by network and status.", []string{"platform", "status"}, nil),
	}
}

// Describe implements prometheus.Collector.
func (c *accountCollector) Describe(ch chan<- *prometheus.Desc) { ch <- c.accounts }

// Collect implements prometheus.Collector. While the store does not answer, the gauge is
// absent rather than wrong.
func (c *accountCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	counts, err := c.source.CountAccounts(ctx)
	if err != nil {
		c.log.WarnContext(ctx, "cannot count the accounts", "error", err)
		return
	}
	type key struct {
		platform string
		status   core.AccountStatus
	}
	values := map[key]int{}
	for _, platform := range c.registry.Names() {
		values[key{platform, core.AccountActive}], values[key{platform, core.AccountRelinkRequired}] = 0, 0
	}
	for _, n := range counts {
		values[key{n.Platform, n.Status}] = n.Accounts
	}
	for k, n := range values {
		ch <- prometheus.MustNewConstMetric(c.accounts, prometheus.GaugeValue, float64(n), k.platform, string(k.status))
	}
}

var _ prometheus.Collector = (*accountCollector)(nil)
