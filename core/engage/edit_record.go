package engage

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
)

// record stores what was changed.
func (s *Service) record(ctx context.Context, c Change, results []Result[Changed], deliveries []core.Delivery) error {
	now := s.clock.Now()
	comments := false
	var failures []error
	for _, r := range results {
		comments = comments || r.Value.Comments && r.Err == nil
		if r.Value.Later || !r.Value.Text && !r.Value.Comments {
			continue
		}
		d := deliveries[slices.IndexFunc(deliveries, func(d core.Delivery) bool { return d.AccountID == r.Account.ID })]
		_, err := s.store.UpdateDelivery(ctx, d.ID, func(d *core.Delivery) error {
			c.note(d, r.Value, now)
			return nil
		})
		failures = append(failures, err)
	}
	edited := editedEverywhere(results, deliveries)
	if len(edited) > 0 || comments || c.Notes != nil {
		_, err := s.store.UpdatePost(ctx, c.PostID, func(post *core.Post) error {
			c.apply(&post.Request, edited, comments, deliveries)
			return nil
		})
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// note writes into a delivery what was changed about it.
func (c Change) note(d *core.Delivery, done Changed, now time.Time) {
	if done.Text {
		d.EditedAt, d.EditedText = now, c.TextFor(d.Platform)
	}
	if done.Comments {
		d.FollowUps = switched(d.FollowUps, *c.DisableComments, now)
	}
	d.UpdatedAt = now
}

// switched records that comments were closed, or opened: then closing them is not wanted any
// more. The places of the others stay, since workers know them by place.
func switched(list []core.FollowUp, closed bool, now time.Time) []core.FollowUp {
	list = slices.Clone(list)
	i := slices.IndexFunc(list, func(f core.FollowUp) bool { return f.Name == core.FollowUpNoComments })
	switch {
	case i < 0 && !closed:
		return list
	case i < 0:
		list = append(list, core.FollowUp{Name: core.FollowUpNoComments})
		i = len(list) - 1
	}
	list[i] = core.FollowUp{Name: core.FollowUpNoComments, State: core.FollowUpSkipped, DueAt: now}
	if closed {
		list[i].State, list[i].SentAt = core.FollowUpDone, now
	}
	return list
}

// editedEverywhere lists the networks where every account that the post is on has the new
// text.
func editedEverywhere(results []Result[Changed], deliveries []core.Delivery) map[string]bool {
	edited, byAccount := map[string]bool{}, map[string]bool{}
	for _, r := range results {
		byAccount[r.Account.ID] = r.Value.Text
		if r.Value.Text {
			edited[r.Account.Platform] = true
		}
	}
	for _, d := range deliveries {
		if reachable(d) && !byAccount[d.AccountID] {
			delete(edited, d.Platform)
		}
	}
	return edited
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
	keepsOwn := func(d core.Delivery) bool { return d.Unsent() && c.TextFor(d.Platform) == nil }
	if !slices.ContainsFunc(deliveries, keepsOwn) { // its text counts on the former mentions
		r.Mentions = c.Mentions
	}
	by := map[string]string{}
	same := true
	for _, d := range deliveries {
		by[d.Platform] = r.Text.For(d.Platform)
		if edited[d.Platform] {
			by[d.Platform] = *c.TextFor(d.Platform)
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
