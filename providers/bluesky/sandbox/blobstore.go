package sandbox

import (
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/crier-social/crier/providers/bluesky/sandbox/atdata"
)

// blobStore keeps the bytes of uploads in files named by their CIDs.
type blobStore struct {
	mu   sync.Mutex
	dir  string
	temp bool // dir is to be removed
}

func newBlobStore(dir string) *blobStore {
	if dir != "" {
		dir = filepath.Join(dir, "blobs")
	}
	return &blobStore{dir: dir}
}

// folder makes the folder when it is needed.
func (b *blobStore) folder() (string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.dir == "" {
		dir, err := os.MkdirTemp("", "bluesky-sandbox-")
		if err != nil {
			return "", err
		}
		b.dir, b.temp = dir, true
		return dir, nil
	}
	return b.dir, os.MkdirAll(b.dir, 0o700)
}

// errLarge is more than a file may have.
var errLarge = errors.New("too many bytes")

// headBytes is how much of a file is looked at for its kind.
const headBytes = 4096

// stored is what was found out about bytes.
type stored struct {
	cid  string
	size int64
	head []byte
}

// put keeps the bytes of a stream.
func (b *blobStore) put(from io.Reader, limit int64) (stored, error) {
	dir, err := b.folder()
	if err != nil {
		return stored{}, err
	}
	file, err := os.CreateTemp(dir, "upload-")
	if err != nil {
		return stored{}, err
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone already when all went well
	out, err := copyBlob(file, from, limit)
	if err = errors.Join(err, file.Close()); err != nil {
		return stored{}, err
	}
	return out, os.Rename(file.Name(), filepath.Join(dir, out.cid))
}

func copyBlob(to io.Writer, from io.Reader, limit int64) (stored, error) {
	sum, head := sha256.New(), &headWriter{}
	size, err := io.Copy(io.MultiWriter(to, sum, head), io.LimitReader(from, limit+1))
	if err != nil {
		return stored{}, err
	}
	if size > limit {
		return stored{}, errLarge
	}
	return stored{cid: atdata.BlobCID([sha256.Size]byte(sum.Sum(nil))), size: size, head: head.bytes}, nil
}

// headWriter keeps the first bytes.
type headWriter struct{ bytes []byte }

func (w *headWriter) Write(p []byte) (int, error) {
	if room := headBytes - len(w.bytes); room > 0 {
		w.bytes = append(w.bytes, p[:min(room, len(p))]...)
	}
	return len(p), nil
}

// open opens the bytes with a CID, which the caller has from put.
func (b *blobStore) open(cid string) (*os.File, error) {
	dir, err := b.folder()
	if err != nil {
		return nil, err
	}
	return os.Open(filepath.Join(dir, cid)) //nolint:gosec // no name from outside
}

// remove forgets bytes.
func (b *blobStore) remove(cid string) {
	if dir, err := b.folder(); err == nil {
		_ = os.Remove(filepath.Join(dir, cid)) // what is not there needs no removing
	}
}

// close removes what a temporary folder has.
func (b *blobStore) close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.temp {
		return nil
	}
	b.temp = false
	return os.RemoveAll(b.dir)
}
