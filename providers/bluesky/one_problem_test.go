package bluesky_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
)

// One mistake is told once, with what is wanted instead.
func TestOneMistakeIsOneProblem(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, options, field, says string
		draft                      core.Draft
	}{
		{"a number for a repost", `{"repost":5}`, "blueSkyOptions.repost", "must be", core.Draft{}},
		{"a number for a quote", `{"quote":5}`, "blueSkyOptions.quote", "must be", core.Draft{}},
		{"addresses for captions", `{"captions":["https://media.example/a.vtt"]}`, "blueSkyOptions.captions[0]", "must be an object", core.Draft{
			Text: "x", Media: []core.MediaRef{{URL: "https://media.example/a.mp4", Field: "mediaUrls[0]"}},
		}},
		{"an address for a card", `{"link":"https://example.com"}`, "blueSkyOptions.link", `{"url":"https://…"}`, core.Draft{Text: "x"}},
		{"a list for a card", `{"link":[]}`, "blueSkyOptions.link", `{"url":"https://…"}`, core.Draft{Text: "x"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			tc.draft.Options = json.RawMessage(tc.options)
			_, err := f.provider.Plan(t.Context(), f.alice.Account, tc.draft)
			problems := core.AsErrors(err)
			if len(problems) != 1 || problems[0].Field != tc.field || !strings.Contains(problems[0].Message, tc.says) {
				t.Errorf("%v", problems)
			}
		})
	}
}
