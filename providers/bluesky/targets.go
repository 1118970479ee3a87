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
	// Doubt is why others may not be shown what refers to it so; nil: there is no reason.
	Doubt *core.Warning `json:"doubt,omitempty"`
}

// reply is how a post answers this one.
func (f foundPost) reply() *api.Reply {
	if f.Root != nil {
		return &api.Reply{Root: *f.Root, Parent: f.Ref}
	}
	return &api.Reply{Root: f.Ref, Parent: f.Ref}
}

// thread is the post that the thread begins with.
func (f foundPost) thread() api.Ref { return f.reply().Root }

// readTarget finds the post that an option names, if the account can refer to it so.
func (p *publication) readTarget(ctx context.Context, s *core.Session, t *target) (foundPost, error) {
	found, err := p.provider.findTarget(ctx, s, t)
	if err != nil {
		return foundPost{}, err
	}
	found.Doubt, err = p.admission(ctx, t.field, found)
	if err != nil {
		return foundPost{}, err
	}
	if t.field == repostField {
		err = p.provider.checkRepost(ctx, s, found.URI)
	}
	return found, err
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
	if json.Unmarshal(record.Value, &post) == nil && post.Reply != nil && isStrong(post.Reply.Root) {
		found.Root = &post.Reply.Root
	}
	return found, nil
}

// isStrong tells whether a reference that a stranger has written can be one to a version of a
// record. https://github.com/bluesky-social/atproto/blob/main/lexicons/com/atproto/repo/strongRef.json
func isStrong(ref api.Ref) bool {
	_, uriErr := syntax.ParseATURI(ref.URI)
	_, cidErr := syntax.ParseCID(ref.CID)
	return uriErr == nil && cidErr == nil
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
	if e.Upstream == api.ErrRecordNotFound {
		named.Message = t.field + " names a post that is not there: it was deleted, or never was."
	}
	named.Help = helpTarget
	return &named
}

// The way out for a post that cannot be had, in a post and in a comment.
const (
	helpTarget  = "Name a post that is there: at://…, its address on bsky.app, or the id of one of this profile that is published on Bluesky."
	helpComment = "Name a post or comment that is there: its id on this server or, with searchPlatformId, at://did:plc:…/" + api.CollectionPost + "/…."
)

// findTargets finds out what the post refers to.
func (w *preparation) findTargets(ctx context.Context) (core.Progress, error) {
	for _, t := range w.exhibit.targets() {
		if _, known := w.state.Posts[t.field]; known {
			continue
		}
		if err := w.learnTarget(ctx, t); err != nil {
			return core.Progress{}, err
		}
	}
	return core.Progress{Ready: true}, nil
}

// learnTarget finds out what one option names, and keeps it.
func (w *preparation) learnTarget(ctx context.Context, t *target) error {
	found, asked := w.found[t.field]
	if delete(w.found, t.field); !asked {
		var err error
		if found, err = w.readTarget(ctx, w.session, t); err != nil {
			return err
		}
	}
	w.state.Posts[t.field] = found
	w.learned[t.field] = true
	return w.save(ctx)
}

// confirmTargets looks again at what the post refers to, when it is due and before it can have
// been sent: since it was prepared, a post may have been deleted or closed. Where nobody tells,
// what was found before stands.
func (w *preparation) confirmTargets(ctx context.Context) (core.Progress, error) {
	if w.session.Ahead() {
		return core.Progress{Ready: true}, nil
	}
	for _, t := range w.exhibit.targets() {
		if !w.learned[t.field] && !w.keyChosen() {
			if err := w.learnTarget(ctx, t); err != nil && (!isPassing(err) || ctx.Err() != nil) {
				return core.Progress{}, err
			}
		}
		if doubt := w.state.Posts[t.field].Doubt; doubt != nil {
			w.session.Warn(*doubt)
		}
	}
	return core.Progress{Ready: true}, nil
}

// isPassing tells whether an error says nothing but that nobody answers now.
func isPassing(err error) bool {
	kind := core.KindOf(err)
	return kind == core.KindTemporary || kind == core.KindRateLimited
}

// checkTargets looks whether what the post refers to is there.
func (p *publication) checkTargets(ctx context.Context, s *core.Session) error {
	var problems core.Errors
	p.found = map[string]foundPost{}
	for _, t := range p.exhibit.targets() {
		found, err := p.readTarget(ctx, s, t)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			problems = append(problems, core.AsErrors(err)...)
			continue
		}
		p.found[t.field] = found
		if found.Doubt != nil {
			s.Warn(*found.Doubt)
		}
	}
	return problems.OrNil()
}
