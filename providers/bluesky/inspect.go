package bluesky

import (
	"context"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

var _ core.Inspector = (*Provider)(nil)

// Inspect reads a post back. The account's server tells whether it is there, and the AppView
// whether those who run the network keep it from sight. An AppView that does not know the
// account, or cannot be asked, says nothing about its posts.
func (p *Provider) Inspect(ctx context.Context, s *core.Session, remoteID string) (core.Standing, string, error) {
	repo, collection, rkey, ok := api.SplitURI(remoteID)
	if !ok {
		return "", "", notAPost("id", remoteID)
	}
	server, err := p.server(ctx, s)
	if err != nil {
		return "", "", err
	}
	_, err = p.api.GetRecord(ctx, server, repo, collection, rkey)
	switch {
	case isNoRecord(err):
		return core.StandingGone, "", nil
	case err != nil:
		return "", "", err
	}
	if collection != api.CollectionPost {
		return core.StandingShown, "", nil
	}
	return p.standing(ctx, s, remoteID)
}

// standing tells what readers see of a post that the account's server has.
func (p *Provider) standing(ctx context.Context, s *core.Session, uri string) (core.Standing, string, error) {
	author := s.Account.RemoteID
	views, err := p.views(ctx, []string{uri})
	if err != nil {
		s.Log.InfoContext(ctx, "the AppView does not tell how a post fares", "error", err)
		return core.StandingShown, "", nil
	}
	if v, shown := views[uri]; shown {
		if why, hidden := moderation(append(v.Labels, v.Author.Labels...), author); hidden {
			return core.StandingRefused, why, nil
		}
		return core.StandingShown, "", nil
	}
	switch _, err := p.known.GetProfile(ctx, p.appView(), author); {
	case err == nil:
		return core.StandingProcessing, "the AppView does not have it yet", nil
	case core.AsError(err).Upstream == api.ErrAccountTakedown, core.AsError(err).Upstream == api.ErrAccountSuspended:
		return core.StandingRefused, quotable(core.AsError(err).Message), nil
	}
	return core.StandingShown, "", nil
}

// notAPost is the error of an id that is that of no post.
func notAPost(field, id string) *core.Error {
	if isRepostURI(id) {
		e := unsupported(field, "A repost on Bluesky has no figures and no comments of its own.")
		e.Help = "Name the post that it reposts."
		return e
	}
	return invalid(field, "Not a post on Bluesky: its id has the form at://did:plc:…/"+api.CollectionPost+"/…")
}
