package engage

import (
	"context"
	"errors"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Change is what is to be changed about a post.
type Change struct {
	PostID string
	// Text is the new text; nil: it stays. A network that it has no text for keeps its own.
	Text     *core.PerPlatform[string]
	Mentions []core.MentionRef // of the new text
	// DisableComments closes the comments, or opens them; nil: they stay as they are.
	DisableComments *bool
	Notes           *string // nil: they stay
}

// The parts of the request.
const (
	textField     = "post"
	commentsField = "disableComments"
)

// Changed is what became of a change for one account.
type Changed struct {
	Text     bool // the text was changed on the network
	Comments bool // the comments were closed or opened
	// Later means that the post has not gone out there, and will as it is wanted now.
	Later bool
}

// Edit changes a post, on every network that it was published to. It may be repeated. An
// error means that nothing was changed.
func (s *Service) Edit(ctx context.Context, profileID string, c Change) ([]Result[Changed], error) {
	post, err := s.store.GetPost(ctx, profileID, c.PostID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, &core.Error{
			Kind: core.KindNotFound, Code: core.CodeHistoryNotFound, Field: "id", Message: "no post of this profile has this id",
		}
	}
	if err != nil {
		return nil, err
	}
	deliveries, err := s.store.ListDeliveries(ctx, post.ID)
	if err != nil {
		return nil, err
	}
	if err := c.check(post, deliveries, s.clock.Now()); err != nil {
		return nil, err
	}
	targets, err := s.changeable(ctx, c, post, deliveries)
	if err != nil {
		return nil, err
	}
	if err := s.replan(ctx, c, post.Request, targets); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // what has begun is brought to its end
	results := s.change(ctx, c, targets)
	if err := s.record(ctx, c, results, deliveries); err != nil {
		return results, err
	}
	for i := range results {
		results[i].Err = c.halfDone(results[i])
	}
	return results, nil
}

// change carries the change to the networks.
func (s *Service) change(ctx context.Context, c Change, targets []changeTarget) []Result[Changed] {
	plain, byAccount := make([]Target, len(targets)), map[string]changeTarget{}
	for i, t := range targets {
		plain[i], byAccount[t.Account.ID] = t.Target, t
	}
	return each(plain, func(t Target) (Changed, Freshness, error) {
		var done Changed
		target := byAccount[t.Account.ID]
		if target.later {
			return Changed{Comments: true, Later: true}, Freshness{}, nil
		}
		if target.text != nil {
			if err := s.editText(ctx, t, core.Edit{Text: *target.text, Mentions: c.Mentions}); err != nil {
				return done, Freshness{}, named(err, textField, t)
			}
			done.Text = true
		}
		if c.DisableComments != nil {
			if err := s.switchComments(ctx, t, !*c.DisableComments); err != nil {
				return done, Freshness{}, named(err, commentsField, t)
			}
			done.Comments = true
		}
		return done, Freshness{}, nil
	})
}

// changeTarget is an account that a change concerns.
type changeTarget struct {
	Target
	text  *string // the new text; nil: it stays
	later bool    // the post has not gone out there
}

// changeable lists the accounts that a change of text or comments concerns.
func (s *Service) changeable(ctx context.Context, c Change, post core.Post, deliveries []core.Delivery) ([]changeTarget, error) {
	var targets []changeTarget
	texts := 0
	for _, d := range deliveries {
		text := c.textFor(d.Platform)
		later := !d.Final()
		if text == nil && c.DisableComments == nil || !reachable(d) && !later {
			continue
		}
		t, err := s.targetOf(ctx, d)
		if err != nil {
			return nil, err
		}
		if text != nil {
			texts++
		}
		targets = append(targets, changeTarget{Target: t, text: text, later: later})
	}
	switch {
	case c.Text == nil && c.DisableComments == nil:
		return nil, nil
	case len(targets) == 0 && !slices.ContainsFunc(deliveries, reachable):
		return nil, notPublished(post, deliveries, PostRef{})
	case c.Text != nil && texts == 0:
		return nil, &core.Error{
			Kind: core.KindInvalid, Field: textField, Message: "the post is not published on any network that post has a text for",
			Help: "GET /post/:id tells where it is published.",
		}
	}
	return targets, nil
}

// textFor returns the new text for a network; nil when its text stays.
func (c Change) textFor(platform string) *string {
	if c.Text == nil {
		return nil
	}
	text, own := c.Text.By[platform]
	if !own && c.Text.Default == "" && len(c.Text.By) > 0 {
		return nil
	}
	if !own {
		text = c.Text.Default
	}
	return &text
}

func (s *Service) editText(ctx context.Context, t Target, e core.Edit) error {
	editor, err := ability[core.Editor](s, t.Account.Platform, "way to change what was published")
	if err != nil {
		return err
	}
	_, err = act(ctx, s, t, func(ctx context.Context, session *core.Session) (struct{}, error) {
		return struct{}{}, editor.Edit(ctx, session, t.RemoteID, e)
	})
	s.cache.forget(archiveOf(t.Account.ID))
	return err
}

func (s *Service) switchComments(ctx context.Context, t Target, open bool) error {
	able, err := ability[core.CommentSwitch](s, t.Account.Platform, "way to close the comments of a post")
	if err != nil {
		return err
	}
	_, err = act(ctx, s, t, func(ctx context.Context, session *core.Session) (struct{}, error) {
		return struct{}{}, able.SetComments(ctx, session, t.RemoteID, open)
	})
	s.cache.forget(commentsOf(t.Account.ID))
	return err
}
