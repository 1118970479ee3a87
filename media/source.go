package media

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"strings"

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
}

// sources opens addresses.
type sources struct {
	web     *web
	gallery Gallery
}

// open starts reading the file of an address.
func (s *sources) open(ctx context.Context, address string) (*content, error) {
	if id, ok := strings.CutPrefix(address, gallery.Scheme); ok {
		return s.openUpload(ctx, id)
	}
	if name, ok := strings.CutPrefix(address, samples.Scheme); ok {
		return openSample(name)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return nil, badAddress("the address is neither an https address nor an upload of this server", err)
	}
	return s.web.open(ctx, u)
}

func (s *sources) openUpload(ctx context.Context, id string) (*content, error) {
	if s.gallery == nil {
		return nil, badAddress("this server keeps no uploads", nil)
	}
	u, body, err := s.gallery.Open(ctx, id)
	if err != nil {
		return nil, uploadError(err)
	}
	return &content{body: body, size: u.Size, name: u.Name}, nil
}

func (s *sources) authorize(ctx context.Context, profileID, address string) error {
	id, ok := strings.CutPrefix(address, gallery.Scheme)
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
	return storeFailed(err)
}

func openSample(name string) (*content, error) {
	file, ok := samples.Open(name)
	if !ok {
		return nil, badAddress("there is no sample of this name; there are "+strings.Join(samples.Names(), ", "), nil)
	}
	return &content{body: io.NopCloser(bytes.NewReader(file.Bytes)), size: int64(len(file.Bytes)), name: file.FileName}, nil
}
