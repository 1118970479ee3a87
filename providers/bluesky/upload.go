package bluesky

import (
	"context"
	"errors"
	"io"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// placeFiles uploads every file that is not on the account's server, one after the other,
// and remembers each as soon as it is there.
func (w *preparation) placeFiles(ctx context.Context) (core.Progress, error) {
	for _, a := range w.media {
		progress, err := w.place(ctx, a.need, w.sendMedia)
		if err != nil || !progress.Ready {
			return progress, err
		}
	}
	if w.isVideo() {
		if err := w.checkVideoText(); err != nil {
			return core.Progress{}, err
		}
		for _, c := range w.captions {
			if progress, err := w.place(ctx, c.need, w.sendCaptions); err != nil || !progress.Ready {
				return progress, err
			}
		}
	} else {
		w.warnOfCaptions()
	}
	if w.exhibit.card != nil && w.exhibit.card.thumbnail != nil {
		return w.place(ctx, *w.exhibit.card.thumbnail, w.sendMedia)
	}
	return core.Progress{Ready: true}, nil
}

// isVideo tells whether the file of the post turned out to be a video.
func (w *preparation) isVideo() bool {
	if len(w.media) != 1 {
		return false
	}
	up := w.state.Uploads[w.media[0].need.Key]
	return up != nil && up.Kind == core.MediaVideo
}

func (w *preparation) warnOfCaptions() {
	for _, c := range w.captions {
		w.session.Warn(c.leftOut())
	}
}

// checkVideoText holds the description against the limit of videos, which is lower than
// that of images.
func (w *preparation) checkVideoText() error {
	return w.media[0].checkAltText(0, core.MediaVideo).OrNil()
}

// place brings one file to the account's server, if it is not there.
func (w *preparation) place(ctx context.Context, n core.Need, send func(context.Context, core.Need, *upload) (core.Progress, error)) (core.Progress, error) {
	up := w.state.Uploads[n.Key]
	if up == nil {
		up = &upload{}
		w.state.Uploads[n.Key] = up
	}
	if w.there(up) {
		w.warnOfChanges(n, up.Kind)
		return core.Progress{Ready: true}, nil
	}
	if _, err := w.server(ctx); err != nil { // of the account, not of the file
		return core.Progress{}, err
	}
	progress, err := send(ctx, n, up)
	if err != nil && w.keeps(ctx, up) {
		return core.Progress{Ready: true}, nil
	}
	if err != nil {
		return core.Progress{}, uploadError(n, err)
	}
	if err := w.save(ctx); err != nil {
		return core.Progress{}, err
	}
	if progress.Ready {
		w.warnOfChanges(n, up.Kind)
	}
	return progress, nil
}

// there tells whether the server surely has a file, as far as is known.
func (w *preparation) there(up *upload) bool {
	return up.usable(w.session.Clock.Now()) && !w.provider.isLost(w.author, up)
}

// keeps tells whether a file that could not be sent anew is named as it was sent before: the
// server need not keep it for so long, and says so when the post is published if it did not. The
// place where the file came from may be gone for good.
func (w *preparation) keeps(ctx context.Context, up *upload) bool {
	return ctx.Err() == nil && up.Blob != nil && !w.provider.isLost(w.author, up)
}

// sendMedia sends an image, or begins with a video.
func (w *preparation) sendMedia(ctx context.Context, n core.Need, up *upload) (core.Progress, error) {
	if up.Job != "" {
		return w.awaitVideo(ctx, n, up)
	}
	w.session.Report(core.Activity{Stage: core.StageDownload, Item: n.Field})
	asset, err := w.session.Fetch(ctx, n)
	if err != nil {
		return core.Progress{}, err
	}
	w.state.Changes[n.Key] = asset.Changes
	up.Kind, up.Width, up.Height = asset.Kind, asset.Width, asset.Height
	file := api.File{MIME: asset.MIME, Size: asset.Size, Open: w.metered(n, asset)}
	// The service may know a video as done and not bring it again, be it that the server has
	// dropped it or that the account has moved to another: Crier brings it then.
	if asset.Kind == core.MediaVideo && !w.provider.cfg.NoVideoService && !w.provider.isLost(w.author, up) {
		return w.sendVideo(ctx, n, up, file)
	}
	return w.sendBlob(ctx, up, file)
}

// sendBlob sends a file whole.
func (w *preparation) sendBlob(ctx context.Context, up *upload, file api.File) (core.Progress, error) {
	server, err := w.server(ctx)
	if err != nil {
		return core.Progress{}, err
	}
	blob, err := w.provider.api.UploadBlob(ctx, server, file)
	if err != nil {
		return core.Progress{}, err
	}
	return w.remember(up, blob, file.Size)
}

// maxMIMEType is how many bytes a type of file has at the most.
// https://www.rfc-editor.org/rfc/rfc6838#section-4.2
const maxMIMEType = 127 + len("/") + 127

// remember notes that a file is on the server. An answer that does not name it whole is
// none of the server's.
func (w *preparation) remember(up *upload, blob api.Blob, size int64) (core.Progress, error) {
	_, err := syntax.ParseCID(blob.Ref.CID)
	if err != nil || blob.MIMEType == "" || len(blob.MIMEType) > maxMIMEType || size > 0 && blob.Size != size {
		return core.Progress{}, &core.Error{
			Kind: core.KindTemporary, Op: "bluesky.uploadBlob", Platform: name,
			Message: "The account's server did not name the file as it was sent; it is sent again.",
		}
	}
	blob.Type = "blob"
	w.provider.lost.Delete(lostKey(w.author, blob))
	up.Blob, up.SentAt, up.Job = &blob, w.session.Clock.Now(), ""
	return core.Progress{Ready: true}, nil
}

// metered opens a file so that it is told how much of it was read.
func (w *preparation) metered(n core.Need, asset *core.Asset) func(context.Context) (io.ReadCloser, error) {
	return func(ctx context.Context) (io.ReadCloser, error) {
		r, err := asset.Open(ctx)
		if err != nil {
			return nil, err
		}
		return &meter{ReadCloser: r, report: func(done int64) {
			w.session.Report(core.Activity{Stage: core.StageUpload, Item: n.Field, Done: done, Total: asset.Size})
		}}, nil
	}
}

// reportStep is how many bytes pass between two reports.
const reportStep = 256 << 10

// meter tells how much was read.
type meter struct {
	io.ReadCloser

	done, reported int64
	report         func(done int64)
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.ReadCloser.Read(p)
	m.done += int64(n)
	if m.done-m.reported >= reportStep || errors.Is(err, io.EOF) && m.done > m.reported {
		m.reported = m.done
		m.report(m.done)
	}
	return n, err
}

// warnOfChanges tells how a file differs from the author's.
func (w *preparation) warnOfChanges(n core.Need, kind core.MediaKind) {
	for _, warning := range changeWarnings(n, kind, w.state.Changes[n.Key]) {
		w.session.Warn(warning)
	}
}

func changeWarnings(n core.Need, kind core.MediaKind, changes []string) []core.Warning {
	var out []core.Warning
	for _, change := range changes {
		out = append(out, core.Warning{Code: core.CodeMediaLimits, Field: n.Field, Message: "The " + changed(kind) + " changed to fit: " + change})
	}
	return out
}

// changed begins to say that a file is another.
func changed(kind core.MediaKind) string {
	if kind == core.MediaCaptions {
		return "captions were"
	}
	return string(kind) + " was"
}

// uploadError names the file that was refused. That the time for it ended, that the account has
// no session any more or has no call left says nothing about the file.
func uploadError(n core.Need, err error) error {
	if _, own := errors.AsType[*core.Error](err); !own && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)) {
		return err
	}
	e := *core.AsError(err)
	if e.Kind == core.KindAuth || e.Kind == core.KindRateLimited {
		return err
	}
	if e.Kind == core.KindInvalid {
		e.Kind, e.Code = core.KindMedia, core.CodeUpstreamInvalid
	}
	if e.Field == "" {
		e.Field = n.Field
	}
	return &e
}
