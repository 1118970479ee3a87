package bluesky

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/richtext"
)

// admission tells whether the author of a post lets this account refer to it as an option
// wants to. Servers keep what is against his wish, but nobody is shown it: what is certain is
// refused, and what depends on who knows whom is a doubt.
// https://docs.bsky.app/docs/tutorials/thread-gates
func (p *publication) admission(ctx context.Context, field string, post foundPost) (*core.Warning, error) {
	switch field {
	case replyField:
		return p.mayReply(ctx, post.thread())
	case quoteField:
		return p.mayQuote(ctx, post.Ref)
	}
	return nil, nil
}

// mayQuote reads the postgate of a post. Authors may always quote themselves.
func (p *publication) mayQuote(ctx context.Context, post api.Ref) (*core.Warning, error) {
	var gate api.Postgate
	there, err := p.othersGate(ctx, post.URI, api.CollectionPostgate, &gate)
	if err != nil {
		return unknownGate(ctx, quoteField, "quote the post", err)
	}
	if !there || !slices.ContainsFunc(gate.Rules, func(r api.Rule) bool { return r.Type == api.RuleNoQuotes }) {
		return nil, nil
	}
	e := invalid(quoteField, quoteField+" names a post that its author lets nobody quote: Bluesky would show yours without it.")
	e.Help = "Name another post, or repost this one with " + repostField + "."
	return nil, e
}

// mayReply reads the threadgate of the post that a thread begins with. The author of that one
// may always reply.
func (p *publication) mayReply(ctx context.Context, root api.Ref) (*core.Warning, error) {
	var gate api.Threadgate
	there, err := p.othersGate(ctx, root.URI, api.CollectionThreadgate, &gate)
	switch {
	case err != nil:
		return unknownGate(ctx, replyField, "reply in the thread", err)
	case !there || gate.Allow == nil:
		return nil, nil
	}
	var some []string
	for _, rule := range gate.Allow {
		mentioned, known := false, false
		if rule.Type == api.RuleMentioned {
			mentioned, known = p.mentionedIn(ctx, root)
		}
		if mentioned {
			return nil, nil
		}
		if !known {
			some = append(some, allowed(rule))
		}
	}
	if len(some) == 0 {
		e := invalid(replyField, replyField+" names a post in a thread whose author does not let this account reply: nobody would be shown the reply.")
		e.Help = "Name another post, or quote this one with " + quoteField + "."
		return nil, e
	}
	slices.Sort(some)
	return &core.Warning{
		Code: core.CodeNotShown, Field: replyField,
		Message: "The author of the thread lets only some reply to it: " + enumerate(slices.Compact(some)) +
			". Bluesky shows the reply if the account is one of them, and otherwise to nobody.",
	}, nil
}

// allowed says whom a rule lets reply.
func allowed(rule api.Rule) string {
	switch rule.Type {
	case api.RuleMentioned:
		return "those whom the first post mentions"
	case api.RuleFollowing:
		return "those whom the author follows"
	case api.RuleFollowers:
		return "those who follow the author"
	case api.RuleList:
		return "the members of a list"
	}
	return "others"
}

// mentionedIn tells whether a post mentions the account, if that can be found out.
func (p *publication) mentionedIn(ctx context.Context, post api.Ref) (mentioned, known bool) {
	var said struct {
		Facets []richtext.Facet `json:"facets"`
	}
	if there, err := p.provider.readPublic(ctx, post.URI, api.CollectionPost, &said); err != nil || !there {
		return false, false
	}
	return slices.ContainsFunc(said.Facets, func(f richtext.Facet) bool {
		return slices.ContainsFunc(f.Features, func(x richtext.Feature) bool { return x.DID == p.author })
	}), true
}

// othersGate reads what somebody else has decided about a post; false: nothing, or it is the
// account's own.
func (p *publication) othersGate(ctx context.Context, post, collection string, gate any) (bool, error) {
	if who, _, _, _ := api.SplitURI(post); who == p.author {
		return false, nil
	}
	return p.provider.readPublic(ctx, post, collection, gate)
}

// readPublic reads, as nobody, the record that has the key of a post in a collection of its
// author; false: there is none that can be understood.
func (p *Provider) readPublic(ctx context.Context, post, collection string, record any) (bool, error) {
	who, _, rkey, ok := api.SplitURI(post)
	if !ok {
		return false, nil
	}
	home, err := p.people.Lookup(ctx, who)
	if err == nil {
		var found api.Record
		if found, err = p.api.GetRecord(ctx, api.Server{URL: home.PDS}, home.DID, collection, rkey); err == nil {
			return json.Unmarshal(found.Value, record) == nil, nil
		}
	}
	if isPassing(err) || ctx.Err() != nil {
		return false, err
	}
	return false, nil
}

// unknownGate is the doubt that remains where nobody tells what the author of a post has
// decided. The end of a context ends the question.
func unknownGate(ctx context.Context, field, what string, err error) (*core.Warning, error) {
	if ctx.Err() != nil {
		return nil, err
	}
	return &core.Warning{
		Code: core.CodeNotShown, Field: field,
		Message: "It could not be found out whether the account may " + what + ": " + sentence(core.AsError(err).Message),
	}, nil
}

// maxRepostPages bounds the search for a repost among those of the account.
const maxRepostPages = 3

// checkRepost refuses to repost what the account has reposted lately: Bluesky shows and counts
// one repost of a post by an account, however many records there are.
func (p *Provider) checkRepost(ctx context.Context, s *core.Session, uri string) error {
	server, err := p.server(ctx, s)
	if err != nil {
		return err
	}
	cursor := ""
	for range maxRepostPages {
		page, err := p.api.ListRecords(ctx, server, s.Account.RemoteID, api.CollectionRepost, cursor, maxRecords, false)
		if err != nil {
			return err
		}
		for _, r := range page.Records {
			var repost api.Repost
			if json.Unmarshal(r.Value, &repost) == nil && repost.Subject.URI == uri {
				return repostedBefore(ctx, s, r.URI)
			}
		}
		if page.Cursor == "" || page.Cursor == cursor {
			return nil
		}
		cursor = page.Cursor
	}
	return nil
}

// repostedBefore tells where a repost can be undone. Who published it here is asked for the
// help alone.
func repostedBefore(ctx context.Context, s *core.Session, uri string) *core.Error {
	undo := "It was not made by this server: undo it in Bluesky's app"
	if ours, err := s.IsTaken(ctx, uri); err == nil && ours {
		undo = "A post of this server made it: delete that one with DELETE /post and its id, which GET /history shows"
	}
	return &core.Error{
		Kind: core.KindDuplicate, Code: core.CodeDuplicate, Platform: name, Field: repostField,
		Message: "The account has reposted this post already, as " + uri + ": Bluesky shows one repost of a post.",
		Help:    undo + ", or quote the post with " + quoteField + ".",
	}
}

// checkLists refuses lists of people that are not there: with a list that was mistyped, fewer
// could reply than is meant. Of one that nobody tells of, it warns.
func (p *publication) checkLists(ctx context.Context, s *core.Session) error {
	var problems core.Errors
	for _, rule := range p.gate.replies {
		if rule.Type != api.RuleList {
			continue
		}
		err := p.provider.findList(ctx, rule.List)
		switch kind := core.KindOf(err); {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case kind == core.KindNotFound, kind == core.KindInvalid:
			problems = append(problems, noList(rule.List, core.AsError(err)))
		default:
			s.Warn(core.Warning{
				Code: core.CodeNotShown, Field: repliesField,
				Message: "It could not be found out whether the list " + rule.List + " is there, whose members may reply: " + sentence(core.AsError(err).Message),
			})
		}
	}
	return problems.OrNil()
}

// noList refuses a list that is not there, or that nobody can have.
func noList(uri string, why *core.Error) *core.Error {
	e := invalid(repliesField, repliesField+" names a list that is not there: "+uri+".")
	if why.Upstream != api.ErrRecordNotFound {
		e.Message += " " + sentence(why.Message)
	}
	e.Help = "Name a list that is there, as at://did:…/" + collectionList + "/…."
	return e
}

// findList fails unless there is such a list.
func (p *Provider) findList(ctx context.Context, uri string) error {
	who, collection, rkey, _ := api.SplitURI(uri)
	home, err := p.people.Lookup(ctx, who)
	if err == nil {
		_, err = p.api.GetRecord(ctx, api.Server{URL: home.PDS}, home.DID, collection, rkey)
	}
	return err
}
