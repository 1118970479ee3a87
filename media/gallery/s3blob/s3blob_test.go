package s3blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/gallery/blobtest"
	"github.com/crier-social/crier/media/gallery/s3blob"
)

const (
	bucket   = "crier-uploads"
	partSize = 200_000 // the service of these tests takes any
)

// service is an S3 service in memory, whose answers a test can change.
type service struct {
	url string

	mu       sync.Mutex
	fail     func(http.ResponseWriter, *http.Request) bool // tells whether it has answered
	requests []string                                      // method, query and range
}

func newService(t *testing.T) *service {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	fake := gofakes3.New(backend).Server()
	s := &service{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.requests = append(s.requests, strings.TrimSpace(r.Method+" "+r.URL.RawQuery+" "+r.Header.Get("Range")))
		fail := s.fail
		s.mu.Unlock()
		if fail == nil || !fail(w, r) {
			fake.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

func (s *service) failWith(fail func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// seen returns the requests since the last call.
func (s *service) seen() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := s.requests
	s.requests = nil
	return requests
}

func (s *service) config() s3blob.Config {
	return s3blob.Config{Bucket: bucket, Endpoint: s.url, Region: "us-east-1", PathStyle: true, AccessKey: "key", SecretKey: "secret", PartSize: partSize}
}

func open(t *testing.T, c s3blob.Config) *s3blob.Store {
	t.Helper()
	s, err := s3blob.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestBlobs(t *testing.T) {
	t.Parallel()
	fake := newService(t)
	blobtest.Run(t, blobtest.Options{PartSize: partSize}, func(t *testing.T, place string) gallery.Blobs {
		t.Helper()
		c := fake.config()
		c.Prefix = "/test/" + place
		return open(t, c)
	})
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	t.Cleanup(refusing.Close)
	for _, tc := range []struct {
		name   string
		change func(*s3blob.Config)
		want   string
	}{
		{"no such bucket", func(c *s3blob.Config) { c.Bucket = "another-bucket" }, "bucket another-bucket cannot be used: it does not exist"},
		{"refused", func(c *s3blob.Config) { c.Endpoint = refusing.URL }, "refuses access"},
		{"no bucket name", func(c *s3blob.Config) { c.Bucket = "_" }, "cannot be used"},
		{"nobody there", func(c *s3blob.Config) { c.Endpoint = "http://127.0.0.1:1" }, "cannot be reached"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newService(t).config()
			tc.change(&c)
			_, err := s3blob.Open(t.Context(), c)
			kind := core.KindInvalid
			if tc.name == "nobody there" {
				kind = core.KindTemporary
			}
			if core.KindOf(err) != kind || !strings.Contains(err.Error(), tc.want) || strings.Contains(err.Error(), "secret\"") {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
}

// TestOpenLacksRights: a key that may not do all that is needed is refused at once, and
// the search for that leaves nothing behind.
func TestOpenLacksRights(t *testing.T) {
	t.Parallel()
	for method, want := range map[string]string{
		http.MethodGet: "cannot be used: the service refuses access", http.MethodPut: "storing a file: the service refuses access",
		http.MethodDelete: "removing a file: the service refuses access",
	} {
		fake := newService(t)
		fake.failWith(func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == method {
				w.WriteHeader(http.StatusForbidden)
			}
			return r.Method == method
		})
		if _, err := s3blob.Open(t.Context(), fake.config()); core.KindOf(err) != core.KindInvalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q", method, err, want)
		}
	}
	fake := newService(t)
	open(t, fake.config())
	if got := fake.seen(); !strings.HasPrefix(got[len(got)-1], http.MethodDelete) {
		t.Errorf("requests %q", got)
	}
}

// TestNoPartsAreLeft: a put of several parts that fails, at whichever request, leaves
// neither an object nor parts behind.
func TestNoPartsAreLeft(t *testing.T) {
	t.Parallel()
	const size = 3*partSize + 100
	for _, tc := range []struct {
		name string
		fail func(*http.Request) bool
		body func() io.Reader
	}{
		{"second part", func(r *http.Request) bool { return r.URL.Query().Get("partNumber") == "2" }, zeros(size)},
		{"completion", func(r *http.Request) bool { return r.Method == http.MethodPost && r.URL.Query().Has("uploadId") }, zeros(size)},
		{"reader", nil, func() io.Reader { return io.MultiReader(zeros(size)(), iotest.ErrReader(io.ErrClosedPipe)) }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			fake := newService(t)
			s := open(t, fake.config())
			if tc.fail != nil {
				fake.failWith(func(w http.ResponseWriter, r *http.Request) bool {
					if !tc.fail(r) {
						return false
					}
					w.WriteHeader(http.StatusBadRequest) // no reason to try again
					return true
				})
			}
			err := s.Put(t.Context(), blobtest.Key(1), -1, tc.body())
			if tc.fail == nil && !errors.Is(err, io.ErrClosedPipe) || tc.fail != nil && core.AsError(err).Code != core.CodeStoreUnavailable {
				t.Errorf("got %v", err)
			}
			fake.failWith(nil)
			fake.seen()
			if err := s.Clean(t.Context(), time.Now().Add(time.Hour)); err != nil {
				t.Error(err)
			}
			for _, r := range fake.seen() {
				if strings.HasPrefix(r, http.MethodDelete) {
					t.Errorf("an upload of parts was left: %s", r)
				}
			}
			if err := s.Walk(t.Context(), time.Now().Add(time.Hour), func(key string) error {
				t.Errorf("%s is there", key)
				return nil
			}); err != nil {
				t.Error(err)
			}
		})
	}
}

func zeros(size int64) func() io.Reader {
	return func() io.Reader { return io.LimitReader(zero{}, size) }
}

type zero struct{}

func (zero) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestCleanRemovesParts: a process that dies leaves parts, which Clean removes once
// they are old.
func TestCleanRemovesParts(t *testing.T) {
	t.Parallel()
	fake := newService(t)
	s := open(t, fake.config())
	ctx, cancel := context.WithCancel(t.Context())
	fake.failWith(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodDelete { // the dead abort nothing
			w.WriteHeader(http.StatusForbidden)
			return true
		}
		if r.URL.Query().Get("partNumber") == "2" {
			cancel()
		}
		return false
	})
	if err := s.Put(ctx, blobtest.Key(1), -1, zeros(3*partSize)()); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	fake.failWith(nil)
	deletions := func(before time.Time) (n int) {
		t.Helper()
		fake.seen()
		if err := s.Clean(t.Context(), before); err != nil {
			t.Error(err)
		}
		for _, r := range fake.seen() {
			if strings.HasPrefix(r, http.MethodDelete) {
				n++
			}
		}
		return n
	}
	if n := deletions(time.Now().Add(-time.Hour)); n != 0 {
		t.Errorf("%d young uploads of parts were removed", n)
	}
	if n := deletions(time.Now().Add(time.Hour)); n != 1 {
		t.Errorf("%d uploads of parts were removed, want 1", n)
	}
	if n := deletions(time.Now().Add(time.Hour)); n != 0 {
		t.Errorf("%d uploads of parts were left", n)
	}
}

// TestRequests: reads one after the other take one request, a read elsewhere one of
// just what is wanted, and neither opening nor seeking any.
func TestRequests(t *testing.T) {
	t.Parallel()
	fake := newService(t)
	s := open(t, fake.config())
	data := bytes.Repeat([]byte("0123456789"), 100_000)
	if err := s.Put(t.Context(), blobtest.Key(1), int64(len(data)), bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	fake.seen()
	blob, err := s.Open(t.Context(), blobtest.Key(1), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = blob.Close() }()
	if _, err := blob.Seek(0, io.SeekEnd); err != nil {
		t.Fatal(err)
	}
	if _, err := blob.Seek(500_000, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if n := len(fake.seen()); n != 0 {
		t.Errorf("%d requests before the first read", n)
	}
	if got, err := io.ReadAll(blob); err != nil || !bytes.Equal(got, data[500_000:]) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if _, err := blob.ReadAt(make([]byte, 10), 20); err != nil {
		t.Error(err)
	}
	if got, want := strings.Join(fake.seen(), ", "), "GET  bytes=500000-999999, GET  bytes=20-29"; got != want {
		t.Errorf("requests %q, want %q", got, want)
	}
}

// TestCutReads: a connection that breaks while a blob is read is made anew; one that
// breaks always is trouble with the service.
func TestCutReads(t *testing.T) {
	t.Parallel()
	fake := newService(t)
	s := open(t, fake.config())
	data := bytes.Repeat([]byte("0123456789"), 10_000)
	if err := s.Put(t.Context(), blobtest.Key(1), -1, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	blob, err := s.Open(t.Context(), blobtest.Key(1), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = blob.Close() }()
	var cuts atomic.Int64
	fake.failWith(func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != http.MethodGet || cuts.Add(-1) < 0 {
			return false
		}
		w.Header().Set("Content-Length", "50000")
		w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
		w.WriteHeader(http.StatusPartialContent)
		begin, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get("Range"), "bytes="), "-")
		if begin == "0" {
			_, _ = w.Write(data[:30_000])
		}
		panic(http.ErrAbortHandler)
	})
	cuts.Store(2)
	if got, err := io.ReadAll(blob); err != nil || !bytes.Equal(got, data) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	cuts.Store(1)
	part := make([]byte, 40_000)
	if _, err := blob.ReadAt(part, 0); err != nil || !bytes.Equal(part, data[:40_000]) {
		t.Errorf("ReadAt: %v", err)
	}
	cuts.Store(1000)
	if _, err := blob.ReadAt(part, 10); core.AsError(err).Code != core.CodeStoreUnavailable {
		t.Errorf("ReadAt: %v", err)
	}
	if _, err := blob.Seek(10, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(blob); core.AsError(err).Code != core.CodeStoreUnavailable || core.KindOf(err) != core.KindTemporary {
		t.Errorf("Read: %v", err)
	}
}

// TestMissingBucket: a bucket that is gone is not a file that is gone.
func TestMissingBucket(t *testing.T) {
	t.Parallel()
	fake := newService(t)
	s := open(t, fake.config())
	fake.failWith(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<Error><Code>NoSuchBucket</Code></Error>")
		return true
	})
	blob, err := s.Open(t.Context(), blobtest.Key(1), 10)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = blob.Close() }()
	_, readErr := io.ReadAll(blob)
	for name, err := range map[string]error{
		"read": readErr, "put": s.Put(t.Context(), blobtest.Key(1), -1, strings.NewReader("x")), "delete": s.Delete(t.Context(), blobtest.Key(1)),
		"walk": s.Walk(t.Context(), time.Now(), func(string) error { return nil }), "clean": s.Clean(t.Context(), time.Now()),
	} {
		if core.KindOf(err) != core.KindTemporary {
			t.Errorf("%s: got %v, want a temporary error", name, err)
		}
	}
}

// TestForgottenParts: a put whose parts the service does not know any more has failed;
// that is no file that is not there.
func TestForgottenParts(t *testing.T) {
	t.Parallel()
	fake := newService(t)
	s := open(t, fake.config())
	fake.failWith(func(w http.ResponseWriter, r *http.Request) bool {
		if !r.URL.Query().Has("uploadId") {
			return false
		}
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<Error><Code>NoSuchUpload</Code></Error>")
		return true
	})
	if err := s.Put(t.Context(), blobtest.Key(1), -1, zeros(2*partSize)()); core.KindOf(err) != core.KindTemporary {
		t.Errorf("got %v, want a temporary error", err)
	}
}
