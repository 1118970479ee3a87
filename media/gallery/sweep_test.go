package gallery_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/storetest/dbtest"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/gallery/blobtest"
)

// wantEmptyIndex: no description of the profile's is left.
func (e *env) wantEmptyIndex(t *testing.T, profile string) {
	t.Helper()
	list, err := e.index.ExpiredUploads(t.Context(), e.clock.Now().Add(10_000*day), 100)
	must(t, err)
	for _, u := range list {
		if u.ProfileID == profile {
			t.Errorf("a description is left: %+v", u)
		}
	}
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *gallery.Config) { c.Retention, c.LinkRetention = 10*day, 5*day })
	saved := e.save(t, "alice", []byte("saved"))
	u, ticket := e.reserve(t)
	must(t, e.fill(t, u.ID, ticket, "filled"))
	unused, _ := e.reserve(t)
	for _, step := range []struct {
		advance time.Duration
		ids     []string
		usage   int64
	}{
		{5*day - time.Second, []string{u.ID, saved.ID}, 11},
		{2 * time.Second, []string{saved.ID}, 5},
		{5*day - 2*time.Second, []string{saved.ID}, 5},
		{2 * time.Second, nil, 0},
	} {
		e.clock.Advance(step.advance)
		for _, swept := range []bool{false, true} {
			list, err := e.List(t.Context(), "alice", 0, "")
			must(t, err)
			var ids []string
			for _, u := range list {
				ids = append(ids, u.ID)
			}
			if diff := cmp.Diff(step.ids, ids); diff != "" {
				t.Errorf("after %v, swept %v (-want +got):\n%s", step.advance, swept, diff)
			}
			for _, id := range []string{saved.ID, u.ID, unused.ID} {
				_, err := e.Get(t.Context(), "alice", id)
				if live := strings.Contains(strings.Join(step.ids, " "), id); (err == nil) != live {
					t.Errorf("after %v, swept %v: get: %v, want it there: %v", step.advance, swept, err, live)
				}
			}
			if !swept {
				must(t, e.Sweep(t.Context()))
			}
		}
		e.wantUsage(t, "alice", step.usage)
	}
	e.wantEmpty(t, "alice")
}

func TestKeepFor(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ keepFor, retention, want time.Duration }{
		"none":                        {0, 60 * day, 60 * day},
		"shorter":                     {7 * day, 60 * day, 7 * day},
		"longer":                      {7 * day, time.Hour, time.Hour},
		"shorter than by its default": {7 * day, 0, 7 * day},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := setup(t, func(c *gallery.Config) { c.Retention = tc.retention })
			u, err := e.Save(t.Context(), core.NewUpload{ProfileID: "alice", KeepFor: tc.keepFor}, strings.NewReader("content"))
			must(t, err)
			if life := u.ExpiresAt.Sub(e.clock.Now()).Round(time.Second); life != tc.want {
				t.Errorf("kept for %v, want %v", life, tc.want)
			}
			e.clock.Advance(tc.want + time.Second)
			must(t, e.Sweep(t.Context()))
			e.wantEmpty(t, "alice")
			u, err = e.Save(t.Context(), core.NewUpload{ProfileID: "alice", KeepFor: tc.keepFor}, strings.NewReader("content"))
			must(t, err)
			until := e.clock.Now().Add(70 * day).Truncate(time.Second)
			must(t, e.Keep(t.Context(), "alice", []string{u.ID}, until))
			u, err = e.Get(t.Context(), "alice", u.ID)
			if err != nil || !u.ExpiresAt.Equal(until) {
				t.Errorf("kept until %v, %v, want %v", u.ExpiresAt, err, until)
			}
		})
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	e := setup(t)
	a, b := e.save(t, "alice", []byte("a")), e.save(t, "alice", []byte("b"))
	must(t, e.Keep(t.Context(), "alice", []string{a.ID, b.ID, a.ID}, a.ExpiresAt.Add(-day)))
	if got, err := e.Get(t.Context(), "alice", a.ID); err != nil || !got.ExpiresAt.Equal(a.ExpiresAt) || got.Version != a.Version {
		t.Errorf("kept for less long than it is: %+v, %v", got, err)
	}
	until := a.ExpiresAt.Add(100 * day)
	must(t, e.Keep(t.Context(), "alice", []string{a.ID}, until))
	must(t, e.Keep(t.Context(), "alice", nil, until))
	e.clock.Advance(91 * day)
	must(t, e.Sweep(t.Context()))
	if got, err := e.Get(t.Context(), "alice", a.ID); err != nil || !got.ExpiresAt.Equal(until) {
		t.Errorf("got %+v, %v", got, err)
	}
	e.wantContent(t, a.ID, []byte("a"))
	wantKind(t, "keeping what expired", e.Keep(t.Context(), "alice", []string{a.ID, b.ID}, until), core.KindNotFound)
	pending, _ := e.reserve(t)
	wantKind(t, "keeping what has not come", e.Keep(t.Context(), "alice", []string{pending.ID}, until), core.KindNotFound)
	e.clock.Advance(100 * day)
	must(t, e.Sweep(t.Context()))
	e.wantEmpty(t, "alice")
}

// errCrash stands for the end of the process: nothing is done after it.
var errCrash = errors.New("crash")

// crashing is blobs, or an index, whose process ends at a certain call.
type crashing struct {
	gallery.Blobs
	store.Uploads
	at   string
	dead bool
}

func (c *crashing) step(name string) error {
	if c.dead = c.dead || name == c.at; c.dead {
		return errCrash
	}
	return nil
}

func (c *crashing) Put(ctx context.Context, key string, size int64, r io.Reader) error {
	if err := c.step("put"); err != nil {
		return err
	}
	return errors.Join(c.Blobs.Put(ctx, key, size, r), c.step("after put"))
}

func (c *crashing) Delete(ctx context.Context, key string) error {
	if err := c.step("delete blob"); err != nil {
		return err
	}
	return errors.Join(c.Blobs.Delete(ctx, key), c.step("after delete blob"))
}

func (c *crashing) InsertUpload(ctx context.Context, u core.Upload) error {
	return errors.Join(c.Uploads.InsertUpload(ctx, u), c.step("after insert"))
}

func (c *crashing) UpdateUpload(ctx context.Context, id string, fn func(*core.Upload) error) (core.Upload, error) {
	if err := c.step("update"); err != nil {
		return core.Upload{}, err
	}
	u, err := c.Uploads.UpdateUpload(ctx, id, fn)
	return u, errors.Join(err, c.step("after update"))
}

func (c *crashing) DeleteUpload(ctx context.Context, id string) error {
	if err := c.step("delete"); err != nil {
		return err
	}
	return c.Uploads.DeleteUpload(ctx, id)
}

// dying returns a server on the same index and blobs that ends at the call.
func (e *env) dying(t *testing.T, at string) *gallery.Gallery {
	t.Helper()
	c := &crashing{Blobs: e.blobs, Uploads: e.index, at: at}
	g, err := gallery.New(gallery.Config{Index: c, Blobs: c, Clock: e.clock})
	must(t, err)
	return g
}

// TestCrashWhileSaving ends the process at each step of Save and Fill: nothing is
// visible, or the whole file is, and the sweep of another server removes the rest.
func TestCrashWhileSaving(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"after insert", "put", "after put", "update", "after update"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			_, err := e.dying(t, at).Save(t.Context(), core.NewUpload{ProfileID: "alice"}, strings.NewReader("content"))
			if err == nil {
				t.Fatal("the crash went unnoticed")
			}
			list, err := e.List(t.Context(), "alice", 0, "")
			must(t, err)
			for _, u := range list {
				if at != "after update" {
					t.Errorf("half an upload is listed: %+v", u)
				}
				e.wantContent(t, u.ID, []byte("content"))
				must(t, e.Delete(t.Context(), "alice", u.ID))
			}
			e.clock.Advance(time.Hour)
			must(t, e.Sweep(t.Context()))
			e.wantEmpty(t, "alice")
		})
	}
}

func TestCrashWhileFilling(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"update", "after update", "put", "after put"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			u, ticket := e.reserve(t)
			if _, err := e.dying(t, at).Fill(t.Context(), u.ID, ticket, -1, strings.NewReader("content")); err == nil {
				t.Fatal("the crash went unnoticed")
			}
			_, err := e.Get(t.Context(), "alice", u.ID)
			wantKind(t, "get", err, core.KindNotFound)
			must(t, e.fill(t, u.ID, ticket, "again"))
			e.wantContent(t, u.ID, []byte("again"))
			e.clock.Advance(2 * day)
			must(t, e.Sweep(t.Context()))
			e.wantContent(t, u.ID, []byte("again"))
			if n := e.blobCount(t); n != 1 {
				t.Errorf("%d blobs after the sweep", n)
			}
		})
	}
}

// TestCrashWhileDeleting: once a file is deleted it does not come back, whatever
// happens to its removal.
func TestCrashWhileDeleting(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"after update", "delete blob", "after delete blob", "delete"} {
		t.Run(at, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			u := e.save(t, "alice", []byte("content"))
			err := e.dying(t, at).Delete(t.Context(), "alice", u.ID)
			if (err != nil) != (at == "after update") {
				t.Errorf("delete: %v", err)
			}
			_, err = e.Get(t.Context(), "alice", u.ID)
			wantKind(t, "get", err, core.KindNotFound)
			wantKind(t, "keep", e.Keep(t.Context(), "alice", []string{u.ID}, u.ExpiresAt.Add(day)), core.KindNotFound)
			e.clock.Advance(time.Second)
			must(t, e.Sweep(t.Context()))
			e.wantEmpty(t, "alice")
		})
	}
}

// TestLeftovers: of blobs without a description only old ones are removed, and what
// belongs to an upload is never touched.
func TestLeftovers(t *testing.T) {
	t.Parallel()
	e := setup(t)
	u, other := e.save(t, "alice", []byte("content")), e.save(t, "alice", []byte("other"))
	must(t, e.blobs.Put(t.Context(), blobtest.Key(1), -1, strings.NewReader("nobody's")))
	older := u.ID + "-" + strings.Repeat("0", 16) // an attempt that lost
	must(t, e.blobs.Put(t.Context(), older, -1, strings.NewReader("lost")))
	must(t, e.Sweep(t.Context()))
	if n := e.blobCount(t); n != 4 {
		t.Errorf("%d blobs after a sweep at once", n)
	}
	e.clock.Advance(2 * day)
	must(t, e.Sweep(t.Context()))
	if n := e.blobCount(t); n != 2 {
		t.Errorf("%d blobs after a sweep two days later", n)
	}
	e.wantContent(t, u.ID, []byte("content"))
	e.wantContent(t, other.ID, []byte("other"))
}

// TestWrongIndex: a server with an empty index, of another installation or instead
// of a lost one, does not remove what it does not know.
func TestWrongIndex(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for range 3 {
		e.save(t, "alice", []byte("content"))
	}
	stranger := setupIn(t, dbtest.New(t), t.TempDir(), e.clock, func(c *gallery.Config) { c.Blobs = e.blobs })
	e.clock.Advance(2 * day)
	must(t, stranger.Sweep(t.Context()))
	if n := e.blobCount(t); n != 3 {
		t.Errorf("%d of 3 blobs are left", n)
	}
}

// TestSweepsAtOnce: several servers sweep while uploads come and go.
func TestSweepsAtOnce(t *testing.T) {
	t.Parallel()
	e := setup(t)
	servers := []*env{e, e.again(), e.again()}
	var wg sync.WaitGroup
	for i := range 110 { // more than one batch
		wg.Go(func() {
			u := core.Upload{ID: strings.SplitN(blobtest.Key(i), "-", 2)[0], ProfileID: "alice", State: core.UploadPending, ExpiresAt: e.clock.Now()}
			if err := e.index.InsertUpload(t.Context(), u); err != nil {
				t.Error(err)
			}
		})
	}
	for range 5 {
		e.save(t, "alice", []byte("old"))
	}
	wg.Wait()
	e.clock.Advance(91 * day)
	young := e.save(t, "alice", []byte("young"))
	for _, s := range servers {
		wg.Go(func() {
			if err := s.Sweep(t.Context()); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() { s.save(t, "bob", []byte("new")) })
	}
	wg.Wait()
	e.wantContent(t, young.ID, []byte("young"))
	e.wantUsage(t, "alice", 5)
	e.wantUsage(t, "bob", 9)
	if n := e.blobCount(t); n != 4 {
		t.Errorf("%d blobs", n)
	}
}

// TestKeepOrExpire: an upload whose life is prolonged while it is swept is either
// kept with its bytes, or the keeper is told that it is gone.
func TestKeepOrExpire(t *testing.T) {
	t.Parallel()
	e := setup(t)
	for range 8 {
		u := e.save(t, "alice", []byte("content"))
		var wg sync.WaitGroup
		var keepErr error
		e.clock.Advance(90*day - time.Microsecond)
		wg.Go(func() { keepErr = e.Keep(t.Context(), "alice", []string{u.ID}, e.clock.Now().Add(day)) })
		e.clock.Advance(2 * time.Microsecond)
		must(t, e.Sweep(t.Context()))
		wg.Wait()
		if keepErr == nil {
			e.wantContent(t, u.ID, []byte("content"))
			must(t, e.Delete(t.Context(), "alice", u.ID))
		} else {
			wantKind(t, "keep", keepErr, core.KindNotFound)
			must(t, e.Sweep(t.Context()))
		}
	}
	e.wantEmpty(t, "alice")
}

func TestRun(t *testing.T) {
	t.Parallel()
	e := setup(t)
	u, kept := e.save(t, "alice", []byte("content")), e.save(t, "bob", []byte("kept"))
	must(t, e.Keep(t.Context(), "bob", []string{kept.ID}, e.clock.Now().Add(200*day)))
	must(t, e.blobs.Put(t.Context(), blobtest.Key(1), -1, strings.NewReader("nobody's")))
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	turns := e.clock.Follow(nil)
	wg.Go(func() { e.Run(ctx) })
	turns.Next(t)
	if n := e.blobCount(t); n != 3 {
		t.Errorf("%d blobs after the start", n)
	}
	e.clock.Advance(91 * day)
	turns.Next(t)
	if n := e.blobCount(t); n != 1 {
		t.Errorf("%d blobs after 91 days, want that of %s only", n, kept.ID)
	}
	e.wantContent(t, kept.ID, []byte("kept"))
	if _, err := e.index.GetUpload(t.Context(), u.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the description of an expired upload: %v", err)
	}
	cancel()
	wg.Wait()
}
