package s3blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/gallery/blobtest"
)

// TestStalledRead: a connection on which nothing comes any more ends with an error.
func TestStalledRead(t *testing.T) {
	t.Parallel()
	fake := newService(t)
	c := fake.config()
	c.Stall = 300 * time.Millisecond
	s := open(t, c)
	fake.failWith(func(w http.ResponseWriter, r *http.Request) bool {
		begin(w, "")
		<-r.Context().Done()
		return true
	})
	blob, err := s.Open(t.Context(), blobtest.Key(1), 100)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(blob)
	if core.KindOf(err) != core.KindTemporary || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read %d bytes, %v", len(got), err)
	}
	if err := blob.Close(); err != nil {
		t.Error(err)
	}
}

// begin sends the head of an object of 100 bytes and its first ones.
func begin(w http.ResponseWriter, first string) {
	w.Header().Set("Content-Length", "100")
	w.Header().Set("Last-Modified", time.Now().UTC().Format(http.TimeFormat))
	w.WriteHeader(http.StatusPartialContent)
	_, _ = io.WriteString(w, first)
	_ = http.NewResponseController(w).Flush()
}

// TestCloseEndsReads: a read for which nothing comes ends when the blob is closed, and
// with it the request.
func TestCloseEndsReads(t *testing.T) {
	t.Parallel()
	for name, read := range map[string]func(gallery.Blob) error{
		"Read":   func(b gallery.Blob) error { _, err := io.ReadAll(b); return err },
		"ReadAt": func(b gallery.Blob) error { _, err := b.ReadAt(make([]byte, 100), 0); return err },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := newService(t)
			s := open(t, fake.config())
			waiting, ended := make(chan struct{}), make(chan struct{})
			fake.failWith(func(w http.ResponseWriter, r *http.Request) bool {
				begin(w, "half")
				close(waiting)
				<-r.Context().Done()
				close(ended)
				return true
			})
			blob, err := s.Open(t.Context(), blobtest.Key(1), 100)
			if err != nil {
				t.Fatal(err)
			}
			result := make(chan error, 1)
			go func() { result <- read(blob) }()
			<-waiting
			if err := blob.Close(); err != nil {
				t.Error(err)
			}
			if err := <-result; !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
			<-ended
		})
	}
}

// TestCloseAtAnyTime: wherever a read is, closing the blob does no harm.
func TestCloseAtAnyTime(t *testing.T) {
	t.Parallel()
	s := open(t, newService(t).config())
	data := bytes.Repeat([]byte("0123456789"), 10_000)
	if err := s.Put(t.Context(), blobtest.Key(1), -1, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	for i := range 20 {
		blob, err := s.Open(t.Context(), blobtest.Key(1), int64(len(data)))
		if err != nil {
			t.Fatal(err)
		}
		closed := make(chan error, 1)
		part := make([]byte, 1000)
		for n := 0; err == nil; n++ {
			if n == i {
				go func() { closed <- blob.Close() }()
			}
			_, err = blob.Read(part)
		}
		if !errors.Is(err, context.Canceled) && !errors.Is(err, io.EOF) {
			t.Errorf("closed at read %d: got %v", i, err)
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
	}
}
