package media_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/media"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/mediatest"
)

// handle starts a server that answers in a way of its own, and returns a need for the
// video that it has.
func (e *env) handle(t *testing.T, h http.HandlerFunc) core.Need {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return e.need(server.URL+"/a.mp4", videos())
}

// readAll reads an asset that may fail on the way.
func readAll(t *testing.T, a *core.Asset) error {
	t.Helper()
	r, err := a.Open(t.Context())
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	_, err = io.Copy(io.Discard, r)
	return err
}

func checkSays(t *testing.T, err error, kind core.Kind, says string) {
	t.Helper()
	if err := saying(err, kind, says); err != nil {
		t.Error(err)
	}
}

// saying returns nil if err is of the kind and says it.
func saying(err error, kind core.Kind, says string) error {
	if got := core.AsError(err); err == nil || got.Kind != kind || !strings.Contains(got.Message, says) {
		return fmt.Errorf("got %w (%s), want %s saying %q", err, core.KindOf(err), kind, says)
	}
	return nil
}

// Whoever waits for a video that turns out to be damaged does not wait for its end.
func TestDamagedVideoIsNotFetchedToItsEnd(t *testing.T) {
	t.Parallel()
	e := setup(t)
	video, err := io.ReadAll(io.NewSectionReader(mediatest.Video(mediatest.VideoOptions{Size: 3_000_000}), 0, 3_000_000))
	if err != nil {
		t.Fatal(err)
	}
	ftyp := binary.BigEndian.Uint32(video)
	binary.BigEndian.PutUint32(video[ftyp:], 4) // no box is so small
	_, err = e.Fetch(t.Context(), post, e.serve(mediatest.Bytes(video), mediatest.Behaviour{HoldAfter: 500_000}), nil)
	checkSays(t, err, core.KindMedia, "damaged")
}

// A range that does not come is not waited for longer than the file itself.
func TestSourceWithSlowRanges(t *testing.T) {
	t.Parallel()
	const size = 3_000_000
	e := setup(t)
	video := mediatest.Video(mediatest.VideoOptions{Size: size, MoovAtEnd: true})
	asked := make(chan struct{}, 16)
	n := e.handle(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Range") != "" {
			asked <- struct{}{}
			<-r.Context().Done()
			return
		}
		w.Header().Set("Content-Length", strconv.Itoa(size))
		_, _ = io.Copy(w, io.NewSectionReader(video, 0, 100_000))
		_ = http.NewResponseController(w).Flush()
		select {
		case <-asked:
		case <-r.Context().Done():
		}
		_, _ = io.Copy(w, io.NewSectionReader(video, 100_000, size-100_000))
	})
	a, err := e.Fetch(t.Context(), post, n, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkWhole(t, a, video)
}

// By so little the type cannot be known, so it is not judged.
func TestSourceThatEndsInTheFirstBytes(t *testing.T) {
	t.Parallel()
	video := mediatest.Video(mediatest.VideoOptions{Size: 300_000})
	for name, test := range map[string]struct {
		behaviour mediatest.Behaviour
		says      func(stall time.Duration) string
	}{
		"silent": {mediatest.Behaviour{HoldAfter: 3}, func(stall time.Duration) string {
			return fmt.Sprintf("nothing arrived for %s, after 3 bytes of 300 kB", stall)
		}},
		"broken": {mediatest.Behaviour{CutAfter: 3}, func(time.Duration) string { return "the connection broke after 3 bytes of 300 kB" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			coretest.LongEnough(t, 20*time.Millisecond, func(stall time.Duration) error {
				e := setup(t, func(c *media.Config) { c.Stall = stall })
				_, err := e.Fetch(t.Context(), post, e.serve(video, test.behaviour), nil)
				return saying(err, core.KindTemporary, test.says(stall))
			})
		})
	}
}

// Who reads a video when its time is up learns that, and so does who opens it later.
func TestTimeLimitOfAVideoThatIsRead(t *testing.T) {
	t.Parallel()
	coretest.LongEnough(t, 500*time.Millisecond, func(limit time.Duration) error {
		e := setup(t, func(c *media.Config) { c.Timeout, c.VideoTimeout = limit, limit })
		n := e.serve(mediatest.Video(mediatest.VideoOptions{Size: 3_000_000}), mediatest.Behaviour{HoldAfter: 500_000})
		a, err := e.Fetch(t.Context(), post, n, nil)
		if err != nil {
			return err
		}
		says := fmt.Sprintf("the download is not complete after %s, 500 kB arrived", limit)
		if err := saying(readAll(t, a), core.KindTemporary, says); err != nil {
			return err
		}
		_, err = a.Open(t.Context())
		return saying(err, core.KindTemporary, says)
	})
}

// No answer makes a file longer than its first one has announced.
func TestSourceThatGoesOnTooLong(t *testing.T) {
	t.Parallel()
	const size, cut = 3_000_000, 700_000
	e := setup(t)
	video := mediatest.Video(mediatest.VideoOptions{Size: size})
	n := e.handle(t, func(w http.ResponseWriter, r *http.Request) {
		from, resumed := strings.CutPrefix(r.Header.Get("Range"), "bytes=")
		if !resumed {
			w.Header().Set("Content-Length", strconv.Itoa(size))
			_, _ = io.Copy(w, io.NewSectionReader(video, 0, cut))
			panic(http.ErrAbortHandler)
		}
		first, err := strconv.ParseInt(strings.TrimSuffix(from, "-"), 10, 64)
		if err != nil {
			t.Errorf("range %q", from)
		}
		w.Header().Set("Content-Range", "bytes "+from+strconv.Itoa(size-1)+"/*")
		w.WriteHeader(http.StatusPartialContent)
		_, _ = io.Copy(w, io.NewSectionReader(video, first, size-first))
		for zeros := make([]byte, 64<<10); err == nil; {
			_, err = w.Write(zeros)
		}
	})
	a, err := e.Fetch(t.Context(), post, n, nil)
	if err == nil {
		err = readAll(t, a)
	}
	checkSays(t, err, core.KindTemporary, "was changed at its source")
}

// mute is a gallery that is elsewhere, and sends nothing.
type mute struct{ media.Gallery }

func (mute) Open(ctx context.Context, _ string) (core.Upload, gallery.Blob, error) {
	return core.Upload{Size: 100_000}, &muteBlob{ctx: ctx}, nil
}

// muteBlob is used by one goroutine at a time, as blobs are.
type muteBlob struct {
	gallery.Blob
	ctx    context.Context //nolint:containedctx // the life of the reader
	closed int
}

func (*muteBlob) Local() bool { return false }

func (b *muteBlob) Read([]byte) (int, error) {
	<-b.ctx.Done()
	b.closed = 0
	return 0, b.ctx.Err()
}

func (b *muteBlob) Close() error {
	b.closed++
	return nil
}

func TestSilentStoreOfUploads(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *media.Config) { c.Gallery, c.Stall = mute{}, 20*time.Millisecond })
	_, err := e.Fetch(t.Context(), post, e.need("upload:x"), nil)
	checkSays(t, err, core.KindTemporary, "nothing arrived for 20ms")
}

// A file takes as much of the space as it has bytes, whether they were announced or not.
func TestSpaceOfAFile(t *testing.T) {
	t.Parallel()
	e := setup(t)
	file := mediatest.PNG(20, 10)
	e.server.File("a.png", file)
	for _, path := range []string{"/ok/a.png", "/chunked/a.png"} {
		e.fetch(t, e.need(path))
		if used := e.DiskUsed(); used != int64(len(file)) {
			t.Errorf("%s: %d bytes of space are taken for %d", path, used, len(file))
		}
		e.Release(post)
		if used := e.DiskUsed(); used != 0 {
			t.Errorf("%s: %d bytes of space are taken after the release", path, used)
		}
	}
}
