//go:build interop

package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/bluesky/pdstest"
	"github.com/crier-social/crier/providers/bluesky/sandbox/appview"
)

// TestGenuineBluesky publishes to a PDS as its makers publish it. Its makers' packages have no
// AppView, which the sandbox's is instead, and no video service.
func TestGenuineBluesky(t *testing.T) {
	t.Parallel()
	testATNetwork(t, genuineNetwork(t))
}

// TestGenuineBlueskyCommentsOnce does so with comments while connections break and Crier dies.
func TestGenuineBlueskyCommentsOnce(t *testing.T) {
	t.Parallel()
	testCommentsOnce(t, genuineNetwork(t))
}

// genuineNetwork starts a PDS, with settings added to its own.
func genuineNetwork(t *testing.T, settings ...string) atNetwork {
	t.Helper()
	server := pdstest.Start(t, settings...)
	view := appview.New(appview.FromServer(&http.Client{Timeout: patience}, server.URL), appview.Options{Blob: appview.BlobsOf(server.URL)})
	readers := httptest.NewServer(view)
	t.Cleanup(readers.Close)
	accounts := map[string]pdstest.Account{}
	account := func(handle string) atAccount {
		a := server.CreateAccount(t, handle)
		accounts[a.DID] = a
		return atAccount{a.DID, a.Handle, a.Password, a.AppPassword}
	}
	return atNetwork{
		pds: server.URL, plc: server.PLC, appView: readers.URL, video: "off", alice: account("alice.test"), bob: account("bob.test"),
		advance: func(t *testing.T, by time.Duration) { t.Helper(); server.Advance(t, by) },
		consent: func(t *testing.T, page string, who atAccount) string {
			t.Helper()
			return server.Consent(t, page, accounts[who.did])
		},
	}
}
