package linkedin

import (
	"context"

	"github.com/crier-social/crier/core"
)

// uploadImage sends an image.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
func (w *preparation) uploadImage(ctx context.Context, n core.Need, asset *core.Asset) error {
	place, err := w.provider.api.InitializeImageUpload(ctx, w.token, w.author)
	if err != nil {
		return err
	}
	if err := w.provider.checkPlace(n, core.MediaImage, place.Image, place.UploadURL); err != nil {
		return err
	}
	body := whole(asset, w.newMeter(n, asset.Size, 1))
	if err := w.provider.api.PutImage(ctx, w.token, place.UploadURL, asset.MIME, body); err != nil {
		return uploadError(n, err)
	}
	return w.remember(ctx, n, upload{URN: place.Image}, asset.Changes)
}

// uploadDocument sends a document.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/documents-api
func (w *preparation) uploadDocument(ctx context.Context, n core.Need, asset *core.Asset) error {
	place, err := w.provider.api.InitializeDocumentUpload(ctx, w.token, w.author)
	if err != nil {
		return err
	}
	if err := w.provider.checkPlace(n, core.MediaDocument, place.Document, place.UploadURL); err != nil {
		return err
	}
	body := whole(asset, w.newMeter(n, asset.Size, 1))
	if err := w.provider.api.PutDocument(ctx, w.token, place.UploadURL, asset.MIME, body); err != nil {
		return uploadError(n, err)
	}
	return w.remember(ctx, n, upload{URN: place.Document, Name: asset.Name}, asset.Changes)
}
