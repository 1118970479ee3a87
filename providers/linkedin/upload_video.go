package linkedin

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// A video goes to LinkedIn in parts, for each of which LinkedIn names an address.
// Every step is saved, so that another process goes on with the next one.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api

// uploadVideo begins the upload of a video, and carries it on.
func (w *preparation) uploadVideo(ctx context.Context, a attachment, asset *core.Asset) error {
	video, err := w.placeForVideo(ctx, a.need, asset)
	if err != nil {
		return err
	}
	up := w.state.Uploads[a.need.Key]
	err = w.update(ctx, func(p *progress) {
		p.setChanges(a.need, asset.Changes)
		up.Video, up.Codec = video, asset.VideoCodec
	})
	if err != nil {
		return err
	}
	return w.fillVideo(ctx, a, up, asset)
}

// continueVideo goes on with an upload that was begun by an earlier attempt.
func (w *preparation) continueVideo(ctx context.Context, a attachment, up *upload) error {
	v := up.Video
	if !v.complete() && !v.ExpiresAt.IsZero() && !w.session.Clock.Now().Before(v.ExpiresAt) {
		return &startOver{videoError(a.field, "LinkedIn waited too long for the video.")}
	}
	if v.partsSent() {
		return w.fillVideo(ctx, a, up, nil)
	}
	asset, err := w.session.Fetch(ctx, a.need)
	if err != nil {
		return err
	}
	if err := w.checkUnchanged(ctx, a, v, asset); err != nil {
		return err
	}
	return w.fillVideo(ctx, a, up, asset)
}

// fillVideo sends what is missing, and tells LinkedIn that all is there. The asset
// may be nil when every part was sent.
func (w *preparation) fillVideo(ctx context.Context, a attachment, up *upload, asset *core.Asset) error {
	if !up.Video.partsSent() {
		if err := w.sendParts(ctx, a.need, up.Video, asset); err != nil {
			return err
		}
		if err := w.renewToken(ctx); err != nil {
			return err
		}
	}
	if err := w.sendThumbnail(ctx, up.Video); err != nil {
		return err
	}
	if err := w.sendCaptions(ctx, up.Video); err != nil {
		return err
	}
	if err := w.finalizeVideo(ctx, a, up.Video); err != nil {
		return err
	}
	var changes []string
	w.change(func(p *progress) { changes = p.Changes[a.need.Key] })
	return w.remember(ctx, a.need, upload{URN: up.Video.URN, Codec: up.Codec}, changes)
}

// renewToken takes the token that the account has now: parts are sent for long, and
// the account may have been linked again since.
func (w *preparation) renewToken(ctx context.Context) error {
	token, err := w.session.Token(ctx)
	if err == nil {
		w.token.set(token)
	}
	return err
}

// placeForVideo asks for a place for the video and for what goes with it.
func (w *preparation) placeForVideo(ctx context.Context, n core.Need, asset *core.Asset) (*videoUpload, error) {
	request := api.VideoRequest{
		Owner: w.author, FileSizeBytes: asset.Size,
		UploadThumbnail: w.companions.thumbnail != nil, UploadCaptions: w.companions.captions != nil,
	}
	place, err := w.provider.api.InitializeVideoUpload(ctx, w.token.get(), request)
	if err != nil {
		return nil, w.videoRefused(n, err)
	}
	video, err := newVideoUpload(n, place, asset.Size)
	if err != nil {
		return nil, err
	}
	addresses := make([]string, 0, len(video.Parts)+2)
	for _, p := range video.Parts {
		addresses = append(addresses, p.URL)
	}
	if request.UploadThumbnail {
		video.ThumbnailURL = place.ThumbnailUploadURL
		addresses = append(addresses, video.ThumbnailURL)
	}
	if request.UploadCaptions {
		video.CaptionsURL = place.CaptionsUploadURL
		addresses = append(addresses, video.CaptionsURL)
	}
	return video, w.provider.checkPlace(n, core.MediaVideo, video.URN, addresses...)
}

// finalizeVideo tells LinkedIn that everything is there. When an earlier attempt may
// have done so already, LinkedIn is asked first.
func (w *preparation) finalizeVideo(ctx context.Context, a attachment, v *videoUpload) error {
	if v.Finalizing {
		if done, err := w.wasFinalized(ctx, v.URN); done || err != nil {
			return err
		}
	} else if err := w.update(ctx, func(*progress) { v.Finalizing = true }); err != nil {
		return err
	}
	ids := make([]string, len(v.Parts))
	for i, p := range v.Parts {
		ids[i] = p.ID
	}
	err := w.provider.api.FinalizeVideoUpload(ctx, w.token.get(), v.URN, v.Token, ids)
	if err == nil {
		return nil
	}
	e := core.AsError(w.videoRefused(a.need, err))
	switch e.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusGone, http.StatusUnprocessableEntity:
		return beginAnew(e, "LinkedIn refused to put the video together", encodeAnew(core.MediaVideo))
	}
	return e
}

// wasFinalized tells whether LinkedIn has begun to work on a video.
func (w *preparation) wasFinalized(ctx context.Context, urn string) (bool, error) {
	video, err := w.provider.api.GetVideo(ctx, w.token.get(), urn)
	switch core.KindOf(err) { //nolint:exhaustive // every other kind is an error
	case "":
		return video.Status != api.MediaWaitingUpload, nil
	case core.KindForbidden, core.KindNotFound: // as a video may be for a moment
		return false, nil
	}
	return false, err
}

// videoRefused names the video that was refused. A page's member may have a role that
// allows posts but not videos.
func (w *preparation) videoRefused(n core.Need, err error) error {
	e := *core.AsError(uploadError(n, err))
	words, ok := errors.AsType[unexplained](e.Err)
	if !ok || accountKind(w.author) != core.AccountOrganization {
		return &e
	}
	e.Message = "LinkedIn refused the video: to publish one on the page, the member needs the role " + videoRoles() + " there" + quote(string(words))
	e.Help = helpWithRole
	return &e
}

// partRefused tells what follows when LinkedIn's answer to a part is a refusal: the
// address is no good any more, and there are new ones for a new video alone.
func partRefused(n core.Need, err error) error {
	e := core.AsError(uploadError(n, err))
	if e.Platform != name {
		return e // the file's source, not LinkedIn
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusGone:
		return beginAnew(e, "LinkedIn refused a part of the video", "Create the post again later, or use another video.")
	}
	return e
}

// beginAnew makes a refusal a reason to upload the video anew. If that does not help
// either, it is what the post fails with, whatever the refusal would mean elsewhere.
func beginAnew(refusal *core.Error, what, help string) error {
	e := *refusal
	e.Kind, e.Code, e.Help, e.RetryAfter = core.KindMedia, core.CodeUpstreamInvalid, help, 0
	e.Message = fmt.Sprintf("%s, with status %d. %s", what, e.Status, refusal.Message)
	return &startOver{&e}
}

func videoError(field, message string) *core.Error {
	return &core.Error{
		Kind: core.KindMedia, Code: core.CodeUpstreamInvalid, Op: "linkedin.prepare", Platform: name,
		Field: field, Message: message,
	}
}
