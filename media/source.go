package media

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/url"
	"strings"
	"sync"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/samples"
)

// Gallery is where uploaded files are kept; *gallery.Gallery is one.
type Gallery interface {
	// Get returns a profile's upload; an error of KindNotFound if there is none.
	Get(ctx context.Context, profileID, id string) (core.Upload, error)
	// Open returns an upload whoever owns it. The end of ctx ends reading it.
	Open(ctx context.Context, id string) (core.Upload, gallery.Blob, error)
}

var _ Gallery = (*gallery.Gallery)(nil)

// content is a file on its way here.
type content struct {
	body io.ReadCloser
	size int64  // as the source says; unknown if negative
	name string // as the source says, not yet cleaned
	// page is the address that answered, for files from the web.
	page *url.URL
	// section opens the file once more, from a place on; nil where that is not possible.
	// It asks for length bytes, or for everything if length is negative. A source may
	// begin earlier than asked for, at its beginning.
	section func(ctx context.Context, from, length int64) (section, error)
	// versioned means that section can prove that the file is still the same one.
	versioned bool
	// local opens a file that lies on this server; body is nil then.
	local func(ctx context.Context) (core.AssetReader, error)
}

// section is a file from some place on.
type section struct {
	body io.ReadCloser
	from int64 // bytes from the beginning of the file
	size int64 // of the whole file; unknown if negative
	same bool  // it is proven to be of the very same file
}

// sources opens addresses.
type sources struct {
	web     *web
	gallery Gallery
	own     func(address string) (id string, ok bool)
}

// open starts reading the file of an address.
func (s *sources) open(ctx context.Context, address string) (*content, error) {
	if id, ok := s.upload(address); ok {
		return s.openUpload(ctx, id)
	}
	if name, ok := strings.CutPrefix(address, samples.Scheme); ok {
		return openSample(name)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return nil, badAddress("the address is neither an https address nor an upload of this server", err)
	}
	if u, err = direct(u); err != nil {
		return nil, err
	}
	return s.web.open(ctx, u)
}

// upload returns the id of the upload that an address names.
func (s *sources) upload(address string) (id string, ok bool) {
	if id, ok = strings.CutPrefix(address, gallery.Scheme); ok || s.own == nil {
		return id, ok
	}
	return s.own(address)
}

func (s *sources) openUpload(ctx context.Context, id string) (*content, error) {
	if s.gallery == nil {
		return nil, badAddress("this server keeps no uploads", nil)
	}
	u, body, err := s.openBody(ctx, id)
	if err != nil {
		return nil, err
	}
	c := &content{size: u.Size, name: u.Name}
	if body.Local() {
		c.local = func(ctx context.Context) (core.AssetReader, error) {
			_, blob, err := s.gallery.Open(ctx, id)
			return blob, uploadError(err)
		}
		return c, body.Close()
	}
	c.body = body
	c.versioned = true // an upload never changes
	c.section = func(ctx context.Context, from, _ int64) (section, error) {
		_, again, err := s.openBody(ctx, id)
		if err != nil {
			return section{}, err
		}
		if _, err := again.Seek(from, io.SeekStart); err != nil {
			return section{}, errors.Join(err, again.Close())
		}
		return section{body: again, from: from, size: u.Size, same: true}, nil
	}
	return c, nil
}

// openBody opens an upload to be read like an answer from the web.
func (s *sources) openBody(ctx context.Context, id string) (core.Upload, *blobBody, error) {
	ctx, cancel := context.WithCancel(ctx)
	u, blob, err := s.gallery.Open(ctx, id)
	if err != nil {
		cancel()
		return core.Upload{}, nil, uploadError(err)
	}
	return u, &blobBody{Blob: blob, interrupt: cancel}, nil
}

// blobBody is a blob whose Close may be called while Read runs, which it ends.
type blobBody struct {
	gallery.Blob
	interrupt context.CancelFunc
	mu        sync.Mutex // held by Read
}

func (b *blobBody) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Blob.Read(p)
}

func (b *blobBody) Close() error {
	b.interrupt()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Blob.Close()
}

func (s *sources) authorize(ctx context.Context, profileID, address string) error {
	id, ok := s.upload(address)
	if !ok {
		return nil
	}
	if s.gallery == nil {
		return badAddress("this server keeps no uploads", nil)
	}
	_, err := s.gallery.Get(ctx, profileID, id)
	return uploadError(err)
}

// uploadError turns an upload that is not there into a fault of the request.
func uploadError(err error) error {
	switch {
	case err == nil:
		return nil
	case core.KindOf(err) == core.KindNotFound:
		e := *core.AsError(err)
		e.Kind = core.KindMedia
		return &e
	}
	if own, ok := errors.AsType[*core.Error](err); ok {
		return own
	}
	return storeFailed(err)
}

func openSample(name string) (*content, error) {
	file, ok := samples.Open(name)
	if !ok {
		return nil, badAddress("there is no sample of this name; there are "+strings.Join(samples.Names(), ", "), nil)
	}
	return &content{body: io.NopCloser(bytes.NewReader(file.Bytes)), size: int64(len(file.Bytes)), name: file.FileName}, nil
}
