// Package providertest is the conformance suite that every adapter of a network
// passes. An adapter's test describes itself by a Harness and calls Run:
//
//	func TestConformance(t *testing.T) {
//		t.Parallel()
//		providertest.Run(t, providertest.Harness{New: open, Text: …, Media: …})
//	}
//
// The suite drives the adapter against a double of its network, which records
// every call, can be told to fail, and shows what was published. For a network
// that speaks HTTP, NewDouble makes one of any http.Handler that behaves like
// the network.
//
// Optional abilities (core.Preflighter and the like) are checked where they are
// offered. Harness.Abilities names those that the adapter is meant to have, so
// that none can be lost unnoticed; what is not checked is logged.
package providertest
