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

// movedFiles counts the files of uploads that are ready.
type movedFiles struct {
	found   int // in the new place, now or before
	missing int // from both places
}

// missingShown bounds how many uploads without a file are named.
const missingShown = 10

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
	m.files = movedFiles{}
	for after := ""; ; {
		page, err := s.ReadRecords(ctx, store.UploadRecords, after, filePage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, r := range page {
			after = r.Key
			u, err := s.GetUpload(ctx, r.Key)
			if err == nil && u.State == core.UploadReady {
				err = m.moveFile(ctx, u, from, to)
			}
			if err != nil {
				return fmt.Errorf("copying the upload %s: %w", r.Key, err)
			}
			shown.at(fmt.Sprintf("copying files: %d", m.files.found))
		}
	}
}

// lacking tells of files that are missing, and what can be done.
func (m *migration) lacking() string {
	return fmt.Sprintf("%d of %d uploaded files are neither in CRIER_MEDIA_STORE, which is %s here, nor in %s.\n"+
		"The data is moved nevertheless. If the files are in another place, set CRIER_MEDIA_STORE to that and run this again before the first server starts; "+
		"if they are lost, posts that need them will fail: see GET /history, and upload the files again",
		m.files.missing, m.files.found+m.files.missing, m.from.MediaStore, m.media)
}

func (m *migration) openPlace(ctx context.Context, place config.MediaStore) (gallery.Blobs, error) {
	cfg := m.from
	cfg.MediaStore = place
	return (&app{cfg: cfg, log: m.log}).openBlobs(ctx)
}

// moveFile copies the file of one upload, unless it is there.
func (m *migration) moveFile(ctx context.Context, u core.Upload, from, to gallery.Blobs) error {
	there, err := hasFile(ctx, to, u)
	if err == nil && !there {
		err = copyFile(ctx, u, from, to)
	}
	switch {
	case core.KindOf(err) == core.KindNotFound:
		if m.files.missing++; m.files.missing <= missingShown {
			fmt.Fprintf(m.cli.stderr, "the upload %s has no file in CRIER_MEDIA_STORE\n", u.ID)
		}
		return nil
	case err == nil:
		m.files.found++
	}
	return err
}

func copyFile(ctx context.Context, u core.Upload, from, to gallery.Blobs) error {
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
