package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/gallery/diskblob"
)

// uploads is a real gallery.
type uploads struct {
	*gallery.Gallery
	t     testing.TB
	index store.Uploads
	owner string
	saved func(id string) // called after each Save, if set
	err   error           // what Save fails with, if set
}

func newUploads(t testing.TB, index store.Uploads, owner string, clock core.Clock, quota int64) *uploads {
	t.Helper()
	blobs, err := diskblob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := blobs.Close(); err != nil {
			t.Error(err)
		}
	})
	g, err := gallery.New(gallery.Config{Index: index, Blobs: blobs, Clock: clock, Quota: quota})
	if err != nil {
		t.Fatal(err)
	}
	return &uploads{Gallery: g, t: t, index: index, owner: owner}
}

func (u *uploads) Save(ctx context.Context, n core.NewUpload, r io.Reader) (core.Upload, error) {
	if u.err != nil {
		return core.Upload{}, u.err
	}
	saved, err := u.Gallery.Save(ctx, n, r)
	if err == nil && u.saved != nil {
		u.saved(saved.ID)
	}
	return saved, err
}

func (u *uploads) Open(ctx context.Context, id string) (core.Upload, io.ReadSeekCloser, error) {
	return u.Gallery.Open(ctx, id)
}

// names returns the names of all uploads, sorted.
func (u *uploads) names() []string {
	u.t.Helper()
	list, err := u.List(context.Background(), u.owner, 1000, "")
	if err != nil {
		u.t.Fatal(err)
	}
	var out []string
	for _, f := range list {
		out = append(out, f.Name)
	}
	slices.Sort(out)
	return out
}

// logBuffer collects the log.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// find returns a string of the first line that has the message; "" when there is none.
func (b *logBuffer) find(message, key string) string {
	for line := range strings.Lines(b.String()) {
		var entry map[string]any
		if json.Unmarshal([]byte(line), &entry) == nil && entry["msg"] == message {
			s, _ := entry[key].(string)
			return s
		}
	}
	return ""
}

// observations are the calls of the metrics hook.
type observations struct {
	mu   sync.Mutex
	list []observation
}

type observation struct {
	Route, Method string
	Status        int
}

func (o *observations) add(route, method string, status int, _ time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.list = append(o.list, observation{route, method, status})
}

func (o *observations) has(want observation) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Contains(o.list, want)
}
