package linkedin

import (
	"context"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	// graceWait is how long an image is given whose state the token may not read.
	graceWait = 5 * time.Second
	firstPoll = time.Second
	lastPoll  = 15 * time.Second
	// processingLimit is how long LinkedIn may work on an image, which usually is
	// usable at once.
	processingLimit = 15 * time.Minute
	// maxProcessingFailures is how often an image may fail on LinkedIn's side: it
	// is uploaded once more, in case it was damaged on the way.
	maxProcessingFailures = 2
)

// Prepare uploads the images and waits until LinkedIn can show them.
func (p *publication) Prepare(ctx context.Context, s *core.Session) (core.Progress, error) {
	for _, w := range p.warnings {
		s.Warn(w)
	}
	if len(p.Needs()) == 0 {
		return core.Progress{Ready: true}, nil
	}
	token, err := s.Token(ctx)
	if err != nil {
		return core.Progress{}, err
	}
	state, err := p.loadProgress(s.Checkpoint)
	if err != nil {
		return core.Progress{}, err
	}
	w := &preparation{publication: p, session: s, token: token, state: state}
	return w.run(ctx)
}

// preparation is one call of Prepare.
type preparation struct {
	*publication
	session *core.Session
	token   core.Secret
	state   *progress
	saving  saver
}

// run uploads what is missing and looks at what was uploaded, until it has to
// wait. It ends: every image may fail a limited number of times.
func (w *preparation) run(ctx context.Context) (core.Progress, error) {
	for {
		err := w.uploadMissing(ctx)
		w.warnOfChanges()
		if err != nil {
			return core.Progress{}, err
		}
		wait, failed, err := w.awaitImages(ctx)
		switch {
		case err != nil:
			return core.Progress{}, err
		case failed:
			continue
		case wait > 0:
			return core.Progress{After: wait, Note: "LinkedIn is processing the images"}, nil
		}
		return core.Progress{Ready: true}, nil
	}
}

// warnOfChanges tells the author how the images differ from the files.
func (w *preparation) warnOfChanges() {
	for _, n := range w.Needs() {
		for _, change := range w.state.Changes[n.Key] {
			w.session.Warn(core.Warning{Field: n.Field, Message: "The image was changed to fit: " + change})
		}
	}
}

// awaitImages looks at every image that is not known to be ready. It returns how
// long to wait before looking again (0: all are ready), and whether an image has
// to be uploaded once more.
func (w *preparation) awaitImages(ctx context.Context) (wait time.Duration, failed bool, err error) {
	changed := false
	for _, n := range w.Needs() {
		up := w.state.Uploads[n.Key]
		if up.Ready {
			continue
		}
		before := *up
		again, err := w.look(ctx, n, up)
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
		w.session.Report(core.Activity{Stage: core.StageProcessing})
	}
	if changed {
		err = w.session.Checkpoint.Save(ctx, w.state)
	}
	return wait, failed, err
}

// look brings the entry of one uploaded image up to date, and returns when to
// look again if it is not ready.
func (w *preparation) look(ctx context.Context, n core.Need, up *upload) (again time.Duration, err error) {
	age := w.session.Clock.Now().Sub(up.UploadedAt)
	if up.Hidden && accountKind(w.author) == core.AccountPerson {
		return w.grace(up, age), nil
	}
	img, err := w.provider.api.GetImage(ctx, w.token, up.URN)
	switch core.KindOf(err) {
	case "":
	case core.KindForbidden, core.KindNotFound:
		// Tokens that can only post may not look; a page's may be refused for a
		// moment after the upload.
		up.Hidden = true
		return w.grace(up, age), nil
	default:
		return 0, err
	}
	switch img.Status {
	case api.ImageAvailable:
		up.Ready = true
		return 0, nil
	case api.ImageProcessingFailed:
		return 0, processingFailed(n, up)
	}
	if age > processingLimit {
		return 0, mediaError(n.Field, fmt.Sprintf("LinkedIn has not finished processing the image within %s.", processingLimit))
	}
	return pollAfter(age), nil
}

// grace waits a while and then trusts that the image is ready; if it is not,
// LinkedIn refuses the post, and it is tried again.
func (w *preparation) grace(up *upload, age time.Duration) time.Duration {
	if age < graceWait {
		return graceWait - max(age, 0)
	}
	up.Ready = true
	return 0
}

// processingFailed has the image uploaded once more, and then gives up.
func processingFailed(n core.Need, up *upload) error {
	failures := up.Failures + 1
	if failures >= maxProcessingFailures {
		return mediaError(n.Field, "LinkedIn could not process the image.")
	}
	*up = upload{Failures: failures}
	return nil
}

// pollAfter grows with the time that has passed.
func pollAfter(age time.Duration) time.Duration {
	return min(max(age/2, firstPoll), lastPoll)
}

func mediaError(field, message string) *core.Error {
	return &core.Error{
		Kind: core.KindMedia, Code: core.CodeMediaLimits, Op: "linkedin.prepare", Platform: name,
		Field: field, Message: message,
		Help: "Open the file and save it anew as JPEG or PNG, or use another one.",
	}
}
