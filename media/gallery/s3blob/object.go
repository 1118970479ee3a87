package s3blob

import (
	"context"
	"errors"
	"io"

	"github.com/minio/minio-go/v7"

	"github.com/crier-social/crier/core"
)

// object reads one object. Reads one after the other come through one request for
// the rest of the object; a read elsewhere makes a request of its own.
type object struct {
	ctx    context.Context //nolint:containedctx // the life of the reader, as gallery.Blobs has it
	cancel context.CancelFunc
	store  *Store
	name   string
	size   int64

	offset int64         // where the next Read begins
	body   io.ReadCloser // from bodyAt to the end; nil: none
	bodyAt int64
}

// resumptions is how often a Read whose connection breaks is begun again.
const resumptions = 3

var (
	errNegative = errors.New("s3blob: a position before the beginning")
	errWhence   = errors.New("s3blob: an unknown way to seek")
)

// Local implements gallery.Blob.
func (*object) Local() bool { return false }

// Read implements io.Reader.
func (o *object) Read(p []byte) (int, error) {
	if err := o.ctx.Err(); err != nil {
		return 0, err
	}
	if o.offset >= o.size {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	var err error
	for range resumptions {
		if err = o.aim(); err != nil {
			return 0, err
		}
		var n int
		n, err = o.body.Read(p[:min(int64(len(p)), o.size-o.offset)])
		o.offset += int64(n)
		o.bodyAt = o.offset
		if n > 0 {
			return n, nil // an error comes again with the next read
		}
		o.drop()
		if o.ctx.Err() != nil {
			return 0, o.ctx.Err()
		}
		if err == nil || errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
	}
	return 0, mapped(o.ctx, "read", err)
}

// aim makes sure that the body goes on where the next Read begins.
func (o *object) aim() error {
	if o.body != nil && o.bodyAt == o.offset {
		return nil
	}
	o.drop()
	body, err := o.get(o.offset, o.size)
	if err != nil {
		return err
	}
	o.body, o.bodyAt = body, o.offset
	return nil
}

func (o *object) drop() {
	if o.body != nil {
		_ = o.body.Close() // it was only read
		o.body = nil
	}
}

// get asks for the bytes from begin up to end, exclusively.
func (o *object) get(begin, end int64) (io.ReadCloser, error) {
	var options minio.GetObjectOptions
	if err := options.SetRange(begin, end-1); err != nil {
		return nil, mapped(o.ctx, "read", err)
	}
	body, _, _, err := o.store.client.GetObject(o.ctx, o.store.bucket, o.name, options)
	if isGone(err) {
		return nil, &core.Error{Kind: core.KindNotFound, Code: core.CodeMediaURL, Op: op, Message: "the file is not there", Err: err}
	}
	return body, mapped(o.ctx, "read", err)
}

// ReadAt implements io.ReaderAt.
func (o *object) ReadAt(p []byte, off int64) (int, error) {
	if err := o.ctx.Err(); err != nil {
		return 0, err
	}
	switch {
	case off < 0:
		return 0, errNegative
	case off >= o.size:
		return 0, io.EOF
	case len(p) == 0:
		return 0, nil
	}
	want := p[:min(int64(len(p)), o.size-off)]
	n, err := o.readAt(want, off)
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}

// readAt fills p, which lies within the object.
func (o *object) readAt(p []byte, off int64) (n int, err error) {
	for range resumptions {
		var body io.ReadCloser
		if body, err = o.get(off+int64(n), off+int64(len(p))); err != nil {
			return n, err
		}
		var got int
		got, err = io.ReadFull(body, p[n:])
		_ = body.Close() // it was only read
		if n += got; err == nil {
			return n, nil
		}
		if o.ctx.Err() != nil {
			return n, o.ctx.Err()
		}
	}
	return n, mapped(o.ctx, "read", err)
}

// Seek implements io.Seeker. It costs nothing.
func (o *object) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += o.offset
	case io.SeekEnd:
		offset += o.size
	default:
		return 0, errWhence
	}
	if offset < 0 {
		return 0, errNegative
	}
	o.offset = offset
	return offset, nil
}

// Close ends all reads. Whoever waits too long for a Read may call it meanwhile, so it
// leaves the body alone: the end of the context ends the request, with its connection.
func (o *object) Close() error {
	o.cancel()
	return nil
}
