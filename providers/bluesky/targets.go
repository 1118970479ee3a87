package bluesky

import (
	"context"
	"encoding/json"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// foundPost is a post that the new one refers to.
type foundPost struct {
	api.Ref

	// Root is the post that its thread begins with; nil: it does itself.
	Root *api.Ref `json:"root,omitempty"`
}

// reply is how a post answers this one.
func (f foundPost) reply() *api.Reply {
	if f.Root != nil {
		return &api.Reply{Root: *f.Root, Parent: f.Ref}
	}
	return &api.Reply{Root: f.Ref, Parent: f.Ref}
}

// findTarget finds the post that an option names.
func (p *Provider) findTarget(ctx context.Context, s *core.Session, t *target) (foundPost, error) {
	uri := t.uri
	if t.postID != "" {
		remoteID, err := s.Published(ctx, t.postID)
		if err != nil {
			return foundPost{}, targetError(t, err)
		}
		var ok bool
		if uri, ok = postURI(remoteID); !ok {
			return foundPost{}, invalid(t.field, t.field+" names the post "+t.postID+", which is a repost: name what it reposts.")
		}
	}
	found, err := p.findPost(ctx, s, uri)
	return found, targetError(t, err)
}

// findPost reads a post at the server that keeps it, which is the only one that surely knows
// whether it is there. The account's own is asked as the account.
func (p *Provider) findPost(ctx context.Context, s *core.Session, uri string) (foundPost, error) {
	who, collection, rkey, _ := api.SplitURI(uri)
	server, did, err := p.homeOf(ctx, s, who)
	if err != nil {
		return foundPost{}, err
	}
	record, err := p.api.GetRecord(ctx, server, did, collection, rkey)
	if err != nil {
		return foundPost{}, err
	}
	found := foundPost{Ref: api.Ref{URI: api.URI(did, collection, rkey), CID: record.CID}}
	if _, err := syntax.ParseCID(record.CID); err != nil {
		return foundPost{}, &core.Error{
			Kind: core.KindTemporary, Op: "bluesky.getRecord", Platform: name, Message: "The server of the post did not tell its version.",
		}
	}
	var post struct {
		Reply *api.Reply `json:"reply"`
	}
	if json.Unmarshal(record.Value, &post) == nil && post.Reply != nil {
		found.Root = &post.Reply.Root
	}
	return found, nil
}

// homeOf returns the server that keeps the posts of somebody, and his DID.
func (p *Provider) homeOf(ctx context.Context, s *core.Session, who string) (api.Server, string, error) {
	if who == s.Account.RemoteID {
		server, err := p.server(ctx, s)
		return server, who, err
	}
	found, err := p.people.Lookup(ctx, who)
	if err != nil {
		return api.Server{}, "", err
	}
	return api.Server{URL: found.PDS}, found.DID, nil
}

// targetError names the option for a post that cannot be had.
func targetError(t *target, err error) error {
	if err == nil {
		return nil
	}
	e := core.AsError(err)
	if e.Kind != core.KindNotFound && e.Kind != core.KindInvalid {
		return err
	}
	named := *e
	named.Kind, named.Code, named.Platform, named.Field = core.KindInvalid, core.CodeParameters, name, t.field
	named.Message = t.field + ": " + named.Message
	named.Help = "Name a post that is there: at://…, its address on bsky.app, or the id of one of this profile that is published on Bluesky."
	return &named
}

// findTargets finds out what the post refers to, once for all attempts.
func (w *preparation) findTargets(ctx context.Context) (core.Progress, error) {
	for _, t := range w.exhibit.targets() {
		if _, known := w.state.Posts[t.field]; known {
			continue
		}
		found, err := w.provider.findTarget(ctx, w.session, t)
		if err != nil {
			return core.Progress{}, err
		}
		w.state.Posts[t.field] = found
		if err := w.save(ctx); err != nil {
			return core.Progress{}, err
		}
	}
	return core.Progress{Ready: true}, nil
}

// checkTargets looks whether what the post refers to is there.
func (p *publication) checkTargets(ctx context.Context, s *core.Session) error {
	var problems core.Errors
	for _, t := range p.exhibit.targets() {
		if _, err := p.provider.findTarget(ctx, s, t); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			problems = append(problems, core.AsErrors(err)...)
		}
	}
	return problems.OrNil()
}
