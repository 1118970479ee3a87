//go:build interop

package interop_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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
		t.Run(s.title(), func(t *testing.T) {
			t.Parallel()
			got := s.publish(t, c, w, web.URL)
			if s.want.kind == "" {
				s.want.checkRefusal(t, got)
				return
			}
			s.checkPublished(t, c, w, got, known[s.file])
			if s.send == byAddress {
				s.checkFacts(t, c, web.URL, known[s.file])
			}
		})
	}
}

// publish posts the file of a scenario, on its way to the server.
func (s scenario) publish(t *testing.T, c *crier, w workshop, web string) outcome {
	t.Helper()
	body := map[string]any{"post": "A real file: " + s.title(), "platforms": []string{"linkedin"}}
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
	if e.Code != int(v.code) || e.Field != v.place() {
		t.Errorf("refused with the code %d at %s, want %d at %s", e.Code, e.Field, v.code, v.place())
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
		s.checkVideo(t, c, w, media, known)
	case "document":
		// The title is what readers see first of a document.
		if want := path.Base(s.file); media.Title != want {
			t.Errorf("the title is %q, want %q", media.Title, want)
		}
		if counted := path.Ext(s.file) == ".pdf" || path.Ext(s.file) == ".pptx"; counted && media.Pages != s.want.pages {
			t.Errorf("the sandbox counts %d pages, want %d", media.Pages, s.want.pages)
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
	if size != got.Size || got.SHA256 != "" && sum != strings.ToLower(got.SHA256) {
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
	if want := checksum(content); sum != want {
		t.Errorf("%d bytes of %s arrived, want %d of %s", size, sum, len(content), want)
	}
}

func checksum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
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

// checkFacts asks Crier itself what is in the file.
func (s scenario) checkFacts(t *testing.T, c *crier, web string, want facts) {
	t.Helper()
	var got struct {
		Type                 string
		Width, Height, Pages int
		Frames               int
		Duration             float64 // seconds
	}
	address := c.url + "/media/meta?mediaUrl=" + url.QueryEscape(web+"/"+s.file)
	if status := c.call(t, http.MethodGet, address, "", nil, &got); status != http.StatusOK {
		t.Fatalf("GET /media/meta: %d", status)
	}
	if got.Type != s.want.kind || got.Pages != s.want.pages {
		t.Errorf("found to be %s of %d pages, want %s of %d", got.Type, got.Pages, s.want.kind, s.want.pages)
	}
	if want.codec == "" { // nothing else is known of documents
		return
	}
	length := time.Duration(got.Duration * float64(time.Second)).Round(100 * time.Millisecond)
	if length != want.duration || got.Width != want.width || got.Height != want.height {
		t.Errorf("found to be %s long and %d×%d, want %s and %d×%d", length, got.Width, got.Height, want.duration, want.width, want.height)
	}
	if want.frames > 0 && got.Frames != want.frames {
		t.Errorf("found to have %d frames, want %d", got.Frames, want.frames)
	}
}

// checkVideo looks at what the network made of a video, and at what came with it.
func (s scenario) checkVideo(t *testing.T, c *crier, w workshop, media arrived, want facts) {
	t.Helper()
	length := time.Duration(media.Milliseconds) * time.Millisecond
	if length.Round(100*time.Millisecond) != want.duration || media.Width != want.width || media.Height != want.height {
		t.Errorf("the video is %s long and %d×%d, want %s and %d×%d", length, media.Width, media.Height, want.duration, want.width, want.height)
	}
	c.checkThumbnail(t, w, media.ThumbnailURL, s.thumbnail)
	c.checkCaptions(t, w, media.CaptionsURL, s.captions)
}

// checkThumbnail holds a thumbnail against the file; without a name there must be none.
func (c *crier) checkThumbnail(t *testing.T, w workshop, address, name string) {
	t.Helper()
	if absent(t, address, name) {
		return
	}
	sum, _ := c.download(t, address, filepath.Join(t.TempDir(), "thumbnail"))
	content, err := os.ReadFile(w.path(name))
	if err != nil {
		t.Fatal(err)
	}
	if want := checksum(content); sum != want {
		t.Errorf("%s arrived as %s, want %s", name, sum, want)
	}
}

// checkCaptions holds captions against the file. The sandbox hands them out as WebVTT,
// for browsers; ffmpeg turns them back.
func (c *crier) checkCaptions(t *testing.T, w workshop, address, name string) {
	t.Helper()
	if absent(t, address, name) {
		return
	}
	dir := t.TempDir()
	c.download(t, address, filepath.Join(dir, "arrived.vtt"))
	got, err := runTool(t.Context(), dir, "ffmpeg", "-v", "error", "-nostdin", "-i", "arrived.vtt", "-f", "srt", "-")
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(w.path(name))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(want)), strings.TrimSpace(string(got))); diff != "" {
		t.Errorf("captions (-sent +arrived):\n%s", diff)
	}
}

// absent tells that nothing was to come with a video, and notices when it is otherwise.
func absent(t *testing.T, address, name string) bool {
	t.Helper()
	if (address == "") != (name == "") {
		t.Errorf("with the video came %q, want %q", address, name)
	}
	return address == "" || name == ""
}
