package double

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Files are the uploads of a double, on disk, and no more bytes of them than a cap: the oldest
// go first, those that are still arriving last. They are safe for concurrent use.
type Files struct {
	max int64

	mu    sync.Mutex
	dir   string
	own   bool // dir is temporary and was made here
	files map[string]File
	order []string // keys, oldest first
	total int64
	seq   int
	swept bool // what an earlier store left in dir was removed
}

// File is an upload on disk.
type File struct {
	Path     string
	Size     int64             // bytes; of one that is still arriving, what it will have
	Sum      [sha256.Size]byte // SHA-256; zero for a file that came in parts
	arriving bool
}

// Digest is Sum in hexadecimal.
func (f File) Digest() string { return hex.EncodeToString(f.Sum[:]) }

// The reasons why a file is not kept that are not the client's connection.
var (
	ErrStorage  = errors.New("upload store") // the disk
	ErrTooLarge = errors.New("file is too large")
)

// StorageError marks a failure of the disk, to tell it from those of the client.
func StorageError(err error) error { return fmt.Errorf("%w: %w", ErrStorage, err) }

// NewFiles returns a store in a folder, from which the first file removes what an earlier store
// has left there; empty means a temporary folder, made with the first file. It keeps at most
// room bytes; 0 means as many as there are.
func NewFiles(dir string, room int64) *Files {
	if room == 0 {
		room = math.MaxInt64 - 1 // one more can be counted
	}
	return &Files{dir: dir, max: room, files: map[string]File{}}
}

// Stage writes what r yields, at most limit bytes, to a file. Nobody sees the file
// before Keep; whoever does not keep it discards it.
func (u *Files) Stage(r io.Reader, limit int64) (File, error) {
	limit = min(limit, u.max)
	f, err := u.create()
	if err != nil {
		return File{}, StorageError(err)
	}
	sum := &countingHash{Hash: sha256.New()}
	_, err = io.Copy(io.MultiWriter(storageWriter{f}, sum), io.LimitReader(r, limit+1))
	if err == nil && sum.n > limit {
		err = ErrTooLarge
	}
	if closed := f.Close(); err == nil && closed != nil {
		err = StorageError(closed)
	}
	if err != nil {
		return File{}, errors.Join(err, os.Remove(f.Name()))
	}
	return File{Path: f.Name(), Size: sum.n, Sum: [sha256.Size]byte(sum.Sum(nil))}, nil
}

// Keep stores a file under a key, in place of what was there, and makes room for it.
func (u *Files) Keep(key string, f File) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.keep(key, f)
}

// Begin makes an empty file for the parts of a large one, and makes room for all of
// it. Arrived says when the last part is there.
func (u *Files) Begin(key string, size int64) error {
	f, err := u.create()
	if err != nil {
		return StorageError(err)
	}
	file := File{Path: f.Name(), Size: size, arriving: true}
	if err := errors.Join(f.Truncate(size), f.Close()); err != nil {
		file.Discard()
		return StorageError(err)
	}
	u.Keep(key, file)
	return nil
}

// Arrived marks a file that came in parts as complete.
func (u *Files) Arrived(key string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if f, ok := u.files[key]; ok {
		f.arriving = false
		u.files[key] = f
	}
}

// Open opens a stored file for reading, and one that is still arriving for writing
// too. The error for one that made room for others is os.ErrNotExist.
func (u *Files) Open(key string) (*os.File, error) {
	u.mu.Lock()
	defer u.mu.Unlock() // until it is open: whoever replaces it removes it
	stored, ok := u.files[key]
	if !ok {
		return nil, os.ErrNotExist
	}
	if stored.arriving {
		return os.OpenFile(stored.Path, os.O_RDWR, 0)
	}
	return os.Open(stored.Path)
}

// Remove removes one file.
func (u *Files) Remove(key string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.drop(key)
}

// Clear removes every file.
func (u *Files) Clear() {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, f := range u.files {
		f.Discard()
	}
	clear(u.files)
	u.order, u.total = nil, 0
}

// Close is Clear, and removes the temporary folder.
func (u *Files) Close() error {
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

func (u *Files) create() (*os.File, error) {
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
func (u *Files) sweep() error {
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
func (u *Files) keep(key string, f File) {
	u.drop(key)
	for u.total+f.Size > u.max && len(u.order) > 0 {
		u.drop(u.leastWanted())
	}
	u.files[key] = f
	u.order = append(u.order, key)
	u.total += f.Size
}

// leastWanted is the oldest file that is complete, or the oldest of all.
func (u *Files) leastWanted() string {
	i := slices.IndexFunc(u.order, func(key string) bool { return !u.files[key].arriving })
	return u.order[max(i, 0)]
}

func (u *Files) drop(key string) {
	f, ok := u.files[key]
	if !ok {
		return
	}
	delete(u.files, key)
	u.order = slices.DeleteFunc(u.order, func(k string) bool { return k == key })
	u.total -= f.Size
	f.Discard()
}

// Discard removes a file that is not kept.
func (f File) Discard() { _ = os.Remove(f.Path) } // what stays behind goes with the folder

// storageWriter marks its failures as those of the disk.
type storageWriter struct{ w io.Writer }

func (s storageWriter) Write(p []byte) (int, error) {
	n, err := s.w.Write(p)
	if err != nil {
		err = StorageError(err)
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
