package bluesky

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
)

// recordKeys makes the keys of new records: the time, in microseconds, and chance, so that
// processes that know nothing of each other hardly ever make the same.
// https://atproto.com/specs/tid
type recordKeys struct {
	mu   sync.Mutex
	last int64
}

const (
	chanceBits  = 10   // of a key, besides the time
	clockJitter = 1000 // microseconds, which is more than clocks can be trusted with
)

// next returns a key for a record that is made now. It is never the same twice.
func (k *recordKeys) next(now time.Time) string {
	k.mu.Lock()
	defer k.mu.Unlock()
	micros := now.UnixMicro()/clockJitter*clockJitter + rand.Int64N(clockJitter) //nolint:gosec // not a secret
	v := micros<<chanceBits | rand.Int64N(1<<chanceBits)                         //nolint:gosec // not a secret
	k.last = max(v, k.last+1)
	return syntax.NewTID(k.last>>chanceBits, uint(k.last&(1<<chanceBits-1))).String()
}

// commentKey is the key of a comment: its time, and what tells it from the others of that
// millisecond, which its name, who writes it and what it answers decide.
func commentKey(author, parent string, d core.CommentDraft) string {
	h := sha256.New()
	for _, part := range []string{d.Key, author, parent} {
		_, _ = fmt.Fprintf(h, "%d:%s", len(part), part) // a hash never fails
	}
	n := binary.BigEndian.Uint64(h.Sum(nil))
	micros := d.At.UnixMicro()/clockJitter*clockJitter + int64(n>>chanceBits%clockJitter)
	return syntax.NewTID(micros, uint(n&(1<<chanceBits-1))).String()
}

// nameSpacing is how far apart the times of records are that are made at once: as little as they can
// show.
const nameSpacing = time.Millisecond

// recordNames names records that are made now and shown in this order: apps order posts by their
// keys or by their times.
func (p *Provider) recordNames(now time.Time, n int) []recordName {
	names := make([]recordName, n)
	for i := range names {
		at := now.Add(time.Duration(i) * nameSpacing)
		names[i] = recordName{RKey: p.keys.next(at), CreatedAt: datetime(at)}
	}
	return names
}

// datetime is how records write a moment.
// https://atproto.com/specs/lexicon#datetime
func datetime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// now is this moment as records write it.
func (p *Provider) now() string { return datetime(p.clock.Now()) }
