package main

import (
	"context"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
	"github.com/crier-social/crier/media/gallery/diskblob"
	"github.com/crier-social/crier/media/gallery/s3blob"
)

// openGallery opens the uploads, and has what expires of them removed until Close.
func (a *app) openGallery(ctx context.Context) error {
	blobs, err := a.openBlobs(ctx)
	if err != nil {
		return err
	}
	a.closers = append(a.closers, blobs)
	retention := time.Duration(a.cfg.UploadRetention)
	a.gallery, err = gallery.New(gallery.Config{
		Index: a.store, Blobs: blobs, Clock: a.clock, Log: a.log,
		Quota: int64(a.cfg.UploadQuota), Limit: int64(a.cfg.MaxUpload),
		Retention: retention, LinkRetention: min(retention, gallery.DefaultLinkRetention),
		Turn: func(ctx context.Context) bool { return a.turns.take(ctx, turnUploads, gallery.SweepEvery) },
	})
	if err != nil {
		return fmt.Errorf("opening the uploads: %w", err)
	}
	a.closers = append(a.closers, runInBackground(func(ctx context.Context) {
		defer a.turns.release(ctx, turnUploads)
		a.gallery.Run(ctx)
	}))
	return nil
}

// bucketTimeout bounds how long a start waits for the bucket to answer.
const bucketTimeout = 30 * time.Second

// openBlobs opens the place of the bytes of uploads.
func (a *app) openBlobs(ctx context.Context) (gallery.Blobs, error) {
	if folder, ok := a.cfg.MediaStore.Folder(a.cfg.DataDir); ok {
		blobs, err := diskblob.Open(folder)
		if err != nil {
			return nil, fmt.Errorf("CRIER_MEDIA_STORE: %w\nName a folder that this user may write to", err)
		}
		return blobs, nil
	}
	s3, _ := a.cfg.MediaStore.S3()
	ctx, cancel := context.WithTimeout(ctx, bucketTimeout)
	defer cancel()
	blobs, err := s3blob.New(s3blob.Config{
		Bucket: s3.Bucket, Prefix: s3.Prefix, Endpoint: string(s3.Endpoint), Region: s3.Region, PathStyle: s3.PathStyle,
		AccessKey: a.cfg.S3.AccessKey, SecretKey: a.cfg.S3.SecretKey,
	})
	if err == nil {
		err = blobs.Check(ctx)
	}
	switch {
	case err == nil:
		return blobs, nil
	case core.KindOf(err) == core.KindTemporary:
		// Posts without uploads need no bucket, and must not wait for it.
		a.log.WarnContext(ctx, "uploads cannot be used until the bucket can be reached", "setting", "CRIER_MEDIA_STORE", "error", err)
		return blobs, nil
	}
	return nil, fmt.Errorf("CRIER_MEDIA_STORE: %w\nCheck the setting, and CRIER_S3_ACCESS_KEY with CRIER_S3_SECRET_KEY", err)
}
