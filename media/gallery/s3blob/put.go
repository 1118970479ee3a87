package s3blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"slices"
	"time"

	"github.com/minio/minio-go/v7"
	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
)

// The bounds of parts.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html
const (
	// DefaultPartSize is the smallest that services take. A put holds two parts in
	// memory, one that is being sent and one that is being read.
	DefaultPartSize = 5 << 20
	mostParts       = 10_000
	firstRead       = 64 << 10
)

// Put implements gallery.Blobs. A file of less than a part is sent in one request.
func (s *Store) Put(ctx context.Context, key string, size int64, r io.Reader) error {
	if !gallery.ValidKey(key) {
		return badKey(key)
	}
	source := &sourceReader{ctx: ctx, r: r}
	partSize := s.partSizeFor(size)
	first, err := readPart(source, nil, partSize)
	if err != nil {
		return err
	}
	if len(first) < partSize {
		return mapped(ctx, "stored", s.putObject(ctx, s.name(key), first))
	}
	return s.putParts(ctx, s.name(key), first, source)
}

// putObject stores an object in one request.
func (s *Store) putObject(ctx context.Context, name string, data []byte) error {
	_, err := s.client.PutObject(ctx, s.bucket, name, bytes.NewReader(data), int64(len(data)), "", hash(data), putOptions())
	return err
}

// partSizeFor returns a size of parts of which the file does not need too many.
func (s *Store) partSizeFor(size int64) int {
	return int(max(int64(s.part), (size+mostParts-1)/mostParts))
}

// putOptions go with every new object. The hash of a body is part of the request, so
// that it need not be signed piece by piece.
func putOptions() minio.PutObjectOptions {
	return minio.PutObjectOptions{ContentType: contentType, DisableContentSha256: true}
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// putParts stores a file of one part or more; first is the part that was read.
func (s *Store) putParts(ctx context.Context, name string, first []byte, source *sourceReader) error {
	id, err := s.client.NewMultipartUpload(ctx, s.bucket, name, putOptions())
	if err != nil {
		return mapped(ctx, "stored", err)
	}
	u := &multipart{store: s, name: name, id: id}
	if err = u.send(ctx, first, source); err == nil {
		_, err = s.client.CompleteMultipartUpload(ctx, s.bucket, name, id, u.parts, putOptions())
		err = mapped(ctx, "stored", err)
	}
	if err != nil {
		u.abort(ctx)
	}
	return err
}

// multipart is an object that is sent in parts.
type multipart struct {
	store *Store
	name  string
	id    string
	parts []minio.CompletePart
}

// send sends part after part, and reads one while the one before it is on its way.
func (u *multipart) send(ctx context.Context, data []byte, source *sourceReader) error {
	group, running := errgroup.WithContext(ctx)
	group.SetLimit(1)
	source.ctx = running // reading ends when sending fails
	spare := make([]byte, 0, len(data))
	size := len(data)
	var readErr error
	for number := 1; len(data) > 0; number++ {
		if number > mostParts {
			readErr = errTooManyParts()
			break
		}
		sending := data
		group.Go(func() error { return u.sendPart(running, number, sending) })
		// Only one part is on its way, so that the buffer of the one before is free.
		if len(data) < size {
			break
		}
		if data, readErr = readPart(source, spare, size); readErr != nil {
			break
		}
		spare = sending[:0]
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return readErr
}

func (u *multipart) sendPart(ctx context.Context, number int, data []byte) error {
	part, err := u.store.client.PutObjectPart(ctx, u.store.bucket, u.name, u.id, number, bytes.NewReader(data), int64(len(data)),
		minio.PutObjectPartOptions{Sha256Hex: hash(data), DisableContentSha256: true})
	if err != nil {
		return mapped(ctx, "stored", err)
	}
	u.parts = append(u.parts, minio.CompletePart{PartNumber: number, ETag: part.ETag})
	return nil
}

// abort removes the parts. What fails of it is left to Clean.
func (u *multipart) abort(ctx context.Context) {
	const limit = 30 * time.Second
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	defer cancel()
	_ = u.store.client.AbortMultipartUpload(ctx, u.store.bucket, u.name, u.id)
}

// readPart reads up to size bytes into the buffer, which grows as they come: most
// files are far smaller than a part. Fewer mean that the file has ended.
func readPart(r io.Reader, buffer []byte, size int) ([]byte, error) {
	for len(buffer) < size {
		if len(buffer) == cap(buffer) {
			buffer = slices.Grow(buffer, min(max(firstRead, len(buffer)), size-len(buffer)))
		}
		n, err := r.Read(buffer[len(buffer):min(cap(buffer), size)])
		buffer = buffer[:len(buffer)+n]
		if err == io.EOF { // only the plain one is the end of a file
			return buffer, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return buffer, nil
}

// sourceReader ends reading with the context.
type sourceReader struct {
	ctx context.Context //nolint:containedctx // an io.Reader has no other way to get it
	r   io.Reader
}

func (s *sourceReader) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

func errTooManyParts() *core.Error {
	return &core.Error{
		Kind: core.KindMedia, Code: core.CodeMediaTooLarge, Op: op,
		Message: "the file is larger than can be stored when its size is not known in advance",
	}
}
