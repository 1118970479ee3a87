// Package gallery keeps the files that clients upload, on disk. An upload is
// complete or it is not there: a crash at any moment leaves at most its description
// behind, a few hundred bytes, which nobody sees.
package gallery

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/crier-social/crier/media/internal/privdir"
	"github.com/crier-social/crier/media/sniff"
)

// Scheme begins the address by which a post names an upload: "upload:<id>".
const Scheme = "upload:"

const (
	idBytes     = 16 // 128 bits: an id cannot be guessed
	shardDigits = 2  // uploads are spread over folders by the start of their id
	unfinished  = "unfinished"
	metaSuffix  = ".json"
	dirMode     = 0o700
	fileMode    = 0o600
	bufferSize  = 64 << 10
)

// Upload is one file.
type Upload struct {
	ID    string `json:"id"`
	Owner string `json:"owner"` // id of the profile that it belongs to
	Name  string `json:"name"`  // as the client called it; never used as a path
	MIME  string `json:"mime"`  // read from the bytes
	Size  int64  `json:"size"`
	// CreatedAt is the time at which the file was complete, by the file system.
	CreatedAt time.Time `json:"-"`
}

// Address returns what a post writes into mediaUrls for this upload.
func (u Upload) Address() string { return Scheme + u.ID }

// Gallery keeps uploads below one folder. It is safe for concurrent use, also by
// several processes on the same folder.
type Gallery struct {
	dir  string
	temp *privdir.Dir // files that are still arriving
}

// Open opens the gallery below dir, creating it if needed.
func Open(dir string) (*Gallery, error) {
	temp, err := privdir.Open(filepath.Join(dir, unfinished))
	if err != nil {
		return nil, err
	}
	return &Gallery{dir: dir, temp: temp}, nil
}

// Close ends uploads that are still arriving. Complete ones stay.
func (g *Gallery) Close() error { return g.temp.Close() }

// Save stores what r holds for a profile, durably once it returns. limit is the
// largest size taken, in bytes; 0 is no limit. A file that is empty or too large is
// refused with an error of KindMedia; errors of r are returned as they are.
func (g *Gallery) Save(ctx context.Context, owner, name string, r io.Reader, limit int64) (Upload, error) {
	file, err := g.temp.CreateTemp("upload")
	if err != nil {
		return Upload{}, err
	}
	defer func() { _ = os.Remove(file.Name()) }() // gone already when all went well
	size, head, err := receive(ctx, file, r, limit)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return Upload{}, err
	}
	u := Upload{ID: newID(), Owner: owner, Name: name, MIME: sniff.Detect(head).MIME, Size: size}
	if err := g.commit(file.Name(), u); err != nil {
		return Upload{}, err
	}
	return g.find(u.ID)
}

// receive copies r into the file and returns the first bytes along with the size.
func receive(ctx context.Context, file *os.File, r io.Reader, limit int64) (size int64, head []byte, err error) {
	src := io.Reader(&contextReader{ctx: ctx, r: r})
	if limit > 0 {
		src = io.LimitReader(src, limit+1)
	}
	size, err = io.CopyBuffer(struct{ io.Writer }{file}, src, make([]byte, bufferSize))
	switch {
	case err != nil:
		return 0, nil, err
	case limit > 0 && size > limit:
		return 0, nil, tooLarge(limit)
	case size == 0:
		return 0, nil, emptyFile()
	}
	head = make([]byte, min(size, sniff.HeadSize))
	_, err = file.ReadAt(head, 0)
	return size, head, err
}

// commit writes the description of a complete file, and then moves the file to its
// place, which is what makes the upload exist.
func (g *Gallery) commit(temp string, u Upload) error {
	data := g.dataPath(u.ID)
	if err := os.MkdirAll(filepath.Dir(data), dirMode); err != nil {
		return err
	}
	if err := g.describe(u); err != nil {
		return err
	}
	if err := os.Rename(temp, data); err != nil {
		return errors.Join(err, os.Remove(data+metaSuffix))
	}
	return errors.Join(syncDir(filepath.Dir(data)), syncDir(g.dir))
}

// describe writes the description, whole or not at all.
func (g *Gallery) describe(u Upload) error {
	text, err := json.Marshal(u)
	if err != nil {
		return err
	}
	file, err := g.temp.CreateTemp("meta")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(file.Name()) }()
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), g.dataPath(u.ID)+metaSuffix)
}

// Stat returns a profile's upload. An unknown id and another profile's upload give
// the same error of KindNotFound.
func (g *Gallery) Stat(_ context.Context, owner, id string) (Upload, error) {
	u, err := g.find(id)
	if err == nil && u.Owner != owner {
		return Upload{}, notFound()
	}
	return u, err
}

// Open returns a profile's upload and its content. Errors are as of Stat.
func (g *Gallery) Open(ctx context.Context, owner, id string) (Upload, io.ReadSeekCloser, error) {
	if _, err := g.Stat(ctx, owner, id); err != nil {
		return Upload{}, nil, err
	}
	return g.OpenAny(ctx, id)
}

// OpenAny returns an upload whoever owns it. It serves requests whose right to the
// upload was checked before: see Stat.
func (g *Gallery) OpenAny(_ context.Context, id string) (Upload, io.ReadSeekCloser, error) {
	u, err := g.find(id)
	if err != nil {
		return Upload{}, nil, err
	}
	file, err := os.Open(g.dataPath(id))
	if errors.Is(err, os.ErrNotExist) {
		return Upload{}, nil, notFound()
	}
	return u, file, err
}

// Delete removes a profile's upload. Errors are as of Stat.
func (g *Gallery) Delete(ctx context.Context, owner, id string) error {
	if _, err := g.Stat(ctx, owner, id); err != nil {
		return err
	}
	data := g.dataPath(id)
	for _, path := range []string{data, data + metaSuffix} { // as commit, the other way round
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return syncDir(filepath.Dir(data))
}

// find returns an upload that exists.
func (g *Gallery) find(id string) (Upload, error) {
	if !validID(id) {
		return Upload{}, notFound()
	}
	info, err := os.Stat(g.dataPath(id))
	if errors.Is(err, os.ErrNotExist) {
		return Upload{}, notFound()
	}
	if err != nil {
		return Upload{}, err
	}
	text, err := os.ReadFile(g.dataPath(id) + metaSuffix)
	if errors.Is(err, os.ErrNotExist) {
		return Upload{}, notFound() // it was removed since
	}
	if err != nil {
		return Upload{}, err
	}
	var u Upload
	if err := json.Unmarshal(text, &u); err != nil {
		return Upload{}, err
	}
	u.CreatedAt = info.ModTime().UTC()
	return u, nil
}

// dataPath returns where the content of a valid id is kept.
func (g *Gallery) dataPath(id string) string { return filepath.Join(g.dir, id[:shardDigits], id) }

func newID() string {
	var b [idBytes]byte
	_, _ = rand.Read(b[:]) // crypto/rand.Read never fails
	return hex.EncodeToString(b[:])
}

// validID keeps everything that newID cannot have made away from the file system.
func validID(id string) bool {
	return len(id) == 2*idBytes && strings.Trim(id, "0123456789abcdef") == ""
}

// contextReader ends reading with the context.
type contextReader struct {
	ctx context.Context //nolint:containedctx // an io.Reader has no other way to get it
	r   io.Reader
}

func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
