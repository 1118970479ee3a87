package bluesky

import (
	"context"
	"encoding/json"
	"time"

	"github.com/bluesky-social/indigo/atproto/syntax"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

const (
	// maxFindPages bounds the search for a comment among the account's posts.
	maxFindPages = 10
	// findDelay is how long after it was begun a comment can still come to be: it may take half
	// a minute until its request is given up, and for another half a server may work on that.
	findDelay = time.Minute
	// clockSkew is how far the clocks of two servers of ours can be apart.
	clockSkew = time.Minute
)

// FindComment looks for a comment of the account whose answer was lost, among the records of
// the account, which its server shows at once.
func (p *Provider) FindComment(ctx context.Context, s *core.Session, d core.CommentDraft, since time.Time) (core.Comment, bool, error) {
	said, err := p.planComment(s.Account, d)
	if err != nil {
		return core.Comment{}, false, err
	}
	r, err := p.resolve(ctx, said.words)
	if err == nil && r.trouble != nil {
		err = r.trouble
	}
	if err != nil {
		return core.Comment{}, false, said.named(err)
	}
	w := wanted{text: r.text.Visible(), parent: said.exhibit.reply.uri, images: len(d.Media), after: since.Add(-clockSkew)}
	record, found, err := p.findRecord(ctx, s, w)
	if err != nil {
		return core.Comment{}, false, err
	}
	if found {
		receipt := said.receipt(s, record.Ref)
		return p.written(s.Account, d, receipt, readRecord(record.Value)), true, nil
	}
	if age := s.Clock.Now().Sub(since); age < findDelay {
		return core.Comment{}, false, &core.Error{
			Kind: core.KindTemporary, Op: "bluesky.findComment", Platform: name, RetryAfter: findDelay - age,
			Message: "The account's server does not have the comment; it may still be at work on it.",
		}
	}
	return core.Comment{}, false, nil
}

// wanted is a comment that is looked for.
type wanted struct {
	text   string
	parent string // address of what it answers
	images int
	after  time.Time
}

// is tells whether a record is the one.
func (w wanted) is(raw json.RawMessage) bool {
	r := readRecord(raw)
	var shown struct {
		Embed struct {
			Images []json.RawMessage `json:"images"`
		} `json:"embed"`
	}
	if json.Unmarshal(raw, &shown) != nil {
		return false
	}
	return r.Reply != nil && r.Reply.Parent.URI == w.parent && r.Text == w.text &&
		len(shown.Embed.Images) == w.images && !parseTime(r.CreatedAt).Before(w.after)
}

// findRecord looks through the posts of the account, the newest first, back to the time. The
// keys that this server gives tell the time; others are passed over.
func (p *Provider) findRecord(ctx context.Context, s *core.Session, w wanted) (api.Record, bool, error) {
	server, err := p.server(ctx, s)
	if err != nil {
		return api.Record{}, false, err
	}
	cursor := ""
	for range maxFindPages {
		page, err := p.api.ListRecords(ctx, server, s.Account.RemoteID, api.CollectionPost, cursor, maxRecords, false)
		if err != nil {
			return api.Record{}, false, err
		}
		for _, r := range page.Records {
			if w.is(r.Value) {
				return r, true, nil
			}
			if madeBefore(r.URI, w.after) {
				return api.Record{}, false, nil
			}
		}
		if page.Cursor == "" || page.Cursor == cursor {
			return api.Record{}, false, nil
		}
		cursor = page.Cursor
	}
	return api.Record{}, false, &core.Error{
		Kind: core.KindUncertain, Code: core.CodeUncertain, Op: "bluesky.findComment", Platform: name,
		Message: "The account has more new posts than can be looked through; the comment in question was not among the first.",
	}
}

// madeBefore tells whether the key of a record says that it is older than a time.
func madeBefore(uri string, at time.Time) bool {
	_, _, rkey, _ := api.SplitURI(uri)
	key, err := syntax.ParseTID(rkey)
	return err == nil && key.Time().Before(at)
}
