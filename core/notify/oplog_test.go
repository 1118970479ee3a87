package notify_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core/notify"
)

// TestOperatorIsToldOfFailures: the first failure of an endpoint in a row and every call that
// is given up are warnings that name profile and host, and no part of the address that may be
// a secret; the rest is told at level debug.
func TestOperatorIsToldOfFailures(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	f := newFixture(t, func(c *notify.Config) {
		c.Log = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	f.put(f.customer, f.endpoint.URL+"/path-secret?key=query-secret")
	f.endpoint.status("/path-secret", http.StatusBadGateway)
	f.tell(f.customer, "post1")
	f.workAll()
	f.endpoint.answer("/path-secret", nil)
	f.tell(f.customer, "post2")
	f.workAll()
	f.endpoint.status("/path-secret", http.StatusNotFound)
	f.tell(f.customer, "post3")
	f.workAll()
	if s := out.String(); strings.Contains(s, "-secret") {
		t.Errorf("the log has a part of the address: %s", s)
	}
	u, err := url.Parse(f.endpoint.URL)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(out.String()) {
		var l struct {
			Level, Msg, Host, Action, Reason string
			RefID                            string `json:"ref_id"`
			Status, Tries                    int
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		if l.Host != u.Host || l.RefID != f.customer.RefID || l.Action != scheduled || l.Status == 0 || l.Tries == 0 {
			t.Errorf("the line lacks something: %s", line)
		}
		words, _, _ := strings.Cut(l.Msg, ";")
		got = append(got, l.Level+" "+words)
	}
	want := []string{"WARN a webhook call failed"}
	for range 7 {
		want = append(want, "DEBUG a webhook call failed again")
	}
	want = append(want, "WARN a webhook call was given up", "DEBUG a webhook was called", "WARN a webhook call was given up")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}
