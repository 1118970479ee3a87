package main

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/store"
)

// increaseAlert is an alert of docs/operations.md on the increase of a counter.
type increaseAlert struct{ metric, label string }

func increaseAlerts(t *testing.T) []increaseAlert {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	var alerts []increaseAlert
	for _, m := range regexp.MustCompile(`expr: increase\((\w+)(?:\{(\w+="\w+")\})?\[`).FindAllStringSubmatch(string(text), -1) {
		alerts = append(alerts, increaseAlert{m[1], m[2]})
	}
	const written = 4
	if len(alerts) < written {
		t.Fatalf("docs/operations.md has the alerts %v", alerts)
	}
	return alerts
}

// series lists what an alert looks at in the text of /metrics, with the values.
func (a increaseAlert) series(t *testing.T, text string) map[string]float64 {
	t.Helper()
	found := map[string]float64{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		metric, labels, _ := strings.Cut(name, "{")
		if metric != a.metric || !strings.Contains(labels, a.label) {
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		found[name] = v
	}
	return found
}

// TestAlertsSeeTheFirstEvent: increase() needs a series that was there before it was counted.
// So each series that an event counts, and an alert looks at, is there at 0 from the start.
func TestAlertsSeeTheFirstEvent(t *testing.T) {
	t.Parallel()
	m := newMetrics(build{})
	m.expectNetworks([]string{"one", "two"})
	m.expectRoute(http.MethodPost, "/post")
	m.expectNotices()
	m.expectRefreshes(refreshing(t, "one", "two"))
	handler := opsHandler(m.registry, nil)
	_, before := get(t, handler, "/metrics")
	for _, platform := range []string{"one", "two"} {
		m.DeliveryEnded(platform, core.DeliveryUncertain, core.KindUncertain, time.Second)
		m.DeliveryEnded(platform, core.DeliveryFailed, core.KindAuth, time.Second)
		m.DeliveryLate(platform, time.Hour)
		m.PostNotShown(platform)
	}
	m.RequestServed("/post", http.MethodPost, http.StatusServiceUnavailable, time.Second)
	m.ClockSetBack(time.Hour)
	m.TokenRefreshed("one", accounts.RefreshFailed)
	m.TokenRefreshed("one", accounts.RefreshRenewed)
	m.MessageTried(store.ChannelWebhook, notify.ResultFailed)
	_, after := get(t, handler, "/metrics")
	others := []increaseAlert{{"crier_deliveries_total", `state="failed"`}, {"crier_posts_not_shown_total", ""}}
	for _, alert := range append(increaseAlerts(t), others...) {
		was := alert.series(t, before)
		stepped := 0
		for name, value := range alert.series(t, after) {
			if start, there := was[name]; !there || start != 0 {
				t.Errorf("%s began at %v (there before: %v)", name, start, there)
			}
			if value == 1 {
				stepped++
			}
		}
		if stepped == 0 {
			t.Errorf("%v: nothing was counted", alert)
		}
	}
}

// TestServerStartsWithTheSeriesOfAlerts asks a server that nothing has happened to.
func TestServerStartsWithTheSeriesOfAlerts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startServer(t, nil, dir, "serve", "--sandbox")
	_, text := fetch(t, s.ops+"/metrics")
	for _, alert := range increaseAlerts(t) {
		series := alert.series(t, text)
		if len(series) == 0 {
			t.Errorf("%v looks at nothing", alert)
		}
		for name, value := range series {
			if value != 0 {
				t.Errorf("%s is %v", name, value)
			}
		}
	}
	unavailable := slices.Sorted(maps.Keys(increaseAlert{"crier_http_requests_total", `status="503"`}.series(t, text)))
	for _, route := range []string{
		`crier_http_requests_total{method="POST",route="/post",status="503"}`,
		`crier_http_requests_total{method="HEAD",route="/post/:id",status="503"}`,
		`crier_http_requests_total{method="PUT",route="/post/bulk",status="503"}`,
	} {
		if !slices.Contains(unavailable, route) {
			t.Errorf("%s is not there", route)
		}
	}
	if diff := cmp.Diff(exitOK, s.stop().code); diff != "" {
		t.Errorf("exit code (-want +got):\n%s", diff)
	}
}

// refreshing returns networks whose tokens can be renewed.
func refreshing(t *testing.T, names ...string) *core.Registry {
	t.Helper()
	var all []core.Provider
	for _, name := range names {
		all = append(all, coretest.NewProvider(coretest.Config{Name: name}))
	}
	registry, err := core.NewRegistry(all...)
	if err != nil {
		t.Fatal(err)
	}
	return registry
}

func TestAccountMetrics(t *testing.T) {
	t.Parallel()
	m := newMetrics(build{})
	counts := counted{
		{Platform: "one", Status: core.AccountActive, Accounts: 3},
		{Platform: "one", Status: core.AccountRelinkRequired, Accounts: 1},
		{Platform: "gone", Status: core.AccountActive, Accounts: 2},
	}
	m.registry.MustRegister(newAccountCollector(&counts, refreshing(t, "one", "two"), slog.New(slog.DiscardHandler)))
	_, text := get(t, opsHandler(m.registry, nil), "/metrics")
	for _, line := range []string{
		`crier_accounts{platform="gone",status="active"} 2`,
		`crier_accounts{platform="one",status="active"} 3`, `crier_accounts{platform="one",status="relink_required"} 1`,
		`crier_accounts{platform="two",status="active"} 0`, `crier_accounts{platform="two",status="relink_required"} 0`,
	} {
		if !strings.Contains(text, "\n"+line+"\n") {
			t.Errorf("there is no %s", line)
		}
	}
	counts = nil // the store is down
	if _, text = get(t, opsHandler(m.registry, nil), "/metrics"); strings.Contains(text, "crier_accounts{") {
		t.Error("accounts are counted without a store")
	}
}

// counted is a store that counts, or, without any counts, does not answer.
type counted []store.AccountCount

func (c *counted) CountAccounts(context.Context) ([]store.AccountCount, error) {
	if *c == nil {
		return nil, errors.New("the store is down")
	}
	return *c, nil
}
