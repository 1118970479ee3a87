package publish

import (
	"context"
	"errors"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Plan tells what is wrong with a request as far as it can be known without asking a
// network, fetching or storing anything. The error is the store's.
func (p *Publisher) Plan(ctx context.Context, profileID string, r core.PostRequest) (core.Errors, error) {
	targets, problems, err := p.targets(ctx, profileID, r)
	if err != nil || r.SkipValidation {
		return problems, err
	}
	_, planProblems := p.plan(ctx, targets, r)
	return append(problems, planProblems...), nil
}

// PlanChange is Plan for a change of a post where it has not gone out. There is nothing to
// tell of a change that is refused for another reason than its content. The error is the
// store's.
func (p *Publisher) PlanChange(ctx context.Context, profileID, postID string, c core.PostChange) (core.Errors, error) {
	o, err := p.Get(ctx, profileID, postID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	next := successorOf(o.Post, c, p.clock.Now())
	if !next.content || next.refusal(o.Deliveries) != nil || next.post.Request.SkipValidation {
		return nil, nil
	}
	targets, problems, err := p.unsentTargets(ctx, o.Deliveries)
	if err != nil {
		return nil, err
	}
	_, planned := p.plan(ctx, targets, next.post.Request)
	return append(problems, planned...), nil
}
