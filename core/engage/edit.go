package engage

import (
	"context"
	"errors"
	"slices"
	"time"

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
	targets, err := s.changeable(ctx, c, deliveries)
	if err != nil {
		return nil, err
	}
	if err := s.replan(ctx, c, post.Request, targets); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // what has begun is brought to its end
	results := s.change(ctx, c, targets)
	return results, s.record(ctx, c, results, deliveries)
}

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

// replan checks what has not gone out as it is wanted now: a change that was accepted must
// not be what a post fails by at its time.
func (s *Service) replan(ctx context.Context, c Change, r core.PostRequest, targets []changeTarget) error {
	var problems core.Errors
	for _, t := range targets {
		provider, known := s.registry.Get(t.Account.Platform)
		if !t.later || t.err != nil || !known {
			continue
		}
		r.DisableComments = *c.DisableComments // the text of what has yet to go out stays, see check
		_, err := call(ctx, s, t.Account, func(ctx context.Context, _ *core.Session) (core.Publication, error) {
			return provider.Plan(ctx, t.Account, r.Draft(t.Account.Platform))
		})
		problems = append(problems, core.AsErrors(err)...)
	}
	return problems.OrNil()
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
				return done, Freshness{}, err
			}
			done.Text = true
		}
		if c.DisableComments != nil {
			if err := s.switchComments(ctx, t, !*c.DisableComments); err != nil {
				return done, Freshness{}, err
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
	case c.Text != nil && texts == 0:
		return nil, &core.Error{
			Kind: core.KindInvalid, Field: "post", Message: "the post is not published on any network that post has a text for",
			Help: "GET /post/:id tells where it is published.",
		}
	case c.DisableComments != nil && len(targets) == 0:
		return nil, &core.Error{Kind: core.KindInvalid, Field: "disableComments", Message: "the post is published nowhere", Help: "GET /post/:id tells why."}
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

// record stores what was changed.
func (s *Service) record(ctx context.Context, c Change, results []Result[Changed], deliveries []core.Delivery) error {
	now := s.clock.Now()
	edited := map[string]bool{}
	comments := false
	var failures []error
	for i, r := range results {
		comments = comments || r.Value.Comments && r.Err == nil
		if !r.Value.Text {
			continue
		}
		edited[r.Account.Platform] = true
		at := slices.IndexFunc(deliveries, func(d core.Delivery) bool { return d.AccountID == results[i].Account.ID })
		_, err := s.store.UpdateDelivery(ctx, deliveries[at].ID, func(d *core.Delivery) error {
			d.EditedAt, d.UpdatedAt = now, now
			return nil
		})
		failures = append(failures, err)
	}
	if len(edited) > 0 || comments || c.Notes != nil {
		_, err := s.store.UpdatePost(ctx, c.PostID, func(post *core.Post) error {
			c.apply(&post.Request, edited, comments, deliveries)
			return nil
		})
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// apply writes the change into the request of the post, as far as it was carried out.
func (c Change) apply(r *core.PostRequest, edited map[string]bool, comments bool, deliveries []core.Delivery) {
	if c.Notes != nil {
		r.Notes = *c.Notes
	}
	if comments {
		r.DisableComments = *c.DisableComments
	}
	if len(edited) == 0 {
		return
	}
	r.Mentions = c.Mentions
	by := map[string]string{}
	same := true
	for _, d := range deliveries {
		by[d.Platform] = r.Text.For(d.Platform)
		if edited[d.Platform] {
			by[d.Platform] = *c.textFor(d.Platform)
		}
		same = same && by[d.Platform] == by[deliveries[0].Platform]
	}
	if same { // a text for all stays one
		r.Text = core.PerPlatform[string]{Default: by[deliveries[0].Platform]}
		return
	}
	for platform := range edited {
		if r.Text.By == nil {
			r.Text.By = map[string]string{}
		}
		r.Text.By[platform] = by[platform]
	}
}
