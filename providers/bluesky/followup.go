package bluesky

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
	"github.com/crier-social/crier/providers/internal/atonce"
)

var _ core.Finisher = (*publication)(nil)

// planFollowUps reads what is to be done once the post is published.
func (p *publication) planFollowUps(d core.Draft) core.Errors {
	if d.FirstComment == nil {
		return nil
	}
	said, problems := p.provider.planRemark(p.author, firstComment(), d.FirstComment.Text, d.Mentions, d.FirstComment.Media)
	p.comment = said
	p.shareMentions(d.Mentions)
	// What is wrong with a mention itself is said of the post's text already.
	return slices.DeleteFunc(problems, func(e *core.Error) bool { return strings.HasPrefix(e.Field, "mentions[") })
}

// shareMentions keeps the warning that an entry of mentions is not used to those that
// neither the post nor the comment uses.
func (p *publication) shareMentions(mentions []core.MentionRef) {
	said := p.comment
	for i, m := range mentions {
		field := cmp.Or(m.Field, fmt.Sprintf("mentions[%d]", i))
		of := func(w core.Warning) bool { return w.Field == field }
		if !slices.ContainsFunc(said.words.warnings, of) {
			p.warnings, p.words.warnings = without(p.warnings, of), without(p.words.warnings, of)
		}
		said.warnings, said.words.warnings = without(said.warnings, of), without(said.words.warnings, of) // the post's are enough
	}
}

// without returns the warnings but for those that are meant.
func without(list []core.Warning, meant func(core.Warning) bool) []core.Warning {
	return slices.DeleteFunc(slices.Clone(list), meant)
}

// commentKeys stands before the keys of the files of the comment.
const commentKeys = "comment."

// needs lists the files of the comment, if there is one.
func (r *remark) needs() []core.Need {
	if r == nil {
		return nil
	}
	needs := r.publication.Needs()
	for i := range needs {
		needs[i].Key = commentKeys + needs[i].Key
	}
	return needs
}

// within is the session in which the comment below a post is prepared: a part of the post's
// own.
func (r *remark) within(s *core.Session, c core.Checkpoint) *core.Session {
	own := r.session(s, c)
	own.DueAt = s.DueAt
	own.Fetch = func(ctx context.Context, n core.Need) (*core.Asset, error) {
		n.Key = commentKeys + n.Key
		return s.Fetch(ctx, n)
	}
	return own
}

// part is the comment's part of a post's checkpoint.
type part struct {
	whole core.Checkpoint
	state *progress
}

// Load decodes what was saved.
func (c part) Load(v any) (bool, error) {
	if c.state.Comment == nil {
		return false, nil
	}
	return true, json.Unmarshal(c.state.Comment, v)
}

// Save keeps v along with the rest.
func (c part) Save(ctx context.Context, v any) (err error) {
	if c.state.Comment, err = json.Marshal(v); err != nil {
		return err
	}
	return c.whole.Save(ctx, c.state)
}

// checkComment asks what a comment needs to know, as Preflight does for the post.
func (p *publication) checkComment(ctx context.Context, s *core.Session) error {
	if p.comment == nil {
		return nil
	}
	return p.comment.named(p.comment.Preflight(ctx, p.comment.within(s, &atonce.Memory{})))
}

// prepareComment makes the comment ready once the post is, so that neither can fail for it
// later, and with a later time: also than those of a thread, which are ahead of the clock.
func (w *preparation) prepareComment(ctx context.Context) (core.Progress, error) {
	if w.comment == nil {
		return core.Progress{Ready: true}, nil
	}
	if n := len(w.state.Thread); n > 0 {
		w.comment.notBefore = parseTime(w.state.Thread[n-1].CreatedAt).Add(nameSpacing)
	}
	progress, err := w.comment.Prepare(ctx, w.comment.within(w.session, part{w.session.Checkpoint, w.state}))
	return progress, w.comment.named(err)
}

// FollowUps names what is to be done once the post is published.
func (p *publication) FollowUps() []core.FollowUpName {
	if p.comment == nil {
		return nil
	}
	return []core.FollowUpName{core.FollowUpComment}
}

// FollowUp writes the comment under the key that Prepare has chosen: written again, it is the
// same.
func (p *publication) FollowUp(ctx context.Context, s *core.Session, what core.FollowUpName, r core.Receipt) (map[string]any, error) {
	below, own, err := p.commentBelow(ctx, s, what, r)
	if err != nil {
		return nil, unsent(err)
	}
	made, err := below.Commit(ctx, own)
	if err != nil {
		return nil, below.lostFiles(below.named(err))
	}
	return commentResult(made), nil
}

// lostFiles says of a file that the server has removed meanwhile that it cannot be sent again.
func (r *remark) lostFiles(err error) error {
	e := *core.AsError(err)
	if e.Upstream != api.ErrBlobNotFound {
		return err
	}
	e.Kind, e.Code, e.Field, e.RetryAfter = core.KindMedia, core.CodeUpstreamInvalid, r.fields.media, 0
	e.Message = "The account's server has removed the images of the comment, since the comment did not follow in time."
	e.Help = "Write the comment with POST /comments."
	return &e
}

// commentBelow is the comment that was prepared, as an answer to the post, with the session in
// which it is written.
func (p *publication) commentBelow(ctx context.Context, s *core.Session, what core.FollowUpName, r core.Receipt) (*remark, *core.Session, error) {
	if what != core.FollowUpComment || p.comment == nil {
		return nil, nil, &core.Error{
			Kind: core.KindInternal, Op: "bluesky.followUp", Platform: name, Message: "there is no such follow-up: " + string(what),
		}
	}
	whole, err := loadProgress(s.Checkpoint)
	if err != nil {
		return nil, nil, err
	}
	post, err := p.provider.findPost(ctx, s, whole.lastPost(r.RemoteID))
	if err != nil {
		return nil, nil, err
	}
	kept := &atonce.Memory{Saved: whole.Comment}
	state, err := loadProgress(kept)
	if err != nil {
		return nil, nil, err
	}
	state.Posts[replyField] = post
	if err := kept.Save(ctx, state); err != nil {
		return nil, nil, err
	}
	pub := *p.comment.publication
	pub.exhibit.reply = &target{field: replyField, uri: post.URI}
	below := &remark{publication: &pub, fields: p.comment.fields}
	return below, below.within(s, kept), nil
}

// commentResult is what the author of a post is told of the comment below it.
func commentResult(made core.Receipt) map[string]any {
	return map[string]any{"commentId": made.RemoteID, "commentUrl": made.URL, "cid": made.Extra["cid"]}
}

// FindFollowUp looks under the key of the comment.
func (p *publication) FindFollowUp(ctx context.Context, s *core.Session, what core.FollowUpName, r core.Receipt, since time.Time) (map[string]any, bool, error) {
	if what != core.FollowUpComment || p.comment == nil {
		return nil, false, nil
	}
	whole, err := loadProgress(s.Checkpoint)
	if err != nil {
		return nil, false, err
	}
	made, found, err := p.comment.Reconcile(ctx, p.comment.within(s, &atonce.Memory{Saved: whole.Comment}), since)
	if err != nil || !found {
		return nil, false, err
	}
	return commentResult(made), true, nil
}
