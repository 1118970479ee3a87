package core_test

import (
	"testing"

	"github.com/crier-social/crier/core"
)

func TestShownTitle(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		profile core.Profile
		want    string
	}{
		"its title":            {core.Profile{Title: "Acme"}, "Acme"},
		"another title":        {core.Profile{Title: "acme-17", LinkPage: core.LinkPage{DisplayTitle: "Acme"}}, "Acme"},
		"hidden":               {core.Profile{Title: "acme-17", LinkPage: core.LinkPage{DisplayTitle: "Acme", HideTitle: true}}, ""},
		"primary":              {core.Profile{Title: "Primary Profile", Primary: true}, ""},
		"primary with a title": {core.Profile{Title: "Primary Profile", Primary: true, LinkPage: core.LinkPage{DisplayTitle: "Agency"}}, "Agency"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := tc.profile.ShownTitle(); got != tc.want {
				t.Errorf("shown as %q, want %q", got, tc.want)
			}
		})
	}
}
