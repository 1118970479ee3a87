package linkedin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
)

// maxCommentWait is how long a comment may wait until LinkedIn has processed its image
// and told whom it mentions.
const maxCommentWait = 20 * time.Second

// AddComment writes a comment on a post, or a reply to one. Whatever the comment needs
// is made ready before its one request: errors until then say Unsent.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/comments-api
func (p *Provider) AddComment(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, error) {
	pub, on, own, err := p.commentary(s, d)
	if err != nil {
		return core.Comment{}, err
	}
	if err := pub.prepareSoon(ctx, own); err != nil {
		return core.Comment{}, unsent(outOfTime(err))
	}
	made, err := pub.sendComment(ctx, own, on)
	if err != nil {
		return core.Comment{}, err
	}
	c := commentOf(s.Account, made)
	c.PostID = cmp.Or(d.PostID, on.thread)
	if c.CreatedAt.IsZero() {
		c.CreatedAt = s.Clock.Now()
	}
	return c, nil
}

// commentary makes a comment into a publication that has nothing else, with a session in
// which it can be prepared.
func (p *Provider) commentary(s *core.Session, d core.CommentDraft) (*publication, subject, *core.Session, error) {
	said, on, err := p.planDraft(s.Account, d)
	if err != nil {
		return nil, subject{}, nil, err
	}
	pub := &publication{provider: p, author: s.Account.RemoteID, comment: said, warnings: said.words.warnings}
	own := *s
	own.Checkpoint = &memory{}
	return pub, on, &own, nil
}

// prepareSoon prepares within a short time, or gives up.
func (p *publication) prepareSoon(ctx context.Context, s *core.Session) error {
	for left := maxCommentWait; ; {
		progress, err := p.Prepare(ctx, s)
		if err != nil || progress.Ready {
			return err
		}
		if left -= progress.After; left < 0 {
			return &core.Error{
				Kind: core.KindTemporary, Op: "linkedin.comment", Platform: name, RetryAfter: progress.After,
				Message: progress.Note + "; the comment was not sent.",
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.Clock.After(progress.After):
		}
	}
}

// outOfTime turns the end of a context into an error that tells what became of the comment.
func outOfTime(err error) error {
	if _, known := errors.AsType[*core.Error](err); known || (!errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled)) {
		return err
	}
	return &core.Error{
		Kind: core.KindTemporary, Op: "linkedin.comment", Platform: name, Err: err,
		Message: "The time was up before the comment was ready; it was not sent.",
	}
}

// memory is a checkpoint of a single call.
type memory struct{ saved json.RawMessage }

// Load decodes what was saved.
func (m *memory) Load(v any) (bool, error) {
	if m.saved == nil {
		return false, nil
	}
	return true, json.Unmarshal(m.saved, v)
}

// Save keeps v.
func (m *memory) Save(_ context.Context, v any) (err error) {
	m.saved, err = json.Marshal(v)
	return err
}

// notThere tells whether LinkedIn does not have what was named.
func notThere(err error) bool { return core.KindOf(err) == core.KindNotFound && !notOffered(err) }

// offered turns the 404 of a resource that LinkedIn does not offer to the app into a
// refusal.
func offered(err error, what string) error {
	if !notOffered(err) {
		return err
	}
	e := *core.AsError(err)
	e.Kind, e.Code = core.KindForbidden, core.CodeForbidden
	e.Message = "LinkedIn does not offer " + what + " to the app."
	e.Help = "Apply for the Community Management API at https://www.linkedin.com/developers/apps, under Products, then link the account again."
	return &e
}
