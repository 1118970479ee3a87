package main

import (
	"testing"

	"github.com/crier-social/crier/cmd/crier/crashtest"
	"github.com/crier-social/crier/core/store/mongo/mongotest"
)

// fleetKills is how many processes the tests kill; make crash-mongo can kill more.
const fleetKills = 40

// crashFleet is several processes, each with a data folder of its own, on one MongoDB database.
func crashFleet() crashtest.Fleet { return crashtest.Fleet{Servers: 3, Workers: 2} }

// crashStore is a MongoDB database of the test's own, behind a proxy.
func crashStore(t *testing.T) crashtest.Store {
	t.Helper()
	url := mongotest.NewURL(t)
	return crashtest.Store{URL: url, Proxy: mongotest.NewProxy(t, url)}
}

// TestFleetKilledAtAnyMoment kills processes that share a database, one, two or all at once,
// while clients ask each server in turn and the way to the database is disturbed at times.
func TestFleetKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	store := crashStore(t)
	o := crashOptions(t, fleetKills)
	o.Fleet, o.Store = crashFleet(), store
	crash(t, o)
}
