package gallery

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/media/internal/filename"
	"github.com/crier-social/crier/media/sniff"
)

const (
	// stallLimit is how long an upload without new bytes is waited for.
	stallLimit = 30 * time.Minute
	// renewEvery is how often a slow upload says that it is alive.
	renewEvery = stallLimit / 6
	// minReserve and maxReserve bound how much room is set aside ahead of the bytes.
	minReserve = 64 << 10
	maxReserve = 64 << 20
)

// incoming is a file on its way here.
type incoming struct {
	r     io.Reader
	size  int64 // as announced; -1: unknown
	limit int64 // largest size taken; 0: no limit
	// late tells name and description once all is read; nil: they are known.
	late func() (name, description string)
}

// receive stores the bytes of a pending upload and makes it ready. When it fails,
// the caller removes what it left. An attempt that does not count any more fails
// with errSuperseded.
func (g *Gallery) receive(ctx context.Context, u core.Upload, in incoming, life time.Duration) (core.Upload, error) {
	if in.limit > 0 && in.size > in.limit {
		return core.Upload{}, tooLarge(in.limit)
	}
	m := &meter{ctx: ctx, gallery: g, upload: u, incoming: in, renewed: g.clock.Now()}
	err := g.blobs.Put(ctx, u.Blob, in.size, m)
	if m.err != nil {
		return core.Upload{}, m.err
	}
	if err != nil {
		return core.Upload{}, storeFailed(err)
	}
	t, err := g.typeOf(ctx, u.Blob, m)
	if err != nil {
		return core.Upload{}, err
	}
	name, description := u.Name, u.Description
	if in.late != nil {
		name, description = in.late()
	}
	ready, err := g.index.UpdateUpload(ctx, u.ID, func(stored *core.Upload) error {
		if err := stillWanted(stored, u); err != nil {
			return err
		}
		stored.Name, stored.Description = filename.Clean(name, t), description
		stored.MIME, stored.Size = t.MIME, m.received
		stored.State, stored.ExpiresAt = core.UploadReady, g.clock.Now().Add(life)
		return nil
	})
	return ready, attemptError(err)
}

// typeOf tells what has arrived. For some types the whole file has to be looked at.
func (g *Gallery) typeOf(ctx context.Context, key string, m *meter) (sniff.Type, error) {
	t := sniff.Detect(m.head)
	if !t.Undetermined {
		return t, nil
	}
	blob, err := g.blobs.Open(ctx, key, m.received)
	if err != nil {
		return sniff.Type{}, storeFailed(err)
	}
	r := &noted{Blob: blob}
	t = sniff.Refine(r, m.received, t)
	if err := blob.Close(); r.err == nil {
		r.err = err
	}
	return t, storeFailed(r.err)
}

// noted is a blob that remembers why it could not be read, which sniff.Refine does not
// tell.
type noted struct {
	Blob
	err error
}

// ReadAt implements io.ReaderAt.
func (b *noted) ReadAt(p []byte, off int64) (int, error) {
	n, err := b.Blob.ReadAt(p, off)
	if err != nil && !errors.Is(err, io.EOF) {
		b.err = err
	}
	return n, err
}

// stillWanted tells whether an attempt to send an upload is the one that counts.
func stillWanted(stored *core.Upload, attempt core.Upload) error {
	switch {
	case stored.State == core.UploadDeleted:
		return errGone
	case stored.State != core.UploadPending || stored.Blob != attempt.Blob:
		return errSuperseded
	}
	return nil
}

func attemptError(err error) error {
	switch {
	case errors.Is(err, store.ErrNotFound):
		return errGone
	case errors.Is(err, errSuperseded):
		return err
	}
	return storeFailed(err)
}

// meter reads an incoming file, counts it, and sets room aside for what has arrived
// before it passes it on.
type meter struct {
	ctx     context.Context //nolint:containedctx // an io.Reader has no other way to get it
	gallery *Gallery
	upload  core.Upload
	incoming

	received int64
	head     []byte    // the first bytes, up to sniff.HeadSize
	reserved int64     // the size that the description has
	renewed  time.Time // when the description was last written
	// err is why the file cannot be taken. Whatever the blobs make of it, this is
	// what happened.
	err error
}

// Read implements io.Reader.
func (m *meter) Read(p []byte) (int, error) {
	if m.err == nil {
		m.err = m.ctx.Err()
	}
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.r.Read(p)
	m.received += int64(n)
	m.head = append(m.head, p[:min(n, sniff.HeadSize-len(m.head))]...)
	switch fault := m.check(err); {
	case fault != nil:
		m.err = fault
		return 0, fault
	default:
		return n, err // nil or io.EOF
	}
}

// check returns why what has arrived cannot be taken; err is what the last read
// returned.
func (m *meter) check(err error) error {
	ended := err == io.EOF //nolint:errorlint // only the plain one is the end of a file
	switch {
	case m.limit > 0 && m.received > m.limit:
		return tooLarge(m.limit)
	case err != nil && !ended:
		return err
	case m.size >= 0 && (m.received > m.size || ended && m.received < m.size):
		return brokenOff(m.received, m.size)
	case ended && m.received == 0:
		return emptyFile()
	case m.gallery.quota > 0 && m.received > m.reserved:
		return m.reserve()
	case m.gallery.clock.Now().Sub(m.renewed) >= renewEvery:
		return m.write(m.reserved)
	}
	return nil
}

// reserveTries is how often room is asked for while others that ask at the same moment keep
// each other from getting it.
const reserveTries = 8

// reserve sets room aside for the bytes that have arrived, and for some that will.
func (m *meter) reserve() error {
	var refusal error
	for range reserveTries {
		again, err := m.tryReserve()
		if !again {
			return err
		}
		refusal = err
	}
	return refusal
}

// tryReserve asks for room once. The room is written down before it is asked whether there is
// so much, and given back if not, so that uploads at the same time cannot exceed the quota
// together. again tells that there is room after all: others have given theirs back, too.
func (m *meter) tryReserve() (again bool, err error) {
	quota := m.gallery.quota
	before, want := m.reserved, m.ahead()
	if err := m.write(want); err != nil {
		return false, err
	}
	used, err := m.usage()
	if err != nil {
		return false, err
	}
	excess := used - quota
	if excess <= 0 {
		return false, nil
	}
	least := m.received
	if m.size >= 0 {
		least = want
	}
	if want-excess >= least {
		return false, m.write(want - excess)
	}
	if err := m.write(before); err != nil {
		return false, err
	}
	now, err := m.usage()
	if err != nil {
		return false, err
	}
	return now-before+least <= quota, overQuota(used-want, quota)
}

func (m *meter) usage() (int64, error) {
	used, err := m.gallery.index.UploadUsage(m.ctx, m.upload.ProfileID)
	return used, storeFailed(err)
}

// ahead is how much room is to be set aside: all of a file of known size; otherwise
// twice what has arrived, so that a large file takes few writes of its description
// and a small one keeps little from others.
func (m *meter) ahead() int64 {
	if m.size >= 0 {
		return m.size
	}
	want := max(minReserve, min(2*m.received, m.received+maxReserve))
	if m.limit > 0 {
		want = min(want, m.limit)
	}
	return want
}

// write stores how much room is set aside, and that the upload is alive.
func (m *meter) write(reserved int64) error {
	now := m.gallery.clock.Now()
	_, err := m.gallery.index.UpdateUpload(m.ctx, m.upload.ID, func(u *core.Upload) error {
		if err := stillWanted(u, m.upload); err != nil {
			return err
		}
		u.Size, u.ExpiresAt = reserved, now.Add(stallLimit)
		return nil
	})
	if err == nil {
		m.reserved, m.renewed = reserved, now
	}
	return attemptError(err)
}
