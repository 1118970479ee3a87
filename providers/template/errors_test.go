package template_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/template"
)

// A page of somebody in between is no proof that a post is not there: it is not deleted by it.
func TestPageOfSomebodyInBetween(t *testing.T) {
	t.Parallel()
	for status, body := range map[int]string{
		http.StatusNotFound:       "<h1>404 Not Found</h1>",
		http.StatusBadRequest:     "<h1>400 Bad Request</h1>",
		http.StatusRequestTimeout: `{"error":"slow"}`,
		http.StatusConflict:       `{"error":"busy"}`,
	} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(status)
				_, _ = w.Write([]byte(body))
			}))
			t.Cleanup(server.Close)
			provider := template.New(server.URL, core.AdapterDeps{HTTP: server.Client(), Clock: coretest.NewClock(coretest.Epoch())})
			session := coretest.NewSession(t, coretest.Account())
			if err := provider.Delete(t.Context(), session, "key"); core.KindOf(err) != core.KindTemporary {
				t.Errorf("deleting: %v", err)
			}
		})
	}
}
