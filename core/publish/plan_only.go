package publish

import (
	"context"

	"github.com/crier-social/crier/core"
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
