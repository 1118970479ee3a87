package sandbox

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// uploadStore keeps uploaded files on disk, and no more bytes of them than a cap:
// the oldest go first, those that are still arriving last. It is safe for
// concurrent use.
type uploadStore struct {
	max int64

	mu    sync.Mutex
	dir   string
	own   bool // dir is temporary and was made here
	files map[string]storedFile
	order []string // keys, oldest first
	total int64
	seq   int
	swept bool // what an earlier store left in dir was removed
}

type storedFile struct {
	path     string
	size     int64  // bytes; of one that is still arriving, what it will have
	sha256   string // hexadecimal; empty for a file that came in parts
	arriving bool
}

var (
	errStorage  = errors.New("upload store")
	errTooLarge = errors.New("file is too large")
)

// storageError marks a failure of the disk, to tell it from those of the client.
func storageError(err error) error { return fmt.Errorf("%w: %w", errStorage, err) }

func newUploadStore(dir string, limit int64) *uploadStore {
	return &uploadStore{dir: dir, max: limit, files: map[string]storedFile{}}
}

// Stage writes what r yields, at most limit bytes, to a file. Nobody sees the file
// before Keep; whoever does not keep it discards it.
func (u *uploadStore) Stage(r io.Reader, limit int64) (storedFile, error) {
	limit = min(limit, u.max)
	f, err := u.create()
	if err != nil {
		return storedFile{}, storageError(err)
	}
	sum := &countingHash{Hash: sha256.New()}
	_, err = io.Copy(io.MultiWriter(storageWriter{f}, sum), io.LimitReader(r, limit+1))
	if err == nil && sum.n > limit {
		err = errTooLarge
	}
	if closed := f.Close(); err == nil && closed != nil {
		err = storageError(closed)
	}
	if err != nil {
		return storedFile{}, errors.Join(err, os.Remove(f.Name()))
	}
	return storedFile{path: f.Name(), size: sum.n, sha256: hex.EncodeToString(sum.Sum(nil))}, nil
}

// Keep stores a file under a key, in place of what was there, and makes room for it.
func (u *uploadStore) Keep(key string, f storedFile) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.keep(key, f)
}

// Begin makes an empty file for the parts of a large one, and makes room for all of
// it. Arrived says when the last part is there.
func (u *uploadStore) Begin(key string, size int64) error {
	f, err := u.create()
	if err != nil {
		return storageError(err)
	}
	file := storedFile{path: f.Name(), size: size, arriving: true}
	if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
		file.discard()
		return storageError(err)
	}
	u.Keep(key, file)
	return nil
}

// Arrived marks a file that came in parts as complete.
func (u *uploadStore) Arrived(key string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if f, ok := u.files[key]; ok {
		f.arriving = false
		u.files[key] = f
	}
}

// Open opens a stored file for reading, and one that is still arriving for writing
// too. The error for one that made room for others is os.ErrNotExist.
func (u *uploadStore) Open(key string) (*os.File, error) {
	u.mu.Lock()
	stored, ok := u.files[key]
	u.mu.Unlock()
	if !ok {
		return nil, os.ErrNotExist
	}
	if stored.arriving {
		return os.OpenFile(stored.path, os.O_RDWR, 0)
	}
	return os.Open(stored.path)
}

// Remove removes one file.
func (u *uploadStore) Remove(key string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.drop(key)
}

// Clear removes every file.
func (u *uploadStore) Clear() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, f := range u.files {
		f.discard()
	}
	clear(u.files)
	u.order, u.total = nil, 0
}

// Close is Clear, and removes the temporary folder.
func (u *uploadStore) Close() error {
	u.Clear()
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.own {
		return nil
	}
	err := os.RemoveAll(u.dir)
	u.dir, u.own = "", false
	return err
}

func (u *uploadStore) create() (*os.File, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.dir == "" {
		dir, err := os.MkdirTemp("", "crier-sandbox-")
		if err != nil {
			return nil, err
		}
		u.dir, u.own = dir, true
	} else if err := os.MkdirAll(u.dir, 0o700); err != nil {
		return nil, err
	}
	if err := u.sweep(); err != nil {
		return nil, err
	}
	u.seq++
	name := filepath.Join(u.dir, uploadName+strconv.Itoa(u.seq))
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the name is a number
}

// uploadName is what the names of stored files begin with.
const uploadName = "upload-"

// sweep removes what a store that was not closed left in the folder.
func (u *uploadStore) sweep() error {
	if u.swept {
		return nil
	}
	left, err := os.ReadDir(u.dir)
	for _, entry := range left {
		if strings.HasPrefix(entry.Name(), uploadName) {
			err = errors.Join(err, os.Remove(filepath.Join(u.dir, entry.Name())))
		}
	}
	u.swept = err == nil
	return err
}

// keep is Keep for a caller that holds the lock. The new file itself stays, as none
// is larger than the cap.
func (u *uploadStore) keep(key string, f storedFile) {
	u.drop(key)
	for u.total+f.size > u.max && len(u.order) > 0 {
		u.drop(u.leastWanted())
	}
	u.files[key] = f
	u.order = append(u.order, key)
	u.total += f.size
}

// leastWanted is the oldest file that is complete, or the oldest of all.
func (u *uploadStore) leastWanted() string {
	i := slices.IndexFunc(u.order, func(key string) bool { return !u.files[key].arriving })
	return u.order[max(i, 0)]
}

func (u *uploadStore) drop(key string) {
	f, ok := u.files[key]
	if !ok {
		return
	}
	delete(u.files, key)
	u.order = slices.DeleteFunc(u.order, func(k string) bool { return k == key })
	u.total -= f.size
	f.discard()
}

// discard removes a file of the store.
func (f storedFile) discard() { _ = os.Remove(f.path) } // what stays behind goes with the folder

// storageWriter marks its failures as those of the disk.
type storageWriter struct{ w io.Writer }

func (s storageWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		err = storageError(err)
	}
	return n, err
}

type countingHash struct {
	hash.Hash
	n int64
}

func (c *countingHash) Write(p []byte) (int, error) {
	c.n += int64(len(p))
	return c.Hash.Write(p)
}
