// Package s3blob keeps the bytes of uploads in a bucket of an S3-compatible service.
//
// The client is minio-go: the service is often not AWS's, and it adds half as much
// to the binary as the AWS SDK. Of it only single requests are used. Their bodies are
// parts that are held in memory, so that a request can be repeated and signed with
// the SHA-256 of its body, which the service checks; and so that memory is bounded
// whatever the size of an upload.
package s3blob

import (
	"cmp"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
)

const (
	defaultEndpoint = "https://s3.amazonaws.com"
	retries         = 5 // of one request
	// contentType keeps a browser that is led to the bucket from running anything.
	contentType = "application/octet-stream"
)

// Config tells which bucket, and how to get at it.
type Config struct {
	Bucket    string
	Prefix    string // what the names of all objects begin with
	Endpoint  string // base URL of the service; empty: AWS
	Region    string // empty: asked for
	PathStyle bool   // the bucket stands in the path and not in the host name
	// AccessKey and SecretKey sign requests; without them those of the environment, of
	// the AWS credentials file, or of the machine's role are used.
	AccessKey string
	SecretKey core.Secret
	// PartSize is the size of the parts of large objects; 0 is DefaultPartSize. Most
	// services refuse smaller ones than that.
	PartSize int
	// Stall is how long a connection may stand still before it is given up; 0 is two
	// minutes.
	Stall time.Duration
}

// Store is a gallery.Blobs in a bucket.
type Store struct {
	client *minio.Core
	bucket string
	prefix string // empty, or ends with a slash
	part   int    // least size of parts
	close  func()
}

// Open returns the store, once the service has shown that the bucket is there and may
// be used.
func Open(ctx context.Context, c Config) (*Store, error) {
	s, err := New(c)
	if err != nil {
		return nil, err
	}
	if err := s.Check(ctx); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// New returns the store without asking the service; see Check.
func New(c Config) (*Store, error) {
	endpoint, err := url.Parse(cmp.Or(c.Endpoint, defaultEndpoint))
	if err != nil {
		return nil, err
	}
	secure := endpoint.Scheme == "https"
	transport, err := minio.DefaultTransport(secure)
	if err != nil {
		return nil, err
	}
	transport.DialContext = stalling(transport.DialContext, cmp.Or(c.Stall, defaultStall))
	lookup := minio.BucketLookupAuto
	if c.PathStyle {
		lookup = minio.BucketLookupPath
	}
	client, err := minio.NewCore(endpoint.Host, &minio.Options{
		Creds: credentialsOf(c), Secure: secure, Transport: transport, Region: c.Region, BucketLookup: lookup, MaxRetries: retries,
	})
	if err != nil {
		return nil, err
	}
	s := &Store{
		client: client, bucket: c.Bucket, prefix: strings.Trim(c.Prefix, "/"), part: cmp.Or(c.PartSize, DefaultPartSize),
		close: transport.CloseIdleConnections,
	}
	if s.prefix != "" {
		s.prefix += "/"
	}
	return s, nil
}

func credentialsOf(c Config) *credentials.Credentials {
	if c.AccessKey != "" {
		return credentials.NewStaticV4(c.AccessKey, c.SecretKey.Reveal(), "")
	}
	return credentials.NewChainCredentials([]credentials.Provider{
		&credentials.EnvAWS{}, &credentials.FileAWSCredentials{}, &credentials.IAM{},
	})
}

// Check finds out whether the bucket can be used, with all that is done to it later:
// it lists objects, which unlike a HEAD of the bucket is answered with a reason, and
// stores and removes one that is nobody's. Its errors are of KindInvalid for a bucket
// that the service refuses, and of KindTemporary when the service cannot be reached.
func (s *Store) Check(ctx context.Context) error {
	const probe = "writable"
	for o := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix, Recursive: true, MaxKeys: 1}) {
		if o.Err != nil {
			return s.unusable("", o.Err)
		}
		break
	}
	if err := s.putObject(ctx, s.name(probe), nil); err != nil {
		return s.unusable("storing a file: ", err)
	}
	if err := s.client.RemoveObject(ctx, s.bucket, s.name(probe), minio.RemoveObjectOptions{}); err != nil && !isGone(err) {
		return s.unusable("removing a file: ", err)
	}
	return nil
}

func (s *Store) unusable(doing string, err error) *core.Error {
	_, unanswered := errors.AsType[*url.Error](err)
	if unanswered || minio.ToErrorResponse(err).StatusCode >= http.StatusInternalServerError {
		return &core.Error{
			Kind: core.KindTemporary, Code: core.CodeStoreUnavailable, Op: op, Err: err,
			Message: "the bucket " + s.bucket + " cannot be reached at the moment",
		}
	}
	return &core.Error{
		Kind: core.KindInvalid, Op: op, Err: err,
		Message: "the bucket " + s.bucket + " cannot be used: " + doing + reason(err),
	}
}

// reason says for people why the service refuses a request.
func reason(err error) string {
	response := minio.ToErrorResponse(err)
	switch {
	case response.Code == minio.NoSuchBucket:
		return "it does not exist"
	case response.Code == minio.InvalidAccessKeyID:
		return "the service does not know the access key"
	case response.Code == minio.SignatureDoesNotMatch:
		return "the secret does not belong to the access key"
	case response.StatusCode == http.StatusForbidden:
		return "the service refuses access; the access key or its secret is wrong, or lacks the right"
	}
	return "the service refuses it, or does not answer as it should"
}

// Close gives up idle connections.
func (s *Store) Close() error {
	s.close()
	return nil
}

// name returns what the object of a key is called.
func (s *Store) name(key string) string { return s.prefix + key }

// key returns the key of an object; false for what is not this package's.
func (s *Store) key(name string) (string, bool) {
	key, ours := strings.CutPrefix(name, s.prefix)
	return key, ours && gallery.ValidKey(key)
}

// Open implements gallery.Blobs. It asks nothing of the service yet.
func (s *Store) Open(ctx context.Context, key string, size int64) (gallery.Blob, error) {
	if !gallery.ValidKey(key) {
		return nil, badKey(key)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	return &object{ctx: ctx, cancel: cancel, store: s, name: s.name(key), size: size}, nil
}

// Delete implements gallery.Blobs.
func (s *Store) Delete(ctx context.Context, key string) error {
	if !gallery.ValidKey(key) {
		return badKey(key)
	}
	err := s.client.RemoveObject(ctx, s.bucket, s.name(key), minio.RemoveObjectOptions{})
	if isGone(err) {
		return nil
	}
	return mapped(ctx, "removed", err)
}

// Walk implements gallery.Blobs.
func (s *Store) Walk(ctx context.Context, before time.Time, fn func(key string) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	for o := range s.client.ListObjectsIter(ctx, s.bucket, minio.ListObjectsOptions{Prefix: s.prefix, Recursive: true}) {
		if o.Err != nil {
			return mapped(ctx, "listed", o.Err)
		}
		key, ours := s.key(o.Key)
		if !ours || o.LastModified.IsZero() || !o.LastModified.Before(before) {
			continue
		}
		if err := fn(key); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// Clean implements gallery.Blobs: it removes the parts of puts whose process died.
func (s *Store) Clean(ctx context.Context, before time.Time) error {
	const page = 1000
	for keyMarker, idMarker := "", ""; ; {
		list, err := s.client.ListMultipartUploads(ctx, s.bucket, s.prefix, keyMarker, idMarker, "", page)
		if err != nil {
			return mapped(ctx, "listed", err)
		}
		for _, u := range list.Uploads {
			if _, ours := s.key(u.Key); !ours || u.Initiated.IsZero() || !u.Initiated.Before(before) {
				continue
			}
			if err := s.client.AbortMultipartUpload(ctx, s.bucket, u.Key, u.UploadID); err != nil && !isGone(err) {
				return mapped(ctx, "removed", err)
			}
		}
		if !list.IsTruncated || list.NextKeyMarker == "" {
			return nil
		}
		keyMarker, idMarker = list.NextKeyMarker, list.NextUploadIDMarker
	}
}

const op = "gallery.s3"

// isGone tells whether the service says that the object, or the upload of its parts,
// is not there. It says so of a missing bucket as well, which is another matter.
func isGone(err error) bool {
	response := minio.ToErrorResponse(err)
	return response.StatusCode == http.StatusNotFound && response.Code != minio.NoSuchBucket
}

// mapped turns an error of the service into one of Crier.
func mapped(ctx context.Context, verb string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return &core.Error{
		Kind: core.KindTemporary, Code: core.CodeStoreUnavailable, Op: op,
		Message: "uploaded files cannot be " + verb + " in the bucket at the moment", Err: err,
		Help: "Try again later; the log of the server has the cause.",
	}
}

func badKey(key string) *core.Error {
	return &core.Error{Kind: core.KindInternal, Op: op, Message: "not a key of an uploaded file", Err: errors.New(key)}
}

var (
	_ gallery.Blobs = (*Store)(nil)
	_ gallery.Blob  = (*object)(nil)
	_ io.ReaderAt   = (*object)(nil)
)
