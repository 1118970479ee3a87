package main

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin"
)

// linkedInOf returns a registry with LinkedIn in a version of its API.
func linkedInOf(t *testing.T, version string) *core.Registry {
	t.Helper()
	p, err := linkedin.New(linkedin.Config{Version: version}, linkedin.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	r, err := core.NewRegistry(p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// A notice is logged at the start, and every day from then on.
func TestVersionNoticesAreRepeatedDaily(t *testing.T) {
	t.Parallel()
	clock := coretest.NewClock(coretest.Epoch())
	var logged bytes.Buffer
	a := &app{registry: linkedInOf(t, "202601"), clock: clock, log: slog.New(slog.NewTextHandler(&logged, nil))}
	said := versionNotices{}
	for i, want := range []int{1, 1, 2, 2} {
		a.checkVersions(t.Context(), said)
		if n := strings.Count(logged.String(), "needs attention"); n != want {
			t.Errorf("look %d: logged %d times, want %d", i, n, want)
		}
		clock.Advance(13 * time.Hour)
	}
}

func TestVersionMetrics(t *testing.T) {
	t.Parallel()
	for version, want := range map[string][]string{
		"202601": {
			`crier_api_version{platform="linkedin",sunset="2027-01-15",version="202601"} 1`,
			`crier_api_version_sunset_timestamp_seconds{platform="linkedin",version="202601"} 1.7999712e+09`,
			`crier_provider_version_notice{platform="linkedin",version="202601"} 1`,
		},
		"202607": {`crier_provider_version_notice{platform="linkedin",version="202607"} 0`},
	} {
		m := newMetrics(build{})
		m.registry.MustRegister(newVersionCollector(linkedInOf(t, version), coretest.NewClock(coretest.Epoch())))
		_, text := get(t, opsHandler(m.registry, nil), "/metrics")
		for _, line := range want {
			if !strings.Contains(text, line) {
				t.Errorf("missing: %s", line)
			}
		}
	}
}
