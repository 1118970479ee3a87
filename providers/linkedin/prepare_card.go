package linkedin

import (
	"context"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/linkcard"
)

// askPage reads the page of a card early, and its picture, so that a preview can show the
// card. That they cannot be had is no problem of the post.
func (p *publication) askPage(ctx context.Context, s *core.Session) error {
	if !p.card.asksPage() {
		return nil
	}
	answer, err := linkcard.Read(ctx, s, title, p.card.source, linkcard.Timeout)
	if err != nil {
		return err
	}
	found := &linkcard.Progress{}
	found.Conclude(answer)
	if need, ok := p.card.picture(found); ok {
		began := s.Clock.Now()
		_, err := linkcard.Fetch(ctx, s, need, linkcard.Timeout-answer.Took)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			answer.NoPicture = core.AsError(err).Message
		}
		answer.Took += s.Clock.Now().Sub(began)
	}
	p.asked = &answer
	return nil
}

// learnPage finds out what the page of the card says, once: later attempts send what
// this one has found.
func (w *preparation) learnPage(ctx context.Context) (core.Progress, error) {
	if !w.card.asksPage() {
		return core.Progress{Ready: true}, nil
	}
	if !w.state.Card.Known() {
		answer, err := w.answer(ctx)
		if err != nil {
			return core.Progress{}, err
		}
		if err := w.update(ctx, func(p *progress) { p.learn(answer) }); err != nil {
			return core.Progress{}, err
		}
	}
	if !w.state.Card.Known() {
		return core.Progress{After: linkcard.RetryWait, Note: "the linked page does not answer; it is asked once more"}, nil
	}
	return core.Progress{Ready: true}, nil
}

func (p *progress) learn(a linkcard.Answer) {
	if p.Card == nil {
		p.Card = &linkcard.Progress{}
	}
	p.Card.Learn(a)
}

// answer reads the page, unless Preflight has just done so.
func (w *preparation) answer(ctx context.Context) (linkcard.Answer, error) {
	if asked := w.asked; asked != nil {
		w.asked = nil
		return *asked, nil
	}
	return linkcard.Read(ctx, w.session, title, w.card.source, w.state.Card.Left())
}

// placePicture brings the picture that the page names to LinkedIn. Whatever is wrong
// with it, the card goes without.
func (w *preparation) placePicture(ctx context.Context) (core.Progress, error) {
	if w.card == nil {
		return core.Progress{Ready: true}, nil
	}
	progress, err := w.tryPicture(ctx)
	if err == nil && progress.Ready && w.state.Card.Known() {
		if warning, ok := w.card.warning(w.state.Card); ok {
			w.session.Warn(warning)
		}
	}
	return progress, err
}

func (w *preparation) tryPicture(ctx context.Context) (core.Progress, error) {
	need, wanted := w.card.picture(w.state.Card)
	for wanted && w.state.Card.NoPicture == "" {
		up := w.pictureUpload()
		if up.Ready {
			break
		}
		if up.URN == "" {
			if err := w.sendPicture(ctx, need); err != nil {
				return w.withoutPicture(ctx, err)
			}
		}
		wait, err := w.look(ctx, need, up)
		if err == nil && wait > 0 && w.session.Clock.Now().Sub(up.UploadedAt) > pictureProcessing {
			err = slowPicture()
		}
		if err != nil {
			return w.withoutPicture(ctx, err)
		}
		if err := w.save(ctx); err != nil {
			return core.Progress{}, err
		}
		if wait > 0 {
			return core.Progress{After: wait, Note: "LinkedIn is processing the picture of the link"}, nil
		}
	}
	return core.Progress{Ready: true}, nil
}

func slowPicture() *core.Error {
	return &core.Error{
		Kind:    core.KindTemporary,
		Message: fmt.Sprintf("LinkedIn has not finished processing it within %d seconds.", pictureProcessing/time.Second),
	}
}

func (w *preparation) pictureUpload() *upload {
	if w.state.Uploads[pictureKey] == nil {
		w.change(func(p *progress) { p.Uploads[pictureKey] = &upload{} })
	}
	return w.state.Uploads[pictureKey]
}

func (w *preparation) sendPicture(ctx context.Context, need core.Need) error {
	asset, err := linkcard.Fetch(ctx, w.session, need, w.state.Card.Left())
	if err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, pictureTimeout)
	defer cancel()
	return w.uploadWhole(limited, need, asset)
}

// withoutPicture gives the picture up. A token that is no good any more is no matter of
// the picture.
func (w *preparation) withoutPicture(ctx context.Context, cause error) (core.Progress, error) {
	if ctx.Err() != nil {
		return core.Progress{}, ctx.Err()
	}
	if core.KindOf(cause) == core.KindAuth {
		return core.Progress{}, cause
	}
	err := w.update(ctx, func(p *progress) {
		p.Card.NoPicture = core.AsError(cause).Message
		delete(p.Uploads, pictureKey)
	})
	return core.Progress{Ready: err == nil}, err
}
