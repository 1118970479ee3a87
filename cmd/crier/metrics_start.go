package main

import (
	"net/http"
	"strconv"

	"github.com/crier-social/crier/core"
)

// A counter with labels appears when it is first counted, at 1, and increase() sees no step
// there: an alert on it would miss the first event of each series. So the series that the
// alerts of docs/operations.md look at are there from the start, at 0.
// https://prometheus.io/docs/practices/instrumentation/#avoid-missing-metrics

// expectNetworks makes the series of what may go wrong with the posts of some networks.
func (m *metrics) expectNetworks(names []string) {
	for _, platform := range names {
		for _, kind := range core.Kinds() {
			for _, state := range []core.DeliveryState{core.DeliveryFailed, core.DeliveryUncertain} {
				m.deliveries.WithLabelValues(platform, string(state), string(kind))
			}
		}
		m.late.WithLabelValues(platform)
		m.notShown.WithLabelValues(platform)
	}
}

// expectRoute makes the series of the requests to a route that the server could not take.
func (m *metrics) expectRoute(method, route string) {
	m.requests.WithLabelValues(route, method, strconv.Itoa(http.StatusServiceUnavailable))
}
