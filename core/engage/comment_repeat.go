package engage

import (
	"context"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
)

// A comment that may be sent more than once (core.RepeatableComments) is looked for soon when its
// answer is lost, and sent again if it is not there, although the first request may still arrive.
// Until no request can any more, its absence proves nothing: a refusal leaves the outcome unknown.

// repeatAfter is when to look for such a comment, and to send it again, as waits one after the
// other.
func repeatAfter() []time.Duration {
	return []time.Duration{time.Second, 3 * time.Second, 5 * time.Second, 8 * time.Second}
}

// repeatable tells whether a comment may be sent again.
func repeatable(discussion core.Discussion, d core.CommentDraft) bool {
	r, ok := discussion.(core.RepeatableComments)
	return ok && d.Key != "" && r.CommentsRepeatable()
}

// repetition is a comment that is sent again until it is known to be there.
type repetition struct {
	*Service

	target     Target
	discussion core.Discussion
	draft      core.CommentDraft
	attempt    Attempt
	// lastSent is when the last request that may have an effect was made, at the latest.
	lastSent time.Time
	several  bool        // of which the answers were lost may have been made
	cause    *core.Error // of the first loss; nil: unknown
}

// arrivedBy is when the last request has had its effect, or never will.
func (r *repetition) arrivedBy() time.Time { return r.lastSent.Add(r.timeout + arrivalGrace) }

// run looks for the comment, and sends it where it is not there, after each of the waits.
func (r *repetition) run(ctx context.Context, waits []time.Duration) (c core.Comment, err error) {
	for i, wait := range waits {
		if wait > 0 {
			<-r.clock.After(wait)
		}
		if i > 0 && r.inTime(r.attempt) != nil {
			break
		}
		again := false
		if c, again, err = r.once(ctx); err == nil || !again {
			break
		}
	}
	return c, err
}

// once does so once, within the time of one call. again tells that the next time may show more.
func (r *repetition) once(ctx context.Context) (c core.Comment, again bool, err error) {
	sent, before := false, r.arrivedBy()
	c, err = act(ctx, r.Service, r.target, func(ctx context.Context, session *core.Session) (core.Comment, error) {
		sent = false
		c, found, err := r.discussion.FindComment(ctx, session, r.draft, r.draft.At)
		if err == nil && !found {
			err = r.inTime(r.attempt)
		}
		if err != nil || found {
			return c, err
		}
		sent = true
		return r.discussion.AddComment(ctx, session, r.draft)
	})
	if err == nil {
		r.cache.forget(commentsOf(r.target.Account.ID))
		if (sent || r.several) && r.clock.Now().Before(before) {
			r.warnReturning(before)
		}
		return c, false, nil
	}
	if r.cause == nil {
		r.cause = core.AsErrors(err)[0]
	}
	switch {
	case sent && isLost(err):
		r.lastSent, r.several = r.clock.Now(), true
		return core.Comment{}, true, uncertain(r.target.Account, r.cause)
	case sent && !r.clock.Now().Before(r.arrivedBy()): // it is refused, and will not be there
		return core.Comment{}, passing(err), err
	}
	return core.Comment{}, passing(err), uncertain(r.target.Account, r.cause)
}

// warnReturning tells that a deletion may be undone by the request before.
func (r *repetition) warnReturning(until time.Time) {
	r.target.told.add(core.Warning{Message: fmt.Sprintf(
		"an answer was lost, so the comment may have been sent more than once; if it is deleted before %s, a request that is late may bring it back",
		until.UTC().Format(time.RFC3339),
	)})
}

// passing tells whether an error says nothing of the next try.
func passing(err error) bool {
	switch core.KindOf(err) {
	case core.KindTemporary, core.KindRateLimited, core.KindUncertain:
		return true
	case core.KindInvalid, core.KindUnsupported, core.KindAuth, core.KindForbidden, core.KindNotFound, core.KindMedia, core.KindDuplicate, core.KindInternal:
	}
	return false
}
