package media

import (
	"context"
	"io"

	"github.com/crier-social/crier/core"
)

const (
	// nearby is how far ahead bytes are waited for instead of being asked for.
	nearby = 1 << 20
	// lookSize is how much is asked for at a time, in bytes.
	lookSize = 64 << 10
	// maxLooks bounds the requests of one file: one that would take more is read as it
	// arrives.
	maxLooks = 16
)

// lookahead reads a file that is still arriving. What lies far ahead it asks the
// source for, out of turn: many videos have their description at the end. It is used
// by one goroutine.
type lookahead struct {
	ctx      context.Context //nolint:containedctx // io.ReaderAt has no other way to get it
	transfer *transfer
	file     core.AssetReader
	looks    int
	blind    bool // the source has no ranges
	at       int64
	seen     []byte // what was asked for last
}

// ReadAt implements io.ReaderAt.
func (l *lookahead) ReadAt(p []byte, off int64) (int, error) {
	end := off + int64(len(p))
	if n, ok := l.remembered(p, off); ok {
		return n, nil
	}
	size := l.transfer.src.size
	if size < 0 || end > size || off < l.transfer.file.arrived()+nearby || !l.look(off, max(end, min(off+lookSize, size))) {
		return l.file.ReadAt(p, off)
	}
	n, _ := l.remembered(p, off)
	return n, nil
}

func (l *lookahead) remembered(p []byte, off int64) (int, bool) {
	if off < l.at || off+int64(len(p)) > l.at+int64(len(l.seen)) {
		return 0, false
	}
	return copy(p, l.seen[off-l.at:]), true
}

// look asks the source for a range; false if it cannot be had that way, or not before
// the file itself has come so far or has failed.
func (l *lookahead) look(from, to int64) bool {
	if l.blind || l.looks == maxLooks || l.transfer.src.section == nil || to-from > nearby {
		return false
	}
	l.looks++
	ctx, cancel := context.WithCancel(l.ctx)
	defer cancel()
	go func() {
		defer cancel()
		_ = l.transfer.file.await(ctx, to) // whatever it is, there is nothing to gain any more
	}()
	seen, err := l.ask(ctx, from, to)
	if err != nil {
		l.blind = true // what is wrong, the transfer itself will find out
		return false
	}
	l.at, l.seen = from, seen
	return true
}

// ask returns a range of the file at the source.
func (l *lookahead) ask(ctx context.Context, from, to int64) ([]byte, error) {
	s, err := l.transfer.src.section(ctx, from, to-from)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.body.Close() }()
	if s.from != from || s.size >= 0 && s.size != l.transfer.src.size {
		return nil, changedMeanwhile()
	}
	watched := watch(ctx, s.body, l.transfer.service.stall)
	defer watched.stop()
	seen := make([]byte, to-from)
	_, err = io.ReadFull(watched, seen)
	return seen, err
}
