package gallery

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
)

// Blobs keeps bytes under keys of this package's making; see ValidKey. It may be
// used concurrently, and by several processes on the same place. Its errors are
// *core.Error, except for those of a context or a reader that it was given.
type Blobs interface {
	// Put stores what r holds: complete, and durable once it returns, or not at all.
	// size is how much that will be, -1 if nobody knows. An error of r is returned as
	// it is. Keys are not used twice.
	Put(ctx context.Context, key string, size int64, r io.Reader) error
	// Open returns the blob of a key, whose size is known. When there is none, it or
	// the first read fails with an error of KindNotFound. The end of ctx ends reads.
	Open(ctx context.Context, key string, size int64) (Blob, error)
	// Delete removes a blob; one that is not there is fine.
	Delete(ctx context.Context, key string) error
	// Walk calls fn for the keys of all blobs that are older than the time, in any
	// order; an error of fn ends it. A blob of unknown age may be left out.
	Walk(ctx context.Context, before time.Time, fn func(key string) error) error
	// Clean removes what was left by puts that broke off before the time.
	Clean(ctx context.Context, before time.Time) error
	Close() error
}

// Blob reads the bytes of one upload. See core.AssetReader for what it promises.
type Blob interface {
	core.AssetReader
	// Local tells that reading costs nothing but the disk of this machine.
	Local() bool
}

const (
	idBytes      = 16 // 128 bits: an id cannot be guessed
	attemptBytes = 8
	hexDigits    = "0123456789abcdef"
)

func newID() string { return randomHex(idBytes) }

// newKey returns the key for one attempt to store the bytes of an upload.
func newKey(id string) string { return id + "-" + randomHex(attemptBytes) }

func randomHex(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b) // crypto/rand.Read never fails
	return hex.EncodeToString(b)
}

// ValidKey tells whether a text can be a key of a blob: an id, a hyphen and another
// number in hexadecimal digits. Anything else that lies where the blobs are is
// somebody else's.
func ValidKey(key string) bool {
	id, attempt, found := strings.Cut(key, "-")
	return found && validID(id) && isHex(attempt, attemptBytes)
}

// validID keeps everything that newID cannot have made away from the index.
func validID(id string) bool { return isHex(id, idBytes) }

func isHex(s string, n int) bool { return len(s) == 2*n && strings.Trim(s, hexDigits) == "" }

// owner returns the id of the upload that a blob belongs to.
func owner(key string) string {
	id, _, _ := strings.Cut(key, "-")
	return id
}
