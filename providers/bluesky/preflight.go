package bluesky

import (
	"context"
	"errors"

	"github.com/crier-social/crier/core"
)

// Preflight checks what can be asked without changing anything, and reports every problem.
func (p *publication) Preflight(ctx context.Context, s *core.Session) error {
	var problems core.Errors
	for _, check := range []func(context.Context, *core.Session) error{
		p.checkMentions,
		p.checkTargets,
		p.checkLists,
		p.readFiles,
		p.checkVideo,
		p.askPage,
		p.checkComment,
		p.checkWhole,
	} {
		err := check(ctx, s)
		if _, clear := errors.AsType[*core.Error](err); err != nil && !clear {
			return err // above all, the time has ended
		}
		problems = append(problems, core.AsErrors(err)...)
		if core.KindOf(err) == core.KindAuth {
			break // all others would say the same
		}
	}
	return problems.OrNil()
}

// checkMentions looks up whom the post mentions, for the preview and to see that the text is
// not too long with their names. That nobody answers at this moment keeps no post from being
// tried: Prepare waits and asks again.
func (p *publication) checkMentions(ctx context.Context, s *core.Session) error {
	if !p.words.open() {
		return nil
	}
	r, err := p.provider.resolve(ctx, p.words)
	switch {
	case err != nil:
		return err
	case r.trouble != nil:
		p.lookedUp = &r
		p.doubt = append(p.doubt, core.Warning{
			Code: core.CodeMention, Field: textField,
			Message: "It could not be found out yet whom the text can mention: " + sentence(r.trouble.Message),
		})
		return nil
	}
	if _, problems := p.split(r.text); len(problems) > 0 {
		return problems
	}
	p.text, p.lookedUp = r.text, &r
	for _, w := range r.warnings {
		s.Warn(w)
	}
	return nil
}
