package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/crier-social/crier/config"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/media/gallery"
)

// moveProgressEvery is how often a move tells how far it is.
const moveProgressEvery = 2 * time.Second

// moveProgress tells now and then how far a move is.
type moveProgress struct {
	w     io.Writer
	clock core.Clock

	mu   sync.Mutex
	told time.Time
}

func (p *moveProgress) at(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now := p.clock.Now(); now.Sub(p.told) >= moveProgressEvery {
		p.told = now
		fmt.Fprintln(p.w, what)
	}
}

// filePage is how many descriptions of uploads are read at a time.
const filePage = 100

// moveFiles copies the files of all uploads that are ready and not there yet.
func (m *migration) moveFiles(ctx context.Context, s store.Store, shown *moveProgress) (err error) {
	from, err := m.openPlace(ctx, m.from.MediaStore)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := m.openPlace(ctx, *m.media)
	if err != nil {
		return fmt.Errorf("--media: %w", err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	copied := 0
	for after := ""; ; {
		page, err := s.ReadRecords(ctx, store.UploadRecords, after, filePage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, r := range page {
			after = r.Key
			err := moveFile(ctx, s, r.Key, from, to)
			if core.KindOf(err) == core.KindNotFound {
				fmt.Fprintf(m.cli.stderr, "the upload %s has no file in CRIER_MEDIA_STORE; it is left out\n", r.Key)
			} else if err != nil {
				return fmt.Errorf("copying the upload %s: %w", r.Key, err)
			}
			copied++
			shown.at(fmt.Sprintf("copying files: %d", copied))
		}
	}
}

func (m *migration) openPlace(ctx context.Context, place config.MediaStore) (gallery.Blobs, error) {
	cfg := m.from
	cfg.MediaStore = place
	return (&app{cfg: cfg, log: m.log}).openBlobs(ctx)
}

// moveFile copies the file of one upload.
func moveFile(ctx context.Context, s store.Uploads, id string, from, to gallery.Blobs) error {
	u, err := s.GetUpload(ctx, id)
	if err != nil || u.State != core.UploadReady {
		return err
	}
	there, err := hasFile(ctx, to, u)
	if err != nil || there {
		return err
	}
	file, err := from.Open(ctx, u.Blob, u.Size)
	if err != nil {
		return err
	}
	return errors.Join(to.Put(ctx, u.Blob, u.Size, file), file.Close())
}

// hasFile tells whether a place has the file of the upload. Files are stored whole or not at
// all, so the first byte shows it.
func hasFile(ctx context.Context, place gallery.Blobs, u core.Upload) (bool, error) {
	file, err := place.Open(ctx, u.Blob, u.Size)
	if err == nil {
		_, err = io.ReadFull(file, make([]byte, min(u.Size, 1)))
		err = errors.Join(err, file.Close())
	}
	if core.KindOf(err) == core.KindNotFound {
		return false, nil
	}
	return err == nil, err
}
