package bluesky

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// FindComment reads the comment under its key, on the account's server, which shows at once what
// it has taken.
func (p *Provider) FindComment(ctx context.Context, s *core.Session, d core.CommentDraft, _ time.Time) (core.Comment, bool, error) {
	said, err := p.planComment(s.Account, d)
	if err != nil {
		return core.Comment{}, false, err
	}
	if d.Key == "" {
		return core.Comment{}, false, &core.Error{
			Kind: core.KindUncertain, Code: core.CodeUncertain, Op: "bluesky.findComment", Platform: name,
			Message: "The comment was sent by an earlier version of Crier, under a key that nobody knows any more.",
		}
	}
	own, err := said.sending(ctx, s, d)
	if err != nil {
		return core.Comment{}, false, err
	}
	return p.lookUpComment(ctx, own, said, d)
}

// lookUpComment reads the comment under the key of the session. Its words may be other ones: an
// attempt before may have found other people by the same names.
func (p *Provider) lookUpComment(ctx context.Context, own *core.Session, said *remark, d core.CommentDraft) (core.Comment, bool, error) {
	receipt, record, found, err := said.lookUp(ctx, own)
	if err != nil || !found {
		return core.Comment{}, false, said.named(err)
	}
	there := readRecord(record.Value)
	if there.Reply == nil || keyOf(there.Reply.Parent.URI) != keyOf(said.exhibit.reply.uri) {
		return core.Comment{}, false, notOurs()
	}
	return p.written(own.Account, d, receipt, there), true, nil
}

// keyOf is the key of a record: the only part of an address that has one form.
func keyOf(uri string) string {
	_, _, rkey, _ := api.SplitURI(uri)
	return rkey
}
