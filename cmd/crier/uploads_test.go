package main

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"github.com/johannesboyne/gofakes3/backend/s3mem"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers"
)

// startApp puts a server together from the settings.
func startApp(t *testing.T, environ ...string) (*app, error) {
	t.Helper()
	cfg, err := config.Load(append(serveEnviron(migratedDir(t)), environ...), "", providers.Adapters()...)
	if err != nil {
		t.Fatal(err)
	}
	a, err := newApp(t.Context(), cfg, appOptions{}, slog.New(slog.DiscardHandler))
	if err == nil {
		t.Cleanup(func() {
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	return a, err
}

// bucketURL returns the address of a service in memory with one bucket.
func bucketURL(t *testing.T, bucket string) string {
	t.Helper()
	backend := s3mem.New()
	if err := backend.CreateBucket(bucket); err != nil {
		t.Fatal(err)
	}
	service := httptest.NewServer(gofakes3.New(backend).Server())
	t.Cleanup(service.Close)
	return service.URL
}

// TestPlacesOfUploads: an upload is kept where the settings say, with its limits.
func TestPlacesOfUploads(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "named")
	for place, local := range map[string]bool{
		"disk": true, "disk:" + folder: true, "s3://uploads/crier?path-style=true&region=us-east-1&endpoint=" + bucketURL(t, "uploads"): false,
	} {
		a, err := startApp(t, "CRIER_MEDIA_STORE="+place, "CRIER_S3_ACCESS_KEY=k", "CRIER_S3_SECRET_KEY=s",
			"CRIER_UPLOAD_QUOTA=1MB", "CRIER_MAX_UPLOAD=10kB", "CRIER_UPLOAD_RETENTION=7d")
		if err != nil {
			t.Fatal(err)
		}
		content := []byte("content")
		u, err := a.gallery.Save(t.Context(), core.NewUpload{ProfileID: a.profile.ID, Name: "a.txt"}, bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if life := u.ExpiresAt.Sub(u.CreatedAt).Round(time.Minute); life != 7*24*time.Hour {
			t.Errorf("%s: kept for %v", place, life)
		}
		_, blob, err := a.gallery.Open(t.Context(), u.ID)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(blob)
		if err != nil || !bytes.Equal(got, content) || blob.Local() != local {
			t.Errorf("%s: read %q, %v, local %v", place, got, err, blob.Local())
		}
		if err := blob.Close(); err != nil {
			t.Error(err)
		}
		_, err = a.gallery.Save(t.Context(), core.NewUpload{ProfileID: a.profile.ID}, strings.NewReader(strings.Repeat("x", 10_001)))
		if core.AsError(err).Code != core.CodeMediaTooLarge {
			t.Errorf("%s: a file over the limit: %v", place, err)
		}
		if _, quota, err := a.gallery.Usage(t.Context(), a.profile.ID); err != nil || quota != 1e6 {
			t.Errorf("%s: quota %d, %v", place, quota, err)
		}
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) == 0 {
		t.Errorf("nothing is in the folder that was named: %v", err)
	}
}

// TestPlaceOfUploadsIsRefused: a place that cannot be used is told at the start, by
// the names of its settings, and without the secret.
func TestPlaceOfUploadsIsRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for place, want := range map[string]string{
		"disk:" + file: "this user may write to",
		"s3://another?path-style=true&region=r&endpoint=" + bucketURL(t, "uploads"): "does not exist",
	} {
		_, err := startApp(t, "CRIER_MEDIA_STORE="+place, "CRIER_S3_ACCESS_KEY=k", "CRIER_S3_SECRET_KEY=hush-hush")
		if err == nil || !strings.HasPrefix(err.Error(), "CRIER_MEDIA_STORE: ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hush") {
			t.Errorf("%s: got %v, want %q", place, err, want)
		}
	}
}

// TestStartWithoutTheBucket: a bucket that cannot be reached keeps nobody from posting.
func TestStartWithoutTheBucket(t *testing.T) {
	t.Parallel()
	a, err := startApp(t, "CRIER_MEDIA_STORE=s3://uploads?path-style=true&region=r&endpoint=http://127.0.0.1:1", "CRIER_S3_ACCESS_KEY=k", "CRIER_S3_SECRET_KEY=s")
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.gallery.Save(t.Context(), core.NewUpload{ProfileID: a.profile.ID, Name: "a.png"}, strings.NewReader("x"))
	if core.KindOf(err) != core.KindTemporary {
		t.Errorf("an upload meanwhile: %v, want a temporary error", err)
	}
}

// TestBackgroundEnds: what runs beside a server has ended when it is closed.
func TestBackgroundEnds(t *testing.T) {
	t.Parallel()
	ended := false
	b := runInBackground(func(ctx context.Context) {
		<-ctx.Done()
		ended = true
	})
	if err := b.Close(); err != nil || !ended {
		t.Errorf("ended %v, %v", ended, err)
	}
}
