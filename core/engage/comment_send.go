package engage

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// lookAfter is when to look for a comment whose answer was lost, as waits one after the
// other: networks show what they took after some seconds.
func lookAfter() []time.Duration {
	return []time.Duration{2 * time.Second, 5 * time.Second, 10 * time.Second}
}

// send writes a comment with one irreversible request, and finds out what became of it
// when its answer is lost.
func (s *Service) send(ctx context.Context, t Target, d core.CommentDraft, n Attempt) (core.Comment, error) {
	a := t.Account
	discussion, err := ability[core.Discussion](s, a.Platform, "comments")
	if err != nil {
		return core.Comment{}, err
	}
	defer s.cache.forget(commentsOf(a.ID))
	since := s.clock.Now()
	c, err := act(ctx, s, t, func(ctx context.Context, session *core.Session) (core.Comment, error) {
		if err := s.inTime(n); err != nil {
			return core.Comment{}, err
		}
		return discussion.AddComment(ctx, session, d)
	})
	if err == nil || !isLost(err) {
		return c, err
	}
	cause := core.AsErrors(err)[0]
	if repeatable(discussion, d) {
		r := repetition{Service: s, target: t, discussion: discussion, draft: d, attempt: n, lastSent: s.clock.Now(), cause: cause}
		return r.run(ctx, repeatAfter())
	}
	for _, wait := range lookAfter() {
		<-s.clock.After(wait)
		again := false
		if c, again, err = s.find(ctx, t, discussion, d, since, cause); !again {
			break
		}
	}
	return c, err
}

// sendAgain finds out what became of a comment that an earlier attempt may have sent: it is
// looked for and, where that can do no harm and nobody was told of its outcome, sent.
func (s *Service) sendAgain(ctx context.Context, t Target, d core.CommentDraft, n Attempt) (core.Comment, error) {
	discussion, err := ability[core.Discussion](s, t.Account.Platform, "comments")
	if err != nil {
		return core.Comment{}, err
	}
	if !repeatable(discussion, d) || !n.Earlier.open(t.Account.ID) {
		return s.findEarlier(ctx, t, discussion, d, n)
	}
	r := repetition{
		Service: s, target: t, discussion: discussion, draft: d, attempt: n,
		lastSent: n.Earlier.Last.Add(sendFor), several: true,
	}
	return r.run(ctx, append([]time.Duration{0}, repeatAfter()...))
}

// find looks once for a comment that was sent at the time since and whose answer was lost by
// cause. again tells that another look may show more.
func (s *Service) find(ctx context.Context, t Target, discussion core.Discussion, d core.CommentDraft, since time.Time, cause *core.Error) (c core.Comment, again bool, err error) {
	c, found, err := s.look(ctx, t, discussion, d, since)
	switch {
	case err == nil && found:
		return c, false, nil
	case err == nil:
		return core.Comment{}, false, notWritten(cause)
	}
	kind := core.KindOf(err)
	return core.Comment{}, kind == core.KindTemporary || kind == core.KindRateLimited, uncertain(t.Account, cause)
}

// look looks once for a comment.
func (s *Service) look(ctx context.Context, t Target, discussion core.Discussion, d core.CommentDraft, since time.Time) (c core.Comment, found bool, err error) {
	c, err = act(ctx, s, t, func(ctx context.Context, session *core.Session) (c core.Comment, err error) {
		c, found, err = discussion.FindComment(ctx, session, d, since)
		return c, err
	})
	if found {
		s.cache.forget(commentsOf(t.Account.ID))
	}
	return c, found, err
}

// findEarlier looks once for a comment that the first attempt may have sent. Of one of whose
// outcome the client was told, its absence tells that it was refused, or deleted since.
func (s *Service) findEarlier(ctx context.Context, t Target, discussion core.Discussion, d core.CommentDraft, n Attempt) (core.Comment, error) {
	c, found, err := s.look(ctx, t, discussion, d, n.Begun)
	switch {
	case err != nil:
		return core.Comment{}, uncertain(t.Account, core.AsErrors(err)[0])
	case found:
		return c, nil
	case !n.Earlier.open(t.Account.ID):
		return core.Comment{}, &core.Error{
			Kind: core.KindTemporary, Code: core.CodeUpstreamUnavailable, Platform: t.Account.Platform, Unsent: true,
			Message: "the network does not have the comment: as an earlier answer to this request told, it was not written, or it was deleted since",
			Help:    helpSendAgain,
		}
	case s.clock.Now().Before(n.Begun.Add(sendFor + s.timeout + arrivalGrace)):
		return core.Comment{}, uncertain(t.Account, &core.Error{Platform: t.Account.Platform, Message: "the network does not have it yet; it may still appear"})
	}
	return core.Comment{}, notWritten(&core.Error{Platform: t.Account.Platform, Message: "the network does not have it"})
}

// isLost tells whether a request that cannot be repeated may have taken effect.
func isLost(err error) bool {
	return slices.ContainsFunc(core.AsErrors(err), func(e *core.Error) bool { return !e.Refused() })
}

const helpSendAgain = "Send it again; with an Idempotency-Key, with another one."

// notWritten is the error of a comment that the network has proved not to have.
func notWritten(cause *core.Error) error {
	e := *cause
	e.Kind, e.Code, e.Unsent = core.KindTemporary, core.CodeUpstreamUnavailable, true
	e.Message = "the comment was not written: " + cause.Message
	e.Help = helpSendAgain
	e.Err = cause
	return &e
}

// uncertain is the error of a comment that may have been written.
func uncertain(a core.Account, cause *core.Error) error {
	e := *cause
	e.Kind, e.Code, e.Platform, e.Err = core.KindUncertain, core.CodeUncertain, a.Platform, cause
	e.Message = "whether the comment was written on " + a.Platform + " is not known, since the answer was lost: " + cause.Message
	e.Help = "Look at the post, or at GET /comments/:id, before sending the comment again. If the request had an Idempotency-Key, the same request finds out what became of it when a minute has passed, and makes no second comment."
	return &e
}

// remember stores a comment that was written. That it fails is logged: the comment is
// there, and can be reached by the network's id.
func (s *Service) remember(ctx context.Context, profileID, id string, t Target, d core.CommentDraft, c core.Comment) {
	ctx, cancel := context.WithTimeout(ctx, bookkeepingTimeout)
	defer cancel()
	err := s.store.InsertComment(ctx, store.Comment{
		ID: id, ProfileID: profileID, PostID: t.PostID, AccountID: t.Account.ID, Platform: t.Account.Platform,
		RemotePostID: d.PostID, RemoteID: c.ID, ParentRemoteID: d.ParentID, Text: d.Text, CreatedAt: s.clock.Now(),
	})
	if err != nil {
		s.log.ErrorContext(ctx, "storing a comment failed; it is reached by its network's id only", "comment", c.ID, "account", t.Account.ID, "error", err)
	}
}

// rememberFound stores the comments that were found and are not stored yet, and returns this
// server's id of all of them.
func (s *Service) rememberFound(ctx context.Context, profileID string, results []Result[core.Comment], drafts map[string]core.CommentDraft) string {
	id, unknown := core.NewID(s.clock.Now()), []Result[core.Comment]{}
	for _, r := range results {
		if r.Err != nil {
			continue
		}
		record, err := s.store.FindComment(ctx, r.Account.ID, r.Value.ID)
		switch {
		case err == nil:
			id = record.ID
		case errors.Is(err, store.ErrNotFound):
			unknown = append(unknown, r)
		default:
			s.log.ErrorContext(ctx, "looking up a comment failed", "comment", r.Value.ID, "account", r.Account.ID, "error", err)
		}
	}
	for _, r := range unknown {
		s.remember(ctx, profileID, id, r.Target, drafts[r.Account.ID], r.Value)
	}
	return id
}
