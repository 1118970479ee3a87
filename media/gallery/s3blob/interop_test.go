//go:build interop

package s3blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/gallery/blobtest"
	"github.com/crier-social/crier/media/gallery/s3blob"
)

const (
	accessKey = "crier-access"
	secretKey = "crier-secret-of-the-test"
)

// realServer starts versitygw, an S3 server that checks signatures and keeps its
// objects as files, and returns how to reach a new bucket in it.
func realServer(t *testing.T) s3blob.Config {
	t.Helper()
	program := os.Getenv("CRIER_INTEROP_S3_SERVER")
	if program == "" {
		t.Fatal("CRIER_INTEROP_S3_SERVER names no program; make interop-bucket installs it and sets the variable")
	}
	address := freeAddress(t)
	dir := t.TempDir()
	objects, facts := filepath.Join(dir, "objects"), filepath.Join(dir, "facts")
	if err := errors.Join(os.Mkdir(objects, 0o700), os.Mkdir(facts, 0o700)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	server := exec.CommandContext(ctx, program, "--port", address, "posix", "--sidecar", facts, objects)
	server.Env = append(os.Environ(), "ROOT_ACCESS_KEY="+accessKey, "ROOT_SECRET_KEY="+secretKey)
	var output bytes.Buffer
	server.Stdout, server.Stderr = &output, &output
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = server.Wait() // it was killed
		if t.Failed() {
			t.Logf("the server said:\n%s", &output)
		}
	})
	waitFor(t, address)
	client, err := minio.New(address, &minio.Options{Creds: credentials.NewStaticV4(accessKey, secretKey, "")})
	if err != nil {
		t.Fatal(err)
	}
	if err := client.MakeBucket(t.Context(), bucket, minio.MakeBucketOptions{}); err != nil {
		t.Fatal(err)
	}
	return s3blob.Config{Bucket: bucket, Endpoint: "http://" + address, Region: "us-east-1", PathStyle: true, AccessKey: accessKey, SecretKey: secretKey}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// waitFor returns once somebody listens.
func waitFor(t *testing.T, address string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	for {
		if c, err := new(net.Dialer).DialContext(ctx, "tcp", address); err == nil {
			_ = c.Close()
			return
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			t.Fatal("the server does not listen")
		}
	}
}

func TestInteropBlobs(t *testing.T) {
	t.Parallel()
	c := realServer(t)
	blobtest.Run(t, blobtest.Options{PartSize: s3blob.DefaultPartSize}, func(t *testing.T, place string) gallery.Blobs {
		t.Helper()
		c := c
		c.Prefix = "test/" + place
		return open(t, c)
	})
}

func TestInteropRefusals(t *testing.T) {
	t.Parallel()
	c := realServer(t)
	for _, tc := range []struct {
		name   string
		change func(*s3blob.Config)
		want   string
	}{
		{"wrong secret", func(c *s3blob.Config) { c.SecretKey = "another secret" }, "the secret does not belong"},
		{"wrong key", func(c *s3blob.Config) { c.AccessKey = "another-key" }, "No user exists"},
		{"no such bucket", func(c *s3blob.Config) { c.Bucket = "another-bucket" }, "it does not exist"},
	} {
		c := c
		tc.change(&c)
		if _, err := s3blob.Open(t.Context(), c); core.KindOf(err) != core.KindInvalid || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
	c.Region = ""
	open(t, c) // it is asked for
}

// watched notes how much memory is in use while it is read.
type watched struct {
	io.Reader
	most uint64
}

func (w *watched) Read(p []byte) (int, error) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	w.most = max(w.most, m.HeapInuse)
	return w.Reader.Read(p[:min(len(p), 1<<20)])
}

// TestInteropMemory: what a put takes of memory does not depend on its size.
func TestInteropMemory(t *testing.T) { //nolint:paralleltest // it measures the memory of the process
	const size, mostAbove = 256 << 20, 40 << 20
	s := open(t, realServer(t))
	runtime.GC()
	var idle runtime.MemStats
	runtime.ReadMemStats(&idle)
	w := &watched{Reader: zeros(size)()}
	begin := time.Now()
	if err := s.Put(t.Context(), blobtest.Key(1), -1, w); err != nil {
		t.Fatal(err)
	}
	above := int64(w.most) - int64(idle.HeapInuse)
	t.Logf("256 MiB of unknown size: %v, at most %d MiB above idle", time.Since(begin).Round(time.Millisecond), above>>20)
	if above > mostAbove {
		t.Errorf("%d MiB above idle, want at most %d", above>>20, mostAbove>>20)
	}
	blob, err := s.Open(t.Context(), blobtest.Key(1), size)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = blob.Close() }()
	n, err := io.Copy(io.Discard, blob)
	if err != nil || n != size {
		t.Errorf("read %d bytes, %v", n, err)
	}
}
