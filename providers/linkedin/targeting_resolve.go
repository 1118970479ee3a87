package linkedin

import (
	"context"
	"fmt"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/audience"
)

// resolveTargeting asks LinkedIn for the names that the tables lack, and returns the
// whole audience. It reports every name that cannot be had.
func (p *publication) resolveTargeting(ctx context.Context, token core.Secret) (*audience.Target, error) {
	t := p.targeting
	if t.found != nil {
		return t.found, nil
	}
	target := t.known.Clone()
	var problems core.Errors
	var choices []core.Warning
	for _, q := range t.questions {
		id, choice, err := p.provider.resolveTarget(ctx, token, q)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if err != nil {
			problems = append(problems, core.AsErrors(q.blame(err))...)
			if core.KindOf(err) == core.KindAuth {
				break
			}
			continue
		}
		target.Add(q.facet, id)
		choices = append(choices, choice...)
	}
	if err := problems.OrNil(); err != nil {
		return nil, err
	}
	t.found, t.choices = target, choices
	return target, nil
}

// blame says which name could not be looked up, and what to do where LinkedIn does not
// let the app look it up. A refusal of what was asked is not one of the author's post.
func (q targetQuestion) blame(err error) error {
	from := core.AsError(err)
	if from.Field != "" {
		return err
	}
	e := *from
	e.Field = q.field
	switch from.Kind { //nolint:exhaustive // the others say enough, or pass
	case core.KindForbidden, core.KindNotFound, core.KindInvalid, core.KindUnsupported:
		if from.Code == core.CodeUpstreamVersion {
			break
		}
		e.Kind, e.Code = core.KindInvalid, core.CodeUnknownTarget
		e.Message = fmt.Sprintf("%q could not be looked up, since LinkedIn does not let this app ask for the names of %s", quotable(q.name), q.facet)
		if len(q.near) > 0 {
			e.Message += "; known ones like it are " + alternatives(q.near)
		}
		e.Message += "."
		e.Help = "Send its URN instead, urn:li:" + q.facet.URNType() + ":…, or ask LinkedIn for an API product that may read them."
		e.Err = err
	}
	return &e
}

// resolveTarget asks LinkedIn for one name. The warnings tell what it was taken to mean,
// if it can mean several.
func (p *Provider) resolveTarget(ctx context.Context, token core.Secret, q targetQuestion) (string, []core.Warning, error) {
	switch q.facet { //nolint:exhaustive // nothing is asked about the others
	case audience.Organizations:
		page, err := p.pageByVanity(ctx, token, q.name)
		if gone(err) {
			return "", nil, strangeTarget(q.facet, q.field, q.name, nil)
		}
		return page.urn(), nil, err
	case audience.Countries, audience.GeoLocations:
		places, err := p.placesLike(ctx, token, q.name)
		if err != nil {
			return "", nil, err
		}
		list := placeList(places)
		id, err := meant(q, list, true)
		if err != nil {
			return "", nil, err
		}
		return id, choiceOf(q.field, q.name, id, list), nil
	}
	list, err := p.namesOf(ctx, token, q.facet)
	if err != nil {
		return "", nil, err
	}
	id, err := meant(q, list, false)
	return id, nil, err
}

// meant takes the value that a name means. What LinkedIn offers for a text are guesses,
// which are shown to the author whatever their names.
func meant(q targetQuestion, list *audience.List, guesses bool) (string, error) {
	switch found := list.Named(q.name); {
	case audience.SameID(found):
		return found[0].ID, nil
	case len(found) > 0:
		return "", ambiguousTarget(q.facet, q.field, q.name, valueChoices(found))
	}
	near := list.Nearest(q.name)
	if guesses {
		const offered = 5
		near = valueNames(list.Search("", offered))
	}
	if len(near) == 0 {
		near = q.near
	}
	return "", strangeTarget(q.facet, q.field, q.name, near)
}

// valueChoices tells values apart: by their names or, where LinkedIn gives one name to
// several, by their URNs.
func valueChoices(values []audience.Value) []string {
	names := valueNames(values)
	choices := slices.Clone(names)
	for i, v := range values {
		if i != slices.Index(names, v.Name) || slices.Contains(names[i+1:], v.Name) {
			choices[i] = v.ID
		}
	}
	return choices
}

func valueNames(values []audience.Value) []string {
	names := make([]string, len(values))
	for i, v := range values {
		names[i] = v.Name
	}
	return names
}

// settleTargeting answers the questions of the audience once for all attempts: what was
// found is in the checkpoint, so that every one of them asks for the same audience.
func (w *preparation) settleTargeting(ctx context.Context) (core.Progress, error) {
	if !w.targeting.asks() || w.state.Target != nil {
		return core.Progress{Ready: true}, nil
	}
	target, err := w.resolveTargeting(ctx, w.token.get())
	if err != nil {
		return core.Progress{}, err
	}
	for _, choice := range w.targeting.choices {
		w.session.Warn(choice)
	}
	err = w.update(ctx, func(p *progress) { p.Target = target })
	return core.Progress{Ready: err == nil}, err
}

// settledTarget returns the audience of the request from the checkpoint, and whether it
// is there.
func (p *publication) settledTarget(state *progress) (*audience.Target, bool) {
	if p.targeting.asks() {
		return state.Target, state.Target != nil
	}
	return p.targeting.target(), true
}
