package linkedin

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	maxQuarters = 4
	// statisticsLag is how old LinkedIn's figures by time have to be.
	statisticsLag = 2 // days

	figureFollowers = "followers"
	figureViews     = "views"
)

// AccountAnalytics returns the figures of a page or a person: of all the time that
// LinkedIn remembers, or of the last quarters of a year, which end two days ago. What
// cannot be had is left out with a warning.
func (p *Provider) AccountAnalytics(ctx context.Context, s *core.Session, q core.AnalyticsQuery) (core.Analytics, error) {
	if q.Quarters < 0 || q.Quarters > maxQuarters {
		return core.Analytics{}, invalid("quarters", "LinkedIn's figures reach back for "+strconv.Itoa(maxQuarters)+" quarters of a year.")
	}
	token, err := accessToken(ctx, s)
	if err != nil {
		return core.Analytics{}, err
	}
	a := accountInquiry{
		inquiry: inquiry{provider: p, session: s, token: token, author: s.Account.RemoteID},
		within:  windowOf(q, s.Clock.Now()), daily: q.Daily,
	}
	if s.Account.Kind == core.AccountOrganization {
		return a.answer(ctx, a.pageParts())
	}
	return a.answer(ctx, a.memberParts())
}

// accountInquiry asks for the figures of an account.
type accountInquiry struct {
	inquiry

	within api.Days // zero: all there is
	daily  bool
}

// windowOf returns the days that a question is about. Quarters are counted back from
// today, as far as LinkedIn remembers; days without a number of quarters are those of one.
func windowOf(q core.AnalyticsQuery, now time.Time) api.Days {
	quarters := q.Quarters
	if quarters == 0 && q.Daily {
		quarters = 1
	}
	if quarters == 0 {
		return api.Days{}
	}
	const monthsOfQuarter = 3
	today := now.UTC().Truncate(24 * time.Hour)
	return api.Days{
		From: today.AddDate(0, -monthsOfQuarter*quarters, 1), // the first day is not over in every zone
		To:   today.AddDate(0, 0, -statisticsLag),
	}
}

// limited tells whether the question is about some days only.
func (a accountInquiry) limited() bool { return a.within != (api.Days{}) }

func (a accountInquiry) interval() api.Interval {
	return api.Interval{Start: a.within.From.UnixMilli(), End: a.within.To.UnixMilli()}
}

// part is one part of an account's figures.
type part struct {
	field string // where clients find it
	what  string // in words
	read  func(ctx context.Context) (partAnswer, error)
}

// partAnswer is what a part adds: figures, figures by day, and what it lacks.
type partAnswer struct {
	values   map[string]any
	days     map[string]map[string]any
	warnings []core.Warning
}

// addDay adds figures of one day.
func (p *partAnswer) addDay(day time.Time, values map[string]any) {
	if p.days == nil {
		p.days = map[string]map[string]any{}
	}
	key := day.UTC().Format(time.DateOnly)
	if p.days[key] == nil {
		p.days[key] = map[string]any{}
	}
	maps.Copy(p.days[key], values)
}

// answer reads the parts and puts them together. It fails when all of them do.
func (a accountInquiry) answer(ctx context.Context, parts []part) (core.Analytics, error) {
	answers, errs := make([]partAnswer, len(parts)), make([]error, len(parts))
	tasks := make([]func(ctx context.Context) error, len(parts))
	for i, one := range parts {
		tasks[i] = func(ctx context.Context) error {
			answer, err := one.read(ctx)
			answers[i], errs[i] = answer, a.explain(ctx, err)
			return nil
		}
	}
	if err := a.sideBySide(ctx, tasks...); err != nil {
		return core.Analytics{}, err
	}
	if !slices.Contains(errs, nil) {
		return core.Analytics{}, errs[0]
	}
	out := core.Analytics{Values: map[string]any{}}
	days := map[string]map[string]any{}
	for i, one := range parts {
		if errs[i] != nil {
			out.Warnings = append(out.Warnings, missing(one.field, one.what, errs[i]))
			continue
		}
		maps.Copy(out.Values, answers[i].values)
		out.Warnings = append(out.Warnings, answers[i].warnings...)
		for day, values := range answers[i].days {
			if days[day] == nil {
				days[day] = map[string]any{"date": day}
			}
			maps.Copy(days[day], values)
		}
	}
	a.addTime(out.Values, days)
	return out, nil
}

// addTime says which days the figures are about, and adds those of each.
func (a accountInquiry) addTime(values map[string]any, days map[string]map[string]any) {
	if !a.limited() {
		return
	}
	values["timeRange"] = map[string]any{
		"start": a.within.From.Format(time.DateOnly), "end": a.within.To.Format(time.DateOnly),
	}
	if !a.daily {
		return
	}
	list := make([]map[string]any, 0, len(days))
	for _, day := range slices.Sorted(maps.Keys(days)) {
		list = append(list, days[day])
	}
	values["daily"] = list
}
