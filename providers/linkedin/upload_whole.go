package linkedin

import (
	"context"
	"errors"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// fileKind is LinkedIn's name of a kind of file that is sent whole.
func fileKind(kind core.MediaKind) api.FileKind {
	if kind == core.MediaDocument {
		return api.Document
	}
	return api.Image
}

// uploadWhole sends an image or a document.
func (w *preparation) uploadWhole(ctx context.Context, n core.Need, asset *core.Asset) error {
	kind := fileKind(asset.Kind)
	place, err := w.provider.api.InitializeUpload(ctx, w.token.get(), kind, w.author)
	if err != nil {
		return err
	}
	if err := w.provider.checkPlace(n, asset.Kind, place.URN, place.UploadURL); err != nil {
		return err
	}
	body := whole(asset, w.newMeter(n, asset.Size, 1))
	if err := w.provider.api.PutFile(ctx, w.token.get(), kind, place.UploadURL, asset.MIME, body); err != nil {
		refused := uploadError(n, err)
		if e, ok := errors.AsType[*core.Error](refused); ok && e.Upstream == codeAddressEnded {
			return &startOver{e} // it is the address that LinkedIn refuses, not the file
		}
		return refused
	}
	return w.remember(ctx, n, upload{URN: place.URN, Name: asset.Name}, asset.Changes)
}
