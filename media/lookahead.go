package media

import (
	"context"
	"errors"
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

// look asks the source for a range; false if it cannot be had that way.
func (l *lookahead) look(from, to int64) bool {
	if l.blind || l.looks == maxLooks || l.transfer.src.section == nil || to-from > nearby {
		return false
	}
	l.looks++
	s, err := l.transfer.src.section(l.ctx, from, to-from)
	if err != nil {
		l.blind = true
		return false
	}
	defer func() { _ = s.body.Close() }()
	if s.from != from || s.size >= 0 && s.size != l.transfer.src.size {
		l.blind = true // the transfer itself will find out what is wrong
		return false
	}
	watched := watch(s.body, l.transfer.service.stall)
	defer watched.stop()
	seen := make([]byte, to-from)
	if _, err := io.ReadFull(watched, seen); err != nil {
		l.blind = !errors.Is(err, context.Canceled)
		return false
	}
	l.at, l.seen = from, seen
	return true
}
