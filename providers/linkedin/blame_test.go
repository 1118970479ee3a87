package linkedin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const (
	unknownImage = "urn:li:image:C4E22AQnothing"
	otherImage   = "urn:li:image:C4E22AQnobody"
)

// silent is a refusal that does not say which image it is about.
const silent = `{"status":400,"code":"INVALID_IMAGE_ID","message":"Invalid image","errorDetails":{"inputErrors":[{"code":"INVALID_IMAGE_ID","description":"not valid or not owned","input":{}}]}}`

func TestCommitNamesTheRefusedImage(t *testing.T) {
	t.Parallel()
	file, second := coretest.Picture("https://m.example/1.png", 3, 4), coretest.Picture("https://m.example/2.png", 5, 6)
	for _, tc := range []struct {
		name   string
		media  []string
		answer string // empty: the sandbox's own, which names the image
		field  string
		help   bool
	}{
		{"the only one", []string{unknownImage}, "", "mediaUrls[0]", true},
		{"one of several", []string{file.URL, unknownImage}, "", "mediaUrls[1]", true},
		{"the first of two", []string{unknownImage, otherImage}, "", "mediaUrls[0]", true},
		{"unnamed, the only foreign one", []string{file.URL, unknownImage}, silent, "mediaUrls[1]", true},
		{"unnamed, one of two", []string{unknownImage, otherImage}, silent, "", false},
		{"unnamed, the only one", []string{file.URL}, silent, "mediaUrls[0]", false},
		{"unnamed, none foreign", []string{file.URL, second.URL}, silent, "", false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			s := f.session(pageDemo(), file, second)
			pub := f.plan(pageDemo(), core.Draft{Text: "x", Media: coretest.MediaRefs(tc.media...)})
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			if tc.answer != "" {
				if err := f.Sandbox.Next("POST /rest/posts", sandbox.Respond(http.StatusBadRequest, tc.answer)); err != nil {
					t.Fatal(err)
				}
			}
			_, err := pub.Commit(t.Context(), s)
			e := core.AsError(err)
			if e.Kind != core.KindMedia || e.Upstream != "INVALID_IMAGE_ID" || e.Field != tc.field {
				t.Errorf("%+v", e)
			}
			if strings.Contains(e.Help, "address of the file") != tc.help {
				t.Errorf("help %q", e.Help)
			}
		})
	}
}
