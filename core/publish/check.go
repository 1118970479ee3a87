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
		platform := pl.account.Platform
		warn := func(w core.Warning) {
			report.Warnings = append(report.Warnings, PlatformWarning{Platform: platform, Warning: w})
		}
		s := p.session(pl.account, group, fixedCheckpoint{}, sessionHooks{warn: warn})
		if linkProblem(pl.account, p.clock.Now()) != nil {
			continue // known; without a token, everything below fails as well
		}
		if _, err := s.Token(ctx); err != nil {
			report.Problems = append(report.Problems, core.AsErrors(named(err, platform))...)
			continue
		}
		if err := p.preflight(ctx, pl.publication, s); err != nil {
			report.Problems = append(report.Problems, core.AsErrors(named(err, platform))...)
		}
		if err := p.fetchAll(ctx, pl.publication, s); err != nil {
			report.Problems = append(report.Problems, core.AsErrors(named(err, platform))...)
		}
		if pv, ok := pl.publication.(core.Previewer); ok {
			preview := pv.Preview()
			for _, w := range preview.Warnings {
				warn(w)
			}
			report.Previews[pl.account.ID] = preview
		}
	}
	return report
}
