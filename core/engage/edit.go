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
	core.PostChange
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

// Edit changes a post: where it was published on the network, and where it has not gone out
// before it does. It may be repeated. An error without results means that nothing was
// changed. There are results for the accounts that a change of the content concerns.
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
	if !slices.ContainsFunc(deliveries, reachable) || !c.ofPublished() {
		return s.editPending(ctx, profileID, c, deliveries)
	}
	if course, any := c.beforePublication(); any { // refused, unless it is so already
		if _, err := s.pending.Change(ctx, profileID, post.ID, course); err != nil {
			return nil, err
		}
	}
	return s.editPublished(ctx, profileID, c, post, deliveries)
}

// ofPublished tells whether something is to be changed that what is published has.
func (c Change) ofPublished() bool { return c.Text != nil || c.DisableComments != nil }

// beforePublication is the part of the change that is possible only before the post is out.
func (c Change) beforePublication() (part core.PostChange, any bool) {
	part = c.PostChange
	part.Text, part.Mentions, part.DisableComments, part.Notes = nil, nil, nil, nil
	any = part.ScheduleAt != nil || part.Paused != nil || part.Approved != nil || part.Media != nil ||
		len(part.Options) > 0 || part.FirstComment != nil
	return part, any
}

// editPending changes a post that is on no network.
func (s *Service) editPending(ctx context.Context, profileID string, c Change, deliveries []core.Delivery) ([]Result[Changed], error) {
	if _, err := s.pending.Change(ctx, profileID, c.PostID, c.PostChange); err != nil {
		return nil, err
	}
	if c.Text == nil && c.DisableComments == nil && c.Media == nil && len(c.Options) == 0 && c.FirstComment == nil {
		return nil, nil
	}
	var results []Result[Changed]
	for _, d := range deliveries {
		if !d.Unsent() {
			continue
		}
		t, err := s.targetOf(ctx, d)
		if err != nil {
			return results, err
		}
		results = append(results, Result[Changed]{Target: t, Value: Changed{Comments: c.DisableComments != nil, Later: true}})
	}
	return results, nil
}

// editPublished changes a post that is on a network, and on others perhaps not yet.
func (s *Service) editPublished(ctx context.Context, profileID string, c Change, post core.Post, deliveries []core.Delivery) ([]Result[Changed], error) {
	if err := c.check(deliveries); err != nil {
		return nil, err
	}
	targets, err := s.changeable(ctx, c, deliveries)
	if err != nil {
		return nil, err
	}
	if err := s.checkAbilities(c, targets); err != nil {
		return nil, err
	}
	if err := s.replan(ctx, c, post.Request, targets); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // what has begun is brought to its end
	results := s.change(ctx, c, targets)
	s.changeRest(ctx, profileID, c, results)
	if err := s.record(ctx, c, results, deliveries); err != nil {
		return results, err
	}
	for i := range results {
		results[i].Err = c.halfDone(results[i])
	}
	return results, nil
}

// changeRest changes the post where it is not out yet, once it is changed where it is: what
// goes out later is then the same everywhere.
func (s *Service) changeRest(ctx context.Context, profileID string, c Change, results []Result[Changed]) {
	rest := func(r Result[Changed]) bool { return r.Value.Later }
	if !slices.ContainsFunc(results, rest) {
		return
	}
	var err error
	if i := slices.IndexFunc(results, func(r Result[Changed]) bool { return r.Err != nil }); i >= 0 {
		err = &core.Error{
			Kind: core.KindInvalid, Code: core.CodeNotChangeable, Field: "id",
			Message: "the post is not out there yet, and stays as it was, since it could not be changed on " + results[i].Account.Platform,
			Help:    "Correct what the other message names and send the change again.",
		}
	} else {
		_, err = s.pending.ChangeRest(ctx, profileID, c.PostID, core.PostChange{
			Text: c.Text, Mentions: c.Mentions, DisableComments: c.DisableComments, AllowDuplicate: c.AllowDuplicate,
		})
	}
	for i := range results {
		if rest(results[i]) && err != nil {
			results[i].Err = err
		}
	}
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
			return Changed{Comments: c.DisableComments != nil, Later: true}, Freshness{}, nil
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
func (s *Service) changeable(ctx context.Context, c Change, deliveries []core.Delivery) ([]changeTarget, error) {
	var targets []changeTarget
	for _, d := range deliveries {
		text := c.TextFor(d.Platform)
		if text == nil && c.DisableComments == nil || !reachable(d) && !d.Unsent() {
			continue
		}
		t, err := s.targetOf(ctx, d)
		if err != nil {
			return nil, err
		}
		targets = append(targets, changeTarget{Target: t, text: text, later: d.Unsent()})
	}
	if c.Text != nil && !slices.ContainsFunc(targets, func(t changeTarget) bool { return t.text != nil }) {
		return nil, &core.Error{
			Kind: core.KindInvalid, Field: textField, Message: "the post is not published on any network that post has a text for",
			Help: "GET /post/:id tells where it is published.",
		}
	}
	return targets, nil
}

func (s *Service) editText(ctx context.Context, t Target, e core.Edit) error {
	editor, err := editorOf(s, t.Account.Platform)
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
	able, err := commentSwitchOf(s, t.Account.Platform)
	if err != nil {
		return err
	}
	_, err = act(ctx, s, t, func(ctx context.Context, session *core.Session) (struct{}, error) {
		return struct{}{}, able.SetComments(ctx, session, t.RemoteID, open)
	})
	s.cache.forget(commentsOf(t.Account.ID))
	return err
}
