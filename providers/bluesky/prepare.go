package bluesky

import (
	"context"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// Prepare finds out what the record needs, uploads the files and, once the post is due,
// chooses its key.
func (p *publication) Prepare(ctx context.Context, s *core.Session) (core.Progress, error) {
	for _, w := range p.warnings {
		s.Warn(w)
	}
	state, err := loadProgress(s.Checkpoint)
	if err != nil {
		return core.Progress{}, err
	}
	w := &preparation{publication: p, session: s, state: state, learned: map[string]bool{}}
	for _, step := range []func(context.Context) (core.Progress, error){
		w.settleText,
		w.findTargets,
		w.learnPage,
		w.placeFiles,
		w.placePicture,
		w.confirmTargets,
		w.chooseKey,
		w.prepareComment,
	} {
		progress, err := step(ctx)
		if err != nil || !progress.Ready {
			return progress, err
		}
	}
	return core.Progress{Ready: true}, nil
}

// preparation is one call of Prepare.
type preparation struct {
	*publication

	session *core.Session
	state   *progress
	learned map[string]bool // the options whose posts this call has read
	// at is the account's server, once it was needed.
	at *api.Server
}

func (w *preparation) save(ctx context.Context) error { return w.session.Checkpoint.Save(ctx, w.state) }

// server returns the account's server.
func (w *preparation) server(ctx context.Context) (api.Server, error) {
	if w.at == nil {
		server, err := w.provider.server(ctx, w.session)
		if err != nil {
			return api.Server{}, err
		}
		w.at = &server
	}
	return *w.at, nil
}

// chooseKey chooses the key of the record, and the time that it shows, when the post is due:
// readers see posts in the order of these. A post that is put off after that, of which nothing
// was sent then, gets others: no other time is before the one at which it is due.
func (w *preparation) chooseKey(ctx context.Context) (core.Progress, error) {
	if w.keyChosen() || w.session.Ahead() {
		return core.Progress{Ready: true}, nil
	}
	if used, err := w.keyUsed(ctx); err != nil || used {
		return core.Progress{Ready: used}, err
	}
	now := w.session.Clock.Now()
	if now.Before(w.notBefore) {
		now = w.notBefore
	}
	names := w.provider.recordNames(now, 1+len(w.state.Text.More))
	w.state.RKey, w.state.CreatedAt, w.state.Thread = names[0].RKey, names[0].CreatedAt, names[1:]
	err := w.save(ctx)
	return core.Progress{Ready: err == nil}, err
}

// keyChosen tells whether the record has the key under which it may have been sent.
func (w *preparation) keyChosen() bool {
	return w.state.RKey != "" && w.state.CreatedAt >= datetime(w.session.DueAt)
}

// unlooked is why Prepare could not look for the record. Nothing is sent on that ground, so that
// no outcome is in doubt: it is looked for again.
func unlooked(err error) error {
	e := *core.AsError(err)
	if e.Kind == core.KindUncertain {
		e.Kind, e.Code = core.KindTemporary, 0
	}
	e.Unsent = true
	return &e
}

// keyUsed tells whether the key that an earlier time was chosen for leads to the post, although
// nothing is known of that here: what is known may come from a backup. Then it stays the key.
func (w *preparation) keyUsed(ctx context.Context) (bool, error) {
	if w.state.RKey == "" {
		return false, nil
	}
	server, err := w.server(ctx)
	if err != nil {
		return false, err
	}
	record, found, err := w.provider.ownRecord(ctx, server, w.author, w.collection(), w.state.RKey)
	if err != nil {
		return false, unlooked(err)
	}
	return found && createdAt(record.Value) == w.state.CreatedAt, nil
}

const (
	// maxLookupFailures is how often Prepare waits for look-ups that nobody answers. Then the
	// post goes out without these mentions rather than not at all.
	maxLookupFailures = 4
	firstLookupWait   = 5 * time.Second // doubled each time: 75 s in all
)

// settleText looks up whom the post mentions, and splits a text that may become a thread, once and
// for all attempts.
func (w *preparation) settleText(ctx context.Context) (core.Progress, error) {
	if (w.words.open() || w.thread.on) && !w.state.Text.Known {
		progress, err := w.settleNow(ctx)
		if err != nil || !progress.Ready {
			return progress, err
		}
	}
	for _, warning := range w.state.Text.Warnings {
		w.session.Warn(warning)
	}
	return core.Progress{Ready: true}, nil
}

func (w *preparation) settleNow(ctx context.Context) (core.Progress, error) {
	r, err := w.resolution(ctx)
	if err != nil {
		return core.Progress{}, err
	}
	if n := w.state.Text.Failures; r.trouble != nil && n < maxLookupFailures {
		w.state.Text.Failures++
		err := w.save(ctx)
		return core.Progress{After: firstLookupWait << n, Note: "nobody tells whom the text mentions"}, err
	}
	if r.incomplete {
		return core.Progress{}, r.trouble
	}
	posts, problems := w.split(r.text)
	if err := problems.OrNil(); err != nil {
		return core.Progress{}, err
	}
	if e := w.checkRequest(posts); e != nil {
		return core.Progress{}, e
	}
	w.state.Text = posts.prepared()
	w.state.Text.Warnings = append(slices.Clip(r.warnings), posts.warnings()...)
	err = w.save(ctx)
	return core.Progress{Ready: err == nil}, err
}

// resolution returns what Preflight found out, or finds it out. That nobody answered counts
// once: it is asked again after a wait.
func (w *preparation) resolution(ctx context.Context) (resolution, error) {
	if r := w.lookedUp; r != nil {
		if r.trouble != nil {
			w.lookedUp = nil
		}
		return *r, nil
	}
	return w.provider.resolve(ctx, w.words)
}

// settledText returns the text that is sent, and whether it is known.
func (p *publication) settledText(state *progress) (preparedText, bool) {
	if !p.words.open() && !p.thread.on {
		return preparedText{sentText: sent(p.text)}, true
	}
	return state.Text, state.Text.Known
}
