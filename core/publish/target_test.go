package publish_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/publish"
)

// TestAccountsByTheirIDs names few and many accounts, a stranger's among them: the answer
// is the same however they are looked up.
func TestAccountsByTheirIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var own []string
	for i := range 12 {
		page := coretest.Page(i + 1)
		w.link(page)
		own = append(own, page.ID)
	}
	foreign := coretest.Page(99)
	foreign.ProfileID = "another profile"
	w.link(foreign)
	for name, tc := range map[string]struct {
		ids     []string
		unknown []string // fields
	}{
		"one":                  {own[:1], nil},
		"one twice":            {[]string{own[0], own[0]}, nil},
		"many":                 {own, nil},
		"a stranger's":         {[]string{own[0], foreign.ID}, []string{"accountIds[1]"}},
		"a stranger's of many": {append(own[:11:11], foreign.ID), []string{"accountIds[11]"}},
		"nobody's":             {[]string{"nobody", own[0]}, []string{"accountIds[0]"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := coretest.PostRequest("To " + name)
			r.Platforms, r.AccountIDs = nil, tc.ids
			o, err := w.publisher.Accept(t.Context(), publish.Submission{ProfileID: w.profile.ID, Request: r})
			var unknown []string
			for _, e := range core.AsErrors(err) {
				if core.CodeOf(e) != core.CodeAccountNotFound {
					t.Errorf("unexpected problem: %v", e)
				}
				unknown = append(unknown, e.Field)
			}
			if diff := cmp.Diff(tc.unknown, unknown); diff != "" {
				t.Errorf("unknown accounts (-want +got):\n%s", diff)
			}
			went := map[string]bool{}
			for _, d := range o.Deliveries {
				went[d.AccountID] = true
			}
			want := map[string]bool{}
			for _, id := range tc.ids {
				if err == nil {
					want[id] = true
				}
			}
			if diff := cmp.Diff(want, went); diff != "" {
				t.Errorf("deliveries (-want +got):\n%s", diff)
			}
		})
	}
}
