// Package diskblob keeps the bytes of uploads as files below one folder.
//
// A file arrives in a folder of its process's own, is flushed to the disk, and then
// moved to its place, so that what has a key for its name is complete. The folders
// of dead processes are removed by the next one that starts.
package diskblob

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/internal/diskfull"
	"github.com/crier-social/crier/media/internal/privdir"
)

const (
	unfinished  = "unfinished"
	shardDigits = 2 // files are spread over folders by the start of their key
	dirMode     = 0o700
	bufferSize  = 64 << 10
)

// Store is a gallery.Blobs on disk.
type Store struct {
	dir  string
	temp *privdir.Dir // files that are still arriving
}

// Open opens the store below dir, creating it if needed.
func Open(dir string) (*Store, error) {
	temp, err := privdir.Open(filepath.Join(dir, unfinished))
	if err != nil {
		return nil, err
	}
	return &Store{dir: dir, temp: temp}, nil
}

// Close ends the puts that are under way. What is complete stays.
func (s *Store) Close() error { return s.temp.Close() }

// Put implements gallery.Blobs.
func (s *Store) Put(ctx context.Context, key string, _ int64, r io.Reader) error {
	if !gallery.ValidKey(key) {
		return badKey(key)
	}
	file, err := s.temp.CreateTemp("upload")
	if err != nil {
		return failed("stored", err)
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone already when all went well
	source := &sourceReader{ctx: ctx, r: r}
	// Only what io.Writer has, so that the buffer is used.
	_, err = io.CopyBuffer(struct{ io.Writer }{file}, source, make([]byte, bufferSize))
	if source.err != nil {
		return errors.Join(source.err, file.Close())
	}
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return failed("stored", err)
	}
	return failed("stored", s.commit(file.Name(), s.path(key)))
}

// commit moves a complete file to its place, durably.
func (s *Store) commit(temp, path string) error {
	shard := filepath.Dir(path)
	if err := os.MkdirAll(shard, dirMode); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return errors.Join(syncDir(shard), syncDir(s.dir))
}

// path returns where the bytes of a valid key are kept.
func (s *Store) path(key string) string { return filepath.Join(s.dir, key[:shardDigits], key) }

// Open implements gallery.Blobs.
func (s *Store) Open(ctx context.Context, key string, _ int64) (gallery.Blob, error) {
	if !gallery.ValidKey(key) {
		return nil, badKey(key)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	f, err := os.Open(s.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, notFound(err)
	}
	if err != nil {
		return nil, failed("read", err)
	}
	return &file{File: f, ctx: ctx}, nil
}

// Delete implements gallery.Blobs.
func (s *Store) Delete(ctx context.Context, key string) error {
	if !gallery.ValidKey(key) {
		return badKey(key)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err := os.Remove(s.path(key))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return failed("removed", errors.Join(err, syncDir(filepath.Dir(s.path(key)))))
}

// Walk implements gallery.Blobs.
func (s *Store) Walk(ctx context.Context, before time.Time, fn func(key string) error) error {
	shards, err := os.ReadDir(s.dir)
	if err != nil {
		return failed("listed", err)
	}
	for _, shard := range shards {
		if !shard.IsDir() || len(shard.Name()) != shardDigits {
			continue
		}
		if err := s.walkShard(ctx, shard.Name(), before, fn); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) walkShard(ctx context.Context, shard string, before time.Time, fn func(key string) error) error {
	entries, err := os.ReadDir(filepath.Join(s.dir, shard))
	if err != nil {
		return failed("listed", err)
	}
	for _, entry := range entries {
		if err := ctx.Err(); err != nil {
			return err
		}
		key := entry.Name()
		if !gallery.ValidKey(key) || key[:shardDigits] != shard {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since
		}
		if err != nil {
			return failed("listed", err)
		}
		if info.Mode().IsRegular() && info.ModTime().Before(before) {
			if err := fn(key); err != nil {
				return err
			}
		}
	}
	return nil
}

// Clean implements gallery.Blobs. There is nothing to do: a process removes its own
// leftovers, and Open those of dead ones.
func (s *Store) Clean(ctx context.Context, _ time.Time) error { return ctx.Err() }

// file is one blob.
type file struct {
	*os.File
	ctx context.Context //nolint:containedctx // the life of the reader, as gallery.Blobs has it
}

// Local implements gallery.Blob.
func (*file) Local() bool { return true }

// Read implements io.Reader.
func (f *file) Read(p []byte) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.Read(p)
}

// ReadAt implements io.ReaderAt.
func (f *file) ReadAt(p []byte, off int64) (int, error) {
	if err := f.ctx.Err(); err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, off)
}

// sourceReader ends reading with the context, and remembers why reading failed.
type sourceReader struct {
	ctx context.Context //nolint:containedctx // an io.Reader has no other way to get it
	r   io.Reader
	err error
}

func (s *sourceReader) Read(p []byte) (int, error) {
	if s.err = s.ctx.Err(); s.err != nil {
		return 0, s.err
	}
	n, err := s.r.Read(p)
	if err != io.EOF { // only the plain one is the end of a file
		s.err = err
	}
	return n, err
}

const op = "gallery.disk"

func failed(verb string, err error) error {
	if err == nil {
		return nil
	}
	e := &core.Error{
		Kind: core.KindTemporary, Code: core.CodeStoreUnavailable, Op: op,
		Message: "uploaded files cannot be " + verb + " on the server's disk at the moment", Err: err,
		Help: "The operator of the server looks at the disk and the log.",
	}
	if diskfull.Is(err) {
		e.Message = "uploaded files cannot be " + verb + ": the server's disk is full"
		e.Help = "The operator makes room on the disk of CRIER_DATA_DIR, or deletes uploads that are not needed any more. Send the file again after the time in Retry-After."
		e.RetryAfter = fullPause
	}
	return e
}

// fullPause is when to try again after the disk was full.
const fullPause = 30 * time.Second

func notFound(err error) *core.Error {
	return &core.Error{Kind: core.KindNotFound, Code: core.CodeMediaURL, Op: op, Message: "the file is not there", Err: err}
}

func badKey(key string) *core.Error {
	return &core.Error{Kind: core.KindInternal, Op: op, Message: "not a key of an uploaded file", Err: errors.New(key)}
}

var (
	_ gallery.Blobs = (*Store)(nil)
	_ gallery.Blob  = (*file)(nil)
)
