package linkedin

import (
	"context"
	"net/http"

	"github.com/crier-social/crier/core"
)

// sendThumbnail sends the picture that the video shows before it plays, if it is
// wanted and LinkedIn does not have it.
func (w *preparation) sendThumbnail(ctx context.Context, v *videoUpload) error {
	n := w.companions.thumbnail
	if n == nil || v.ThumbnailURL == "" {
		return nil
	}
	asset, err := w.session.Fetch(ctx, *n)
	if err != nil {
		return err
	}
	body := whole(asset, w.newMeter(*n, asset.Size, 1))
	if err := w.provider.api.PutVideoThumbnail(ctx, v.ThumbnailURL, body); err != nil {
		return companionRefused(*n, err)
	}
	return w.update(ctx, func(p *progress) {
		p.setChanges(*n, asset.Changes)
		v.ThumbnailURL = ""
	})
}

// sendCaptions sends the video's captions, if they are wanted and LinkedIn does not
// have them.
func (w *preparation) sendCaptions(ctx context.Context, v *videoUpload) error {
	n := w.companions.captions
	if n == nil || v.CaptionsURL == "" {
		return nil
	}
	asset, err := w.session.Fetch(ctx, *n)
	if err != nil {
		return err
	}
	body := whole(asset, w.newMeter(*n, asset.Size, 1))
	if err := w.provider.api.PostVideoCaptions(ctx, w.token.get(), v.CaptionsURL, body); err != nil {
		return w.captionsRefused(*n, err)
	}
	return w.update(ctx, func(*progress) { v.CaptionsURL = "" })
}

// captionsRefused tells apart what is wrong with the token, which goes with captions
// alone, from what is wrong with the address or the file.
func (w *preparation) captionsRefused(n core.Need, err error) error {
	switch core.KindOf(err) { //nolint:exhaustive // the other kinds are not about the token
	case core.KindAuth, core.KindForbidden:
		return w.videoRefused(n, err)
	}
	return companionRefused(n, err)
}

// codeExpiredURL is LinkedIn's code for an address that is no longer good.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
const codeExpiredURL = "EXPIRED_UPLOAD_URL"

// companionRefused tells what follows when a thumbnail or captions are refused: an
// address that is no good any more wants a new video, a file another file.
func companionRefused(n core.Need, err error) error {
	e := core.AsError(uploadError(n, err))
	if e.Platform != name {
		return e // the file's source, not LinkedIn
	}
	switch {
	case e.Status == http.StatusUnauthorized, e.Status == http.StatusForbidden,
		e.Status == http.StatusNotFound, e.Status == http.StatusGone, e.Upstream == codeExpiredURL:
		return beginAnew(e, "LinkedIn refused what goes with the video", "Create the post again later, or leave out "+n.Field+".")
	}
	return e
}
