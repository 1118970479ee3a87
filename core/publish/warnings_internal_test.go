package publish

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

// What was done before a look that had to be repeated is not examined again: its warnings
// stay, but for those that a later one corrects.
func TestWarningsOfEarlierAttempts(t *testing.T) {
	t.Parallel()
	a := core.Warning{Code: core.CodeLinkPreview, Field: "post", Message: "a"}
	b := core.Warning{Code: core.CodeLinkPreview, Field: "post", Message: "b"}
	other := core.Warning{Code: core.CodeLinkPreview, Field: "blockOptions.link", Message: "a"}
	relink := core.Warning{Code: core.CodeAccountRelink, Field: "scheduleDate", Message: "link it again"}
	plain := core.Warning{Field: "post", Message: "a"}
	for _, tc := range []struct {
		name          string
		earlier, told []core.Warning
		anew          bool
		want          []core.Warning
	}{
		{"nothing is told", []core.Warning{a, plain}, nil, false, []core.Warning{a, plain}},
		{"the same", []core.Warning{a, other}, []core.Warning{a, a}, false, []core.Warning{other, a}},
		{"another of the same thing", []core.Warning{a, other}, []core.Warning{b}, false, []core.Warning{other, b}},
		{"two at one time", nil, []core.Warning{a, b}, false, []core.Warning{a, b}},
		{"of no code", []core.Warning{plain}, []core.Warning{{Field: "post", Message: "b"}}, false, []core.Warning{plain, {Field: "post", Message: "b"}}},
		{"examined anew", []core.Warning{relink, a, plain}, []core.Warning{other}, true, []core.Warning{relink, other}},
	} {
		w := warnings{earlier: slices.Clone(tc.earlier)}
		for _, v := range tc.told {
			w.add(v)
		}
		if tc.anew {
			w.examinedAnew()
		}
		if diff := cmp.Diff(tc.want, w.all()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}
