package gallery_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/mediatest"
)

func open(t *testing.T, dir string) *gallery.Gallery {
	t.Helper()
	g, err := gallery.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := g.Close(); err != nil {
			t.Error(err)
		}
	})
	return g
}

func save(t *testing.T, g *gallery.Gallery, owner string, content []byte) gallery.Upload {
	t.Helper()
	u, err := g.Save(t.Context(), owner, "holiday.gif", bytes.NewReader(content), 0)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// files lists everything below dir but locks and the folder of unfinished files.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, "lock") {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSaveAndOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	content := mediatest.PNG(8, 8)
	u := save(t, open(t, dir), "alice", content)
	want := gallery.Upload{Owner: "alice", Name: "holiday.gif", MIME: "image/png", Size: int64(len(content))}
	if diff := cmp.Diff(want, u, cmpopts.IgnoreFields(gallery.Upload{}, "ID", "CreatedAt")); diff != "" {
		t.Errorf("upload (-want +got):\n%s", diff)
	}
	if len(u.ID) != 32 || u.CreatedAt.IsZero() || u.Address() != "upload:"+u.ID {
		t.Errorf("id %q, address %q, time %v", u.ID, u.Address(), u.CreatedAt)
	}
	// Another process, or the same after a restart.
	again, file, err := open(t, dir).Open(t.Context(), "alice", u.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	got, err := io.ReadAll(file)
	if err != nil || !bytes.Equal(got, content) {
		t.Errorf("read %d bytes, %v, want the %d that were saved", len(got), err, len(content))
	}
	if diff := cmp.Diff(u, again); diff != "" {
		t.Errorf("upload read back (-saved +read):\n%s", diff)
	}
}

func TestOnlyTheOwner(t *testing.T) {
	t.Parallel()
	g := open(t, t.TempDir())
	u := save(t, g, "alice", mediatest.PNG(8, 8))
	for name, err := range map[string]error{
		"stat":   second(g.Stat(t.Context(), "bob", u.ID)),
		"open":   third(g.Open(t.Context(), "bob", u.ID)),
		"delete": g.Delete(t.Context(), "bob", u.ID),
		"nobody": g.Delete(t.Context(), "", u.ID),
	} {
		if core.KindOf(err) != core.KindNotFound {
			t.Errorf("%s by another: got %v, want not found", name, err)
		}
	}
	_, file, err := g.OpenAny(t.Context(), u.ID)
	if err != nil {
		t.Fatalf("the upload is gone: %v", err)
	}
	_ = file.Close()
}

func second[A any](_ A, err error) error        { return err }
func third[A, B any](_ A, _ B, err error) error { return err }

func TestUnknownIDs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := open(t, dir)
	save(t, g, "alice", mediatest.PNG(8, 8))
	for _, id := range []string{
		"", "..", "../../etc/passwd", strings.Repeat("0", 32), strings.Repeat("0", 31) + "/", strings.Repeat("../", 10) + "ab",
		strings.Repeat("A", 32), strings.Repeat("0", 33), "00/../" + strings.Repeat("0", 26),
	} {
		if _, err := g.Stat(t.Context(), "alice", id); core.KindOf(err) != core.KindNotFound {
			t.Errorf("id %q: got %v, want not found", id, err)
		}
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	g := open(t, dir)
	u := save(t, g, "alice", mediatest.PNG(8, 8))
	if err := g.Delete(t.Context(), "alice", u.ID); err != nil {
		t.Fatal(err)
	}
	if err := g.Delete(t.Context(), "alice", u.ID); core.KindOf(err) != core.KindNotFound {
		t.Errorf("deleting again: got %v, want not found", err)
	}
	if left := files(t, dir); left != nil {
		t.Errorf("files are left: %q", left)
	}
}

// broken is an upload whose connection is cut.
type broken struct{ io.Reader }

func (b broken) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

func TestRefusedUploadsLeaveNothing(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	content := strings.Repeat("x", 1000)
	cases := []struct {
		name  string
		ctx   context.Context
		r     io.Reader
		limit int64
		ok    func(error) bool
	}{
		{"too large", t.Context(), strings.NewReader(content), 999, func(err error) bool { return core.AsError(err).Code == core.CodeMediaTooLarge }},
		{"empty", t.Context(), strings.NewReader(""), 999, func(err error) bool { return core.KindOf(err) == core.KindMedia }},
		{"cut off", t.Context(), broken{strings.NewReader(content)}, 0, func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		{"cancelled", cancelled, strings.NewReader(content), 0, func(err error) bool { return errors.Is(err, context.Canceled) }},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if _, err := open(t, dir).Save(tc.ctx, "alice", "a", tc.r, tc.limit); !tc.ok(err) {
				t.Errorf("got %v", err)
			}
			if left := files(t, dir); left != nil {
				t.Errorf("files are left: %q", left)
			}
		})
	}
	t.Run("exactly the limit", func(t *testing.T) {
		t.Parallel()
		if u, err := open(t, t.TempDir()).Save(t.Context(), "alice", "a", strings.NewReader(content), 1000); err != nil || u.Size != 1000 {
			t.Errorf("got %+v, %v", u, err)
		}
	})
}

// TestCrash: of content and description, one without the other is not an upload,
// and what was still arriving is cleared away at the next start.
func TestCrash(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := open(t, dir)
	halves := map[string]gallery.Upload{"": {}, ".json": {}}
	for removed := range halves {
		u := save(t, first, "alice", mediatest.PNG(8, 8))
		if err := os.Remove(filepath.Join(dir, u.ID[:2], u.ID+removed)); err != nil {
			t.Fatal(err)
		}
		halves[removed] = u
	}
	dead := filepath.Join(dir, "unfinished", "p1")
	if err := os.MkdirAll(dead, 0o700); err != nil {
		t.Fatal(err)
	}
	g := open(t, dir)
	for removed, u := range halves {
		if _, err := g.Stat(t.Context(), "alice", u.ID); core.KindOf(err) != core.KindNotFound {
			t.Errorf("an upload without id%s: got %v, want not found", removed, err)
		}
	}
	if _, err := os.Stat(dead); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("an unfinished upload of a dead process is left: %v", err)
	}
}

func TestConcurrentSaves(t *testing.T) {
	t.Parallel()
	g := open(t, t.TempDir())
	var wg sync.WaitGroup
	ids := make([]string, 20)
	for i := range ids {
		wg.Go(func() {
			u, err := g.Save(t.Context(), "alice", "a", strings.NewReader("content"), 0)
			if err != nil {
				t.Error(err)
			}
			ids[i] = u.ID
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			t.Errorf("id %q was given twice", id)
		}
		seen[id] = true
	}
}
