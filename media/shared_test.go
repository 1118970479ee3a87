package media_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/media"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/mediatest"
)

// arriving is a call of Fetch that has begun to receive bytes.
type arriving struct {
	asset  *core.Asset
	err    error
	cancel context.CancelFunc
	done   chan struct{}
}

// begin starts a call and returns once its download runs.
func (e *env) begin(t *testing.T, group string, n core.Need) *arriving {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	a := &arriving{cancel: cancel, done: make(chan struct{})}
	running := make(chan struct{})
	signal := sync.OnceFunc(func() { close(running) })
	go func() {
		defer close(a.done)
		a.asset, a.err = e.Fetch(ctx, group, n, func(_, _ int64) { signal() })
	}()
	t.Cleanup(func() { cancel(); <-a.done })
	select {
	case <-running:
	case <-a.done:
		t.Fatalf("the call ended at once: %v", a.err)
	}
	return a
}

func TestOneDownloadForAll(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.server.File("a.png", mediatest.EncodePNG(mediatest.Noise(60, 60)))
	n := e.need("/hold/a.png")
	calls := []*arriving{e.begin(t, post, n)}
	for range 7 {
		a := &arriving{done: make(chan struct{})}
		calls = append(calls, a)
		go func() {
			defer close(a.done)
			a.asset, a.err = e.Fetch(t.Context(), post, n, nil)
		}()
	}
	e.server.Resume()
	for _, a := range calls {
		<-a.done
		if a.err != nil {
			t.Fatal(a.err)
		}
	}
	if _, err := e.Fetch(t.Context(), post, n, nil); err != nil {
		t.Fatal(err)
	}
	if got := e.server.Calls("/hold/a.png"); got != 1 {
		t.Errorf("the file was asked for %d times, want once", got)
	}
	if _, err := e.Fetch(t.Context(), "another post", n, nil); err != nil {
		t.Fatal(err)
	}
	if got := e.server.Calls("/hold/a.png"); got != 2 {
		t.Errorf("with another post the file was asked for %d times, want twice", got)
	}
}

// Who joins a download learns what has arrived before, although nothing more does.
func TestProgressOfOneWhoJoins(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.server.File("a.png", mediatest.EncodePNG(mediatest.Noise(60, 60)))
	first := e.begin(t, post, e.need("/hold/a.png"))
	second := e.begin(t, post, e.need("/hold/a.png"))
	e.server.Resume()
	<-first.done
	<-second.done
	if first.err != nil || second.err != nil {
		t.Errorf("got %v and %v", first.err, second.err)
	}
}

func TestFirstCallerLeaves(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.server.File("a.png", mediatest.EncodePNG(mediatest.Noise(60, 60)))
	first := e.begin(t, post, e.need("/hold/a.png"))
	second := e.begin2(t, post, e.need("/hold/a.png"))
	first.cancel()
	<-first.done
	if !errors.Is(first.err, context.Canceled) {
		t.Errorf("first caller: got %v, want its context's end", first.err)
	}
	e.server.Resume()
	<-second.done
	if second.err != nil {
		t.Fatalf("second caller: %v", second.err)
	}
	if r, err := second.asset.Open(t.Context()); err != nil {
		t.Errorf("second caller: %v", err)
	} else if err := r.Close(); err != nil {
		t.Error(err)
	}
	if got := e.server.Calls("/hold/a.png"); got != 1 {
		t.Errorf("the file was asked for %d times, want once", got)
	}
}

// begin2 joins a download that stands still, and returns once it has joined.
func (e *env) begin2(t *testing.T, group string, n core.Need) *arriving {
	t.Helper()
	a := &arriving{done: make(chan struct{})}
	entered := make(chan struct{})
	ctx := &noticing{Context: t.Context(), entered: sync.OnceFunc(func() { close(entered) })}
	go func() {
		defer close(a.done)
		a.asset, a.err = e.Fetch(ctx, group, n, nil)
	}()
	<-entered
	return a
}

// noticing is a context that tells when somebody begins to wait for its end.
type noticing struct {
	context.Context //nolint:containedctx // it is one
	entered         func()
}

func (n *noticing) Done() <-chan struct{} {
	n.entered()
	return n.Context.Done()
}

func TestNobodyWaitsAnyMore(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.server.File("a.png", mediatest.EncodePNG(mediatest.Noise(60, 60)))
	only := e.begin(t, post, e.need("/hold/a.png"))
	only.cancel()
	<-only.done
	e.server.Resume()
	if _, err := e.Fetch(t.Context(), post, e.need("/hold/a.png"), nil); err != nil {
		t.Fatal(err)
	}
	if got := e.server.Calls("/hold/a.png"); got != 2 {
		t.Errorf("the file was asked for %d times, want a new download for the new caller", got)
	}
}

// TestLimitsOfOthers: a download serves needs with different limits, and each is
// told its own.
func TestLimitsOfOthers(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.server.File("a.mp4", mediatest.MP4(300_000))
	video := func(most int64) core.Accept {
		return core.Accept{Kind: core.MediaVideo, MIME: []string{"video/mp4"}, MaxBytes: most}
	}
	large := e.begin(t, post, e.need("/hold/a.mp4", video(400_000)))
	small := e.begin2(t, post, e.need("/hold/a.mp4", video(200_000)))
	picture := e.begin2(t, post, e.need("/hold/a.mp4"))
	e.server.Resume()
	for _, a := range []*arriving{large, small, picture} {
		<-a.done
	}
	if large.err != nil {
		t.Errorf("the need that takes the file: %v", large.err)
	}
	if got := core.AsError(small.err); small.err == nil || got.Code != core.CodeMediaTooLarge || got.Message != "300 kB, at most 200 kB" {
		t.Errorf("the need with the lower limit: %v", small.err)
	}
	if got := core.AsError(picture.err); picture.err == nil || got.Code != core.CodeMediaType {
		t.Errorf("the need for a picture: %v", picture.err)
	}
	if got := e.server.Calls("/hold/a.mp4"); got != 1 {
		t.Errorf("the file was asked for %d times, want once", got)
	}
	// One that failed for a low limit is fetched again for a higher one.
	if _, err := e.Fetch(t.Context(), "p2", e.need("/ok/a.mp4", video(200_000)), nil); err == nil {
		t.Error("300 kB were taken where 200 kB are allowed")
	}
	if _, err := e.Fetch(t.Context(), "p2", e.need("/ok/a.mp4", video(400_000)), nil); err != nil {
		t.Error(err)
	}
}

func TestFailureIsForgotten(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.server.File("a.png", mediatest.PNG(8, 8))
	if _, err := e.Fetch(t.Context(), post, e.need("/flaky/a.png"), nil); core.KindOf(err) != core.KindTemporary {
		t.Fatalf("first attempt: got %v, want a temporary error", err)
	}
	if _, err := e.Fetch(t.Context(), post, e.need("/flaky/a.png"), nil); err != nil {
		t.Fatalf("second attempt: %v", err)
	}
}

// panicking is a gallery with a defect.
type panicking struct{ media.Gallery }

func (panicking) Open(context.Context, string) (core.Upload, gallery.Blob, error) {
	panic("a defect")
}

// A panic ends neither the process nor the wait of others for the same file, and
// the log tells where it was.
func TestPanic(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	e := setup(t, func(c *media.Config) {
		c.Gallery, c.Log = panicking{}, slog.New(slog.NewTextHandler(&logged, nil))
	})
	for range 2 {
		_, err := e.Fetch(t.Context(), post, e.need("upload:x"), nil)
		if got := core.AsError(err); err == nil || got.Kind != core.KindInternal || got.Field != field || strings.Contains(got.Message, "defect") {
			t.Errorf("got %v, want an internal error that tells the client nothing", err)
		}
	}
	for _, want := range []string{"a defect", "panicking.Open"} {
		if !strings.Contains(logged.String(), want) {
			t.Errorf("the log does not tell %q:\n%s", want, &logged)
		}
	}
}

func TestVariantsAreShared(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.server.File("a.webp", mediatest.WebP(40, 30))
	var names []string
	for range 3 {
		a, _ := e.fetch(t, e.need("/ok/a.webp"))
		names = append(names, a.MIME)
	}
	if diff := cmp.Diff([]string{"image/jpeg", "image/jpeg", "image/jpeg"}, names); diff != "" {
		t.Errorf("types (-want +got):\n%s", diff)
	}
	if files := e.spooled(t); len(files) != 2 {
		t.Errorf("files %q, want the source and one converted picture", files)
	}
	// Who takes something else gets that.
	only := core.Accept{Kind: core.MediaImage, MIME: []string{"image/png"}}
	if a, _ := e.fetch(t, e.need("/ok/a.webp", only)); a.MIME != "image/png" {
		t.Errorf("where only PNG is taken: %s", a.MIME)
	}
	only.MaxPixels = 300
	if a, _ := e.fetch(t, e.need("/ok/a.webp", only)); a.Width != 20 || a.Height != 15 {
		t.Errorf("where only 300 pixels are taken: %d×%d", a.Width, a.Height)
	}
}

func TestRelease(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.server.File("a.webp", mediatest.WebP(40, 30))
	a, content := e.fetch(t, e.need("/ok/a.webp"))
	r, err := a.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e.Release(post)
	e.Release("unknown")
	if files := e.spooled(t); len(files) != 1 {
		t.Errorf("files %q, want only the one that is being read", files)
	}
	part := make([]byte, 4)
	if _, err := r.ReadAt(part, 2); err != nil || string(part) != string(content[2:6]) {
		t.Errorf("read %q, %v after the release, want %q", part, err, content[2:6])
	}
	if _, err := r.Seek(1, io.SeekStart); err != nil {
		t.Error(err)
	}
	rest, err := io.ReadAll(r)
	if err != nil || len(rest) != len(content)-1 {
		t.Errorf("read %d bytes, %v, want the %d behind the first", len(rest), err, len(content)-1)
	}
	if _, err := a.Open(t.Context()); core.KindOf(err) != core.KindTemporary {
		t.Errorf("opening after the release: got %v, want a temporary error", err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if files := e.spooled(t); files != nil {
		t.Errorf("files %q are left after the last reader", files)
	}
	if again, _ := e.fetch(t, e.need("/ok/a.webp")); again.MIME != "image/jpeg" {
		t.Errorf("fetched again as %s", again.MIME)
	}
}

func TestReleaseEndsDownloads(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.server.File("a.png", mediatest.EncodePNG(mediatest.Noise(60, 60)))
	a := e.begin(t, post, e.need("/hold/a.png"))
	e.Release(post)
	<-a.done
	if core.KindOf(a.err) != core.KindTemporary || core.AsError(a.err).Field != field {
		t.Errorf("got %v, want a temporary error", a.err)
	}
}

func TestReadersEndWithTheirContext(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.server.File("a.png", mediatest.PNG(8, 8))
	a, _ := e.fetch(t, e.need("/ok/a.png"))
	ctx, cancel := context.WithCancel(t.Context())
	r, err := a.Open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	cancel()
	if _, err := r.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: got %v", err)
	}
	if _, err := r.ReadAt(make([]byte, 1), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("ReadAt: got %v", err)
	}
}

func TestProgress(t *testing.T) {
	t.Parallel()
	e := setup(t)
	file := mediatest.PDF()
	e.server.File("a.pdf", file)
	n := e.need("/ok/a.pdf", core.Accept{Kind: core.MediaDocument})
	var last int64
	calls := 0
	_, err := e.Fetch(t.Context(), post, n, func(done, total int64) {
		calls++
		if done < last || done > total || total != int64(len(file)) {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil {
		t.Fatal(err)
	}
	if calls == 0 || last != int64(len(file)) {
		t.Errorf("%d calls, the last at %d bytes, want the whole %d", calls, last, len(file))
	}
}

func TestCloseEndsEverything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := media.New(media.Config{Dir: dir, Guard: netguard.New(mediatest.Allow())})
	if err != nil {
		t.Fatal(err)
	}
	server := mediatest.NewServer(t)
	server.File("a.png", mediatest.EncodePNG(mediatest.Noise(60, 60)))
	e := &env{Service: s, dir: dir, server: server}
	a := e.begin(t, post, e.need("/hold/a.png"))
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	<-a.done
	if core.KindOf(a.err) != core.KindTemporary {
		t.Errorf("got %v, want a temporary error", a.err)
	}
	if _, err := s.Fetch(t.Context(), post, e.need("/ok/a.png"), nil); core.KindOf(err) != core.KindTemporary {
		t.Errorf("after Close: got %v, want a temporary error", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "p*")); err != nil || left != nil {
		t.Errorf("left in the spool: %q, %v", left, err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing again: %v", err)
	}
}

func TestLeftoversOfDeadProcesses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	dead := filepath.Join(dir, "p123")
	if err := os.MkdirAll(dead, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dead, "media1"), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	setup(t, func(c *media.Config) { c.Dir = dir })
	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder of a dead process is left: %v", err)
	}
}

// BenchmarkFetch fetches a video of 64 MiB and reads it while it arrives. It takes no
// more memory than its buffers: compare B/op.
func BenchmarkFetch(b *testing.B) {
	server := mediatest.NewServer(b)
	video := mediatest.Video(mediatest.VideoOptions{Size: 64 << 20})
	s, err := media.New(media.Config{Dir: b.TempDir(), Guard: netguard.New(mediatest.Allow())})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	n := core.Need{URL: server.URL + server.Serve("a.mp4", video, mediatest.Behaviour{}), Field: field}
	b.SetBytes(video.Size())
	b.ReportAllocs()
	for b.Loop() {
		a, err := s.Fetch(b.Context(), post, n, nil)
		if err != nil {
			b.Fatal(err)
		}
		r, err := a.Open(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			b.Fatal(err)
		}
		_ = r.Close()
		s.Release(post)
	}
}
