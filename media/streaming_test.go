package media_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media"
	"github.com/crier-social/crier/media/mediatest"
)

// videos is what a network with these limits takes.
func videos() core.Accept {
	return core.Accept{
		Kind: core.MediaVideo, MIME: []string{"video/mp4"}, MinBytes: 75_000, MaxBytes: 500_000_000,
		MinDuration: 3 * time.Second, MaxDuration: 30 * time.Minute, Help: "Convert it to MP4.",
	}
}

// serve makes a video available and returns a need for it.
func (e *env) serve(c mediatest.Content, b mediatest.Behaviour) core.Need {
	return e.need(e.server.Serve("a.mp4", c, b), videos())
}

func sum(t *testing.T, r io.Reader) string {
	t.Helper()
	hash := sha256.New()
	if _, err := io.Copy(hash, r); err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(hash.Sum(nil))
}

// checkWhole reads the asset and compares it with what was served.
func checkWhole(t *testing.T, a *core.Asset, want mediatest.Content) {
	t.Helper()
	r, err := a.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if got := sum(t, r); got != mediatest.SHA256(want) {
		t.Errorf("the bytes are not those of the source: SHA-256 %s", got)
	}
	if a.Size != want.Size() {
		t.Errorf("size %d, want %d", a.Size, want.Size())
	}
}

func TestVideoIsReadWhileItArrives(t *testing.T) {
	t.Parallel()
	const size, there = 5_000_000, 1_000_000
	tests := map[string]mediatest.VideoOptions{
		"facts at the beginning": {},
		"facts at the end":       {MoovAtEnd: true},
	}
	for name, o := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			o.Size, o.Width, o.Height, o.Duration = size, 720, 1280, 12*time.Second
			video := mediatest.Video(o)
			n := e.serve(video, mediatest.Behaviour{HoldAfter: there})
			a, err := e.Fetch(t.Context(), post, n, nil)
			if err != nil {
				t.Fatal(err)
			}
			facts := []any{a.Size, a.Width, a.Height, a.Duration, a.VideoCodec, a.MIME, a.Name}
			if diff := cmp.Diff([]any{int64(size), 720, 1280, 12 * time.Second, "avc1", "video/mp4", "a.mp4"}, facts); diff != "" {
				t.Errorf("facts while most of it is missing (-want +got):\n%s", diff)
			}
			r, err := a.Open(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = r.Close() }()
			if _, err := r.ReadAt(make([]byte, 1000), there-1000); err != nil {
				t.Errorf("reading what is there: %v", err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			impatient, err := a.Open(&noticing{Context: ctx, entered: cancel}) // patient until it has to wait
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = impatient.Close() }()
			if _, err := impatient.ReadAt(make([]byte, 1), size-1); !errors.Is(err, context.Canceled) {
				t.Errorf("reading what is not there: %v, want the end of the reader's patience", err)
			}
			e.server.Release("a.mp4")
			checkWhole(t, a, video)
		})
	}
}

// Where the source has no ranges, or does not tell the size, the facts at the end of
// a video have to be waited for.
func TestVideoThatCannotBeLookedInto(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]mediatest.Behaviour{
		"no ranges":        {NoRanges: true},
		"no length":        {Chunked: true},
		"refuses ranges":   {Status: 403},
		"sends other ones": {RangeShift: 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			video := mediatest.Video(mediatest.VideoOptions{Size: 3_000_000, MoovAtEnd: true})
			a, err := e.Fetch(t.Context(), post, e.serve(video, b), nil)
			if err != nil {
				t.Fatal(err)
			}
			if a.Duration != 5*time.Second {
				t.Errorf("duration %s", a.Duration)
			}
			checkWhole(t, a, video)
		})
	}
}

func TestBrokenDownloadGoesOn(t *testing.T) {
	t.Parallel()
	const size, cut = 3_000_000, 700_000
	for name, b := range map[string]mediatest.Behaviour{
		"with a validator":      {CutAfter: cut},
		"weak validator":        {CutAfter: cut, Cuts: 2, WeakETag: true},
		"without a validator":   {CutAfter: cut, Cuts: 2, NoValidator: true},
		"source without ranges": {CutAfter: cut, Cuts: 2, NoRanges: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			video := mediatest.Video(mediatest.VideoOptions{Size: size})
			a, err := e.Fetch(t.Context(), post, e.serve(video, b), nil)
			if err != nil {
				t.Fatal(err)
			}
			checkWhole(t, a, video)
			if served := e.server.Served("a.mp4"); !b.NoRanges && !b.NoValidator && !b.WeakETag && served > size+10*4096 {
				t.Errorf("%d bytes were sent for %d: what had arrived was sent again", served, size)
			}
		})
	}
}

// patch is a file of which one byte is another.
type patch struct {
	mediatest.Content
	at int64
}

func (p patch) ReadAt(b []byte, off int64) (int, error) {
	n, err := p.Content.ReadAt(b, off)
	if p.at >= off && p.at < off+int64(n) {
		b[p.at-off] ^= 0xff
	}
	return n, err
}

// What arrived is nothing worth when the rest is that of another file.
func TestSourceThatChanges(t *testing.T) {
	t.Parallel()
	const size, cut = 3_000_000, 700_000
	other := mediatest.Video(mediatest.VideoOptions{Size: size, Seed: 2})
	patched := patch{mediatest.Video(mediatest.VideoOptions{Size: size}), cut / 2}
	longer := mediatest.Video(mediatest.VideoOptions{Size: size + 1})
	for name, b := range map[string]mediatest.Behaviour{
		"told by its validator":  {Changed: other},
		"told by its bytes":      {Changed: other, NoValidator: true},
		"told by a few of them":  {Changed: patched, NoValidator: true},
		"told by a weak tag":     {Changed: patched, WeakETag: true},
		"few bytes, no If-Range": {Changed: patched, IgnoreIfRange: true},
		"validator not heeded":   {Changed: other, IgnoreIfRange: true},
		"told by its size":       {Changed: longer, NoValidator: true},
		"source without ranges":  {Changed: other, NoValidator: true, NoRanges: true},
		"range not there":        {Changed: other, Status: 416},
		"another range than one": {RangeShift: 7},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			b.CutAfter, b.Cuts, b.ChangeAt = cut, 1, 2
			a, err := e.Fetch(t.Context(), post, e.serve(mediatest.Video(mediatest.VideoOptions{Size: size}), b), nil)
			if err == nil {
				var r core.AssetReader
				if r, err = a.Open(t.Context()); err == nil {
					_, err = io.Copy(io.Discard, r)
					_ = r.Close()
				}
			}
			if got := core.AsError(err); err == nil || got.Kind != core.KindTemporary || !strings.Contains(got.Message, "was changed at its source") {
				t.Errorf("got %v, want a temporary error about the change", err)
			}
		})
	}
}

// An answer that does not say which version it is of proves nothing, even where the
// bytes around the cut are the same.
func TestPartThatNamesNoVersion(t *testing.T) {
	t.Parallel()
	const size, cut = 3_000_000, 700_000
	first := mediatest.Video(mediatest.VideoOptions{Size: size})
	var requests atomic.Int32
	source := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if requests.Add(1) > 1 {
			r.Header.Del("If-Range") // not every server heeds it
			http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(patch{first, cut / 2}, 0, size))
			return
		}
		w.Header().Set("ETag", `"1"`)
		w.Header().Set("Content-Length", strconv.Itoa(size))
		_, _ = io.CopyN(w, io.NewSectionReader(first, 0, size), cut)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}))
	defer source.Close()
	e := setup(t)
	a, err := e.Fetch(t.Context(), post, e.need(source.URL+"/a.mp4", videos()), nil)
	if err == nil {
		var r core.AssetReader
		if r, err = a.Open(t.Context()); err == nil {
			_, err = io.Copy(io.Discard, r)
			_ = r.Close()
		}
	}
	if got := core.AsError(err); err == nil || !strings.Contains(got.Message, "was changed at its source") {
		t.Errorf("got %v, want an error about the change", err)
	}
}

// Readers of a video whose rest never comes learn why.
func TestDownloadThatFailsLater(t *testing.T) {
	t.Parallel()
	const size, cut = 3_000_000, 700_000
	tests := map[string]struct {
		behaviour mediatest.Behaviour
		kind      core.Kind
		says      string
	}{
		"announces too much":        {mediatest.Behaviour{Lie: 1000, NoRanges: true}, core.KindTemporary, "the connection broke after 3 MB of 3 MB"},
		"the address went bad":      {mediatest.Behaviour{CutAfter: cut, Status: 404}, core.KindMedia, "404"},
		"breaks off at once always": {mediatest.Behaviour{CutAfter: cut, NoRanges: true}, core.KindTemporary, "the connection broke after 700 kB of 3 MB"},
		"server trouble":            {mediatest.Behaviour{CutAfter: cut, Status: 503}, core.KindTemporary, "503"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			n := e.serve(mediatest.Video(mediatest.VideoOptions{Size: size}), test.behaviour)
			a, err := e.Fetch(t.Context(), post, n, nil)
			if err == nil {
				var r core.AssetReader
				if r, err = a.Open(t.Context()); err == nil {
					_, err = r.ReadAt(make([]byte, 10), size-10)
					_ = r.Close()
				}
			}
			if got := core.AsError(err); err == nil || got.Kind != test.kind || !strings.Contains(got.Message, test.says) {
				t.Errorf("got %v (%s), want %s saying %q", err, core.KindOf(err), test.kind, test.says)
			}
		})
	}
}

func TestSilentSource(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.Stall = 20 * time.Millisecond })
	n := e.serve(mediatest.Video(mediatest.VideoOptions{Size: 3_000_000, MoovAtEnd: true}), mediatest.Behaviour{HoldAfter: 700_000, NoRanges: true})
	_, err := e.Fetch(t.Context(), post, n, nil)
	if got := core.AsError(err); err == nil || got.Kind != core.KindTemporary || !strings.Contains(got.Message, "nothing arrived for 20ms, after 700 kB of 3 MB") {
		t.Errorf("got %v, want a temporary error about the silence", err)
	}
}

func TestVideosAreJudgedByTheirFacts(t *testing.T) {
	t.Parallel()
	plain := mediatest.Behaviour{}
	tests := map[string]struct {
		content   mediatest.Content
		behaviour mediatest.Behaviour
		code      core.Code
		says      string
	}{
		"too long": {mediatest.Video(mediatest.VideoOptions{Duration: 3*time.Hour + 12*time.Minute + 4*time.Second}), plain, core.CodeMediaLimits, "3:12:04 long, Postbox takes at most 30:00"},
		"barely too long": {
			mediatest.Video(mediatest.VideoOptions{Duration: 30*time.Minute + 40*time.Millisecond}), plain,
			core.CodeMediaLimits, "30:00.040 long, Postbox takes at most 30:00",
		},
		"too short": {mediatest.Video(mediatest.VideoOptions{Duration: 2900 * time.Millisecond}), plain, core.CodeMediaLimits, "0:02.900 long, Postbox takes at least 0:03"},
		"too small": {mediatest.Video(mediatest.VideoOptions{Size: 74_999}), plain, core.CodeMediaLimits, "74999 bytes, Postbox takes at least 75000 bytes"},
		"too large": {mediatest.Video(mediatest.VideoOptions{Size: 612_400_000}), mediatest.Behaviour{HoldAfter: 100_000}, core.CodeMediaTooLarge, "612.4 MB, Postbox takes at most 500 MB"},
		"QuickTime": {mediatest.Video(mediatest.VideoOptions{Brand: "qt  "}), plain, core.CodeMediaType, "the file is a video (video/quicktime); accepted: video/mp4"},
		"cut off":   {mediatest.Bytes(mediatest.MP4(300_000)[:200_000]), plain, core.CodeMediaURL, "damaged or not complete"},
		"announced short": {
			mediatest.Video(mediatest.VideoOptions{Size: 300_000}),
			mediatest.Behaviour{Lie: -1000},
			core.CodeMediaURL, "damaged or not complete",
		},
		"announced long": {
			mediatest.Video(mediatest.VideoOptions{Size: 300_000, MoovAtEnd: true}),
			mediatest.Behaviour{Lie: 1000},
			0, "the connection broke after 300 kB of 301 kB",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			n := e.serve(test.content, test.behaviour)
			n.Network = "Postbox"
			_, err := e.Fetch(t.Context(), post, n, nil)
			got := core.AsError(err)
			if err == nil || test.code != 0 && got.Code != test.code || got.Field != field || !strings.Contains(got.Message, test.says) {
				t.Errorf("got %v (%d), want %d for %s saying %q", err, got.Code, test.code, field, test.says)
			}
			if name == "QuickTime" && got.Help != videos().Help {
				t.Errorf("help %q, want the network's", got.Help)
			}
		})
	}
}

func TestIsVideoIsHeld(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.server.File("a", mediatest.PNG(8, 8))
	n := e.need("/ok/a", append(images(), videos())...)
	n.Video = true
	_, err := e.Fetch(t.Context(), post, n, nil)
	if got := core.AsError(err); err == nil || got.Code != core.CodeMediaType || !strings.Contains(got.Message, "isVideo") {
		t.Errorf("got %v", err)
	}
}

// A video belongs to its post: releasing it ends its download, and nothing is left.
func TestReleaseEndsAVideoThatArrives(t *testing.T) {
	t.Parallel()
	e := setup(t)
	n := e.serve(mediatest.Video(mediatest.VideoOptions{Size: 3_000_000}), mediatest.Behaviour{HoldAfter: 500_000})
	a, err := e.Fetch(t.Context(), post, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e.Release(post)
	if _, err := r.ReadAt(make([]byte, 1), 2_999_999); core.KindOf(err) != core.KindTemporary {
		t.Errorf("reading what will not come: %v, want a temporary error", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := a.Open(t.Context()); err == nil {
		t.Error("a released file was opened")
	}
	if err := e.Close(); err != nil { // waits for the download
		t.Error(err)
	}
	if files := e.spooled(t); files != nil {
		t.Errorf("files %q are left", files)
	}
}

// Deliveries of one post share the download, at whatever time they come.
func TestVideoIsFetchedOnceForAllDeliveries(t *testing.T) {
	t.Parallel()
	e := setup(t)
	video := mediatest.Video(mediatest.VideoOptions{Size: 3_000_000})
	n := e.serve(video, mediatest.Behaviour{HoldAfter: 500_000})
	var assets []*core.Asset
	for i := range 3 {
		a, err := e.Fetch(t.Context(), post, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		if assets = append(assets, a); i == 1 {
			e.server.Release("a.mp4")
		}
	}
	for _, a := range assets {
		checkWhole(t, a, video)
	}
	if got := len(e.server.Requests("a.mp4")); got != 1 {
		t.Errorf("the source was asked %d times, want once", got)
	}
}
