package linkedin

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/littletext"
)

const (
	// maxLookupFailures is how often Prepare waits for look-ups that LinkedIn does not
	// answer. Then the post goes out without these mentions rather than not at all.
	maxLookupFailures = 4
	firstLookupWait   = 5 * time.Second // doubled each time: 75 s in all
)

// preparedText is the text of a post with its mentions, as every attempt sends it.
type preparedText struct {
	Commentary string         `json:"commentary,omitempty"` // empty: still to be found out
	Warnings   []core.Warning `json:"warnings,omitempty"`
	Failures   int            `json:"failures,omitempty"` // how often LinkedIn did not answer
}

// checkMentions looks up whom the post mentions, for the preview and to see that the text
// is not too long with their names. That LinkedIn does not answer at this moment keeps no
// post from being tried: Prepare asks again.
func (p *publication) checkMentions(ctx context.Context, s *core.Session) error {
	if !p.words.open() {
		return nil
	}
	r, err := p.provider.resolve(ctx, s, p.words)
	switch {
	case core.KindOf(err) == core.KindRateLimited:
		p.doubtMentions(core.AsError(err))
		return nil
	case err != nil:
		return err
	case r.trouble != nil:
		p.doubtMentions(r.trouble)
		return nil
	}
	if err := p.checkResolved(r.text); err != nil {
		return err
	}
	p.text, p.lookedUp = r.text, &r
	for _, w := range r.warnings {
		s.Warn(w)
	}
	return nil
}

// doubtMentions tells in the preview that it could not be found out whom the post can
// mention. It is no warning of the post's: by its time, it may be known.
func (p *publication) doubtMentions(e *core.Error) {
	p.doubt = append(p.doubt, core.Warning{
		Code: core.CodeMention, Field: textField,
		Message: "It could not be found out yet whom the text can mention: " + sentence(e.Message),
	})
}

// checkResolved checks a text whose mentions are known. That the post has something to
// show, Plan has seen.
func (p *publication) checkResolved(text littletext.Text) error {
	return checkText(text, true).OrNil()
}

// settleText looks up whom the post mentions, once and for all attempts.
func (w *preparation) settleText(ctx context.Context) (core.Progress, error) {
	if !w.words.open() {
		return core.Progress{Ready: true}, nil
	}
	return w.settle(ctx, settling{
		slot:   func(state *progress) *preparedText { return &state.Text },
		lookUp: w.resolution,
		check:  w.checkResolved,
	})
}

// settling is how the mentions of one text are looked up.
type settling struct {
	slot   func(*progress) *preparedText // where the outcome is kept
	lookUp func(context.Context) (resolution, error)
	check  func(littletext.Text) error
}

// settle looks up whom a text mentions, unless an earlier attempt has.
func (w *preparation) settle(ctx context.Context, t settling) (core.Progress, error) {
	if t.slot(w.state).Commentary == "" {
		progress, err := w.settleNow(ctx, t)
		if err != nil || !progress.Ready {
			return progress, err
		}
	}
	for _, warning := range t.slot(w.state).Warnings {
		w.session.Warn(warning)
	}
	return core.Progress{Ready: true}, nil
}

func (w *preparation) settleNow(ctx context.Context, t settling) (core.Progress, error) {
	r, err := t.lookUp(ctx)
	if err != nil {
		return core.Progress{}, err
	}
	if n := t.slot(w.state).Failures; r.trouble != nil && n < maxLookupFailures {
		err := w.update(ctx, func(state *progress) { t.slot(state).Failures++ })
		return core.Progress{After: firstLookupWait << n, Note: "LinkedIn does not answer whom the text mentions"}, err
	}
	if r.incomplete {
		return core.Progress{}, r.trouble
	}
	if err := t.check(r.text); err != nil {
		return core.Progress{}, err
	}
	settled := preparedText{Commentary: r.text.Encode(), Warnings: r.warnings}
	return core.Progress{Ready: true}, w.update(ctx, func(state *progress) { *t.slot(state) = settled })
}

// resolution returns what Preflight found out, or finds it out.
func (w *preparation) resolution(ctx context.Context) (resolution, error) {
	if w.lookedUp != nil {
		return *w.lookedUp, nil
	}
	return w.provider.resolve(ctx, w.session, w.words)
}

// settledText returns the text that is sent, and whether it is known.
func (p *publication) settledText(state *progress) (littletext.Text, bool) {
	if !p.words.open() {
		return p.text, true
	}
	return littletext.Decode(state.Text.Commentary), state.Text.Commentary != ""
}
