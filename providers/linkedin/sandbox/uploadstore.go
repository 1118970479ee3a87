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
	"sync"
)

// uploadStore keeps uploaded files on disk, and no more bytes of them than a cap:
// the oldest go first. It is safe for concurrent use.
type uploadStore struct {
	max int64

	mu    sync.Mutex
	dir   string
	own   bool // dir is temporary and was made here
	files map[string]storedFile
	order []string // keys, oldest first
	total int64
	seq   int
}

type storedFile struct {
	path  string
	facts fileFacts
}

var (
	errStorage  = errors.New("upload store")
	errTooLarge = errors.New("file is larger than the whole store")
)

func newUploadStore(dir string, limit int64) *uploadStore {
	return &uploadStore{dir: dir, max: limit, files: map[string]storedFile{}}
}

// Stage writes what r yields to a file and tells what it is. Nobody sees the file
// before Keep; whoever does not keep it discards it.
func (u *uploadStore) Stage(r io.Reader) (storedFile, error) {
	f, err := u.create()
	if err != nil {
		return storedFile{}, fmt.Errorf("%w: %w", errStorage, err)
	}
	defer func() { _ = f.Close() }() // what was written is read back through the same descriptor
	sum := &countingHash{Hash: sha256.New()}
	_, err = io.Copy(io.MultiWriter(storageWriter{f}, sum), io.LimitReader(r, u.max+1))
	if err == nil && sum.n > u.max {
		err = errTooLarge
	}
	if err != nil {
		return storedFile{}, errors.Join(err, os.Remove(f.Name()))
	}
	facts := examine(f, sum.n)
	facts.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return storedFile{path: f.Name(), facts: facts}, nil
}

// Keep stores a file under a key, in place of what was there, and makes room for it.
func (u *uploadStore) Keep(key string, f storedFile) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.drop(key)
	u.files[key] = f
	u.order = append(u.order, key)
	u.total += f.facts.Size
	for u.total > u.max {
		u.drop(u.order[0])
	}
}

// Open returns a stored file and its media type.
func (u *uploadStore) Open(key string) (f *os.File, mime string, err error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	stored, ok := u.files[key]
	if !ok {
		return nil, "", os.ErrNotExist
	}
	f, err = os.Open(stored.path)
	return f, stored.facts.MIME, err
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
	u.seq++
	name := filepath.Join(u.dir, "upload-"+strconv.Itoa(u.seq))
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the name is a number
}

func (u *uploadStore) drop(key string) {
	f, ok := u.files[key]
	if !ok {
		return
	}
	delete(u.files, key)
	u.order = slices.DeleteFunc(u.order, func(k string) bool { return k == key })
	u.total -= f.facts.Size
	f.discard()
}

// discard removes a file of the store.
func (f storedFile) discard() { _ = os.Remove(f.path) } // what stays behind goes with the folder

// storageWriter marks failures of the disk, to tell them from those of the client.
type storageWriter struct{ w io.Writer }

func (s storageWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		err = fmt.Errorf("%w: %w", errStorage, err)
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
