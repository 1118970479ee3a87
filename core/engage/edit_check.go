package engage

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
)

// check tells why a post cannot be changed in this way now.
func (c Change) check(post core.Post, deliveries []core.Delivery, now time.Time) error {
	if c.Text == nil && c.DisableComments == nil {
		return nil
	}
	switch {
	case post.Status == core.PostDeleted:
		return &core.Error{Kind: core.KindInvalid, Code: core.CodeAlreadyDeleted, Field: "id", Message: "the post was deleted"}
	case len(deliveries) == 0:
		return &core.Error{
			Kind: core.KindInvalid, Field: "id", Message: "the post was refused, and is on no network", Help: "Create it anew.",
		}
	case c.Text != nil && slices.ContainsFunc(deliveries, func(d core.Delivery) bool { return !d.Final() }):
		// One whose answer was lost is found again by its text, and one that has yet to go
		// out was checked with it.
		return &core.Error{
			Kind: core.KindInvalid, Code: core.CodeProcessing, Field: "post",
			Message: "the text can be changed once the post is published on every network, or has failed there",
			Help:    "Wait until GET /post/:id shows its outcome; a post that is still to go out can be deleted and created anew.",
		}
	case slices.ContainsFunc(deliveries, func(d core.Delivery) bool { return !d.Final() && !waits(d, now) }):
		return beingSent()
	case c.DisableComments != nil:
		return c.checkFollowUps(deliveries)
	}
	return nil
}

// checkFollowUps tells why the comments cannot be closed or opened yet: something is still
// to be done below the post that the change would undo, or be undone by.
func (c Change) checkFollowUps(deliveries []core.Delivery) error {
	for _, d := range deliveries {
		if !reachable(d) {
			continue
		}
		for _, f := range d.FollowUps {
			switch {
			case f.Name == core.FollowUpNoComments && f.State == core.FollowUpSending:
				return beingSent()
			case f.Name == core.FollowUpComment && !f.Ended() && *c.DisableComments:
				return &core.Error{
					Kind: core.KindInvalid, Field: "disableComments", Platform: d.Platform,
					Message: "the first comment of the post has yet to be written, which it could not be any more once the comments are closed",
					Help:    "Send the change again when postIds[].firstComment of GET /post/:id is neither pending nor sending.",
				}
			}
		}
	}
	return nil
}

// planAhead is how long before its time a post can be changed for the last time: when it
// is due it is planned anew, and by then the change has to be stored.
const planAhead = time.Minute

// waits tells whether a delivery will be planned once more before it goes out, so that a
// change of the request reaches it.
func waits(d core.Delivery, now time.Time) bool {
	return (d.State == core.DeliveryAccepted || d.State == core.DeliveryPreparing) && d.DueAt.Sub(now) > planAhead
}

func beingSent() *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeProcessing, Field: "id", Message: "the post is being sent right now",
		Help: "Wait until GET /post/:id shows its outcome, and send the change again.",
	}
}

// replan checks the post as it is wanted now, as far as that needs no network: a change that
// was accepted must not be what a post fails by at its time.
func (s *Service) replan(ctx context.Context, c Change, r core.PostRequest, targets []changeTarget) error {
	var problems core.Errors
	for _, t := range targets {
		provider, known := s.registry.Get(t.Account.Platform)
		if t.err != nil || !known || !t.later && t.text == nil {
			continue
		}
		draft := c.draft(r, t)
		_, err := call(ctx, s, t.Account, func(ctx context.Context, _ *core.Session) (core.Publication, error) {
			return provider.Plan(ctx, t.Account, draft)
		})
		for _, e := range core.AsErrors(err) {
			if t.later || ofText(e) {
				problems = append(problems, e)
			}
		}
	}
	return problems.OrNil()
}

// draft is what a network would get of the changed post.
func (c Change) draft(r core.PostRequest, t changeTarget) core.Draft {
	d := r.Draft(t.Account.Platform)
	if t.later { // its text stays, see check
		d.DisableComments = *c.DisableComments
		return d
	}
	// What is below the post is no part of it any more.
	d.Text, d.Mentions, d.FirstComment, d.DisableComments = *t.text, c.Mentions, nil, false
	return d
}

// ofText tells whether an error is about the new text of a post that is published: the rest
// of it stays as it is.
func ofText(e *core.Error) bool {
	return e.Field == textField || strings.HasPrefix(e.Field, "mentions")
}
