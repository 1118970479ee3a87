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
	var quotaProblems core.Errors
	if r.ScheduleAt.IsZero() {
		if quotaProblems, err = p.quotaProblems(ctx, targets); err != nil {
			return Report{}, err
		}
	}
	duplicates, err := p.seriesDuplicates(ctx, sendable(targets, planProblems), r)
	if err != nil {
		return Report{}, err
	}
	report := Report{
		Problems: slices.Concat(problems, planProblems, p.linkProblems(targets), quotaProblems, duplicates),
		Previews: map[string]core.Preview{},
	}
	for i, f := range p.inspect(ctx, plans) {
		account := plans[i].account
		report.Problems = append(report.Problems, f.problems...)
		if f.preview != nil {
			report.Previews[account.ID] = *f.preview
		}
		for _, w := range f.warnings {
			report.Warnings = append(report.Warnings, PlatformWarning{Platform: account.Platform, AccountID: account.ID, Warning: w})
		}
	}
	post := core.Post{Request: r, CreatedAt: p.clock.Now()}
	post.SeriesID = seriesOf(post)
	for _, t := range targets {
		report.Accounts = append(report.Accounts, t.account)
		if linkProblem(t.account, p.clock.Now()) != nil {
			continue // which says more
		}
		for _, w := range linkWarnings(post, t.account) {
			report.Warnings = append(report.Warnings, PlatformWarning{Platform: t.account.Platform, AccountID: t.account.ID, Warning: w})
		}
	}
	return report, ctx.Err()
}

// findings is what could be found out about one plan.
type findings struct {
	problems core.Errors
	warnings []core.Warning
	preview  *core.Preview
}

// inspect runs everything that comes before the first upload, and tells of each plan
// what came of it.
func (p *Publisher) inspect(ctx context.Context, plans []planned) []findings {
	group := "check-" + core.NewID(p.clock.Now())
	defer p.media.Release(group)
	found := make([]findings, len(plans))
	for i, pl := range plans {
		if linkProblem(pl.account, p.clock.Now()) != nil {
			continue // known; without a token, everything below fails as well
		}
		found[i] = p.examine(ctx, pl, group)
	}
	return found
}

// examine finds out what can be found out about one plan.
func (p *Publisher) examine(ctx context.Context, pl planned, group string) (f findings) {
	note := func(err error) {
		f.problems = append(f.problems, core.AsErrors(named(err, pl.account.Platform))...)
	}
	var told warnings
	s := p.session(pl.account, group, fixedCheckpoint{}, sessionHooks{warn: told.add})
	if _, err := s.Token(ctx); err != nil {
		note(err)
		return f
	}
	note(p.fetchAll(ctx, pl.publication, s))
	note(p.asking(ctx, s, func() error { return p.preflight(ctx, pl.publication, s) }))
	if pv, ok := pl.publication.(core.Previewer); ok {
		preview := pv.Preview()
		for _, w := range preview.Warnings {
			told.add(w)
		}
		f.preview = &preview
	}
	f.warnings = told.all()
	return f
}
