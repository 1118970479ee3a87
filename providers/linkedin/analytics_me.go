package linkedin

import (
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// memberParts are the figures of a person.
func (a accountInquiry) memberParts() []part {
	return []part{
		{figureImpressions, "how the person's posts fared", a.memberCounts},
		{figureFollowers, "the number of followers", a.memberFollowers},
	}
}

// memberCounts reads how all posts fared together, metric by metric.
func (a accountInquiry) memberCounts(ctx context.Context) (partAnswer, error) {
	figures, err := a.availableFigures()
	if err != nil {
		return partAnswer{}, err
	}
	var g gate
	counts, errs := make([][]api.DayCount, len(figures)), make([]error, len(figures))
	for i, f := range figures { // one after the other: the other parts run beside this one
		errs[i] = g.do(func() (err error) {
			counts[i], err = a.memberCount(ctx, f)
			return err
		})
	}
	out := partAnswer{values: map[string]any{}}
	t := tally{values: out.values}
	for i, f := range figures {
		if errs[i] != nil {
			t.failed = append(t.failed, failedFigure{f.figure, errs[i]})
			continue
		}
		var sum int64
		for _, n := range counts[i] {
			sum += n.Count
			if !n.Day.IsZero() {
				out.addDay(n.Day, map[string]any{f.figure: n.Count})
			}
		}
		out.values[f.figure] = sum
	}
	if len(out.values) == 0 {
		return partAnswer{}, t.failed[0].err
	}
	out.warnings = t.warnings("of the person's posts")
	return out, nil
}

// memberCount reads one metric: by day where it was asked for and LinkedIn can, in total
// otherwise.
func (a accountInquiry) memberCount(ctx context.Context, f memberFigure) ([]api.DayCount, error) {
	if a.daily && !f.noDays {
		return a.provider.api.GetDailyMemberAnalytics(ctx, a.token, f.metric, a.within)
	}
	n, err := a.provider.api.GetMemberAnalytics(ctx, a.token, f.metric, a.within)
	return []api.DayCount{{Count: n}}, err
}

// memberFollowers reads how many followers the person has.
func (a accountInquiry) memberFollowers(ctx context.Context) (partAnswer, error) {
	total, err := a.provider.api.CountMemberFollowers(ctx, a.token)
	if err != nil {
		return partAnswer{}, err
	}
	out := partAnswer{values: map[string]any{figureFollowers: map[string]any{"totalFollowerCount": total}}}
	if !a.daily {
		return out, nil
	}
	counts, err := a.provider.api.GetDailyMemberFollowers(ctx, a.token, a.within)
	if err != nil {
		out.warnings = []core.Warning{missing(figureFollowers, "followers by day", err)}
		return out, nil
	}
	for _, n := range counts {
		if !n.Day.IsZero() {
			out.addDay(n.Day, map[string]any{figureFollowers: map[string]any{"memberFollowersCount": n.Count}})
		}
	}
	return out, nil
}
