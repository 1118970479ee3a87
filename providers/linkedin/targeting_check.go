package linkedin

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
	"github.com/crier-social/crier/providers/linkedin/audience"
)

// errNoAudience means that LinkedIn answered without a number.
var errNoAudience = errors.New("the answer has no count")

// audienceCheck finds out whether enough followers of a page match.
type audienceCheck struct {
	*publication

	token     core.Secret
	target    *audience.Target
	followers int64 // of the page; -1: unknown
}

// checkAudience looks whether enough of the page's followers match the targeting, since
// LinkedIn refuses the post otherwise. Where LinkedIn does not let the app ask, its own
// refusal has to do: the post goes on with a warning.
func (p *publication) checkAudience(ctx context.Context, s *core.Session) error {
	if p.targeting == nil {
		return nil
	}
	token, err := s.Token(ctx)
	if err != nil {
		return err
	}
	target, err := p.resolveTargeting(ctx, token)
	if err != nil {
		return err
	}
	for _, w := range p.targeting.choices {
		s.Warn(w)
	}
	if err := p.checkUnlisted(ctx, s, token); err != nil {
		return err
	}
	c := &audienceCheck{publication: p, token: token, target: target, followers: -1}
	size, err := c.measure(ctx)
	p.targeting.size = size
	if err == nil || isFinal(ctx, err) {
		return err
	}
	s.Log.InfoContext(ctx, "the audience of a post could not be counted", "error", err)
	s.Warn(core.Warning{Code: core.CodeAudienceTooSmall, Field: targetingField, Message: doubt(size)})
	return nil
}

// isFinal tells whether an error ends the check: the account or the time is lost, or the
// audience is known to be too small.
func isFinal(ctx context.Context, err error) bool {
	if err == nil {
		return false
	}
	return ctx.Err() != nil || core.KindOf(err) == core.KindAuth || isTooSmall(err)
}

func isTooSmall(err error) bool {
	e, ok := errors.AsType[*core.Error](err)
	return ok && e.Code == core.CodeAudienceTooSmall && e.Op == opAudience
}

const opAudience = "linkedin.audience"

// measure asks what can be asked, the cheapest and surest first. The error is that the
// audience is too small, or why it is not known exactly; then the size is the most that
// it can be, or nil.
func (c *audienceCheck) measure(ctx context.Context) (*core.Audience, error) {
	followers, err := c.provider.api.CountFollowers(ctx, c.token, c.author)
	switch {
	case err == nil:
		c.followers = followers
	case isFinal(ctx, err):
		return nil, err
	}
	if err == nil && followers < minAudience {
		return c.size(followers, false, nil), c.tooFewFollowers()
	}
	total, err := c.count(ctx, c.target)
	switch {
	case err == nil && total >= minAudience:
		return c.size(total, true, nil), nil
	case err == nil:
		facets := c.countEach(ctx)
		return c.size(minAudience-1, false, facets), c.tooSmall(fewer, facets)
	case isFinal(ctx, err):
		return nil, err
	}
	return c.estimate(ctx, err)
}

func (c *audienceCheck) size(count int64, exact bool, facets map[audience.Facet]int64) *core.Audience {
	size := &core.Audience{Count: count, Minimum: minAudience, Exact: exact}
	for f, n := range facets {
		if size.Facets == nil {
			size.Facets = map[string]int64{}
		}
		size.Facets[c.targeting.label(f)] = n
	}
	return size
}

// count asks how many followers match an audience. LinkedIn counts followers as members
// who follow the company.
// https://learn.microsoft.com/en-us/linkedin/marketing/integrations/ads/advertising-targeting/audience-counts
func (c *audienceCheck) count(ctx context.Context, t *audience.Target) (int64, error) {
	clauses := []api.AudienceClause{{Facet: audience.FollowersFacet, Values: []string{c.author}}}
	for _, clause := range t.Clauses() {
		clauses = append(clauses, api.AudienceClause(clause))
	}
	total, err := c.countClauses(ctx, clauses)
	if core.KindOf(err) != core.KindInvalid || len(t.GeoLocations) > 0 {
		return total, err
	}
	// The criteria of advertisements need a place, and nobody says whether counts do.
	everywhere := api.AudienceClause{Facet: audience.GeoLocations.AdFacet(), Values: c.provider.tables().Continents()}
	return c.countClauses(ctx, append(clauses, everywhere))
}

func (c *audienceCheck) countClauses(ctx context.Context, clauses []api.AudienceClause) (int64, error) {
	page, err := c.provider.api.CountAudience(ctx, c.token, clauses)
	if err != nil {
		return 0, err
	}
	if len(page.Elements) == 0 {
		return 0, errNoAudience
	}
	return page.Elements[0].Total, nil
}

// countEach counts what each criterion leaves by itself, to tell which one is too
// narrow. What cannot be counted is left out.
func (c *audienceCheck) countEach(ctx context.Context) map[audience.Facet]int64 {
	chosen := c.target.Chosen()
	if len(chosen) == 1 {
		return map[audience.Facet]int64{chosen[0]: minAudience - 1}
	}
	facets := map[audience.Facet]int64{}
	for _, f := range chosen {
		total, err := c.count(ctx, c.target.Only(f))
		if err != nil {
			break // whatever it is, it would be the same for the next
		}
		facets[f] = max(total, minAudience-1)
	}
	return facets
}

// estimate finds the most that the audience can be, from what LinkedIn tells of the
// page's followers. why is why it could not be counted.
func (c *audienceCheck) estimate(ctx context.Context, why error) (*core.Audience, error) {
	statistics, err := c.provider.api.GetFollowerStatistics(ctx, c.token, c.author)
	if isFinal(ctx, err) {
		return nil, err
	}
	facets := map[audience.Facet]int64{}
	if err == nil && len(statistics) > 0 {
		facets = c.bounds(statistics[0])
	}
	most := int64(math.MaxInt64)
	if c.followers >= 0 {
		most = c.followers
	}
	for _, n := range facets {
		most = min(most, n)
	}
	switch {
	case most == math.MaxInt64:
		return nil, why
	case most < minAudience:
		return c.size(most, false, facets), c.tooSmall("at most "+strconv.FormatInt(most, 10), facets)
	}
	return c.size(most, false, facets), why
}

// doubt says, for the author, what is not known of an audience that may be large enough.
func doubt(size *core.Audience) string {
	message := "LinkedIn did not tell how many of the page's followers match the targeting"
	if size != nil {
		message += fmt.Sprintf(" (at most %d)", size.Count)
	}
	return message + fmt.Sprintf("; it refuses the post if they are fewer than %d.", minAudience)
}
