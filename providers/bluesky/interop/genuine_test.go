//go:build interop

package interop_test

import (
	"flag"
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/bluesky/pdstest"
)

var update = flag.Bool("update", false, "write down what the genuine server answers")

func TestGenuineServer(t *testing.T) {
	t.Parallel()
	server := pdstest.Start(t, "PDS_RATE_LIMITS_ENABLED=true")
	w := world{
		pds: server.URL, plc: server.PLC, client: &http.Client{Timeout: time.Minute},
		advance: func(t *testing.T, by time.Duration) { t.Helper(); server.Advance(t, by) },
		consent: func(t *testing.T, page string, who account, agrees bool) string {
			t.Helper()
			person := pdstest.Account{DID: who.did, Handle: who.handle, Password: who.password}
			if !agrees {
				return server.Refuse(t, page, person)
			}
			return server.Consent(t, page, person)
		},
		alice: accountOf(server.CreateAccount(t, "alice.test")), bob: accountOf(server.CreateAccount(t, "bob.test")),
	}
	hold(t, w, nil, *update)
}

func accountOf(a pdstest.Account) account {
	return account{did: a.DID, handle: a.Handle, password: a.Password, appPassword: a.AppPassword}
}
