package bluesky

import (
	"context"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

var _ core.Analyst = (*Provider)(nil)

// PostAnalytics returns the figures of posts, by at-URI, as the AppView counts them at this
// moment. Those that it does not have are left out, and so are reposts among posts.
// https://docs.bsky.app/docs/api/app-bsky-feed-get-posts
func (p *Provider) PostAnalytics(ctx context.Context, _ *core.Session, remoteIDs []string) (map[string]core.Analytics, error) {
	var uris []string
	for _, id := range remoteIDs {
		if isPostURI(id) && !slices.Contains(uris, id) {
			uris = append(uris, id)
		}
	}
	if len(uris) == 0 && slices.ContainsFunc(remoteIDs, isRepostURI) {
		e := notAPost("id", remoteIDs[slices.IndexFunc(remoteIDs, isRepostURI)])
		e.Code = core.CodeAnalytics
		return nil, e
	}
	found, err := p.views(ctx, uris)
	if err != nil {
		return nil, p.analyticsError(err)
	}
	out := map[string]core.Analytics{}
	for uri, view := range found {
		out[uri] = core.Analytics{Values: counts(view)}
	}
	return out, nil
}

// views reads posts as the AppView has them, by at-URI.
func (p *Provider) views(ctx context.Context, uris []string) (map[string]api.PostView, error) {
	found := make(map[string]api.PostView, len(uris))
	for some := range slices.Chunk(uris, api.MaxPosts) {
		views, err := p.known.GetPosts(ctx, p.appView(), some)
		if err != nil {
			return nil, p.viewError(err)
		}
		for _, v := range views {
			if slices.Contains(some, v.URI) {
				found[v.URI] = v
			}
		}
	}
	return found, nil
}

// AccountAnalytics returns the figures of the account, as the AppView counts them at this
// moment: it keeps none of the past.
// https://docs.bsky.app/docs/api/app-bsky-actor-get-profile
func (p *Provider) AccountAnalytics(ctx context.Context, s *core.Session, q core.AnalyticsQuery) (core.Analytics, error) {
	who, err := p.known.GetProfile(ctx, p.appView(), s.Account.RemoteID)
	if err != nil {
		return core.Analytics{}, p.analyticsError(p.viewError(err))
	}
	out := core.Analytics{Values: map[string]any{}}
	for figure, n := range map[string]*int64{
		"followersCount": who.FollowersCount, "followsCount": who.FollowsCount, "postsCount": who.PostsCount,
	} {
		if n != nil {
			out.Values[figure] = *n
		}
	}
	if q.Quarters != 0 || q.Daily {
		field := "quarters"
		if q.Quarters == 0 {
			field = "daily"
		}
		out.Warnings = append(out.Warnings, core.Warning{
			Code: core.CodeAnalytics, Field: field,
			Message: "Bluesky tells the figures of this moment alone: they are not limited to some time, nor told by day.",
		})
	}
	return out, nil
}

// analyticsError says of an error that it kept figures from being read.
func (p *Provider) analyticsError(err error) error {
	e := *core.AsError(err)
	e.Platform, e.Err, e.Field = name, err, ""
	if unknownToView(err) {
		e.Kind = core.KindNotFound
		e.Message = "Bluesky's AppView at " + p.cfg.AppViewURL + " does not know the account."
		e.Help = "An AppView learns of an account once its server is connected to the network. " + helpAppView
	}
	switch e.Kind {
	case core.KindForbidden, core.KindNotFound, core.KindInvalid, core.KindUnsupported:
		if e.Code != core.CodeForbidden { // of an AppView that answers nobody, which has one number everywhere
			e.Code = core.CodeAnalytics
		}
	case core.KindAuth, core.KindRateLimited, core.KindTemporary, core.KindMedia, core.KindDuplicate, core.KindUncertain, core.KindInternal:
	}
	return &e
}
