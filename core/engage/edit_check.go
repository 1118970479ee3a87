package engage

import (
	"context"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// check tells why a post that is on a network cannot be changed in this way now.
func (c Change) check(deliveries []core.Delivery) error {
	if slices.ContainsFunc(deliveries, beingDecided) {
		return beingSent()
	}
	if c.DisableComments != nil {
		return c.checkFollowUps(deliveries)
	}
	return nil
}

// beingDecided tells whether a delivery is being sent, or it is being found out what became
// of it: one whose answer was lost is found again by its content.
func beingDecided(d core.Delivery) bool { return !d.Final() && (!d.Unsent() || d.Doubtful) }

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
	if t.later {
		return c.Apply(r).Draft(t.Account.Platform)
	}
	r.Text = core.PerPlatform[string]{Default: *t.text}
	d := r.Draft(t.Account.Platform)
	// What is below the post is no part of it any more.
	d.Mentions, d.FirstComment, d.DisableComments = c.Mentions, nil, false
	return d
}

// ofText tells whether an error is about the new text of a post that is published: the rest
// of it stays as it is.
func ofText(e *core.Error) bool {
	return e.Field == textField || strings.HasPrefix(e.Field, "mentions")
}
