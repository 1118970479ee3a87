package media

import (
	"bytes"
	"context"
	"errors"
	"io"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/sniff"
)

const (
	// bufferSize is the memory that a download takes, whatever the size of the file.
	bufferSize = 256 << 10
	// overlap is how much is asked for again when a broken download goes on, to see
	// that it is still the same file.
	overlap = 4 << 10
)

// transfer brings a file from its source into the spool.
type transfer struct {
	service  *Service
	download *download
	src      *content
	limit    *timeLimit
	claim    *claim
	usage    *usage

	file *spoolFile // nil before the first byte
	buf  []byte
}

// have returns how many bytes have arrived.
func (t *transfer) have() int64 {
	if t.file == nil {
		return 0
	}
	return t.file.arrived()
}

// run does the whole transfer. It calls ready when the facts are known while the
// rest is still arriving.
func (t *transfer) run(ctx context.Context, ready func()) error {
	defer func() { _ = t.src.body.Close() }()
	head, headErr := t.begin(ctx)
	if t.file == nil {
		return headErr
	}
	t.download.file = t.file
	err := headErr
	if err == nil {
		err = t.fetch(ctx, head, ready)
	}
	if err != nil {
		t.fail(err)
	}
	return err
}

// fail tells those who read the file why its rest will not come.
func (t *transfer) fail(err error) {
	err = t.limit.named(err, t.have())
	if _, ok := errors.AsType[*core.Error](err); !ok {
		err = interrupted(err)
	}
	t.file.fail(err)
}

// begin reads the first bytes, learns the type from them, and makes room.
func (t *transfer) begin(ctx context.Context) (head []byte, err error) {
	t.buf = make([]byte, bufferSize)
	watched := watch(ctx, t.src.body, t.service.stall)
	n, err := readHead(watched, t.buf[:sniff.HeadSize])
	watched.stop()
	head = t.buf[:n]
	f := &t.download.facts
	f.Type, f.size = sniff.Detect(head), t.src.size
	switch {
	case n < sniff.HeadSize && err != nil && !errors.Is(err, io.EOF):
		return nil, t.broken(ctx, watched, int64(n), err) // too little to know the type by
	case t.src.page != nil && n > 0 && f.HTML():
		return nil, webPage(head, t.src.page.Path)
	case n > 0:
		if err := t.check(int64(n)); err != nil {
			return nil, err
		}
	}
	if streamed(f.Type) {
		t.limit.extend(t.service.videoTimeout)
	}
	if t.src.size > 0 {
		if err := t.claim.grow(ctx, t.src.size); err != nil {
			return nil, err
		}
	}
	t.file, err = t.service.spool.create(t.usage, t.claim)
	if err != nil {
		t.claim.release()
		return nil, err
	}
	return head, nil
}

// readHead fills buf as far as the file goes. Only io.EOF means that it is at its
// end: a broken connection ends in io.ErrUnexpectedEOF.
func readHead(r io.Reader, buf []byte) (n int, err error) {
	for n < len(buf) && err == nil {
		var m int
		m, err = r.Read(buf[n:])
		n += m
	}
	return n, err
}

// check ends the transfer as soon as nobody can want the file.
func (t *transfer) check(have int64) error {
	size := max(have, t.src.size)
	return t.service.affordable(t.download, t.download.facts.Type, size, t.src.size >= have)
}

// fetch brings the rest of the file, and reads the facts: along the way where the
// size is known and the file is of a type that is handed out early.
func (t *transfer) fetch(ctx context.Context, head []byte, ready func()) error {
	if err := t.store(ctx, head); err != nil {
		return err
	}
	if t.src.size <= 0 || !streamed(t.download.facts.Type) {
		if err := t.rest(ctx); err != nil {
			return err
		}
		t.download.facts.size = t.file.arrived()
		t.claim.shrink(t.file.arrived())
		return t.examine(ctx)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	examined := make(chan error, 1)
	go func() {
		err := guarded(ctx, t.service.log, func() error { return t.examine(ctx) })
		if err != nil {
			cancel(err)
		} else {
			ready()
		}
		examined <- err
	}()
	err := t.rest(ctx)
	if err != nil {
		t.fail(err) // ends the examination
	}
	if examineErr := <-examined; examineErr != nil && (err == nil || errors.Is(context.Cause(ctx), examineErr)) {
		return examineErr
	}
	return err
}

// examine reads the facts from what has arrived, waiting for more or looking ahead
// where needed.
func (t *transfer) examine(ctx context.Context) error {
	f := &t.download.facts
	if f.size == 0 {
		return t.service.examine(t.download, t.src.name, bytes.NewReader(nil))
	}
	r, err := t.file.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	return t.service.examine(t.download, t.src.name, &lookahead{ctx: ctx, transfer: t, file: r})
}

// store appends bytes to the file.
func (t *transfer) store(ctx context.Context, p []byte) error {
	if len(p) == 0 {
		return nil
	}
	have := t.file.arrived() + int64(len(p))
	switch {
	case t.src.size < 0:
		if err := t.check(have); err != nil {
			return err
		}
		step := t.service.disk.step()
		if err := t.claim.grow(ctx, (have+step-1)/step*step); err != nil {
			return err
		}
	case have > t.src.size: // a later answer goes on for longer than the first one told
		return changedMeanwhile()
	}
	if _, err := t.file.Write(p); err != nil {
		return storeFailed(err)
	}
	t.download.advance(have, t.src.size)
	return nil
}

// rest brings what is missing of the file. A connection that breaks or sends nothing
// any more is replaced by another one, as long as that brings something.
func (t *transfer) rest(ctx context.Context) error {
	body, failures := t.src.body, 0
	for {
		before := t.file.arrived()
		err := t.pump(ctx, body)
		_ = body.Close()
		if err == nil {
			return t.file.complete()
		}
		if t.file.arrived() > before {
			failures = 0
		}
		if body, err = t.reconnect(ctx, err, &failures); err != nil {
			return err
		}
		t.service.log.DebugContext(ctx, "a broken download goes on", "have", t.file.arrived(), "size", t.src.size)
	}
}

// reconnect returns a body that goes on where the file ends, or the error that it
// broke off with if there is none to be had.
func (t *transfer) reconnect(ctx context.Context, cause error, failures *int) (io.ReadCloser, error) {
	err := cause
	for t.resumable(ctx, err) && *failures < len(t.service.resumeAfter) {
		if err := t.pause(ctx, t.service.resumeAfter[*failures]); err != nil {
			return nil, err
		}
		*failures++
		var body io.ReadCloser
		if body, err = t.resume(ctx); err == nil {
			return body, nil
		}
	}
	return nil, err
}

// resumable tells whether another connection may bring what one did not.
func (t *transfer) resumable(ctx context.Context, err error) bool {
	return ctx.Err() == nil && t.src.section != nil && !errors.Is(err, errChanged) &&
		core.KindOf(err) == core.KindTemporary && core.CodeOf(core.AsError(err)) == core.CodeMediaURL
}

func (t *transfer) pause(ctx context.Context, d time.Duration) error {
	select {
	case <-t.service.clock.After(d):
		return nil
	case <-ctx.Done():
		return interrupted(context.Cause(ctx))
	}
}

// pump appends a body to the file, until the file is complete or ctx ends.
func (t *transfer) pump(ctx context.Context, body io.ReadCloser) error {
	watched := watch(ctx, body, t.service.stall)
	defer watched.stop()
	for {
		n, err := watched.Read(t.buf)
		if n > 0 {
			if storeErr := t.store(ctx, t.buf[:n]); storeErr != nil {
				return storeErr
			}
		}
		have := t.file.arrived()
		switch {
		case errors.Is(err, io.EOF) && (t.src.size < 0 || have == t.src.size):
			return nil
		case err != nil:
			return t.broken(ctx, watched, have, err)
		}
	}
}

// broken tells why a body ended before its time. The uploads' own place says so itself.
func (t *transfer) broken(ctx context.Context, w *watchdog, have int64, err error) error {
	own, told := errors.AsType[*core.Error](err)
	switch {
	case ctx.Err() != nil:
		return interrupted(context.Cause(ctx))
	case w.stalled():
		return stalled(have, t.src.size, t.service.stall)
	case told:
		return own
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return cutShort(have, t.src.size, err)
}

// resume opens the file anew behind what has arrived. Where nothing proves that it is
// the same file still, all of it is asked for and compared.
func (t *transfer) resume(ctx context.Context) (io.ReadCloser, error) {
	have := t.file.arrived()
	from := int64(0)
	if t.src.versioned {
		from = max(0, have-overlap)
	}
	s, err := t.src.section(ctx, from, -1)
	if err == nil && from > 0 && !s.same {
		_ = s.body.Close()
		from = 0
		s, err = t.src.section(ctx, from, -1)
	}
	if err != nil {
		return nil, err
	}
	if err := t.align(ctx, s, from, have); err != nil {
		_ = s.body.Close()
		return nil, err
	}
	return s.body, nil
}

// align reads a section up to where the file ends, and compares it with the file: it
// begins earlier than asked for where a source has no ranges.
func (t *transfer) align(ctx context.Context, s section, from, have int64) error {
	switch {
	case t.src.size >= 0 && s.size == have:
		return wronglyAnnounced(t.src.size, s.size)
	case s.from > from, t.src.size >= 0 && s.size >= 0 && s.size != t.src.size:
		return changedMeanwhile()
	}
	r, err := t.file.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	theirs, ours := t.buf[:bufferSize/2], t.buf[bufferSize/2:]
	watched := watch(ctx, s.body, t.service.stall)
	defer watched.stop()
	for at := s.from; at < have; {
		n := min(int64(len(theirs)), have-at)
		if _, err := io.ReadFull(watched, theirs[:n]); err != nil {
			return t.broken(ctx, watched, have, err)
		}
		if _, err := r.ReadAt(ours[:n], at); err != nil {
			return storeFailed(err)
		}
		if !bytes.Equal(theirs[:n], ours[:n]) {
			return changedMeanwhile()
		}
		at += n
	}
	return nil
}
