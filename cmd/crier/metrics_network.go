package main

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/crier-social/crier/core"
)

// eventVersionChanged is the core.Event of a network whose API version was changed.
const eventVersionChanged = "api_version_changed"

// networkMetrics counts what happens between the server and the networks.
type networkMetrics struct {
	calls          *prometheus.CounterVec
	versionChanges *prometheus.CounterVec
}

func newNetworkMetrics() networkMetrics {
	return networkMetrics{
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "crier_upstream_calls_total",
			Help: "Requests to a network, by endpoint and class of its answer: 429 apart from the others of 4xx, none when there was no answer, held when no request was made because a limit is used up.",
		}, []string{"platform", "endpoint", "status"}),
		versionChanges: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "crier_api_version_changes_total",
			Help: "How often another version of a network's API was taken because the network had ceased to serve the one in use.",
		}, []string{"platform"}),
	}
}

// NetworkCalled counts a request to a network.
func (m networkMetrics) NetworkCalled(c core.Call) {
	m.calls.WithLabelValues(c.Platform, c.Endpoint, callClass(c)).Inc()
}

// callClass is what came of a call, in few words.
func callClass(c core.Call) string {
	switch {
	case c.Held:
		return "held"
	case c.Status == 0:
		return "none"
	case c.Status == http.StatusTooManyRequests:
		return strconv.Itoa(c.Status)
	}
	return strconv.Itoa(c.Status/100) + "xx"
}

// Happened counts an event. The provider has logged it.
func (m networkMetrics) Happened(e core.Event) {
	if e.Name == eventVersionChanged {
		m.versionChanges.WithLabelValues(e.Platform).Inc()
	}
}

// versionCollector reads the versions of the networks' APIs when they are asked for.
type versionCollector struct {
	registry *core.Registry
	clock    core.Clock

	inUse, end, notice *prometheus.Desc
}

func newVersionCollector(registry *core.Registry, clock core.Clock) *versionCollector {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(name, help, append([]string{"platform", "version"}, labels...), nil)
	}
	return &versionCollector{
		registry: registry, clock: clock,
		inUse: desc("crier_api_version", "1, with the version of a network's API that is in use, and the day from which the network no longer serves it.", "sunset"),
		end: desc("crier_api_version_sunset_timestamp_seconds",
			"When a network ceases to serve the version of its API in use, as published or, if it is not, as promised at least."),
		notice: desc("crier_provider_version_notice", "1 while the version of a network's API needs the operator's attention, because it ends soon or was replaced."),
	}
}

// Describe implements prometheus.Collector.
func (v *versionCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{v.inUse, v.end, v.notice} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (v *versionCollector) Collect(ch chan<- prometheus.Metric) {
	for _, p := range v.registry.All() {
		versioned, ok := p.(core.Versioned)
		if !ok {
			continue
		}
		platform, version := p.Info().Name, versioned.APIVersion()
		end, _ := versioned.VersionEnd()
		needed := 0.0
		if _, n := versioned.VersionNotice(v.clock.Now()); n {
			needed = 1
		}
		ch <- prometheus.MustNewConstMetric(v.inUse, prometheus.GaugeValue, 1, platform, version, end.Format(time.DateOnly))
		ch <- prometheus.MustNewConstMetric(v.end, prometheus.GaugeValue, float64(end.Unix()), platform, version)
		ch <- prometheus.MustNewConstMetric(v.notice, prometheus.GaugeValue, needed, platform, version)
	}
}

var _ prometheus.Collector = (*versionCollector)(nil)

// heldCollector reads how many endpoints of the networks are left alone when it is asked.
type heldCollector struct {
	registry *core.Registry
	held     *prometheus.Desc
}

func newHeldCollector(registry *core.Registry) *heldCollector {
	return &heldCollector{registry: registry, held: prometheus.NewDesc("crier_upstream_held",
		"Endpoints of a network that no call is made to now, one for each account's authorization, because the network has refused some or a quota is used up.",
		[]string{"platform"}, nil)}
}

// Describe implements prometheus.Collector.
func (h *heldCollector) Describe(ch chan<- *prometheus.Desc) { ch <- h.held }

// Collect implements prometheus.Collector.
func (h *heldCollector) Collect(ch chan<- prometheus.Metric) {
	for _, p := range h.registry.All() {
		if throttle, ok := p.(core.Throttle); ok {
			ch <- prometheus.MustNewConstMetric(h.held, prometheus.GaugeValue, float64(throttle.HeldEndpoints()), p.Info().Name)
		}
	}
}

var _ prometheus.Collector = (*heldCollector)(nil)
