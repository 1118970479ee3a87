package media

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/media/internal/privdir"
)

func newSpoolFile(t *testing.T) *spoolFile {
	t.Helper()
	dir, err := privdir.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = dir.Close() })
	clock := coretest.NewClock(coretest.Epoch())
	s := spool{dir: dir, log: slog.New(slog.DiscardHandler)}
	f, err := s.create(&usage{clock: clock}, newDisk(1000, time.Hour, clock).claim(&tenant{}))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFileThatFailedTellsWhy(t *testing.T) {
	t.Parallel()
	f := newSpoolFile(t)
	why := changedMeanwhile()
	f.fail(why)
	f.discard()
	if _, err := f.open(t.Context()); !errors.Is(err, why) {
		t.Errorf("opening it: %v, want %v", err, why)
	}
}

// A defect of the writer leaves nobody waiting, and no file open.
func TestFileWhoseWriterPanicked(t *testing.T) {
	t.Parallel()
	f := newSpoolFile(t)
	r, err := f.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	f.discard()
	if _, err := r.Read(make([]byte, 1)); core.KindOf(err) != core.KindTemporary {
		t.Errorf("reading on: %v, want a temporary error", err)
	}
	if err := f.file.Close(); err == nil {
		t.Error("the file was still open for writing")
	}
}

// What somebody else takes time for is not the source's silence.
func TestWatchdogRunsDuringReads(t *testing.T) {
	t.Parallel()
	w := watch(t.Context(), io.NopCloser(bytes.NewReader(make([]byte, 2))), time.Hour)
	defer w.stop()
	for range 2 {
		if _, err := w.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if w.timer.Stop() {
			t.Error("the time goes on after the read")
		}
	}
}

// A server that does not heed If-Range may send a part of another file.
func TestPartOfAnotherFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		asked, current string
		changed, same  bool
	}{
		"the same":    {asked: `"1"`, current: `"1"`, same: true},
		"another":     {asked: `"1"`, current: `"2"`, changed: true},
		"not told":    {asked: `"1"`},
		"weak":        {asked: `"1"`, current: `W/"1"`},
		"weak, other": {asked: `"1"`, current: `W/"2"`, changed: true},
		"never known": {current: `"2"`},
	} {
		resp := &http.Response{StatusCode: http.StatusPartialContent, Header: http.Header{"Content-Range": {"bytes 1-2/3"}}}
		if test.current != "" {
			resp.Header.Set("ETag", test.current)
		}
		s, err := readSection(resp, version{tag: test.asked})
		if changed := errors.Is(err, errChanged); changed != test.changed || !changed && (err != nil || s.from != 1 || s.size != 3 || s.same != test.same) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
}
