package publish

import (
	"context"
	"slices"

	"github.com/crier-social/crier/core"
)

// Check is a dry run: it plans the request, asks the networks and fetches the
// media, and tells what would be sent and what is wrong. Nothing is stored and
// nothing is changed anywhere. The error is the store's; problems of the request
// are in the report.
func (p *Publisher) Check(ctx context.Context, profileID string, r core.PostRequest) (Report, error) {
	targets, problems, err := p.targets(ctx, profileID, r)
	if err != nil {
		return Report{}, err
	}
	plans, planProblems := p.plan(ctx, targets, r)
	report := p.inspect(ctx, plans)
	report.Problems = slices.Concat(problems, planProblems, p.linkProblems(targets), report.Problems)
	for _, t := range targets {
		report.Accounts = append(report.Accounts, t.account)
	}
	return report, ctx.Err()
}

// inspect runs everything that comes before the first upload.
func (p *Publisher) inspect(ctx context.Context, plans []planned) Report {
	report := Report{Previews: map[string]core.Preview{}}
	group := "check-" + core.NewID(p.clock.Now())
	defer p.media.Release(group)
	for _, pl := range plans {
		if linkProblem(pl.account, p.clock.Now()) != nil {
			continue // known; without a token, everything below fails as well
		}
		p.examine(ctx, pl, group, &report)
	}
	return report
}

// examine adds to the report what can be found out about one plan.
func (p *Publisher) examine(ctx context.Context, pl planned, group string, report *Report) {
	platform := pl.account.Platform
	note := func(err error) {
		report.Problems = append(report.Problems, core.AsErrors(named(err, platform))...)
	}
	var told warnings
	s := p.session(pl.account, group, fixedCheckpoint{}, sessionHooks{warn: told.add})
	if _, err := s.Token(ctx); err != nil {
		note(err)
		return
	}
	note(p.preflight(ctx, pl.publication, s))
	note(p.fetchAll(ctx, pl.publication, s))
	if pv, ok := pl.publication.(core.Previewer); ok {
		preview := pv.Preview()
		for _, w := range preview.Warnings {
			told.add(w)
		}
		report.Previews[pl.account.ID] = preview
	}
	for _, w := range told.all() {
		report.Warnings = append(report.Warnings, PlatformWarning{Platform: platform, Warning: w})
	}
}
