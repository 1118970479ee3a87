package publish

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
)

// A store that was restored from a backup is older than what was sent: what it shows as due
// may be on its network since. Nothing of that may go out by itself.

// Restored is what became of a restored store's posts.
type Restored struct {
	Held    int // posts that wait for their author
	Unknown int // deliveries that may be out, beside others of their post that are
	Sent    int // deliveries that were being sent, and are looked for
}

// HoldRestored makes a store that was restored from a backup safe to work with: every post
// that is due, and of which the backup shows nothing sent, is paused with a warning; of the
// others, the deliveries that are due end as uncertain; and what was being sent is looked
// for, and sent again only where the network shows that it is not there. backup is the latest time that the store knew of. It is called
// before the first job of a process, and may be repeated.
func (p *Publisher) HoldRestored(ctx context.Context, backup time.Time) (r Restored, err error) {
	now := p.clock.Now()
	ids, err := p.store.OpenDeliveries(ctx, now)
	if err != nil {
		return r, fmt.Errorf("listing what is due: %w", err)
	}
	seen := map[string]bool{} // posts
	for _, id := range ids {
		d, err := p.store.GetDelivery(ctx, id)
		if err != nil {
			return r, err
		}
		if !d.Unsent() {
			if err := p.doubtRestored(ctx, id, now.Sub(backup)); err != nil {
				return r, err
			}
			r.Sent++
		} else if !seen[d.PostID] {
			seen[d.PostID] = true
			if err := p.holdPost(ctx, d.ProfileID, d.PostID, backup, &r); err != nil {
				return r, fmt.Errorf("post %s: %w", d.PostID, err)
			}
		}
	}
	p.log.WarnContext(ctx, "the database was restored from a backup; posts that may have gone out since are held, and those that are due later go out at their time",
		"event", eventRestored, "backup", backup, "held", r.Held, "unknown", r.Unknown, "looked_for", r.Sent)
	return r, nil
}

// doubtRestored keeps a delivery that was being sent from being sent again by its age: its
// last call may have been made after the backup, or long ago.
func (p *Publisher) doubtRestored(ctx context.Context, id string, since time.Duration) error {
	_, err := p.store.UpdateDelivery(ctx, id, func(d *core.Delivery) error {
		if d.AgeDoubt == 0 {
			doubtAge(d, max(since, 0))
		}
		return nil
	})
	return err
}

// holdPost pauses a post of which nothing was sent, and settles what is left of another.
func (p *Publisher) holdPost(ctx context.Context, profileID, id string, backup time.Time, r *Restored) error {
	post, err := p.store.GetPost(ctx, profileID, id)
	if err != nil {
		return err
	}
	deliveries, err := p.store.ListDeliveries(ctx, id)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(deliveries, func(d core.Delivery) bool { return !d.Unsent() }) {
		r.Held++
		return p.pauseRestored(ctx, post, deliveries, backup)
	}
	for _, d := range deliveries {
		if d.Unsent() {
			r.Unknown++
			if err := p.giveUpRestored(ctx, d.ID, backup); err != nil {
				return err
			}
		}
	}
	return p.settle(ctx, id)
}

func (p *Publisher) pauseRestored(ctx context.Context, post core.Post, deliveries []core.Delivery, backup time.Time) error {
	paused, err := p.store.UpdatePost(ctx, post.ID, func(post *core.Post) error {
		if !post.Held() {
			post.Status = core.PostPaused
			post.Revision++
		}
		return nil
	})
	if err != nil {
		return err
	}
	told := doubts{}
	for _, d := range deliveries {
		told[d.AccountID] = []core.Warning{{Code: core.CodeUncertain, Message: restoredReason(backup) +
			": look at the account, then let the post go on with scheduledPause false if it is not there, or delete it"}}
	}
	return p.align(ctx, paused, told)
}

// giveUpRestored ends a delivery of a post that cannot be paused as a whole.
func (p *Publisher) giveUpRestored(ctx context.Context, id string, backup time.Time) error {
	d, err := p.store.UpdateDelivery(ctx, id, func(d *core.Delivery) error {
		if !d.Unsent() {
			return errMoved
		}
		d.State, d.Settled = core.DeliveryUncertain, true
		d.Error = &core.Error{
			Kind: core.KindUncertain, Code: core.CodeUncertain, Platform: d.Platform, Message: restoredReason(backup),
		}
		d.UpdatedAt = p.clock.Now()
		return nil
	})
	if err != nil {
		return err
	}
	_, err = p.store.Cancel(ctx, JobKind, d.ID)
	return err
}

func restoredReason(backup time.Time) string {
	return "the server's database was restored from a backup of " + backup.UTC().Format(time.RFC3339) +
		", and whether the post went out since is not known"
}
