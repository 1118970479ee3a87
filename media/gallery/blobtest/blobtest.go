// Package blobtest checks that a place for blobs keeps the promises of
// gallery.Blobs. Every one runs the whole suite.
package blobtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
)

// Options are what the suite has to know.
type Options struct {
	// PartSize is the size from which on a blob is sent in parts; 0 if it never is.
	PartSize int
	Local    bool // what blobs say of themselves
}

// Run runs the suite. open returns an empty store and closes it at the end of the
// test; called again with the same place it returns the same blobs.
func Run(t *testing.T, o Options, open func(t *testing.T, place string) gallery.Blobs) {
	t.Helper()
	for _, c := range []struct {
		name string
		run  func(*testing.T, *fixture)
	}{
		{"PutAndOpen", checkRoundTrip},
		{"ReadAnywhere", checkReadAnywhere},
		{"ReadAtOnce", checkReadAtOnce},
		{"NotFound", checkNotFound},
		{"Delete", checkDelete},
		{"BrokenPut", checkBrokenPut},
		{"CancelledPut", checkCancelledPut},
		{"EndedContext", checkEndedContext},
		{"Walk", checkWalk},
		{"WalkEnds", checkWalkEnds},
		{"BadKeys", checkBadKeys},
		{"AtOnce", checkAtOnce},
		{"OpenAgain", checkOpenAgain},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			place := strings.ToLower(c.name)
			c.run(t, &fixture{Blobs: open(t, place), Options: o, again: func() gallery.Blobs { return open(t, place) }})
		})
	}
}

// fixture is what a check works with.
type fixture struct {
	gallery.Blobs
	Options
	again func() gallery.Blobs // opens the same place once more
}

// Key returns a valid key, the same for the same number.
func Key(n int) string {
	return fmt.Sprintf("aa%030x-%016x", n, 0xb)
}

// content returns bytes that do not repeat.
func content(size int) []byte {
	b := make([]byte, size)
	src := rand.NewChaCha8([32]byte{'b'})
	_, _ = src.Read(b) // never fails
	return b
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// unseekable hides everything but Read, and reads little at a time.
type unseekable struct{ r io.Reader }

func (u unseekable) Read(p []byte) (int, error) { return u.r.Read(p[:min(len(p), 10_007)]) }

func (f *fixture) put(t *testing.T, key string, data []byte) {
	t.Helper()
	must(t, f.Put(t.Context(), key, int64(len(data)), unseekable{bytes.NewReader(data)}))
}

// open opens a blob until the end of the test.
func (f *fixture) open(ctx context.Context, t *testing.T, key string, size int) gallery.Blob {
	t.Helper()
	blob, err := f.Open(ctx, key, int64(size))
	must(t, err)
	t.Cleanup(func() {
		if err := blob.Close(); err != nil {
			t.Error(err)
		}
	})
	return blob
}

// keys returns all keys, in order.
func (f *fixture) keys(t *testing.T) []string {
	t.Helper()
	var keys []string
	must(t, f.Walk(t.Context(), time.Now().Add(time.Hour), func(key string) error {
		keys = append(keys, key)
		return nil
	}))
	slices.Sort(keys)
	return keys
}

func (f *fixture) wantKeys(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, f.keys(t)); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func checkRoundTrip(t *testing.T, f *fixture) {
	sizes := []int{1, 100_000}
	if p := f.PartSize; p > 0 {
		sizes = append(sizes, p-1, p, p+1, 2*p, 2*p+p/2)
	}
	for i, size := range sizes {
		for j, announced := range []int64{int64(size), -1} {
			key, data := Key(10*i+j), content(size)
			if err := f.Put(t.Context(), key, announced, unseekable{bytes.NewReader(data)}); err != nil {
				t.Errorf("%d bytes, announced %d: %v", size, announced, err)
				continue
			}
			blob := f.open(t.Context(), t, key, size)
			if blob.Local() != f.Local {
				t.Errorf("local: %v", blob.Local())
			}
			got, err := io.ReadAll(blob)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d bytes, announced %d: read %d, %v", size, announced, len(got), err)
			}
		}
	}
}

func checkReadAnywhere(t *testing.T, f *fixture) {
	data := content(300_000)
	f.put(t, Key(1), data)
	blob := f.open(t.Context(), t, Key(1), len(data))
	read := func(name string, n int, want []byte) {
		t.Helper()
		got := make([]byte, n)
		if _, err := io.ReadFull(blob, got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v, equal %v", name, err, bytes.Equal(got, want))
		}
	}
	seek := func(offset int64, whence int, want int64) {
		t.Helper()
		if got, err := blob.Seek(offset, whence); err != nil || got != want {
			t.Errorf("seek %d from %d: %d, %v, want %d", offset, whence, got, err, want)
		}
	}
	read("the beginning", 100, data[:100])
	seek(200_000, io.SeekStart, 200_000)
	read("the middle", 50, data[200_000:200_050])
	seek(-100_050, io.SeekCurrent, 100_000)
	read("before it", 10, data[100_000:100_010])
	part := make([]byte, 1000)
	if n, err := blob.ReadAt(part, 250_000); err != nil || n != 1000 || !bytes.Equal(part, data[250_000:251_000]) {
		t.Errorf("ReadAt: %d, %v", n, err)
	}
	read("where it was", 10, data[100_010:100_020])
	seek(-5, io.SeekEnd, 299_995)
	read("the end", 5, data[299_995:])
	if n, err := blob.Read(part); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("Read at the end: %d, %v", n, err)
	}
	seek(10, io.SeekEnd, 300_010)
	if n, err := blob.Read(part); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("Read beyond the end: %d, %v", n, err)
	}
	if n, err := blob.ReadAt(part, 299_990); n != 10 || !errors.Is(err, io.EOF) || !bytes.Equal(part[:10], data[299_990:]) {
		t.Errorf("ReadAt across the end: %d, %v", n, err)
	}
	if n, err := blob.ReadAt(part, 300_000); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("ReadAt at the end: %d, %v", n, err)
	}
	if _, err := blob.ReadAt(part, -1); err == nil {
		t.Error("ReadAt before the beginning: no error")
	}
	if _, err := blob.Seek(-1, io.SeekStart); err == nil {
		t.Error("Seek before the beginning: no error")
	}
	seek(0, io.SeekStart, 0)
	read("the beginning again", 100, data[:100])
}

func checkReadAtOnce(t *testing.T, f *fixture) {
	data := content(500_000)
	f.put(t, Key(1), data)
	blob := f.open(t.Context(), t, Key(1), len(data))
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			part, at := make([]byte, 40_000), i*45_000
			if _, err := blob.ReadAt(part, int64(at)); err != nil || !bytes.Equal(part, data[at:at+len(part)]) {
				t.Errorf("ReadAt %d: %v", at, err)
			}
		})
	}
	wg.Wait()
}

func checkNotFound(t *testing.T, f *fixture) {
	blob, err := f.Open(t.Context(), Key(1), 10)
	if err == nil { // a store may find out at the first read
		_, err = io.ReadAll(blob)
		must(t, blob.Close())
	}
	if core.KindOf(err) != core.KindNotFound {
		t.Errorf("got %v, want not found", err)
	}
}

func checkDelete(t *testing.T, f *fixture) {
	f.put(t, Key(1), content(10))
	f.put(t, Key(2), content(10))
	for range 2 {
		if err := f.Delete(t.Context(), Key(1)); err != nil {
			t.Error(err)
		}
	}
	f.wantKeys(t, Key(2))
	checkNotFound(t, f)
}

// errCut is what a reader says whose connection was cut.
var errCut = errors.New("cut")

func checkBrokenPut(t *testing.T, f *fixture) {
	for _, size := range []int{0, 1000, f.PartSize + 1000, 2*f.PartSize + 1000} {
		for _, announced := range []int64{3 * int64(f.PartSize+1000), -1} {
			r := io.MultiReader(bytes.NewReader(content(size)), failing{})
			if err := f.Put(t.Context(), Key(size), announced, r); !errors.Is(err, errCut) {
				t.Errorf("cut after %d bytes: got %v, want %v", size, err, errCut)
			}
		}
	}
	f.wantKeys(t)
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errCut }

// endless never ends, and cancels a context on its way.
type endless struct {
	left   int
	cancel context.CancelFunc
}

func (e *endless) Read(p []byte) (int, error) {
	if e.left -= len(p); e.left <= 0 {
		e.cancel()
	}
	return len(p), nil
}

func checkCancelledPut(t *testing.T, f *fixture) {
	for i, after := range []int{1, 1000, f.PartSize + f.PartSize/2} {
		ctx, cancel := context.WithCancel(t.Context())
		if err := f.Put(ctx, Key(i), -1, &endless{after, cancel}); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled after %d bytes: got %v", after, err)
		}
		cancel()
	}
	f.wantKeys(t)
}

func checkEndedContext(t *testing.T, f *fixture) {
	data := content(2 << 20)
	f.put(t, Key(1), data)
	ctx, cancel := context.WithCancel(t.Context())
	blob := f.open(ctx, t, Key(1), len(data))
	part := make([]byte, 10)
	if _, err := io.ReadFull(blob, part); err != nil {
		t.Error(err)
	}
	cancel()
	if _, err := io.ReadAll(blob); !errors.Is(err, context.Canceled) {
		t.Errorf("Read: got %v", err)
	}
	if _, err := blob.ReadAt(part, 10); !errors.Is(err, context.Canceled) {
		t.Errorf("ReadAt: got %v", err)
	}
	for name, err := range map[string]error{
		"Put":    f.Put(ctx, Key(2), 1, strings.NewReader("x")),
		"Delete": f.Delete(ctx, Key(1)),
		"Clean":  f.Clean(ctx, time.Now()),
		"Walk":   f.Walk(ctx, time.Now().Add(time.Hour), func(string) error { return nil }),
		"Open":   func() error { _, err := f.Open(ctx, Key(1), int64(len(data))); return err }(),
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	f.wantKeys(t, Key(1))
}

func checkWalk(t *testing.T, f *fixture) {
	const blobs = 30
	var want []string
	for i := range blobs {
		f.put(t, Key(i), []byte{1})
		want = append(want, Key(i))
	}
	f.wantKeys(t, want...)
	must(t, f.Walk(t.Context(), time.Now().Add(-time.Hour), func(key string) error {
		t.Errorf("%s is older than an hour", key)
		return nil
	}))
	must(t, f.Clean(t.Context(), time.Now().Add(time.Hour)))
	f.wantKeys(t, want...)
}

func checkWalkEnds(t *testing.T, f *fixture) {
	for i := range 3 {
		f.put(t, Key(i), []byte{1})
	}
	seen := 0
	err := f.Walk(t.Context(), time.Now().Add(time.Hour), func(string) error {
		seen++
		return errCut
	})
	if !errors.Is(err, errCut) || seen != 1 {
		t.Errorf("%d keys, %v", seen, err)
	}
	// A walk that deletes what it finds finds everything.
	must(t, f.Walk(t.Context(), time.Now().Add(time.Hour), func(key string) error { return f.Delete(t.Context(), key) }))
	f.wantKeys(t)
}

func checkBadKeys(t *testing.T, f *fixture) {
	for _, key := range []string{"", "a", "../../etc/passwd", strings.Repeat("../", 11) + "-" + strings.Repeat("b", 16), strings.ToUpper(Key(1)), Key(1) + "/x"} {
		for name, err := range map[string]error{
			"Put":    f.Put(t.Context(), key, 1, strings.NewReader("x")),
			"Delete": f.Delete(t.Context(), key),
			"Open":   func() error { _, err := f.Open(t.Context(), key, 1); return err }(),
		} {
			if core.KindOf(err) != core.KindInternal {
				t.Errorf("%s of key %q: got %v, want an internal error", name, key, err)
			}
		}
	}
}

func checkAtOnce(t *testing.T, f *fixture) {
	data := content(200_000)
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			if err := f.Put(t.Context(), Key(i), -1, bytes.NewReader(data)); err != nil {
				t.Error(err)
				return
			}
			blob, err := f.Open(t.Context(), Key(i), int64(len(data)))
			if err != nil {
				t.Error(err)
				return
			}
			got, err := io.ReadAll(blob)
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("read %d bytes, %v", len(got), err)
			}
			if err := errors.Join(blob.Close(), f.Delete(t.Context(), Key(i))); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	f.wantKeys(t)
}

// checkOpenAgain reads with one store what another one, of another process perhaps,
// has put into the same place.
func checkOpenAgain(t *testing.T, f *fixture) {
	data := content(1000)
	f.put(t, Key(1), data)
	other := &fixture{Blobs: f.again(), Options: f.Options}
	got, err := io.ReadAll(other.open(t.Context(), t, Key(1), len(data)))
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	must(t, other.Delete(t.Context(), Key(1)))
	f.wantKeys(t)
}
