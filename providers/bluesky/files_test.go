package bluesky_test

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/media/mediatest"
)

// The preview shows what validating has read of the files, and the author is told then what
// will be changed or left out.
func TestPreviewOfFilesThatWereRead(t *testing.T) {
	t.Parallel()
	changed := coretest.Picture("https://media.example/huge.jpg", 4, 3)
	changed.Asset.Changes = []string{"scaled from 4000×3000 to 2000×1500"}
	vtt := append([]byte("WEBVTT\n\n"), bytes.ReplaceAll(mediatest.SRT(), []byte(",000"), []byte(".000"))...)
	for _, tc := range []struct {
		name  string
		draft core.Draft
		files []coretest.File
		want  string
		says  string
	}{
		{
			"video", filmDraft(),
			[]coretest.File{film(), subtitles()},
			`{"$type":"app.bsky.embed.video","alt":"Somebody walks",
			"aspectRatio":{"width":` + strconv.Itoa(film().Asset.Width) + `,"height":` + strconv.Itoa(film().Asset.Height) + `},
			"video":{"$type":"blob","ref":{"$link":"(image or video of mediaUrls[0])"},"mimeType":"video/mp4","size":` + strconv.Itoa(len(film().Data)) + `},
			"captions":[{"lang":"de","file":{"$type":"blob","ref":{"$link":"(captions of blueSkyOptions.captions)"},"mimeType":"text/vtt","size":` + strconv.Itoa(len(vtt)) + `}}]}`,
			"The captions were changed to fit: converted from SRT to WebVTT",
		},
		{
			"picture with captions", filmDraft(),
			[]coretest.File{coretest.Picture(film().URL, 3, 4), subtitles()},
			`{"$type":"app.bsky.embed.images","images":[{
			"alt":"Somebody walks","aspectRatio":{"width":3,"height":4},
			"image":{"$type":"blob","ref":{"$link":"(image or video of mediaUrls[0])"},"mimeType":"image/png","size":` + strconv.Itoa(len(coretest.Picture(film().URL, 3, 4).Data)) + `}}]}`,
			"blueSkyOptions.captions goes with a video; the file is none, so it is left out.",
		},
		{
			"changed picture",
			core.Draft{Text: "x", Media: coretest.MediaRefs(changed.URL)},
			[]coretest.File{changed},
			`{"$type":"app.bsky.embed.images","images":[{
			"alt":"","aspectRatio":{"width":4,"height":3},
			"image":{"$type":"blob","ref":{"$link":"(image or video of mediaUrls[0])"},"mimeType":"image/png","size":` + strconv.Itoa(len(changed.Data)) + `}}]}`,
			"The image was changed to fit: scaled from 4000×3000 to 2000×1500",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			pub := f.plan(f.alice, tc.draft)
			if err := pub.(core.Preflighter).Preflight(t.Context(), f.session(f.alice, tc.files...)); err != nil {
				t.Fatal(err)
			}
			record := pub.(core.Previewer).Preview().Request["record"].(map[string]any)
			if diff := cmp.Diff(object(t, tc.want), record["embed"]); diff != "" {
				t.Error(diff)
			}
			if !strings.Contains(f.said(), tc.says) || slices.ContainsFunc(f.warnings, func(w core.Warning) bool { return w.Code == 0 }) {
				t.Errorf("%+v", f.warnings)
			}
		})
	}
}
