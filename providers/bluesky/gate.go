package bluesky

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/bluesky/identity"
	"github.com/crier-social/crier/providers/internal/options"
)

// gate says what others may do with a post.
type gate struct {
	replies  []api.Rule // who may reply, if closed; none: nobody
	closed   bool       // not everybody may reply
	noQuotes bool
}

const collectionList = "app.bsky.graph.list"

// maxRules is how many rules a threadgate takes.
// https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/threadgate.json
const maxRules = 5

// planGate reads the options replies and allowQuotes. noComments is the word of all networks
// for a post that nobody may answer.
func planGate(o blockOptions, noComments bool) (gate, core.Errors) {
	g, problems := planReplies(o.Replies)
	g.noQuotes = o.AllowQuotes != nil && !*o.AllowQuotes
	if noComments {
		if len(o.Replies) > 0 && len(problems) == 0 && (!g.closed || len(g.replies) > 0) {
			problems = append(problems, invalid(commentsField, commentsField+" lets nobody reply, and "+repliesField+" lets some. Leave one of them out."))
		}
		g.closed, g.replies = true, nil
	}
	if o.ReplyTo != nil && (len(o.Replies) > 0 || noComments) {
		field := repliesField
		if noComments {
			field = commentsField
		}
		problems = append(problems, invalid(field, field+" cannot go together with "+replyField+": who may reply is decided by the author of the post that the thread begins with."))
	}
	return g, problems
}

// planReplies reads who may reply.
func planReplies(raw json.RawMessage) (gate, core.Errors) {
	var word string
	switch {
	case len(raw) == 0:
		return gate{}, nil
	case bytes.HasPrefix(raw, []byte("[")):
		return planRules(raw)
	case json.Unmarshal(raw, &word) == nil:
		switch strings.ToLower(strings.TrimSpace(word)) {
		case "everyone":
			return gate{}, nil
		case "nobody":
			return gate{closed: true}, nil
		}
	}
	return gate{}, core.Errors{invalid(repliesField, repliesField+` must be "everyone", "nobody", or a list of "mentioned", "following", "followers" and lists of people (at://…).`)}
}

func planRules(raw json.RawMessage) (gate, core.Errors) {
	var list struct {
		Replies []string `json:"replies"`
	}
	wrapped := append(append([]byte(`{"replies":`), raw...), '}')
	problems := core.AsErrors(options.Decode(wrapped, optionsKey, &list))
	g := gate{closed: true}
	seen := map[api.Rule]bool{}
	for i, v := range list.Replies {
		rule, ok := readRule(strings.TrimSpace(v))
		if !ok {
			field := fmt.Sprintf("%s[%d]", repliesField, i)
			problems = append(problems, invalid(field, fmt.Sprintf(`%s is %q: a list holds "mentioned", "following", "followers" and lists of people (at://did:…/app.bsky.graph.list/…).`, field, v)))
			continue
		}
		if !seen[rule] {
			seen[rule], g.replies = true, append(g.replies, rule)
		}
	}
	switch {
	case len(list.Replies) == 0 && len(problems) == 0:
		problems = append(problems, invalid(repliesField, repliesField+` is an empty list; send "nobody" if that is meant.`))
	case len(g.replies) > maxRules:
		problems = append(problems, invalid(repliesField, fmt.Sprintf("%s has %d entries; Bluesky takes %d.", repliesField, len(g.replies), maxRules)))
	}
	return g, problems
}

func readRule(v string) (api.Rule, bool) {
	switch strings.ToLower(v) {
	case "mentioned":
		return api.Rule{Type: api.RuleMentioned}, true
	case "following":
		return api.Rule{Type: api.RuleFollowing}, true
	case "followers":
		return api.Rule{Type: api.RuleFollowers}, true
	}
	uri, err := syntax.ParseATURI(v)
	if err != nil || uri.Collection() != collectionList || uri.RecordKey() == "" || !identity.IsDID(uri.Authority().String()) {
		return api.Rule{}, false
	}
	return api.Rule{Type: api.RuleList, List: uri.String()}, true
}

// threadgate is the record that says who may answer the post, nil if everybody may.
func (g gate) threadgate(post, createdAt string) *api.Threadgate {
	if !g.closed {
		return nil
	}
	allow := g.replies
	if allow == nil {
		allow = []api.Rule{}
	}
	return &api.Threadgate{Type: api.CollectionThreadgate, Post: post, Allow: allow, CreatedAt: createdAt}
}

// postgate is the record that says who may show the post in another, nil if everybody may.
func (g gate) postgate(post, createdAt string) *api.Postgate {
	if !g.noQuotes {
		return nil
	}
	return &api.Postgate{Type: api.CollectionPostgate, Post: post, Rules: []api.Rule{{Type: api.RuleNoQuotes}}, CreatedAt: createdAt}
}

// SetComments opens or closes the replies to a post. What the author has hidden stays hidden.
func (p *Provider) SetComments(ctx context.Context, s *core.Session, remoteID string, open bool) error {
	did, rkey, err := ownPost(s.Account.RemoteID, remoteID)
	if err != nil {
		return err
	}
	server, err := p.server(ctx, s)
	if err != nil {
		return unsent(err)
	}
	post, err := p.api.GetRecord(ctx, server, did, api.CollectionPost, rkey)
	if err != nil {
		return unsent(err)
	}
	if isReply(post.Value) {
		return unsupported(commentsField, "Who may reply is decided by the author of the post that the thread begins with; this one is a reply.")
	}
	return unsent(p.setReplies(ctx, server, did, rkey, open))
}

// setReplies changes the threadgate of a post. It may be repeated.
func (p *Provider) setReplies(ctx context.Context, server api.Server, did, rkey string, open bool) error {
	g := gate{closed: true}.threadgate(api.URI(did, api.CollectionPost, rkey), p.now())
	record, err := p.api.GetRecord(ctx, server, did, api.CollectionThreadgate, rkey)
	switch {
	case isNoRecord(err):
		if open {
			return nil
		}
	case err != nil:
		return err
	default:
		var before api.Threadgate
		if json.Unmarshal(record.Value, &before) == nil {
			g.Hidden, g.CreatedAt = before.Hidden, before.CreatedAt
		}
	}
	if open && len(g.Hidden) == 0 {
		return p.api.DeleteRecord(ctx, server, did, api.CollectionThreadgate, rkey)
	}
	if open {
		g.Allow = nil // a rule that is missing lets everybody reply
	}
	_, err = p.api.PutRecord(ctx, server, did, api.CollectionThreadgate, rkey, g)
	return err
}

// isReply tells whether a post answers another.
func isReply(record json.RawMessage) bool {
	var post struct {
		Reply *api.Reply `json:"reply"`
	}
	return json.Unmarshal(record, &post) == nil && post.Reply != nil
}
