package linkedin

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// memberFigure is a metric of people's posts and where clients find it.
type memberFigure struct {
	metric api.MemberMetric
	figure string
	since  string // version of the API; empty: any
	noDays bool   // LinkedIn does not count it by day
}

const (
	memberAnalyticsSince = "202506"
	moreMetricsSince     = "202604"
)

// memberFigures lists what LinkedIn counts, the most wanted first.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/members/post-statistics
func memberFigures() []memberFigure {
	return []memberFigure{
		{metric: api.MemberImpressions, figure: figureImpressions},
		{metric: api.MemberReactions, figure: figureLikes},
		{metric: api.MemberComments, figure: figureComments},
		{metric: api.MemberReshares, figure: figureShares},
		{metric: api.MemberReached, figure: figureUnique, noDays: true},
		{metric: api.MemberSaves, figure: "saveCount", since: moreMetricsSince},
		{metric: api.MemberSends, figure: "sendCount", since: moreMetricsSince},
		{metric: api.MemberLinkClicks, figure: "linkClickCount", since: moreMetricsSince, noDays: true},
		{metric: api.MemberPremiumCTAClicks, figure: "premiumCtaClickCount", since: moreMetricsSince},
		{metric: api.MemberFollowersGained, figure: "followersGainedCount", since: moreMetricsSince, noDays: true},
		{metric: api.MemberProfileViews, figure: "profileViewCount", since: moreMetricsSince, noDays: true},
	}
}

const (
	basicMemberFigures = 5
	// maxMemberReads bounds the calls of one question: each asks for one metric of one
	// post, and a member has some hundred calls a day.
	maxMemberReads = 60
)

// availableFigures lists what the version of the API in use counts.
func (q inquiry) availableFigures() ([]memberFigure, error) {
	version := monthOf(q.provider.APIVersion())
	if version < memberAnalyticsSince {
		return nil, &core.Error{
			Kind: core.KindUnsupported, Code: core.CodeAnalytics, Op: "linkedin.memberAnalytics", Platform: name,
			Message: "version " + version + " of LinkedIn's API has no figures of people's posts",
			Help:    "The operator sets CRIER_LINKEDIN_VERSION to " + memberAnalyticsSince + " or newer.",
		}
	}
	return slices.DeleteFunc(memberFigures(), func(f memberFigure) bool { return f.since > version }), nil
}

// tally is what was counted of one thing, metric by metric.
type tally struct {
	values map[string]any
	failed []failedFigure // in the order of the metrics
}

type failedFigure struct {
	figure string
	err    error
}

// memberPosts asks for the figures of posts of a person's account: the person's own, and
// those that it published as an organization.
func (q inquiry) memberPosts(ctx context.Context, urns []string) (map[string]core.Analytics, error) {
	known := slices.DeleteFunc(slices.Clone(urns), isActivity)
	var social reads[api.SocialMetadata]
	tasks := []func(ctx context.Context) error{
		func(ctx context.Context) error { social = q.social(ctx, urns); return nil },
	}
	count, collect := q.countMemberPosts(known)
	if err := q.sideBySide(ctx, append(tasks, count...)...); err != nil {
		return nil, err
	}
	tallies := collect()
	pages, err := q.postsAsPages(ctx, slices.DeleteFunc(known, func(urn string) bool { return !tallies[urn].refused() }))
	if err != nil {
		return nil, err
	}
	return gather(urns, func(urn string) (core.Analytics, bool, error) {
		if figures, there := pages[urn]; there {
			return figures, true, nil
		}
		return memberPost(urn, tallies[urn], social)
	})
}

// postsAsPages asks for the figures of those posts whose author turns out to be an
// organization, each as one of its page.
func (q inquiry) postsAsPages(ctx context.Context, urns []string) (map[string]core.Analytics, error) {
	out := map[string]core.Analytics{}
	if len(urns) == 0 {
		return out, nil
	}
	byPage := map[string][]string{}
	for urn, post := range q.posts(ctx, urns).found {
		if accountKind(post.Author) == core.AccountOrganization {
			byPage[post.Author] = append(byPage[post.Author], urn)
		}
	}
	for page, theirs := range byPage {
		as := q
		as.author = page
		figures, err := as.pagePosts(ctx, theirs)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		maps.Copy(out, figures)
		if err == nil {
			continue
		}
		why := missing(figureImpressions, "the figures of a post of "+page, as.explain(ctx, err))
		for _, urn := range theirs {
			out[urn] = core.Analytics{Values: map[string]any{}, Warnings: []core.Warning{why}}
		}
	}
	return out, nil
}

// countMemberPosts plans the reads of every metric of every post, as many as one question
// may make, and returns how to collect them afterwards.
func (q inquiry) countMemberPosts(urns []string) (tasks []func(ctx context.Context) error, collect func() map[string]tally) {
	figures, err := q.availableFigures()
	if err != nil {
		return nil, func() map[string]tally { return sameTally(urns, err) }
	}
	if len(urns)*len(figures) > maxMemberReads {
		figures = figures[:basicMemberFigures]
	}
	within := urns[:min(len(urns), maxMemberReads/len(figures))]
	type cell struct {
		n   int64
		err error
	}
	cells := make([][]cell, len(within))
	var g gate
	for i, urn := range within {
		cells[i] = make([]cell, len(figures))
		for j, f := range figures {
			tasks = append(tasks, func(ctx context.Context) error {
				c := &cells[i][j]
				c.err = g.do(func() (err error) {
					c.n, err = q.provider.api.GetMemberPostAnalytics(ctx, q.token, urn, f.metric)
					return err
				})
				return nil
			})
		}
	}
	return tasks, func() map[string]tally {
		out := sameTally(urns[len(within):], tooMany())
		for i, urn := range within {
			t := tally{values: map[string]any{}}
			for j, f := range figures {
				if c := cells[i][j]; c.err != nil {
					t.failed = append(t.failed, failedFigure{f.figure, c.err})
				} else {
					t.values[f.figure] = c.n
				}
			}
			out[urn] = t
		}
		return out
	}
}

// sameTally says of every post that nothing was counted, for the same reason.
func sameTally(urns []string, err error) map[string]tally {
	out := map[string]tally{}
	for _, urn := range urns {
		out[urn] = tally{failed: []failedFigure{{figureImpressions, err}}}
	}
	return out
}

func tooMany() error {
	return &core.Error{
		Kind: core.KindUnsupported, Op: "linkedin.memberAnalytics", Platform: name,
		Message: fmt.Sprintf("every figure of a person's post takes a call, and %d are made at a time", maxMemberReads),
		Help:    "Ask for fewer posts at a time.",
	}
}

// memberPost puts together what is known of a person's post. What its comments and
// reactions tell stands in for counts that could not be had.
func memberPost(urn string, t tally, social reads[api.SocialMetadata]) (core.Analytics, bool, error) {
	if social.gone[urn] || t.unknown() {
		return core.Analytics{}, false, nil
	}
	out := core.Analytics{Values: map[string]any{}, Warnings: t.warnings("of the post")}
	if drawn, found := social.found[urn]; found {
		addSocial(out.Values, drawn)
	}
	maps.Copy(out.Values, t.values)
	if err := social.failed[urn]; err != nil {
		out.Warnings = append(out.Warnings, missing(figureReactions, "the reactions of the post", err))
	}
	if isActivity(urn) {
		out.Warnings = append(out.Warnings, onlyOfPosts(urn))
	}
	switch {
	case len(out.Values) > 0:
		return out, true, nil
	case len(t.failed) > 0:
		return out, true, t.failed[0].err
	}
	return out, true, social.failed[urn]
}

// refused tells whether LinkedIn counts nothing of the thing for this person, as of a
// post whose author is somebody else.
func (t tally) refused() bool {
	return len(t.failed) > 0 && len(t.values) == 0 && !slices.ContainsFunc(t.failed, func(f failedFigure) bool {
		switch core.KindOf(f.err) { //nolint:exhaustive // the others say nothing of the thing
		case core.KindForbidden, core.KindNotFound, core.KindInvalid:
			return false
		}
		return true
	})
}

// unknown tells whether LinkedIn says of every metric that it does not know the thing.
func (t tally) unknown() bool {
	return len(t.failed) > 0 && len(t.values) == 0 && !slices.ContainsFunc(t.failed, func(f failedFigure) bool {
		return core.KindOf(f.err) != core.KindNotFound || notOffered(f.err)
	})
}

// warnings names what could not be had, once for each reason.
func (t tally) warnings(of string) []core.Warning {
	var out []core.Warning
	var done []string
	for i, f := range t.failed {
		reason := core.AsError(f.err).Message
		if slices.Contains(done, reason) {
			continue
		}
		done = append(done, reason)
		figures := []string{f.figure}
		for _, other := range t.failed[i+1:] {
			if core.AsError(other.err).Message == reason {
				figures = append(figures, other.figure)
			}
		}
		out = append(out, missing(f.figure, strings.Join(figures, ", ")+" "+of, f.err))
	}
	return out
}
