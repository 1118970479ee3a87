package media_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
	"github.com/crier-social/crier/media"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/gallery/diskblob"
	"github.com/crier-social/crier/media/mediatest"
	"github.com/crier-social/crier/media/samples"
)

const (
	field = "mediaUrls[2]"
	post  = "post-1"
)

// env is a service with its spool folder, a media server that it may reach, and a gallery.
type env struct {
	*media.Service
	dir     string
	server  *mediatest.Server
	gallery *gallery.Gallery
}

func setup(t *testing.T, change ...func(*media.Config)) *env {
	t.Helper()
	e := &env{dir: t.TempDir(), server: mediatest.NewServer(t)}
	var err error
	e.gallery = newGallery(t)
	c := media.Config{
		Dir: e.dir, Guard: netguard.New(mediatest.Allow()), Gallery: e.gallery,
		ResumeAfter: []time.Duration{time.Millisecond, time.Millisecond},
		PageTimeout: time.Hour, // however slow the test's machine is
	}
	for _, f := range change {
		f(&c)
	}
	if e.Service, err = media.New(c); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

// newGallery returns a gallery that keeps its files on disk.
func newGallery(t *testing.T) *gallery.Gallery {
	t.Helper()
	index := dbtest.Open(t, core.SystemClock{})
	blobs, err := diskblob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := blobs.Close(); err != nil {
			t.Error(err)
		}
	})
	g, err := gallery.New(gallery.Config{Index: index, Blobs: blobs})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// spooled returns the names of the files in the spool.
func (e *env) spooled(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(e.dir, "*", "media*"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// images is what a network with the limits of this kind takes.
func images() []core.Accept {
	return []core.Accept{{
		Kind: core.MediaImage, MIME: []string{"image/jpeg", "image/png", "image/gif"},
		MaxBytes: 15_000, MaxPixels: 20_000, MaxFrames: 10,
	}}
}

func (e *env) need(path string, accept ...core.Accept) core.Need {
	if accept == nil {
		accept = images()
	}
	address := path
	if strings.HasPrefix(path, "/") {
		address = e.server.URL + path
	}
	return core.Need{Key: "media[2]", URL: address, Field: field, Accept: accept}
}

// fetch returns the asset and its bytes.
func (e *env) fetch(t *testing.T, n core.Need) (*core.Asset, []byte) {
	t.Helper()
	a, err := e.Fetch(t.Context(), post, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(content)) != a.Size {
		t.Errorf("the file has %d bytes, the asset says %d", len(content), a.Size)
	}
	return a, content
}

func TestFetchAsItIs(t *testing.T) {
	t.Parallel()
	e := setup(t)
	video := core.Accept{Kind: core.MediaVideo, MIME: []string{"video/mp4"}, MaxBytes: 500_000}
	exact := core.Accept{Kind: core.MediaVideo, MinBytes: 300_000, MaxBytes: 300_000}
	document := core.Accept{Kind: core.MediaDocument, MIME: []string{"application/pdf"}}
	upload, err := e.gallery.Save(t.Context(), core.NewUpload{ProfileID: "alice", Name: "Urlaub.png"}, bytes.NewReader(mediatest.PNG(20, 10)))
	if err != nil {
		t.Fatal(err)
	}
	dunes, ok := samples.Open("dunes")
	if !ok {
		t.Fatal("no sample")
	}
	cases := []struct {
		name, path string
		file       []byte
		accept     []core.Accept
		want       core.Asset
	}{
		{"jpeg", "/ok/a.jpg", mediatest.JPEG(20, 10), nil, core.Asset{Kind: core.MediaImage, MIME: "image/jpeg", Name: "a.jpg", Width: 20, Height: 10, Frames: 1}},
		{"png without length", "/chunked/b.png", mediatest.PNG(20, 10), nil, core.Asset{Kind: core.MediaImage, MIME: "image/png", Name: "b.png", Width: 20, Height: 10, Frames: 1}},
		{"wrong extension", "/ok/c.txt", mediatest.PNG(20, 10), nil, core.Asset{Kind: core.MediaImage, MIME: "image/png", Name: "c.png", Width: 20, Height: 10, Frames: 1}},
		{"wrong content type", "/typed/d", mediatest.PNG(20, 10), nil, core.Asset{Kind: core.MediaImage, MIME: "image/png", Name: "d.png", Width: 20, Height: 10, Frames: 1}},
		{"named by header", "/named/e", mediatest.JPEG(20, 10), nil, core.Asset{Kind: core.MediaImage, MIME: "image/jpeg", Name: "My Photo.JPG", Width: 20, Height: 10, Frames: 1}},
		{"redirected", "/redirect/f.png", mediatest.PNG(20, 10), nil, core.Asset{Kind: core.MediaImage, MIME: "image/png", Name: "f.png", Width: 20, Height: 10, Frames: 1}},
		{"animated gif", "/ok/g.gif", mediatest.GIF(20, 10, 10), nil, core.Asset{Kind: core.MediaImage, MIME: "image/gif", Name: "g.gif", Width: 20, Height: 10, Frames: 10}},
		{"animated png", "/ok/h.png", mediatest.APNG(20, 10, 3), nil, core.Asset{Kind: core.MediaImage, MIME: "image/png", Name: "h.png", Width: 20, Height: 10, Frames: 3}},
		{"video", "/ok/i.mp4", mediatest.MP4(300_000), []core.Accept{images()[0], video}, core.Asset{Kind: core.MediaVideo, MIME: "video/mp4", Name: "i.mp4", Width: 1280, Height: 720, Duration: 5 * time.Second, VideoCodec: "avc1"}},
		{"video of exactly the size", "/ok/l.mp4", mediatest.MP4(300_000), []core.Accept{exact}, core.Asset{Kind: core.MediaVideo, MIME: "video/mp4", Name: "l.mp4", Width: 1280, Height: 720, Duration: 5 * time.Second, VideoCodec: "avc1"}},
		{"document", "/ok/j.pdf", mediatest.PDF(), []core.Accept{document}, core.Asset{Kind: core.MediaDocument, MIME: "application/pdf", Name: "j.pdf", Pages: 1}},
		{"unreadable picture that is taken", "/ok/k.heic", mediatest.HEIC(100), []core.Accept{{Kind: core.MediaImage}}, core.Asset{Kind: core.MediaImage, MIME: "image/heic", Name: "k.heic"}},
		{"upload", gallery.Address(upload.ID), mediatest.PNG(20, 10), nil, core.Asset{Kind: core.MediaImage, MIME: "image/png", Name: "Urlaub.png", Width: 20, Height: 10, Frames: 1}},
		{"sample", "sample:dunes", dunes.Bytes, []core.Accept{{Kind: core.MediaImage}}, core.Asset{Kind: core.MediaImage, MIME: "image/jpeg", Name: "dunes.jpg", Width: 1200, Height: 627, Frames: 1}},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e.server.File(tc.path[strings.LastIndex(tc.path, "/")+1:], tc.file)
			got, content := e.fetch(t, e.need(tc.path, tc.accept...))
			tc.want.Size = int64(len(tc.file))
			if diff := cmp.Diff(tc.want, *got, cmpopts.IgnoreFields(core.Asset{}, "Open")); diff != "" {
				t.Errorf("asset (-want +got):\n%s", diff)
			}
			if !bytes.Equal(content, tc.file) {
				t.Error("the bytes are not those of the source")
			}
		})
	}
}

func TestFetchChanged(t *testing.T) {
	t.Parallel()
	e := setup(t)
	noise := mediatest.EncodeJPEG(mediatest.Noise(160, 120), 100)
	cases := []struct {
		name    string
		file    []byte
		mime    string
		w, h    int // 0: any
		changes string
	}{
		{"photo.webp", mediatest.WebP(40, 30), "image/jpeg", 40, 30, "converted from image/webp to image/jpeg"},
		{"clear.webp", mediatest.WebPAlpha(40, 30), "image/png", 40, 30, "converted from image/webp to image/png"},
		{"turned.jpg", mediatest.JPEGOriented(40, 30, 6), "image/jpeg", 40, 30, "turned upright, as its EXIF data ask"},
		{"wide.png", mediatest.PNG(400, 200), "image/jpeg", 200, 100, "converted from image/png to image/jpeg; scaled from 400×200 to 200×100"},
		{"heavy.jpg", noise, "image/jpeg", 0, 0, "compressed to"},
		{"still.gif", mediatest.GIF(400, 200, 1), "image/jpeg", 0, 0, "converted from image/gif to image/jpeg; scaled from 400×200 to"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e.server.File(tc.name, tc.file)
			a, content := e.fetch(t, e.need("/ok/"+tc.name))
			if a.MIME != tc.mime || tc.w != 0 && (a.Width != tc.w || a.Height != tc.h) || a.Frames != 1 || len(content) > 15_000 {
				t.Errorf("got %s of %d×%d, %d frames, %d bytes", a.MIME, a.Width, a.Height, a.Frames, len(content))
			}
			if got := strings.Join(a.Changes, "; "); !strings.HasPrefix(got, tc.changes) {
				t.Errorf("changes %q, want %q", got, tc.changes)
			}
			if stem, _, _ := strings.Cut(tc.name, "."); !strings.HasPrefix(a.Name, stem+".") || strings.HasSuffix(a.Name, ".webp") {
				t.Errorf("name %q", a.Name)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.MaxBytes, c.MaxPixels = 1_000_000, 8_000_000 })
	files := map[string][]byte{
		"a.png": mediatest.PNG(300, 300), "many.gif": mediatest.GIF(20, 10, 11), "large.gif": mediatest.GIF(400, 200, 2),
		"heavy.gif": mediatest.GIF(160, 120, 10), "moving.webp": mediatest.WebPAnimated(20, 10, 3), "a.mp4": mediatest.MP4(200_000),
		"small.mp4": mediatest.MP4(2000), "a.pdf": mediatest.PDF(), "a.heic": mediatest.HEIC(100), "a.svg": mediatest.SVG(),
		"bomb.png": mediatest.PNGBomb(3000, 3000), "half.jpg": mediatest.Truncated(mediatest.JPEG(50, 50)),
		"note.txt": []byte("hello"), "moving.png": mediatest.APNG(20, 10, 11), "big.bin": make([]byte, 1_200_000),
		"edge.mp4": mediatest.MP4(150_001), "big.png": append(mediatest.PNG(8, 8), make([]byte, 1_200_000)...),
	}
	for name, content := range files {
		e.server.File(name, content)
	}
	video := core.Accept{Kind: core.MediaVideo, MIME: []string{"video/mp4"}, MinBytes: 75_000, MaxBytes: 150_000}
	anything := []core.Accept{video, images()[0]}
	gifs := []core.Accept{{Kind: core.MediaImage, MIME: []string{"image/gif"}}}
	const m, temporary = core.KindMedia, core.KindTemporary
	cases := []struct {
		path   string
		accept []core.Accept
		kind   core.Kind
		code   core.Code
		says   string
	}{
		// The server.
		{"/status/404", nil, m, core.CodeMediaURL, "404 Not Found"},
		{"/status/401", nil, m, core.CodeMediaURL, "401"},
		{"/status/204", nil, m, core.CodeMediaURL, "204"},
		{"/status/304", nil, m, core.CodeMediaURL, "304"},
		{"/status/503", nil, temporary, core.CodeMediaURL, "503"},
		{"/status/429", nil, temporary, core.CodeMediaURL, "429"},
		{"/html", nil, m, core.CodeMediaURL, "web page"},
		{"/login", nil, m, core.CodeMediaURL, "login page"},
		{"/to-login", nil, m, core.CodeMediaURL, "login page"},
		{"/empty", nil, m, core.CodeMediaURL, "0 bytes"},
		{"/loop", nil, m, core.CodeMediaURL, "redirects more than 5"},
		{"/private", nil, m, core.CodeMediaBlocked, "192.168.0.1"},
		{"/file", nil, m, core.CodeMediaURL, `"file"`},
		{"/dead", nil, temporary, core.CodeMediaURL, `the host "` + mediatest.DeadHost + `" does not answer`},
		{"/gzip/a.png", nil, m, core.CodeMediaURL, "gzip"},
		{"/short/a.png", nil, temporary, core.CodeMediaURL, "broke after"},
		{"/cut/a.png", nil, temporary, core.CodeMediaURL, "broke after"},
		{"/long/a.png", nil, m, core.CodeMediaURL, "not complete"},
		{"/endless", nil, m, core.CodeMediaType, "application/octet-stream"},
		{"/endless/a.mp4", anything, m, core.CodeMediaTooLarge, "more than 150 kB"},
		{"/endless/a.png", nil, m, core.CodeMediaTooLarge, "more than 1 MB"},
		// The address.
		{"ftp://example.com/a.png", nil, m, core.CodeMediaURL, `"ftp"`},
		{"/etc/passwd", nil, m, core.CodeMediaURL, "404"},
		{"etc/passwd", nil, m, core.CodeMediaURL, "neither"},
		{"file:///etc/passwd", nil, m, core.CodeMediaURL, `"file"`},
		{"urn:thing:image:1", nil, m, core.CodeMediaURL, `"urn"`},
		{"https://user:pw@example.com/", nil, m, core.CodeMediaURL, "password"},
		{"http://%zz/", nil, m, core.CodeMediaURL, "neither"},
		{"https://192.168.0.1/a.png", nil, m, core.CodeMediaBlocked, "192.168.0.1"},
		{"http://[::1]/a.png", nil, m, core.CodeMediaBlocked, "::1"},
		{"upload:nothing", nil, m, core.CodeMediaURL, "no upload"},
		{"sample:nothing", nil, m, core.CodeMediaURL, "dunes"},
		{"", nil, m, core.CodeMediaURL, "neither"},
		// The file.
		{"/ok/half.jpg", nil, m, core.CodeMediaURL, "damaged"},
		{"/ok/many.gif", nil, m, core.CodeMediaLimits, "11 frames, at most 10"},
		{"/ok/moving.png", nil, m, core.CodeMediaLimits, "11 frames, at most 10"},
		{"/ok/large.gif", nil, m, core.CodeImageTooLarge, "400×200 are 80000 pixels, at most 20000"},
		{"/ok/heavy.gif", nil, m, core.CodeMediaTooLarge, "kB, at most 15 kB"},
		{"/ok/moving.webp", nil, m, core.CodeMediaType, "animation of 3 frames as image/webp, which converting would stop; accepted: image/jpeg, image/png, image/gif"},
		{"/ok/bomb.png", nil, m, core.CodeImageTooLarge, "3000×3000"},
		{"/ok/a.heic", nil, m, core.CodeMediaType, "an image (image/heic); accepted: image/jpeg, image/png, image/gif, image/webp (converted)"},
		{"/ok/a.png", gifs, m, core.CodeMediaType, "an image (image/png); accepted: image/gif"},
		{"/ok/a.svg", nil, m, core.CodeMediaType, "image/svg+xml"},
		{"/ok/a.pdf", nil, m, core.CodeMediaType, "a document (application/pdf)"},
		{"/ok/note.txt", nil, m, core.CodeMediaType, "text/plain"},
		{"/ok/a.mp4", nil, m, core.CodeMediaType, "a video (video/mp4)"},
		{"/ok/small.mp4", anything, m, core.CodeMediaLimits, "2 kB, at least 75 kB"},
		{"/ok/a.mp4", anything, m, core.CodeMediaTooLarge, "200 kB, at most 150 kB"},
		{"/ok/edge.mp4", []core.Accept{video}, m, core.CodeMediaTooLarge, "150001 bytes, at most 150000 bytes"},
		{"/ok/a.mp4", []core.Accept{video}, m, core.CodeMediaTooLarge, "200 kB, at most 150 kB"},
		{"/chunked/a.mp4", anything, m, core.CodeMediaTooLarge, "more than 150 kB, at most 150 kB"},
		{"/ok/big.bin", nil, m, core.CodeMediaType, "application/octet-stream"},
		{"/ok/big.png", nil, m, core.CodeMediaTooLarge, "1.2 MB, this server takes at most 1 MB"},
	}
	for _, tc := range cases {
		t.Run(tc.path+" "+tc.says, func(t *testing.T) {
			t.Parallel()
			_, err := e.Fetch(t.Context(), "refused", e.need(tc.path, tc.accept...), nil)
			var got *core.Error
			if !errors.As(err, &got) {
				t.Fatalf("got %v, want a *core.Error", err)
			}
			if diff := cmp.Diff([]any{tc.kind, tc.code, field}, []any{got.Kind, got.Code, got.Field}); diff != "" {
				t.Errorf("kind, code and field of %v (-want +got):\n%s", got, diff)
			}
			if !strings.Contains(got.Message, tc.says) {
				t.Errorf("message %q does not say %q", got.Message, tc.says)
			}
			if strings.Contains(got.Error(), "pw@") {
				t.Errorf("the error shows a password: %v", got)
			}
		})
	}
	t.Cleanup(func() {
		e.Release("refused")
		if left := e.spooled(t); left != nil {
			t.Errorf("refused files are left: %q", left)
		}
	})
}

// What a file is decides, not what its address says.
func TestUnsupportedKinds(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for name, content := range map[string][]byte{
		"lies.pdf": mediatest.PNG(8, 8), "lies.png": mediatest.PDF(), "large.bin": mediatest.MP4(80 << 20), "note.txt": []byte("hello"),
	} {
		e.server.File(name, content)
	}
	const reason = "Document posts are not supported."
	unsupported := map[core.MediaKind]string{core.MediaDocument: reason, core.MediaVideo: "Video posts are not supported."}
	for _, tc := range []struct {
		path string
		want core.Error // the zero value: it is taken
	}{
		{"/ok/lies.pdf", core.Error{}},
		{"/ok/lies.png", core.Error{Kind: core.KindUnsupported, Code: core.CodeUnsupported, Message: "the file is a document (application/pdf). " + reason}},
		{"/chunked/lies.png", core.Error{Kind: core.KindUnsupported, Code: core.CodeUnsupported, Message: "the file is a document (application/pdf). " + reason}},
		{"/ok/large.bin", core.Error{Kind: core.KindUnsupported, Code: core.CodeUnsupported, Message: "the file is a video (video/mp4). Video posts are not supported."}},
		{"/ok/note.txt", core.Error{
			Kind: core.KindMedia, Code: core.CodeMediaType,
			Message: "the file is text/plain; accepted: image/jpeg, image/png, image/gif, image/webp (converted)",
		}},
	} {
		t.Run(tc.path, func(t *testing.T) {
			t.Parallel()
			n := e.need(tc.path)
			n.Unsupported = unsupported
			_, err := e.Fetch(t.Context(), post, n, nil)
			if tc.want == (core.Error{}) {
				if err != nil {
					t.Error(err)
				}
				return
			}
			tc.want.Op, tc.want.Field = "media.fetch", field
			if diff := cmp.Diff(tc.want, *core.AsError(err)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRetryAfterIsPassedOn(t *testing.T) {
	t.Parallel()
	e := setup(t)
	_, err := e.Fetch(t.Context(), post, e.need("/status/503"), nil)
	if got := core.AsError(err).RetryAfter; got != 7*time.Second {
		t.Errorf("retry after %s, want 7s", got)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	e := setup(t)
	_, err := e.Fetch(t.Context(), post, e.need("http://127.0.0.1:1/secret-path"), nil)
	if core.KindOf(err) != core.KindTemporary || strings.Contains(err.Error(), "secret-path") {
		t.Errorf("got %v, want a temporary error without the address", err)
	}
}

func TestTimeLimit(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.Timeout = 50 * time.Millisecond })
	e.server.File("a.png", mediatest.EncodePNG(mediatest.Noise(60, 60)))
	_, err := e.Fetch(t.Context(), post, e.need("/hold/a.png"), nil)
	if got := core.AsError(err); got.Kind != core.KindTemporary || !strings.Contains(got.Message, "not complete after 50ms") {
		t.Errorf("got %v, want a temporary error that names the limit", err)
	}
	if left := e.spooled(t); left != nil {
		t.Errorf("files are left: %q", left)
	}
}

func TestAuthorize(t *testing.T) {
	t.Parallel()
	e := setup(t)
	u, err := e.gallery.Save(t.Context(), core.NewUpload{ProfileID: "alice", Name: "a.png"}, bytes.NewReader(mediatest.PNG(8, 8)))
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		profile, address string
		ok               bool
	}{
		{"alice", gallery.Address(u.ID), true},
		{"bob", gallery.Address(u.ID), false},
		{"alice", "upload:x", false},
		{"bob", "sample:dunes", true},
		{"bob", "https://example.com/a.png", true},
	} {
		err := e.Authorize(t.Context(), tc.profile, e.need(tc.address))
		if tc.ok != (err == nil) {
			t.Errorf("%s, %s: got %v", tc.profile, tc.address, err)
		}
		if err == nil {
			continue
		}
		// Nobody learns which uploads others have: both refusals are the same.
		want := core.Error{
			Kind: core.KindMedia, Code: core.CodeMediaURL, Op: "gallery", Field: field,
			Message: "there is no upload of this id", Help: "Upload the file again and use the id of the answer.",
		}
		if diff := cmp.Diff(want, *core.AsError(err)); diff != "" {
			t.Errorf("%s, %s (-want +got):\n%s", tc.profile, tc.address, diff)
		}
	}
	_, err = e.Fetch(t.Context(), post, e.need("upload:x"), nil)
	if diff := cmp.Diff(e.Authorize(t.Context(), "bob", e.need(gallery.Address(u.ID))), err); diff != "" {
		t.Errorf("fetching an unknown upload (-want +got):\n%s", diff)
	}
}

func TestAuthorizeWhileTheUploadsCannotBeRead(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.Gallery = unreadable{} })
	err := e.Authorize(t.Context(), "alice", e.need("upload:x"))
	if got := core.AsError(err); err == nil || got.Kind != core.KindTemporary || got.Code != core.CodeStoreUnavailable || got.Field != field {
		t.Errorf("got %v, want a temporary error", err)
	}
}

// unreadable is a gallery on a broken disk.
type unreadable struct{ media.Gallery }

func (unreadable) Get(context.Context, string, string) (core.Upload, error) {
	return core.Upload{}, os.ErrPermission
}

func TestWithoutGallery(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.Gallery = nil })
	n := e.need("upload:" + strings.Repeat("0", 32))
	if _, err := e.Fetch(t.Context(), post, n, nil); core.KindOf(err) != core.KindMedia {
		t.Errorf("fetch: got %v", err)
	}
	if err := e.Authorize(t.Context(), "alice", n); core.KindOf(err) != core.KindMedia {
		t.Errorf("authorize: got %v", err)
	}
}

func TestNewRefusesWhatCannotWork(t *testing.T) {
	t.Parallel()
	if _, err := media.New(media.Config{Dir: t.TempDir()}); err == nil {
		t.Error("a service without a guard")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := media.New(media.Config{Dir: file, Guard: netguard.New(nil)}); err == nil {
		t.Error("a service whose folder is a file")
	}
}

func TestCallerGivesUp(t *testing.T) {
	t.Parallel()
	e := setup(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := e.Fetch(ctx, post, e.need("/endless"), nil)
	if core.KindOf(err) != core.KindTemporary || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want a temporary error with the context's end", err)
	}
}

// An animation that cannot be taken has the network's way out: as another type, or where no
// animation is taken at all.
func TestAnimationsHaveAWayOut(t *testing.T) {
	t.Parallel()
	still := core.Accept{Kind: core.MediaImage, MIME: []string{"image/jpeg", "image/webp"}, MaxFrames: 1, Help: "Make a video of it."}
	few := still
	few.MaxFrames = 2
	for name, test := range map[string]struct {
		file   []byte
		accept core.Accept
		help   string
	}{
		"another type":     {mediatest.GIF(8, 8, 3), still, still.Help},
		"no animation":     {mediatest.WebPAnimated(8, 8, 3), still, still.Help},
		"a shorter one is": {mediatest.WebPAnimated(8, 8, 3), few, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			e.server.File("a", test.file)
			_, err := e.Fetch(t.Context(), post, e.need("/ok/a", test.accept), nil)
			if got := core.AsError(err); got.Kind != core.KindMedia || got.Help != test.help {
				t.Errorf("%v, help %q", err, got.Help)
			}
		})
	}
}

// What a container holds, and how many pages a document has, is read once all of it
// is here.
func TestDocumentsAndCaptions(t *testing.T) {
	t.Parallel()
	const pptx = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
	documents := core.Accept{Kind: core.MediaDocument, MIME: []string{"application/pdf", pptx}, MaxPages: 300, MaxBytes: 1_000_000}
	captions := core.Accept{Kind: core.MediaCaptions, MIME: []string{"application/x-subrip"}, Help: "Send an SRT file."}
	tests := map[string]struct {
		file   []byte
		accept core.Accept
		want   core.Asset
		says   string // of a refusal
		help   string
	}{
		"pdf":           {file: mediatest.PDFPages(300), accept: documents, want: core.Asset{Kind: core.MediaDocument, MIME: "application/pdf", Name: "a.pdf", Pages: 300}},
		"slides":        {file: mediatest.PPTXSlides(7), accept: documents, want: core.Asset{Kind: core.MediaDocument, MIME: pptx, Name: "a.pptx", Pages: 7}},
		"too many":      {file: mediatest.PDFPages(301), accept: documents, says: "301 pages, Postbox takes at most 300"},
		"zip":           {file: mediatest.Zip(mediatest.ZipEntry{Name: "a.txt"}), accept: documents, says: "the file is application/zip"},
		"other office":  {file: mediatest.DOCX(), accept: documents, says: "wordprocessingml"},
		"cut-off pdf":   {file: mediatest.PDF()[:60], accept: documents, says: "damaged or not complete"},
		"captions":      {file: mediatest.SRT(), accept: captions, want: core.Asset{Kind: core.MediaCaptions, MIME: "application/x-subrip", Name: "a.srt"}},
		"web captions":  {file: []byte("WEBVTT\n\n00:00.000 --> 00:01.000\nHi\n"), accept: captions, says: "the file is captions (text/vtt)", help: "Send an SRT file."},
		"no captions":   {file: []byte("hello"), accept: captions, says: "the file is text/plain"},
		"other charset": {file: append(mediatest.SRT(), 0xe9), accept: captions, says: "not in UTF-8"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			e.server.File("a", test.file)
			n := e.need("/ok/a", test.accept)
			n.Network = "Postbox"
			if test.says == "" {
				a, content := e.fetch(t, n)
				test.want.Size = int64(len(test.file))
				if diff := cmp.Diff(test.want, *a, cmpopts.IgnoreFields(core.Asset{}, "Open")); diff != "" {
					t.Errorf("asset (-want +got):\n%s", diff)
				}
				if !bytes.Equal(content, test.file) {
					t.Error("the bytes are others")
				}
				return
			}
			_, err := e.Fetch(t.Context(), post, n, nil)
			got := core.AsError(err)
			if err == nil || got.Kind != core.KindMedia || !strings.Contains(got.Message, test.says) || got.Help != test.help && test.help != "" {
				t.Errorf("got %v (help %q), want a refusal saying %q", err, got.Help, test.says)
			}
		})
	}
}
