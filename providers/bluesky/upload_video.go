package bluesky

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

const opJobStatus = "bluesky.getJobStatus"

const (
	// serviceLife is for how long the video service may speak for the account: it does so once
	// it has worked on the video.
	serviceLife = 30 * time.Minute
	firstPoll   = 2 * time.Second
	lastPoll    = 30 * time.Second
	// videoLimit is how long the service may work on a video.
	videoLimit = 30 * time.Minute
	helpEncode = "Encode the video anew with H.264 and AAC, or use another one: ffmpeg -i in.mp4 -c:v libx264 -pix_fmt yuv420p -c:a aac out.mp4"
	// helpVideoOff is for accounts that the service does not know.
	helpVideoOff = "If it goes on, the service may not know the account's server: CRIER_BLUESKY_VIDEO_URL=off, which the operator sets, sends videos to that server itself."
)

// videoService is the service, with the right to speak for the account in one method at
// another service, aud.
func (p *Provider) videoService(ctx context.Context, server api.Server, aud, method string) (api.Server, error) {
	auth, err := p.api.ServiceAuth(ctx, server, aud, method, p.clock.Now().Add(serviceLife))
	if core.KindOf(err) == core.KindInvalid { // it is not the file that is refused
		e := *core.AsError(err)
		e.Kind, e.Code, e.Help = core.KindForbidden, 0, helpVideoOff
		return api.Server{}, &e
	}
	return api.Server{URL: p.cfg.VideoURL, Auth: auth}, err
}

// serviceDID is what a server is called by others.
// https://atproto.com/specs/did#at-protocol-did-identifier-syntax
func serviceDID(base string) string {
	u, err := url.Parse(base)
	if err != nil {
		return ""
	}
	return "did:web:" + strings.ReplaceAll(u.Host, ":", "%3A")
}

// sendVideo hands a video to the service.
func (w *preparation) sendVideo(ctx context.Context, n core.Need, up *upload, file api.File) (core.Progress, error) {
	server, err := w.server(ctx)
	if err != nil {
		return core.Progress{}, err
	}
	service, err := w.provider.videoService(ctx, server, serviceDID(server.URL), api.MethodUploadBlob)
	if err != nil {
		return core.Progress{}, err
	}
	job, err := w.provider.known.UploadVideo(ctx, service, w.author, n.Key+".mp4", file)
	if err != nil {
		return core.Progress{}, serviceError(err)
	}
	up.SentAt, up.Blob = w.session.Clock.Now(), nil // one that was sent long ago does not count
	return w.learnVideo(ctx, n, up, job)
}

// awaitVideo asks how far the service is.
func (w *preparation) awaitVideo(ctx context.Context, n core.Need, up *upload) (core.Progress, error) {
	job, err := w.provider.known.VideoJobStatus(ctx, api.Server{URL: w.provider.cfg.VideoURL}, up.Job)
	switch kind := core.KindOf(err); {
	case kind == core.KindNotFound, kind == core.KindInvalid: // the service has forgotten the job
		return w.endJob(ctx, up, &core.Error{
			Kind: core.KindTemporary, Op: opJobStatus, Platform: name, Status: core.AsError(err).Status,
			Message: "The video service has lost the video; it is sent again.", Err: err,
		})
	case err != nil:
		return core.Progress{}, serviceError(err)
	}
	return w.learnVideo(ctx, n, up, job)
}

// endJob gives the work of the service on a video up: the next attempt sends the video anew.
func (w *preparation) endJob(ctx context.Context, up *upload, cause *core.Error) (core.Progress, error) {
	up.Job = ""
	if err := w.save(ctx); err != nil {
		return core.Progress{}, err
	}
	return core.Progress{}, cause
}

// serviceError is about a call of the video service. That it does not take a token which the
// account's server has just made says nothing about the account.
func serviceError(err error) error {
	if core.KindOf(err) != core.KindAuth {
		return err
	}
	e := *core.AsError(err)
	e.Kind = core.KindTemporary
	e.Help = helpVideoOff
	return &e
}

// learnVideo brings an upload up to date.
func (w *preparation) learnVideo(ctx context.Context, n core.Need, up *upload, job api.VideoJob) (core.Progress, error) {
	age := w.session.Clock.Now().Sub(up.SentAt)
	switch {
	case job.State == api.VideoFailed:
		return w.endJob(ctx, up, videoFailed(n, job))
	case job.Blob != nil && job.State == api.VideoCompleted:
		return w.remember(up, *job.Blob, 0)
	case job.ID == "":
		return core.Progress{}, &core.Error{
			Kind: core.KindTemporary, Op: "bluesky.uploadVideo", Platform: name, Status: http.StatusOK,
			Message: "The video service did not say what becomes of the video.",
		}
	case age > videoLimit:
		return w.endJob(ctx, up, &core.Error{
			Kind: core.KindTemporary, Op: opJobStatus, Platform: name,
			Message: fmt.Sprintf("The video service has not finished the video within %d minutes.", videoLimit/time.Minute),
		})
	}
	up.Job = job.ID
	w.session.Report(core.Activity{Stage: core.StageProcessing, Item: n.Field, Done: int64(job.Progress), Total: 100})
	return core.Progress{After: min(max(age/4, firstPoll), lastPoll), Note: "Bluesky is processing the video"}, nil
}

func videoFailed(n core.Need, job api.VideoJob) *core.Error {
	return &core.Error{
		Kind: core.KindMedia, Code: core.CodeMediaLimits, Op: opJobStatus, Platform: name, Field: n.Field, Upstream: quotable(job.Error),
		Message: "Bluesky could not process the video" + api.Quoted(cmp.Or(job.Message, job.Error)), Help: helpEncode,
	}
}

// checkVideo looks whether the file is a video that the service takes today, and whether
// what goes with it fits. If it cannot be had, others say so.
func (p *publication) checkVideo(ctx context.Context, s *core.Session) error {
	if len(p.media) != 1 {
		return nil
	}
	need := p.media[0].need
	asset, err := s.Fetch(ctx, need)
	if err != nil || asset.Kind != core.MediaVideo {
		return ctx.Err()
	}
	if err := p.media[0].checkAltText(0, core.MediaVideo).OrNil(); err != nil {
		return err
	}
	if p.provider.cfg.NoVideoService {
		return nil
	}
	return p.provider.checkUploadLimits(ctx, s, need, asset.Size)
}

// checkUploadLimits asks the service what it takes of the account today.
func (p *Provider) checkUploadLimits(ctx context.Context, s *core.Session, need core.Need, size int64) error {
	server, err := p.server(ctx, s)
	if err != nil {
		return err
	}
	service, err := p.videoService(ctx, server, serviceDID(p.cfg.VideoURL), api.MethodGetUploadLimits)
	if err != nil {
		return err
	}
	limits, err := p.known.GetUploadLimits(ctx, service)
	switch {
	case err != nil:
		return serviceError(err)
	case !limits.CanUpload:
		text := quotable(cmp.Or(limits.Message, limits.Error, "it takes none of this account now"))
		return &core.Error{
			Kind: core.KindForbidden, Op: "bluesky.getUploadLimits", Platform: name, Field: need.Field, Upstream: quotable(limits.Error),
			Message: "Bluesky takes no video of the account: " + sentence(text),
			Help:    "A new account can send videos once its mail address is confirmed; otherwise try again tomorrow.",
		}
	case limits.RemainingBytes != nil && *limits.RemainingBytes < size, limits.RemainingVideos != nil && *limits.RemainingVideos < 1:
		s.Warn(core.Warning{Field: need.Field, Message: "The video service takes no more of the account today; a post with a video may have to wait until tomorrow."})
	}
	return nil
}
