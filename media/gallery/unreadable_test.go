package gallery_test

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/mediatest"
)

// unreadable is blobs, far away, that take everything and give nothing back.
type unreadable struct {
	gallery.Blobs
	err error
}

func (u unreadable) Open(ctx context.Context, key string, size int64) (gallery.Blob, error) {
	blob, err := u.Blobs.Open(ctx, key, size)
	return unreadableBlob{blob, u.err}, err
}

type unreadableBlob struct {
	gallery.Blob
	err error
}

func (unreadableBlob) Local() bool { return false }

func (u unreadableBlob) ReadAt([]byte, int64) (int, error) { return 0, u.err }

// TestOpenUnreadable: what cannot be read is told before somebody begins to.
func TestOpenUnreadable(t *testing.T) {
	t.Parallel()
	for want, cause := range map[core.Kind]error{
		core.KindNotFound:  &core.Error{Kind: core.KindNotFound, Message: "the file is not there"},
		core.KindTemporary: errCrash,
	} {
		e := setup(t, func(c *gallery.Config) { c.Blobs = unreadable{c.Blobs, cause} })
		u := e.save(t, "alice", mediatest.PNG(8, 8))
		_, _, err := e.Open(t.Context(), u.ID)
		wantKind(t, "opening", err, want)
	}
}

// TestUnreadableContainer: a container that cannot be looked into is not taken for
// something that it may not be.
func TestUnreadableContainer(t *testing.T) {
	t.Parallel()
	e := setup(t, func(c *gallery.Config) { c.Blobs = unreadable{c.Blobs, errCrash} })
	_, err := e.Save(t.Context(), core.NewUpload{ProfileID: "alice", Name: "slides.pptx"}, bytes.NewReader(mediatest.PPTX()))
	if core.KindOf(err) != core.KindTemporary || !errors.Is(err, errCrash) {
		t.Errorf("got %v", err)
	}
	e.wantEmpty(t, "alice")
	e.save(t, "alice", mediatest.PNG(8, 8))
}
