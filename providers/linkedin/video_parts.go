package linkedin

import (
	"context"
	"errors"
	"hash/crc32"
	"io"
	"sync"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	// parallelParts is how many parts of a video are on their way at a time.
	parallelParts = 4
	// lookStep is how many bytes lie between two looks at whether a range is there.
	lookStep = 256 << 10
	// checkBuffer is how many bytes of a part are read at a time to compare it.
	checkBuffer = 64 << 10
)

// crcTable is that of CRC-32C, which processors compute.
var crcTable = crc32.MakeTable(crc32.Castagnoli)

// sendParts sends the parts that LinkedIn does not have. Each is saved when it is
// there, while others go on.
func (w *preparation) sendParts(ctx context.Context, n core.Need, v *videoUpload, asset *core.Asset) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	saves := w.saveInBackground(ctx, func(err error) { stop(err) })
	s := &partSender{preparation: w, need: n, video: v, asset: asset, meter: w.newMeter(n, v.Size, len(v.Parts)), sent: saves.request}
	err := s.run(ctx)
	if saveErr := saves.stop(); saveErr != nil {
		return saveErr
	}
	return err
}

// partSender sends the parts of one video.
type partSender struct {
	*preparation

	need  core.Need
	video *videoUpload
	asset *core.Asset
	meter *meter
	sent  func() // asks for a save
}

// run sends the parts in order, several at a time. One that fails keeps further ones
// from starting, but those under way are finished, so that their bytes need not be
// sent again.
func (s *partSender) run(ctx context.Context) error {
	waiting, giveUp := context.WithCancel(ctx)
	defer giveUp()
	var (
		g      errgroup.Group
		failed atomic.Bool
	)
	g.SetLimit(parallelParts)
	for i := range s.video.Parts {
		if s.video.Parts[i].sent() {
			s.meter.set(i, s.video.Parts[i].size())
			continue
		}
		if failed.Load() || ctx.Err() != nil {
			break
		}
		g.Go(func() error {
			err := s.guard(ctx, s.need.Field, func() error { return s.part(ctx, waiting, i) })
			if err == nil || failed.Swap(true) {
				return nil // the first failure is the cause of others
			}
			giveUp()
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// part sends one part as soon as the file has arrived so far: no connection should be
// held open while the file's source is waited for. Waiting ends with its own context.
func (s *partSender) part(ctx, waiting context.Context, i int) error {
	p := &s.video.Parts[i]
	if err := awaitRange(waiting, s.asset, p.First, p.Last); err != nil {
		return uploadError(s.need, err)
	}
	body := &partBody{asset: s.asset, first: p.First, size: p.size(), meter: s.meter, index: i}
	id, err := s.provider.api.PutVideoPart(ctx, p.URL, api.Body{Open: body.open, Size: p.size()})
	if err != nil {
		return partRefused(s.need, err)
	}
	crc, whole := body.sum()
	if id == "" || !whole {
		return &core.Error{
			Kind: core.KindTemporary, Op: "linkedin.putVideoPart", Platform: name, Field: s.need.Field,
			Message: "LinkedIn did not confirm that it has a part of the video.",
		}
	}
	s.change(func(*progress) { p.URL, p.ID, p.CRC = "", id, crc })
	s.sent()
	return nil
}

// awaitRange waits until the file has a range. It may arrive from both of its ends,
// so that its last byte alone does not tell.
func awaitRange(ctx context.Context, asset *core.Asset, first, last int64) error {
	r, err := asset.Open(ctx)
	if err != nil {
		return err
	}
	var one [1]byte
	for at := first; err == nil; at = min(at+lookStep, last) {
		if _, err = r.ReadAt(one[:], at); err == nil && at == last {
			break
		}
	}
	if errors.Is(err, io.EOF) { // which comes with the last byte of a file
		err = nil
	}
	return errors.Join(err, r.Close())
}

// checkUnchanged compares the parts that were sent with the file, which was fetched
// anew since: its source may have another one now.
func (w *preparation) checkUnchanged(ctx context.Context, a attachment, v *videoUpload, asset *core.Asset) error {
	changed := &startOver{&core.Error{
		Kind: core.KindTemporary, Code: core.CodeMediaURL, Op: "linkedin.prepare", Platform: name, Field: a.field,
		Message: "The file behind the address changed while it was being uploaded.",
	}}
	if asset.Kind != core.MediaVideo || asset.Size != v.Size {
		return changed
	}
	r, err := asset.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }() // it was only read
	buf := make([]byte, checkBuffer)
	for _, p := range v.Parts {
		if !p.sent() {
			continue
		}
		sum := crc32.New(crcTable)
		if _, err := io.CopyBuffer(sum, io.NewSectionReader(r, p.First, p.size()), buf); err != nil {
			return uploadError(a.need, err)
		}
		if sum.Sum32() != p.CRC {
			return changed
		}
	}
	return nil
}

// partBody is a range of the file as it is sent, once for each try.
type partBody struct {
	asset *core.Asset
	first int64
	size  int64
	meter *meter
	index int

	mu   sync.Mutex
	last *partReader // of the latest try
}

func (b *partBody) open(ctx context.Context) (io.ReadCloser, error) {
	file, err := b.asset.Open(ctx)
	if err != nil {
		return nil, err
	}
	r := &partReader{Closer: file, section: io.NewSectionReader(file, b.first, b.size), body: b}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.last = r
	return r, nil
}

// sum returns the CRC-32C of what the latest try sent, and whether that was all.
func (b *partBody) sum() (crc uint32, whole bool) {
	b.mu.Lock()
	r := b.last
	b.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.crc, r.done == b.size
}

// partReader reads a range and sums it up. The transport may still read when it has
// returned an answer.
type partReader struct {
	io.Closer

	section *io.SectionReader
	body    *partBody

	mu   sync.Mutex
	crc  uint32
	done int64
}

func (r *partReader) Read(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	n, err := r.section.Read(p)
	if n > 0 {
		r.crc = crc32.Update(r.crc, crcTable, p[:n])
		r.done += int64(n)
		r.body.meter.set(r.body.index, r.done)
	}
	return n, err
}
