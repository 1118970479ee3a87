package placeholder_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/placeholder"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	const unused = "mentions[1] is not mentioned: the text has no {{1}}."
	two := []placeholder.Mention{{Field: "mentions[0]", Label: "mentions[0]"}, {Field: "mentions[1]", Label: "mentions[1]"}}
	for name, tc := range map[string]struct {
		references []string
		mentions   []placeholder.Mention
		warnings   map[string]string // by field
		problem    string
	}{
		"all used":                {[]string{"{{1}}", "@somebody", "{{0}}", "{{0}}"}, two, nil, ""},
		"one not used":            {[]string{"{{0}}"}, two, map[string]string{"mentions[1]": unused}, ""},
		"one for another network": {[]string{"{{0}}"}, []placeholder.Mention{two[0], {Other: true}}, nil, ""},
		"of no mention": {
			[]string{"{{0}}", "{{1}}", "{{7}}", "{{7}}"},
			two, nil,
			"The text has {{7}}, but mentions has 2 entries, the first of which is {{0}}.",
		},
		"without mentions": {[]string{"{{007}}", "{{7}}"}, nil, map[string]string{"post": "{{007}} stays in the text as it is: no mentions were sent with it."}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			warnings, problems := placeholder.Text{Platform: "net", Field: "post", References: tc.references, Mentions: tc.mentions}.Check()
			var got map[string]string
			for _, w := range warnings {
				if got == nil {
					got = map[string]string{}
				}
				got[w.Field] = w.Message
			}
			if diff := cmp.Diff(tc.warnings, got); diff != "" || len(warnings) != len(got) {
				t.Error(diff)
			}
			var want core.Errors
			if tc.problem != "" {
				want = core.Errors{{Kind: core.KindInvalid, Code: core.CodeMention, Platform: "net", Field: "post", Message: tc.problem}}
			}
			if diff := cmp.Diff(want, problems); diff != "" {
				t.Error(diff)
			}
		})
	}
}
