package rest_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

// A web page with a status of success is nobody's success, whether the call looks at the
// body or not; an empty answer of its type is no page.
func TestDoTakesNoPageForAnAnswer(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		kind, body string
		page       bool
	}{
		"page":                    {"text/html; charset=utf-8", "<html>sign in</html>", true},
		"page, in other letters":  {"Text/HTML", "<html>", true},
		"page of the strict kind": {"application/xhtml+xml", "<html/>", true},
		"nothing, as a page":      {"text/html", "", false},
		"nothing":                 {"", "", false},
		"JSON":                    {"application/json", "{}", false},
		"a type that is none":     {";;", "{}", false},
	} {
		for _, discard := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				address, calls := serve(t, func(w http.ResponseWriter, _ *http.Request) {
					w.Header()["Content-Type"] = []string{tc.kind}
					_, _ = io.WriteString(w, tc.body)
				})
				resp, err := newClient(t).Do(t.Context(), rest.Request{Op: "net.put", Method: http.MethodPut, URL: address, DiscardBody: discard})
				if !tc.page {
					if err != nil || !discard && string(resp.Body) != tc.body {
						t.Errorf("%+v, %v; want it taken", resp, err)
					}
					return
				}
				e := core.AsError(err)
				if err == nil || e.Kind != core.KindTemporary || e.Refused() || e.Status != http.StatusOK || e.Op != "net.put" || e.Platform == "" {
					t.Errorf("%+v; want an error that leaves the outcome open", e)
				}
				if n := calls.Load(); n != 1 {
					t.Errorf("%d calls, want 1", n)
				}
			})
		}
	}
}
