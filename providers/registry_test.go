package providers_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers"
	"github.com/crier-social/crier/providers/linkedin"
)

func TestAllFitIntoOneRegistry(t *testing.T) {
	t.Parallel()
	all, err := providers.All(providers.Config{}, providers.Deps{})
	if err != nil {
		t.Fatal(err)
	}
	registry, err := core.NewRegistry(all...)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"linkedin"}, registry.Names()); diff != "" {
		t.Error(diff)
	}
}

func TestAllReportsBadSettings(t *testing.T) {
	t.Parallel()
	c := providers.Config{LinkedIn: linkedin.Config{Version: "now"}}
	if _, err := providers.All(c, providers.Deps{}); err == nil {
		t.Error("a wrong version is taken")
	}
}
