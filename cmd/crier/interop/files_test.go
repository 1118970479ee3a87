//go:build interop

package interop_test

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRealFiles publishes every file of the table and holds what the sandbox got
// against the file, and refusals against the table.
func TestRealFiles(t *testing.T) {
	t.Parallel()
	needTools(t)
	w := makeFiles(t)
	web := httptest.NewServer(http.FileServer(http.Dir(w.dir)))
	t.Cleanup(web.Close)
	c := startCrier(t)
	known := map[string]facts{}
	for _, f := range slices.Concat(videos(), pictures()) {
		known[f.name] = f.facts
	}
	for _, s := range scenarios() {
		name := cmp.Or(s.name, s.file)
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.publish(t, c, w, web.URL, name)
			if s.want.kind == "" {
				s.want.checkRefusal(t, got)
				return
			}
			s.checkPublished(t, c, w, got, known[s.file])
		})
	}
}

// publish posts the file of a scenario, on its way to the server.
func (s scenario) publish(t *testing.T, c *crier, w workshop, web, text string) outcome {
	t.Helper()
	body := map[string]any{"post": "A real file: " + text, "platforms": []string{"linkedin"}}
	address := func(name string) string {
		if s.send == uploaded {
			return c.upload(t, w, name)
		}
		return web + "/" + name
	}
	if s.send == attached {
		files := map[string]string{"media": s.file}
		for field, name := range map[string]string{"thumbNail": s.thumbnail, "captions": s.captions} {
			if name != "" {
				files[field] = name
			}
		}
		return c.postForm(t, w, body, files)
	}
	body["mediaUrls"] = []string{address(s.file)}
	options := map[string]any{}
	if s.thumbnail != "" {
		options["thumbNail"] = address(s.thumbnail)
	}
	if s.captions != "" {
		options["captions"] = address(s.captions)
	}
	if len(options) > 0 {
		body["linkedInOptions"] = options
	}
	return c.post(t, body)
}

func (v verdict) checkRefusal(t *testing.T, got outcome) {
	t.Helper()
	if got.Status != "error" || len(got.PostIDs) != 0 || len(got.Errors) != 1 {
		t.Fatalf("want a refusal for one reason, got %+v", got)
	}
	e := got.Errors[0]
	if want := cmp.Or(v.field, "mediaUrls[0]"); e.Code != int(v.code) || e.Field != want {
		t.Errorf("refused with the code %d at %s, want %d at %s", e.Code, e.Field, v.code, want)
	}
	for _, part := range v.message {
		if !strings.Contains(e.Message, part) {
			t.Errorf("the message %q lacks %q", e.Message, part)
		}
	}
	if e.Help == "" || !strings.Contains(e.Help, v.help) {
		t.Errorf("the help %q lacks %q", e.Help, v.help)
	}
}

// checkPublished looks at what the network has.
func (s scenario) checkPublished(t *testing.T, c *crier, w workshop, got outcome, known facts) {
	t.Helper()
	if got.Status != "success" || len(got.PostIDs) != 1 {
		t.Fatalf("not published: %+v", got)
	}
	checkWarnings(t, s.want.warning, got.warnings())
	post := c.lookAt(t, got.PostIDs[0].ID)
	if len(post.Media) != 1 || !strings.HasPrefix(post.DisplayText, "A real file: ") {
		t.Fatalf("the post is %+v", post)
	}
	media := post.Media[0]
	if media.kind() != s.want.kind {
		t.Fatalf("published as %s, want %s", media.ID, s.want.kind)
	}
	s.checkBytes(t, c, w, media)
	switch s.want.kind {
	case "video":
		s.checkVideo(t, c, media, known)
	case "document":
		// The title is what readers see first of a document.
		if want := path.Base(s.file); media.Title != want {
			t.Errorf("the title is %q, want %q", media.Title, want)
		}
		if media.Pages != s.want.pages {
			t.Errorf("%d pages, want %d", media.Pages, s.want.pages)
		}
	}
}

func checkWarnings(t *testing.T, want string, got []problem) {
	t.Helper()
	switch {
	case want == "" && len(got) > 0:
		t.Errorf("warnings %+v, want none", got)
	case want != "" && (len(got) != 1 || !strings.Contains(got[0].Message, want)):
		t.Errorf("warnings %+v, want one of %q", got, want)
	}
}

// checkBytes holds what arrived against the file: it is the same, or the picture that
// was to be made of it.
func (s scenario) checkBytes(t *testing.T, c *crier, w workshop, got arrived) {
	t.Helper()
	at := filepath.Join(t.TempDir(), "arrived")
	sum, size := c.download(t, got.DownloadURL, at)
	if sum != strings.ToLower(got.SHA256) || size != got.Size {
		t.Errorf("the sandbox tells %d bytes of %s, and hands out %d of %s", got.Size, got.SHA256, size, sum)
	}
	if s.want.fit != (facts{}) {
		checkFit(t, at, s.want.fit)
		return
	}
	content, err := os.ReadFile(w.path(s.file))
	if err != nil {
		t.Fatal(err)
	}
	whole := sha256.Sum256(content)
	if want := hex.EncodeToString(whole[:]); sum != want {
		t.Errorf("%d bytes of %s arrived, want %d of %s", size, sum, len(content), want)
	}
}

// maxPixels is what LinkedIn takes of a picture.
const maxPixels = 36_152_320 - 1

// checkFit looks at a picture that was changed.
func checkFit(t *testing.T, file string, want facts) {
	t.Helper()
	got, err := probe(context.WithoutCancel(t.Context()), ".", file)
	if err != nil {
		t.Fatal(err)
	}
	if got.codec != want.codec {
		t.Errorf("made into %s, want %s", got.codec, want.codec)
	}
	switch {
	case want.width > 0 && (got.width != want.width || got.height != want.height):
		t.Errorf("%d×%d, want %d×%d", got.width, got.height, want.width, want.height)
	case want.width == 0 && (got.width*got.height > maxPixels || got.width*got.height < maxPixels*9/10):
		t.Errorf("%d×%d is not scaled to what is taken", got.width, got.height)
	}
}

// checkVideo looks at a video as LinkedIn's API shows it.
func (s scenario) checkVideo(t *testing.T, c *crier, media arrived, want facts) {
	t.Helper()
	got := c.video(t, media.ID)
	if got.Status != "AVAILABLE" || got.length() != want.duration {
		t.Errorf("the video is %s, %s long (%s), want %s", got.Status, got.length(), got.ProcessingFailure, want.duration)
	}
	if ratio := got.AspectRatioWidth / got.AspectRatioHeight; math.Abs(ratio-float64(want.width)/float64(want.height)) > 0.01 {
		t.Errorf("shown as %v:%v, want %d:%d", got.AspectRatioWidth, got.AspectRatioHeight, want.width, want.height)
	}
	if (got.Thumbnail != "") != (s.thumbnail != "") || (len(got.Captions) > 0) != (s.captions != "") {
		t.Errorf("thumbnail %q and captions %s, want %q and %q", got.Thumbnail, got.Captions, s.thumbnail, s.captions)
	}
}
