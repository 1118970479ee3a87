package providers_test

import (
	"strings"
	"testing"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers"
)

func noDeps(string) core.AdapterDeps { return core.AdapterDeps{} }

func TestAllFitIntoOneRegistry(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(nil, "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	all, err := providers.Open(cfg.Adapters, noDeps)
	if err != nil {
		t.Fatal(err)
	}
	registry, err := core.NewRegistry(all...)
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range cfg.Adapters {
		if _, ok := registry.Get(a.Name); !ok {
			t.Errorf("%s is not in the registry", a.Name)
		}
		if !a.Settings.Live() {
			t.Errorf("%s is not reached with nothing set", a.Name)
		}
	}
	if len(all) != len(registry.Names()) {
		t.Errorf("%d providers, %q in the registry", len(all), registry.Names())
	}
}

// The settings of networks must neither be those of the server nor of each other, and a setting
// without help would leave a hole in the reference.
func TestSettingsOfAll(t *testing.T) {
	t.Parallel()
	var page strings.Builder
	if err := config.Reference(&page, providers.Adapters()...); err != nil {
		t.Fatal(err)
	}
	server, _, _ := strings.Cut(page.String(), "## Command-line client")
	seen := map[string]bool{}
	for line := range strings.Lines(server) {
		row := strings.Split(line, "|")
		if len(row) < 4 || !strings.Contains(row[1], "`CRIER_") {
			continue
		}
		if seen[row[1]] {
			t.Errorf("%s is there twice", row[1])
		}
		seen[row[1]] = true
		if strings.TrimSpace(row[3]) == "" {
			t.Errorf("%s has no help", row[1])
		}
	}
	for _, a := range providers.Adapters() {
		if !strings.Contains(server, "| `CRIER_"+strings.ToUpper(a.Name)+"_") {
			t.Errorf("%s has no settings", a.Name)
		}
	}
}

// Settings that read well and that the adapter refuses end the start.
type refused struct{ core.Settings }

func (refused) Open(core.AdapterDeps) (core.Provider, error) {
	return nil, &core.Error{Kind: core.KindInvalid, Op: "refused", Message: "no such version"}
}

func TestOpenTellsWhy(t *testing.T) {
	t.Parallel()
	cfg, err := config.Load(nil, "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	for says, a := range map[string]core.Adapter{
		"no such version": {Name: "refused", Settings: refused{}},
		`makes the provider of "` + cfg.Adapters[0].Name + `"`: {Name: "other", Settings: cfg.Adapters[0].Settings},
	} {
		if _, err := providers.Open([]core.Adapter{a}, noDeps); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("error %v, want it to say %s", err, says)
		}
	}
}
