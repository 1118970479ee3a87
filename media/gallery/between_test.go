package gallery_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/gallery/blobtest"
)

// between is an index in which something happens just before the first update.
type between struct {
	store.Uploads
	update func()
}

func (b *between) UpdateUpload(ctx context.Context, id string, fn func(*core.Upload) error) (core.Upload, error) {
	if update := b.update; update != nil {
		b.update = nil
		update()
	}
	return b.Uploads.UpdateUpload(ctx, id, fn)
}

// with returns another server whose first update comes after something else.
func (e *env) with(t *testing.T, update func()) *gallery.Gallery {
	t.Helper()
	g, err := gallery.New(gallery.Config{Index: &between{e.index, update}, Blobs: e.blobs, Clock: e.clock})
	must(t, err)
	return g
}

// TestKeepOvertaken: what happens to an upload while its life is prolonged counts.
func TestKeepOvertaken(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		update func(*testing.T, *env, core.Upload)
		life   time.Duration // as it is then; 0: there is none
	}{
		{"by the end", func(_ *testing.T, e *env, _ core.Upload) { e.clock.Advance(91 * day) }, 0},
		{"by its removal", func(t *testing.T, e *env, u core.Upload) { t.Helper(); must(t, e.Delete(t.Context(), "alice", u.ID)) }, 0},
		{"by a longer life", func(t *testing.T, e *env, u core.Upload) {
			t.Helper()
			must(t, e.Keep(t.Context(), "alice", []string{u.ID}, u.CreatedAt.Add(300*day)))
		}, 300 * day},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e := setup(t)
			u := e.save(t, "alice", []byte("content"))
			err := e.with(t, func() { tc.update(t, e, u) }).Keep(t.Context(), "alice", []string{u.ID}, u.CreatedAt.Add(200*day))
			if tc.life == 0 {
				wantKind(t, "keep", err, core.KindNotFound)
				return
			}
			must(t, err)
			if got, err := e.Get(t.Context(), "alice", u.ID); err != nil || got.ExpiresAt.Sub(got.CreatedAt) != tc.life {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

// TestSweepOvertaken: an upload that gets more time when the sweep has found it
// expired stays.
func TestSweepOvertaken(t *testing.T) {
	t.Parallel()
	e := setup(t)
	u := e.save(t, "alice", []byte("content"))
	e.clock.Advance(91 * day)
	must(t, e.with(t, func() {
		_, err := e.index.UpdateUpload(t.Context(), u.ID, func(u *core.Upload) error {
			u.ExpiresAt = e.clock.Now().Add(day)
			return nil
		})
		must(t, err)
	}).Sweep(t.Context()))
	e.wantContent(t, u.ID, []byte("content"))
}

// TestOvertakenPutEnds: a file that is not wanted any more is not read to its end.
func TestOvertakenPutEnds(t *testing.T) {
	t.Parallel()
	e := setup(t, withQuota(10<<20))
	u, ticket := e.reserve(t)
	overtaken := &stepReader{steps: 1, err: io.EOF, step: func() { must(t, e.fill(t, u.ID, ticket, "second")) }}
	_, err := e.Fill(t.Context(), u.ID, ticket, -1, io.MultiReader(overtaken, &countingReader{}))
	wantKind(t, "the first", err, core.KindForbidden)
	e.wantContent(t, u.ID, []byte("second"))
	e.wantUsage(t, "alice", int64(len("second")))
}

// stuck is blobs of which one cannot be removed.
type stuck struct {
	gallery.Blobs
	key string
}

func (s *stuck) Delete(ctx context.Context, key string) error {
	if key == s.key {
		return errCrash
	}
	return s.Blobs.Delete(ctx, key)
}

// TestSweepGoesOn: an upload that cannot be removed does not keep the sweep from others,
// and is tried again.
func TestSweepGoesOn(t *testing.T) {
	t.Parallel()
	blobs := &stuck{}
	e := setup(t, func(c *gallery.Config) { c.Blobs, blobs.Blobs = blobs, c.Blobs })
	blobs.key = e.save(t, "alice", []byte("stuck")).Blob
	e.clock.Advance(time.Second)
	e.save(t, "alice", []byte("other"))
	e.clock.Advance(91 * day)
	if err := e.Sweep(t.Context()); !errors.Is(err, errCrash) {
		t.Errorf("got %v", err)
	}
	e.wantUsage(t, "alice", int64(len("stuck")))
	blobs.key = ""
	e.clock.Advance(time.Second)
	must(t, e.Sweep(t.Context()))
	e.wantEmpty(t, "alice")
}

// strange is blobs of somebody else's, without an end.
type strange struct{ gallery.Blobs }

func (strange) Walk(_ context.Context, _ time.Time, fn func(key string) error) error {
	for n := 0; ; n++ {
		if err := fn(blobtest.Key(n)); err != nil {
			return err
		}
	}
}

// answering is an index that answers in its own way.
type answering struct {
	store.Uploads
	get    func(id string) error          // nil: as it is
	update func(core.Upload, error) error // nil: as it is
}

func (a *answering) GetUpload(ctx context.Context, id string) (core.Upload, error) {
	if a.get != nil {
		if err := a.get(id); err != nil {
			return core.Upload{}, err
		}
	}
	return a.Uploads.GetUpload(ctx, id)
}

func (a *answering) UpdateUpload(ctx context.Context, id string, fn func(*core.Upload) error) (core.Upload, error) {
	u, err := a.Uploads.UpdateUpload(ctx, id, fn)
	if a.update != nil {
		err = a.update(u, err)
	}
	return u, err
}

// TestSearchEnds: what a search for leftovers finds is bounded.
func TestSearchEnds(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *gallery.Config) {
		c.Blobs = strange{c.Blobs}
		c.Index = &answering{Uploads: c.Index, get: func(string) error { return store.ErrNotFound }}
	})
	must(t, e.Sweep(t.Context()))
}

// TestSearchWithoutAnswer: a file is no leftover because the index cannot tell.
func TestSearchWithoutAnswer(t *testing.T) {
	t.Parallel()
	var unknown string
	e := setup(t, func(c *gallery.Config) {
		c.Index = &answering{Uploads: c.Index, get: func(id string) error {
			if id == unknown {
				return errCrash
			}
			return nil
		}}
	})
	for range 3 {
		unknown = e.save(t, "alice", []byte("content")).ID
	}
	e.clock.Advance(2 * day)
	if err := e.Sweep(t.Context()); !errors.Is(err, errCrash) {
		t.Errorf("got %v", err)
	}
	if n := e.blobCount(t); n != 3 {
		t.Errorf("%d of 3 blobs are left", n)
	}
}

// TestFilledInSilence: a file that the index has taken without saying so keeps its
// bytes, although its sender is told otherwise.
func TestFilledInSilence(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *gallery.Config) {
		c.Index = &answering{Uploads: c.Index, update: func(u core.Upload, err error) error {
			if err == nil && u.State == core.UploadReady {
				return errCrash
			}
			return err
		}}
	})
	u, ticket := e.reserve(t)
	wantKind(t, "filling", e.fill(t, u.ID, ticket, "content"), core.KindTemporary)
	e.wantContent(t, u.ID, []byte("content"))
}
