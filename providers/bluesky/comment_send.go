package bluesky

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/internal/atonce"
)

var _ core.RepeatableComments = (*Provider)(nil)

// CommentsRepeatable tells that a comment has the key that its draft decides: one that is there
// is not written a second time.
func (*Provider) CommentsRepeatable() bool { return true }

// AddComment writes a comment: a post that answers another one. Whatever it needs is made ready
// before its one request: errors until then say Unsent.
func (p *Provider) AddComment(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, error) {
	said, err := p.planComment(s.Account, d)
	if err != nil {
		return core.Comment{}, err
	}
	own, err := said.sending(ctx, s, d)
	if err != nil {
		return core.Comment{}, unsent(err)
	}
	if err := atonce.Prepare(ctx, own, "bluesky.comment", said.Prepare); err != nil {
		return core.Comment{}, unsent(said.named(err))
	}
	receipt, err := said.Commit(ctx, own)
	if err != nil && core.AsError(err).Upstream == api.ErrInvalidSwap {
		return p.thereAlready(ctx, own, said, d, err)
	}
	if err != nil {
		return core.Comment{}, said.named(err)
	}
	r, err := said.prepared(own)
	if err != nil {
		return core.Comment{}, said.named(err)
	}
	return p.written(s.Account, d, receipt, asRecord(r.main)), nil
}

// thereAlready returns the comment that is there under the key, in whatever words: an earlier
// request has written it. One that is gone by the time it is read leaves open what became of this
// request.
func (p *Provider) thereAlready(ctx context.Context, own *core.Session, said *remark, d core.CommentDraft, refusal error) (core.Comment, error) {
	c, found, err := p.lookUpComment(ctx, own, said, d)
	if err == nil && !found {
		err = said.named(refusal)
	}
	return c, err
}

// sending is the session in which a comment is sent and looked for, under the key of its draft.
func (r *remark) sending(ctx context.Context, s *core.Session, d core.CommentDraft) (*core.Session, error) {
	if d.Key == "" || d.At.IsZero() {
		return nil, &core.Error{Kind: core.KindInternal, Op: "bluesky.comment", Platform: name, Message: "the comment has no name to be sent under"}
	}
	var memory atonce.Memory
	err := memory.Save(ctx, progress{RKey: commentKey(s.Account.RemoteID, r.exhibit.reply.uri, d), CreatedAt: datetime(d.At)})
	return r.session(s, &memory), err
}

// written is a comment of the account, by its record.
func (p *Provider) written(as core.Account, d core.CommentDraft, receipt core.Receipt, r said) core.Comment {
	c := core.Comment{
		ID: receipt.RemoteID, PostID: d.PostID, ParentID: d.ParentID, Text: r.Text, Own: true,
		From:      core.Commenter{ID: as.RemoteID, Name: as.DisplayName, Username: as.Username},
		CreatedAt: parseTime(r.CreatedAt), Extra: map[string]any{"cid": receipt.Extra["cid"], "commentUrl": receipt.URL},
	}
	if r.Reply != nil {
		if !isPostURI(c.PostID) { // named by its address on the site, or not at all
			c.PostID = r.Reply.Root.URI
		}
		if c.ParentID != "" && !isPostURI(c.ParentID) {
			c.ParentID = r.Reply.Parent.URI
		}
	}
	if c.ParentID == c.PostID {
		c.ParentID = ""
	}
	return c
}

// asRecord reads a record that is to be written as it is read from a server.
func asRecord(record any) said {
	raw, err := json.Marshal(record)
	if err != nil {
		return said{} // structs of strings and lists always encode
	}
	return readRecord(raw)
}

// session is the one in which a comment is prepared and sent: what it says names the fields of
// the comment.
func (r *remark) session(s *core.Session, c core.Checkpoint) *core.Session {
	own := *s
	own.Checkpoint, own.DueAt = c, time.Time{}
	own.OnWarning = func(w core.Warning) {
		w.Field = r.fields.rename(w.Field)
		s.Warn(w)
	}
	return &own
}

// named is an error that names the fields of the comment. The end of a context is left as it is.
func (r *remark) named(err error) error {
	if _, own := errors.AsType[*core.Error](err); !own {
		return err
	}
	var list core.Errors
	for _, e := range core.AsErrors(err) {
		told := *e
		told.Field = r.fields.rename(e.Field)
		told.Message = strings.ReplaceAll(e.Message, replyField, r.fields.post)
		if e.Help == helpTarget {
			told.Help = helpComment
		}
		list = append(list, &told)
	}
	if len(list) == 1 {
		return list[0]
	}
	return list.OrNil()
}

// rename returns what a field of a post is called in a comment.
func (f commentFields) rename(field string) string {
	switch {
	case field == textField, strings.HasPrefix(field, linkField):
		return f.text
	case field == mediaField, strings.HasPrefix(field, altTextField):
		return f.media
	case field == replyField:
		return f.post
	}
	return field
}
