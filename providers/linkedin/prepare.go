package linkedin

import (
	"context"
	"sync"

	"github.com/crier-social/crier/core"
)

// Prepare finds out what the request needs, uploads the files and waits until LinkedIn
// can show them.
func (p *publication) Prepare(ctx context.Context, s *core.Session) (core.Progress, error) {
	for _, w := range p.warnings {
		s.Warn(w)
	}
	if !p.hasWork() {
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
	w := &preparation{publication: p, session: s, token: &currentToken{value: token}, keeper: &keeper{session: s, state: state}}
	return w.run(ctx)
}

// hasWork tells whether there is anything to prepare.
func (p *publication) hasWork() bool {
	return len(p.Needs()) > 0 || p.words.open() || p.openComment() || p.targeting.asks() ||
		p.card.asksPage() || (p.repost != nil && p.repost.urn == "")
}

// preparation is one call of Prepare.
type preparation struct {
	*publication
	*keeper

	session *core.Session
	token   *currentToken
}

// currentToken is the account's token. Uploads run at the same time, and one that takes
// long renews it.
type currentToken struct {
	mu    sync.Mutex
	value core.Secret
}

func (t *currentToken) get() core.Secret {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.value
}

func (t *currentToken) set(token core.Secret) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.value = token
}

// run takes one step after the other, until one has to wait.
func (w *preparation) run(ctx context.Context) (core.Progress, error) {
	for _, step := range []func(context.Context) (core.Progress, error){
		w.settleText,
		w.settleTargeting,
		w.learnParent,
		w.learnPage,
		w.settleComment,
		w.placeFiles,
		w.placePicture,
	} {
		progress, err := step(ctx)
		if err != nil {
			return core.Progress{}, w.provider.explain(ctx, w.session.Account, w.author, w.token.get(), err)
		}
		if !progress.Ready {
			return progress, nil
		}
	}
	return core.Progress{Ready: true}, nil
}

// placeFiles uploads what is missing and looks at what was uploaded, until it has to
// wait. It ends: every file may fail a limited number of times.
func (w *preparation) placeFiles(ctx context.Context) (core.Progress, error) {
	for {
		err := w.uploadMissing(ctx)
		w.warnOfFiles()
		if err != nil {
			return core.Progress{}, err
		}
		wait, failed, err := w.awaitProcessing(ctx)
		switch {
		case err != nil:
			return core.Progress{}, err
		case failed:
			continue
		case wait > 0:
			return core.Progress{After: wait, Note: "LinkedIn is processing the media"}, nil
		}
		return core.Progress{Ready: true}, nil
	}
}

// warnOfFiles tells the author what he may not expect of the files that are on
// LinkedIn, or on their way there.
func (w *preparation) warnOfFiles() {
	for _, a := range w.uploads() {
		if a.urn == "" {
			w.warnOfChanges(a.need, w.state.Uploads[a.need.Key].kind())
		}
	}
	for _, a := range w.attachments() {
		if a.urn == "" {
			w.warnOfKind(a, w.state.Uploads[a.need.Key])
		}
	}
}

// warnOfChanges tells how a file differs from the author's.
func (w *preparation) warnOfChanges(n core.Need, kind core.MediaKind) {
	for _, change := range w.state.Changes[n.Key] {
		w.session.Warn(core.Warning{Code: core.CodeMediaLimits, Field: n.Field, Message: "The " + string(kind) + " was changed to fit: " + change})
	}
}

// warnOfKind tells what does not go with a file of the kind that it turned out to be.
func (w *preparation) warnOfKind(a attachment, up *upload) {
	kind := up.kind()
	if kind == "" {
		return
	}
	if warning, ok := a.altTextWarning(kind); ok {
		w.session.Warn(warning)
	}
	if kind == core.MediaVideo {
		w.warnOfVideo(a, up)
		return
	}
	for _, n := range w.companions.needs() {
		w.session.Warn(core.Warning{Code: core.CodeParameters, Field: n.Field, Message: n.Field + " goes with a video; the file is none, so it is left out."})
	}
}

func (w *preparation) warnOfVideo(a attachment, up *upload) {
	if w.companions.thumbnail != nil {
		w.warnOfChanges(*w.companions.thumbnail, "thumbnail")
	}
	if recommendedCodec(up.Codec) {
		return
	}
	w.session.Warn(core.Warning{
		Field:   a.field,
		Message: "The video is encoded as " + up.Codec + "; LinkedIn recommends H.264, and may fail to process it.",
	})
}

// recommendedCodec tells whether a video is encoded as LinkedIn recommends, or
// nobody knows how.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api
func recommendedCodec(codec string) bool { return codec == "" || codec == "avc1" || codec == "avc3" }

// kind tells what an upload turned out to be, "" while nothing of it is sent.
func (u *upload) kind() core.MediaKind {
	if u.Video != nil {
		return core.MediaVideo
	}
	return kindOf(u.URN)
}
