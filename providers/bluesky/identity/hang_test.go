package identity_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/identity"
)

// hanging takes every request and answers none.
type hanging struct{}

func (hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// Whoever takes questions and answers none is given up after seconds, and named together with
// the setting that its address is from.
func TestLookupWhereNobodyAnswers(t *testing.T) {
	t.Parallel()
	for who, asked := range map[string]string{
		"alice.test": "from the AppView at https://appview.example (CRIER_BLUESKY_APPVIEW_URL): ",
		alice:        "from the directory of identities at https://plc.example (CRIER_BLUESKY_PLC_URL): ",
	} {
		synctest.Test(t, func(t *testing.T) {
			client := &http.Client{Transport: hanging{}}
			r := identity.New(identity.Config{
				PLCURL: "https://plc.example", AppViewURL: "https://appview.example", HTTP: client, Guarded: client,
				LookupTXT: func(context.Context, string) ([]string, error) { return nil, errors.New("no such host") },
			})
			begin := time.Now()
			_, err := r.Lookup(t.Context(), who)
			if core.KindOf(err) != core.KindTemporary || !strings.Contains(core.AsError(err).Message, asked) {
				t.Errorf("%s: %v", who, err)
			}
			if took := time.Since(begin); took > 5*time.Second {
				t.Errorf("%s: it took %v", who, took)
			}
		})
	}
}
