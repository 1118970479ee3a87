// Package gallery keeps the files that clients upload: their descriptions in an
// index, their bytes in a place for blobs, on disk or in a bucket, so that several
// servers can share both.
//
// An upload is complete or nobody sees it. Its description is written first, as
// pending, then come the bytes, and the step that makes it ready is a single change
// of the description. To delete goes the other way round. So whatever a crash leaves
// is found again from the index, or is a blob that no description names; the sweep
// removes both.
package gallery

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Scheme begins the address by which a post names an upload: "upload:<id>".
const Scheme = "upload:"

// Address returns what a post writes into mediaUrls for an upload.
func Address(id string) string { return Scheme + id }

// The defaults of Config.
const (
	DefaultRetention     = 90 * 24 * time.Hour
	DefaultLinkRetention = 30 * 24 * time.Hour
	DefaultTicketLife    = 30 * time.Minute
)

// Config is what a Gallery is made of. Zero durations are the defaults.
type Config struct {
	Index store.Uploads
	Blobs Blobs
	Clock core.Clock   // nil: the system's
	Log   *slog.Logger // nil: no log
	// Quota is how many bytes a profile's uploads may have together; 0: no limit.
	Quota int64
	// Limit is the largest file that is taken, in bytes; 0: no limit.
	Limit int64
	// Retention is how long a file is kept after Save at most, LinkRetention after Fill.
	Retention     time.Duration
	LinkRetention time.Duration
	TicketLife    time.Duration // how long a ticket is good
	// Turn tells whether it is for this process to sweep, among those with the same index and
	// blobs, until the next SweepEvery; nil: it always is.
	Turn func(context.Context) bool
}

// Gallery keeps uploads. It is safe for concurrent use, also by several processes
// with the same index and blobs. Errors are *core.Error, except for those of a
// context or a reader that it was given: of KindNotFound where there is no such
// upload, KindMedia for a file that cannot be taken, KindTemporary when index or
// blobs cannot be reached.
type Gallery struct {
	index         store.Uploads
	blobs         Blobs
	clock         core.Clock
	log           *slog.Logger
	quota         int64
	limit         int64
	retention     time.Duration
	linkRetention time.Duration
	ticketLife    time.Duration
	turn          func(context.Context) bool
}

// New returns a gallery. The caller runs Run, and closes index and blobs at the end.
func New(c Config) (*Gallery, error) {
	if c.Index == nil || c.Blobs == nil {
		return nil, errors.New("gallery: no index or no blobs")
	}
	g := &Gallery{
		index: c.Index, blobs: c.Blobs, clock: c.Clock, log: c.Log, quota: max(c.Quota, 0), limit: max(c.Limit, 0),
		retention: c.Retention, linkRetention: c.LinkRetention, ticketLife: c.TicketLife, turn: c.Turn,
	}
	if g.clock == nil {
		g.clock = core.SystemClock{}
	}
	if g.log == nil {
		g.log = slog.New(slog.DiscardHandler)
	}
	if g.turn == nil {
		g.turn = func(context.Context) bool { return true }
	}
	for _, d := range []struct {
		value   *time.Duration
		initial time.Duration
	}{
		{&g.retention, DefaultRetention},
		{&g.linkRetention, DefaultLinkRetention},
		{&g.ticketLife, DefaultTicketLife},
	} {
		if *d.value <= 0 {
			*d.value = d.initial
		}
	}
	return g, nil
}

// Get returns a profile's upload. One that is unknown, another profile's, not
// complete or expired gives the same error of KindNotFound.
func (g *Gallery) Get(ctx context.Context, profileID, id string) (core.Upload, error) {
	u, err := g.live(ctx, id)
	if err == nil && u.ProfileID != profileID {
		return core.Upload{}, notFound()
	}
	return u, err
}

// List returns a profile's uploads, newest first: at most limit, 100 if that is 0;
// with before, those that come after the one of this id.
func (g *Gallery) List(ctx context.Context, profileID string, limit int, before string) ([]core.Upload, error) {
	list, err := g.index.ListUploads(ctx, store.UploadQuery{ProfileID: profileID, Live: g.clock.Now(), Limit: limit, Before: before})
	return list, storeFailed(err)
}

// Open returns an upload, whoever owns it, and its bytes. It serves requests whose
// right to the upload was checked before, or follows from knowing the id. The caller
// closes the blob; the end of ctx ends its reads.
func (g *Gallery) Open(ctx context.Context, id string) (core.Upload, Blob, error) {
	u, err := g.live(ctx, id)
	if err != nil {
		return core.Upload{}, nil, err
	}
	blob, err := g.openBlob(ctx, &u)
	if core.KindOf(err) == core.KindNotFound {
		if _, err := g.live(ctx, id); err != nil {
			return core.Upload{}, nil, err // it was deleted just now
		}
		g.log.ErrorContext(ctx, "the bytes of an upload are gone", "upload", id, "blob", u.Blob, "error", err)
		return core.Upload{}, nil, notFound()
	}
	if err != nil {
		return core.Upload{}, nil, storeFailed(err)
	}
	return u, blob, nil
}

// openBlob opens the bytes of an upload and makes sure that they can be read: some
// blobs tell no earlier than with the first read that they are not there, when readers
// have begun to pass on what is not to come.
func (g *Gallery) openBlob(ctx context.Context, u *core.Upload) (Blob, error) {
	blob, err := g.blobs.Open(ctx, u.Blob, u.Size)
	if err != nil || blob.Local() {
		return blob, err
	}
	var first [1]byte // an upload is never empty
	if _, err := blob.ReadAt(first[:], 0); err != nil && !errors.Is(err, io.EOF) {
		_ = blob.Close() // it was not even read
		return nil, err
	}
	return blob, nil
}

// live returns an upload that is complete and has not expired.
func (g *Gallery) live(ctx context.Context, id string) (core.Upload, error) {
	u, err := g.find(ctx, id)
	if err == nil && !g.isLive(&u) {
		return core.Upload{}, notFound()
	}
	return u, err
}

func (g *Gallery) isLive(u *core.Upload) bool {
	return u.State == core.UploadReady && u.ExpiresAt.After(g.clock.Now())
}

// find returns an upload in any state.
func (g *Gallery) find(ctx context.Context, id string) (core.Upload, error) {
	if !validID(id) {
		return core.Upload{}, notFound()
	}
	u, err := g.index.GetUpload(ctx, id)
	return u, indexError(err)
}

func indexError(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return notFound()
	}
	return storeFailed(err)
}

// Keep makes sure that a profile's uploads are there until the time. It never
// shortens their life. If one of them cannot be kept, because there is no such upload
// any more, the others may have been.
func (g *Gallery) Keep(ctx context.Context, profileID string, ids []string, until time.Time) error {
	for _, id := range ids {
		u, err := g.Get(ctx, profileID, id)
		if err != nil {
			return err
		}
		if !u.ExpiresAt.Before(until) {
			continue
		}
		_, err = g.index.UpdateUpload(ctx, id, func(u *core.Upload) error {
			if !g.isLive(u) {
				return notFound()
			}
			if u.ExpiresAt.Before(until) {
				u.ExpiresAt = until
			}
			return nil
		})
		if err != nil {
			return indexError(err)
		}
	}
	return nil
}

// Usage returns how many bytes a profile's uploads take, with what is set aside for
// those that are arriving, and how many they may; a quota of 0 means any number.
func (g *Gallery) Usage(ctx context.Context, profileID string) (used, quota int64, err error) {
	used, err = g.index.UploadUsage(ctx, profileID)
	return used, g.quota, storeFailed(err)
}

// Delete removes a profile's upload. The error is as of Get, except that an upload
// that is not complete or has expired can be deleted as well.
func (g *Gallery) Delete(ctx context.Context, profileID, id string) error {
	if !validID(id) {
		return notFound()
	}
	u, err := g.index.UpdateUpload(ctx, id, func(u *core.Upload) error {
		if u.ProfileID != profileID || u.State == core.UploadDeleted {
			return notFound()
		}
		g.markDeleted(u)
		return nil
	})
	if err != nil {
		return indexError(err)
	}
	if err := g.erase(ctx, u); err != nil {
		// It is gone for everybody; the sweep frees the space.
		g.log.WarnContext(ctx, "the bytes of a deleted upload are left to the sweep", "upload", id, "error", err)
	}
	return nil
}

// markDeleted is the step after which an upload does not exist for clients.
func (g *Gallery) markDeleted(u *core.Upload) {
	u.State, u.ExpiresAt = core.UploadDeleted, g.clock.Now()
}

// erase removes what is left of an upload that is marked as deleted.
func (g *Gallery) erase(ctx context.Context, u core.Upload) error {
	if u.Blob != "" {
		if err := g.blobs.Delete(ctx, u.Blob); err != nil {
			return err
		}
	}
	if err := g.index.DeleteUpload(ctx, u.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return nil
}

// Save stores what r holds for a profile, durably once it returns. It is kept for
// n.KeepFor, if that is shorter than Config.Retention, and until Keep asks for.
func (g *Gallery) Save(ctx context.Context, n core.NewUpload, r io.Reader) (core.Upload, error) {
	u := g.describe(n)
	u.ExpiresAt = u.CreatedAt.Add(stallLimit)
	u.Blob = newKey(u.ID)
	if err := g.index.InsertUpload(ctx, u); err != nil {
		return core.Upload{}, storeFailed(err)
	}
	done, err := g.receive(ctx, u, incoming{r: r, size: -1, limit: smaller(n.Limit, g.limit), late: n.Late}, smaller(n.KeepFor, g.retention))
	if err == nil {
		return done, nil
	}
	g.abandon(ctx, u)
	if errors.Is(err, errSuperseded) {
		err = tooSlow()
	}
	return core.Upload{}, err
}

// smaller returns the smaller one of two limits, of which 0 is none.
func smaller[T int64 | time.Duration](a, b T) T {
	if a <= 0 || b > 0 && b < a {
		return b
	}
	return a
}

// abandon removes an upload whose bytes did not arrive. What fails of it is left to
// the sweep.
func (g *Gallery) abandon(ctx context.Context, u core.Upload) {
	ctx, cancel := afterwards(ctx)
	defer cancel()
	if err := g.erase(ctx, u); err != nil {
		g.log.WarnContext(ctx, "an upload that broke off is left to the sweep", "upload", u.ID, "error", err)
	}
}

// afterwards returns a context for cleaning up after work whose own may have ended.
func afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	const limit = 30 * time.Second
	return context.WithTimeout(context.WithoutCancel(ctx), limit)
}
