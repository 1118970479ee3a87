package linkedin

import (
	"context"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	firstImagePoll = time.Second
	firstPoll      = 2 * time.Second
	lastPoll       = 15 * time.Second
	// imageGrace and documentGrace are how long a file is given whose state the token
	// may not read.
	imageGrace    = 5 * time.Second
	documentGrace = 15 * time.Second
	// processingLimit is how long LinkedIn may work on a file before that counts as
	// trouble.
	processingLimit = 15 * time.Minute
	// maxProcessingFailures is how often a file may fail on LinkedIn's side: it is
	// uploaded once more, in case it was damaged on the way.
	maxProcessingFailures = 2
	// maxRefusedLooks is how often in a row a look at a video may be refused. Whoever
	// may upload one may read it, but not always at once.
	maxRefusedLooks = 5
)

// awaitProcessing looks at every upload that is not known to be ready. It returns
// how long to wait before looking again (0: all are ready), and whether a file has
// to be uploaded once more.
func (w *preparation) awaitProcessing(ctx context.Context) (wait time.Duration, failed bool, err error) {
	changed := false
	for _, a := range w.uploads() {
		up := w.state.Uploads[a.need.Key]
		if a.urn != "" || up.Ready {
			continue
		}
		before := *up
		again, err := w.look(ctx, a.need, up)
		if err != nil {
			return 0, false, err
		}
		changed = changed || *up != before
		failed = failed || up.URN == ""
		if again > 0 && (wait == 0 || again < wait) {
			wait = again
		}
	}
	if wait > 0 && !failed {
		w.report(core.Activity{Stage: core.StageProcessing})
	}
	if changed {
		err = w.save(ctx)
	}
	return wait, failed, err
}

// look brings the entry of one uploaded file up to date, and returns when to look
// again if it is not ready.
func (w *preparation) look(ctx context.Context, n core.Need, up *upload) (again time.Duration, err error) {
	kind, age := up.kind(), w.session.Clock.Now().Sub(up.UploadedAt)
	if up.Hidden && accountKind(w.author) == core.AccountPerson {
		return w.grace(up, age), nil
	}
	status, reason, err := w.status(ctx, up.URN)
	switch core.KindOf(err) {
	case "":
		up.Refused = 0
	case core.KindForbidden, core.KindNotFound:
		return w.refusedLook(up, age), nil
	default:
		return 0, err
	}
	switch status {
	case api.MediaAvailable:
		up.Ready = true
		return 0, nil
	case api.MediaProcessingFailed:
		return 0, processingFailed(n, up, reason)
	}
	if age > processingLimit {
		return 0, tooSlow(n, kind)
	}
	return pollAfter(kind, age), nil
}

// status asks how far LinkedIn is with a file, and why it failed if it did.
func (w *preparation) status(ctx context.Context, urn string) (status, reason string, err error) {
	kind := kindOf(urn)
	if kind == core.MediaVideo {
		video, err := w.provider.api.GetVideo(ctx, w.token.get(), urn)
		return video.Status, video.ProcessingFailureReason, err
	}
	file, err := w.provider.api.GetFile(ctx, w.token.get(), fileKind(kind), urn)
	return file.Status, "", err
}

// refusedLook goes on without an answer. Tokens that can only post may not look at
// images and documents, a page's may be refused for a moment after the upload, and a
// video may be for longer.
func (w *preparation) refusedLook(up *upload, age time.Duration) time.Duration {
	kind := up.kind()
	if kind != core.MediaVideo {
		up.Hidden = true
		return w.grace(up, age)
	}
	if up.Refused++; up.Refused < maxRefusedLooks {
		return pollAfter(kind, age)
	}
	up.Ready = true
	return 0
}

// grace waits a while and then trusts that the file is ready; if it is not,
// LinkedIn refuses the post, and it is tried again.
func (w *preparation) grace(up *upload, age time.Duration) time.Duration {
	patience := imageGrace
	if up.kind() == core.MediaDocument {
		patience = documentGrace
	}
	if age < patience {
		return patience - max(age, 0)
	}
	up.Ready = true
	return 0
}

// processingFailed has the file uploaded once more, and then gives up.
func processingFailed(n core.Need, up *upload, reason string) error {
	kind, failures := up.kind(), up.Failures+1
	if failures >= maxProcessingFailures {
		return mediaError(n.Field, kind, "LinkedIn could not process the "+string(kind)+quote(quotable(reason)))
	}
	*up = upload{Failures: failures, Restarts: up.Restarts}
	return nil
}

// tooSlow is the error of a file that LinkedIn works on for long. That proves nothing
// against the file: the work may still come to its end.
func tooSlow(n core.Need, kind core.MediaKind) error {
	return &core.Error{
		Kind: core.KindTemporary, Op: "linkedin.prepare", Platform: name, Field: n.Field,
		Message: fmt.Sprintf("LinkedIn has not finished processing the %s within %d minutes.", kind, processingLimit/time.Minute),
	}
}

// pollAfter grows with the time that has passed.
func pollAfter(kind core.MediaKind, age time.Duration) time.Duration {
	first := firstPoll
	if kind == core.MediaImage { // which usually is usable at once
		first = firstImagePoll
	}
	return min(max(age/2, first), lastPoll)
}

func mediaError(field string, kind core.MediaKind, message string) *core.Error {
	return &core.Error{
		Kind: core.KindMedia, Code: core.CodeMediaLimits, Op: "linkedin.prepare", Platform: name,
		Field: field, Message: message, Help: encodeAnew(kind),
	}
}

// encodeAnew is the way out for a file that LinkedIn cannot process.
func encodeAnew(kind core.MediaKind) string {
	switch kind {
	case core.MediaVideo:
		return "Encode the video anew with H.264 and AAC, or use another one: ffmpeg -i in.mp4 -c:v libx264 -pix_fmt yuv420p -c:a aac out.mp4"
	case core.MediaDocument:
		return "Open the document and save it anew as PDF, or use another one."
	case core.MediaImage, core.MediaCaptions:
	}
	return "Open the file and save it anew as JPEG or PNG, or use another one."
}
