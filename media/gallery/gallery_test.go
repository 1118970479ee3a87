package gallery_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/gallery/diskblob"
	"github.com/crier-social/crier/media/mediatest"
)

const day = 24 * time.Hour

// env is a gallery with what it stands on.
type env struct {
	*gallery.Gallery
	index store.Store
	blobs gallery.Blobs
	clock *coretest.Clock
	// again opens the gallery as another server does, with its own connections.
	again func() *env
}

func setup(t *testing.T, change ...func(*gallery.Config)) *env {
	t.Helper()
	// Leftovers are told by the age of files, which the file system knows by its own clock.
	return setupIn(t, dbtest.New(t), t.TempDir(), coretest.NewClock(time.Now()), change...)
}

// setupIn opens the gallery of a database and a folder.
func setupIn(t *testing.T, db *dbtest.Database, dir string, clock *coretest.Clock, change ...func(*gallery.Config)) *env {
	t.Helper()
	e := &env{clock: clock, again: func() *env { return setupIn(t, db, dir, clock, change...) }}
	e.index = db.Open(t, clock)
	var err error
	if e.blobs, err = diskblob.Open(filepath.Join(dir, "uploads")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.blobs.Close(); err != nil {
			t.Error(err)
		}
	})
	c := gallery.Config{Index: e.index, Blobs: e.blobs, Clock: clock}
	for _, f := range change {
		f(&c)
	}
	if e.Gallery, err = gallery.New(c); err != nil {
		t.Fatal(err)
	}
	return e
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantKind(t *testing.T, what string, err error, want core.Kind) {
	t.Helper()
	if core.KindOf(err) != want {
		t.Errorf("%s: got %v, want kind %s", what, err, want)
	}
}

func wantCode(t *testing.T, what string, err error, want core.Code) {
	t.Helper()
	if err == nil || core.CodeOf(core.AsError(err)) != want {
		t.Errorf("%s: got %v, want code %d", what, err, want)
	}
}

func (e *env) save(t *testing.T, profile string, content []byte) core.Upload {
	t.Helper()
	u, err := e.Save(t.Context(), core.NewUpload{ProfileID: profile, Name: "holiday.gif", Description: "by the sea"}, bytes.NewReader(content))
	must(t, err)
	return u
}

// wantContent reads an upload.
func (e *env) wantContent(t *testing.T, id string, want []byte) {
	t.Helper()
	u, blob, err := e.Open(t.Context(), id)
	must(t, err)
	got, err := io.ReadAll(blob)
	if err != nil || !bytes.Equal(got, want) || u.Size != int64(len(want)) {
		t.Errorf("read %d bytes of %d, %v, want %d", len(got), u.Size, err, len(want))
	}
	must(t, blob.Close())
}

// blobCount counts what lies in the place for blobs.
func (e *env) blobCount(t *testing.T) int {
	t.Helper()
	n := 0
	must(t, e.blobs.Walk(t.Context(), time.Now().Add(1000*day), func(string) error { n++; return nil }))
	return n
}

func (e *env) wantUsage(t *testing.T, profile string, want int64) {
	t.Helper()
	used, _, err := e.Usage(t.Context(), profile)
	must(t, err)
	if used != want {
		t.Errorf("%s uses %d bytes, want %d", profile, used, want)
	}
}

// wantEmpty: nothing is left, neither of descriptions nor of bytes.
func (e *env) wantEmpty(t *testing.T, profile string) {
	t.Helper()
	e.wantUsage(t, profile, 0)
	if n := e.blobCount(t); n != 0 {
		t.Errorf("%d blobs are left", n)
	}
	list, err := e.index.ExpiredUploads(t.Context(), e.clock.Now().Add(10_000*day), 100)
	must(t, err)
	for _, u := range list {
		if u.State != core.UploadPending || u.Blob != "" {
			t.Errorf("a description is left: %+v", u)
		}
	}
}

func TestSaveAndOpen(t *testing.T) {
	t.Parallel()
	e := setup(t)
	content := mediatest.PNG(8, 8)
	u := e.save(t, "alice", content)
	want := core.Upload{
		ProfileID: "alice", Name: "holiday.png", Description: "by the sea", MIME: "image/png", Size: int64(len(content)),
		State: core.UploadReady, CreatedAt: u.CreatedAt, ExpiresAt: u.CreatedAt.Add(90 * day),
	}
	if diff := cmp.Diff(want, u, cmpopts.IgnoreFields(core.Upload{}, "ID", "Blob", "Version")); diff != "" {
		t.Errorf("upload (-want +got):\n%s", diff)
	}
	if len(u.ID) != 32 || !gallery.ValidKey(u.Blob) || gallery.Address(u.ID) != "upload:"+u.ID {
		t.Errorf("id %q, blob %q, address %q", u.ID, u.Blob, gallery.Address(u.ID))
	}
	other := e.again()
	other.wantContent(t, u.ID, content)
	got, err := other.Get(t.Context(), "alice", u.ID)
	must(t, err)
	if diff := cmp.Diff(u, got); diff != "" {
		t.Errorf("read by another server (-saved +read):\n%s", diff)
	}
	_, blob, err := e.Open(t.Context(), u.ID)
	must(t, err)
	if !blob.Local() {
		t.Error("a file on disk is not local")
	}
	must(t, blob.Close())
}

// TestTypes: what a file is follows from its bytes, of a container from the whole of
// it, and its name follows from that.
func TestTypes(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for _, tc := range []struct {
		name, content, mime, want string
	}{
		{"slides", string(mediatest.PPTX()), "application/vnd.openxmlformats-officedocument.presentationml.presentation", "slides.pptx"},
		{"text.zip", string(mediatest.DOCX()), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "text.docx"},
		{"a.png", "<html><script>alert(1)</script></html>", "text/html", "a.html"},
		{"../../x.php", string(mediatest.PDF()), "application/pdf", "x.pdf"},
		{"", "\x00\x01\x02", "application/octet-stream", "file"},
	} {
		u, err := e.Save(t.Context(), core.NewUpload{ProfileID: "alice", Name: tc.name, MIME: "image/png"}, strings.NewReader(tc.content))
		must(t, err)
		if u.MIME != tc.mime || u.Name != tc.want {
			t.Errorf("%s: %s as %s, want %s as %s", tc.name, u.Name, u.MIME, tc.want, tc.mime)
		}
	}
}

func TestOnlyTheOwner(t *testing.T) {
	t.Parallel()
	e := setup(t)
	u := e.save(t, "alice", mediatest.PNG(8, 8))
	_, ofOther := e.Get(t.Context(), "bob", u.ID)
	_, unknown := e.Get(t.Context(), "bob", strings.Repeat("0", 32))
	if diff := cmp.Diff(core.AsError(unknown), core.AsError(ofOther)); diff != "" {
		t.Errorf("another's upload can be told from none:\n%s", diff)
	}
	for name, err := range map[string]error{
		"get": ofOther, "delete": e.Delete(t.Context(), "bob", u.ID), "delete by nobody": e.Delete(t.Context(), "", u.ID),
		"keep": e.Keep(t.Context(), "bob", []string{u.ID}, e.clock.Now()),
	} {
		wantKind(t, name, err, core.KindNotFound)
	}
	list, err := e.List(t.Context(), "bob", 0, "")
	if err != nil || len(list) != 0 {
		t.Errorf("bob sees %v, %v", list, err)
	}
	e.wantContent(t, u.ID, mediatest.PNG(8, 8))
}

func TestUnknownIDs(t *testing.T) {
	t.Parallel()
	e := setup(t)
	e.save(t, "alice", mediatest.PNG(8, 8))
	for _, id := range []string{
		"", "..", "../../etc/passwd", strings.Repeat("0", 32), strings.Repeat("0", 31) + "/", strings.Repeat("../", 10) + "ab",
		strings.Repeat("A", 32), strings.Repeat("0", 33), "00/../" + strings.Repeat("0", 26),
	} {
		_, err := e.Get(t.Context(), "alice", id)
		wantKind(t, "get "+id, err, core.KindNotFound)
		_, _, err = e.Open(t.Context(), id)
		wantKind(t, "open "+id, err, core.KindNotFound)
		wantKind(t, "delete "+id, e.Delete(t.Context(), "alice", id), core.KindNotFound)
		_, err = e.Fill(t.Context(), id, "ticket", 1, strings.NewReader("x"))
		wantKind(t, "fill "+id, err, core.KindNotFound)
	}
}

func TestDelete(t *testing.T) {
	t.Parallel()
	e := setup(t)
	u := e.save(t, "alice", mediatest.PNG(8, 8))
	must(t, e.Delete(t.Context(), "alice", u.ID))
	wantKind(t, "deleting again", e.Delete(t.Context(), "alice", u.ID), core.KindNotFound)
	_, _, err := e.Open(t.Context(), u.ID)
	wantKind(t, "opening", err, core.KindNotFound)
	e.wantEmpty(t, "alice")
}

func TestList(t *testing.T) {
	t.Parallel()
	e := setup(t)
	var ids []string
	for range 5 {
		ids = append([]string{e.save(t, "alice", []byte("text")).ID}, ids...)
		e.clock.Advance(day)
	}
	must(t, e.Delete(t.Context(), "alice", ids[1]))
	e.clock.Advance(85 * day) // the oldest has expired
	_, _, err := e.Reserve(t.Context(), core.NewUpload{ProfileID: "alice"})
	must(t, err)
	for name, c := range map[string]struct {
		limit  int
		before string
		want   []string
	}{
		"all":       {0, "", []string{ids[0], ids[2], ids[3]}},
		"page":      {2, "", []string{ids[0], ids[2]}},
		"next page": {2, ids[2], []string{ids[3]}},
	} {
		list, err := e.List(t.Context(), "alice", c.limit, c.before)
		must(t, err)
		var got []string
		for _, u := range list {
			got = append(got, u.ID)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
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
	whole := func() io.Reader { return strings.NewReader(content) }
	for _, tc := range []struct {
		name  string
		ctx   context.Context
		r     func() io.Reader
		limit int64
		ok    func(error) bool
	}{
		{"too large", t.Context(), whole, 999, func(err error) bool {
			return core.AsError(err).Code == core.CodeMediaTooLarge && strings.Contains(err.Error(), "999 bytes")
		}},
		{"larger than the server takes", t.Context(), func() io.Reader { return strings.NewReader(strings.Repeat(content, 6)) }, 0, func(err error) bool {
			return core.AsError(err).Code == core.CodeMediaTooLarge && strings.Contains(err.Error(), "5 kB")
		}},
		{"empty", t.Context(), func() io.Reader { return strings.NewReader("") }, 999, func(err error) bool { return core.KindOf(err) == core.KindMedia }},
		{"cut off", t.Context(), func() io.Reader { return broken{whole()} }, 0, func(err error) bool {
			_, turned := errors.AsType[*core.Error](err)
			return errors.Is(err, io.ErrUnexpectedEOF) && !turned
		}},
		{"cancelled", cancelled, whole, 0, func(err error) bool { return errors.Is(err, context.Canceled) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			for _, quota := range []int64{0, 1 << 20} {
				e := setup(t, func(c *gallery.Config) { c.Quota, c.Limit = quota, 5000 })
				_, err := e.Save(tc.ctx, core.NewUpload{ProfileID: "alice", Limit: tc.limit}, tc.r())
				if !tc.ok(err) {
					t.Errorf("got %v", err)
				}
				e.wantEmpty(t, "alice")
			}
		})
	}
	t.Run("exactly the limit", func(t *testing.T) {
		t.Parallel()
		u, err := setup(t).Save(t.Context(), core.NewUpload{ProfileID: "alice", Limit: 1000}, strings.NewReader(content))
		if err != nil || u.Size != 1000 {
			t.Errorf("got %+v, %v", u, err)
		}
	})
}

func TestConcurrentSaves(t *testing.T) {
	t.Parallel()
	e := setup(t)
	var wg sync.WaitGroup
	ids := make([]string, 20)
	for i := range ids {
		wg.Go(func() { ids[i] = e.save(t, "alice", []byte("content")).ID })
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, id := range ids {
		if seen[id] {
			t.Errorf("id %q was given twice", id)
		}
		seen[id] = true
	}
	e.wantUsage(t, "alice", int64(20*len("content")))
}

func TestNewNeedsItsParts(t *testing.T) {
	t.Parallel()
	if _, err := gallery.New(gallery.Config{}); err == nil {
		t.Error("a gallery without index and blobs was made")
	}
}
