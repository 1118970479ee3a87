package linkedintest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/linkedintest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func get(t *testing.T, address, version string) (int, string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+sandbox.PageToken)
	r.Header.Set("LinkedIn-Version", version)
	r.Header.Set("X-Restli-Protocol-Version", "2.0.0")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(r)
	if err != nil {
		return 0, "", err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body), res.Body.Close()
}

func TestServerServesTheSandbox(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC))
	s := linkedintest.New(t, linkedintest.WithClock(clock))
	target := s.URL + "/rest/organizationAcls?q=roleAssignee"
	versions := sandbox.DefaultVersions()
	latest := versions[len(versions)-1].Name
	for _, version := range []string{latest, "202504"} {
		status, body, err := get(t, target, version)
		if err != nil || status != http.StatusOK || !strings.Contains(body, sandbox.PageURN) {
			t.Errorf("version %s: status %d, body %s (%v)", version, status, body, err)
		}
	}
	s.Next(t, "GET *", sandbox.Respond(http.StatusTeapot, ""))
	if status, _, err := get(t, target, latest); err != nil || status != http.StatusTeapot {
		t.Errorf("status %d (%v), want the fault", status, err)
	}
	if n := len(s.Sandbox.Requests()); n != 3 {
		t.Errorf("%d requests in the journal, want 3", n)
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	s := linkedintest.New(t, linkedintest.WithClock(coretest.NewClock(coretest.Epoch())),
		linkedintest.WithOptions(func(o *sandbox.Options) { o.EveryVersion, o.DailyLimit = false, 1 }))
	target := s.URL + "/rest/organizationAcls?q=roleAssignee"
	for i, want := range []struct {
		version string
		status  int
	}{{"202504", 426}, {"202606", 200}, {"202606", 429}} {
		if status, body, err := get(t, target, want.version); err != nil || status != want.status {
			t.Errorf("call %d: status %d, want %d: %s (%v)", i, status, want.status, body, err)
		}
	}
}

func TestServerStopsWithItsTest(t *testing.T) {
	t.Parallel()
	var address string
	t.Run("test", func(t *testing.T) { address = linkedintest.New(t).URL + "/sandbox/" })
	if status, _, err := get(t, address, ""); err == nil {
		t.Errorf("a stopped server answers with %d", status)
	}
}
