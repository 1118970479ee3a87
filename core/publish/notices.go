package publish

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// The outcome of a post is told to its profile by a notice, unless whoever sent the post has
// it in the answer. The notice is stored in the post by the same swap that makes the post
// final, and handed over from there: whenever the server dies, no outcome is without its
// notice, and none has two.

// Notices hands notices over to those who are to be told. *notify.Notifier is one.
type Notices interface {
	// Wants tells whether anybody is to be told of the action for the profile.
	Wants(ctx context.Context, profileID string, action core.NoticeAction) (bool, error)
	// Tell hands notices over for good; those that were handed over before change nothing.
	Tell(ctx context.Context, profileID string, notices ...core.Notice) error
}

// The ends of a delivery, as Post.Told has them: one letter for each, in their order.
const (
	endPublished = 'p'
	endFailed    = 'f'
	endNotShown  = 'n' // published, and then not shown
	endUncertain = 'u'
	endCancelled = 'c'
	endNone      = '-'
)

// endsOf tells how the deliveries of a post have ended. What is deleted afterwards was
// published all the same.
func endsOf(deliveries []core.Delivery) string {
	ends := make([]byte, len(deliveries))
	for i, d := range deliveries {
		ends[i] = endOf(d)
	}
	return string(ends)
}

func endOf(d core.Delivery) byte {
	switch d.State {
	case core.DeliveryPublished:
		return endPublished
	case core.DeliveryFailed:
		if d.Error != nil && d.Error.Code == core.CodeNotShown {
			return endNotShown
		}
		return endFailed
	case core.DeliveryUncertain:
		return endUncertain
	case core.DeliveryCancelled:
		return endCancelled
	case core.DeliveryAccepted, core.DeliveryPreparing, core.DeliveryCommitting:
	}
	return endNone
}

// isOutcome tells whether a post of this status has come to an end that its author did not
// bring about.
func isOutcome(s core.PostStatus) bool { return s == core.PostSuccess || s == core.PostError }

// subActionOf tells what of an outcome has changed since it was told; empty: it is the first
// one, or that of a retry.
func subActionOf(before, now string) string {
	for i := range len(now) {
		was := byte(endNone)
		if i < len(before) {
			was = before[i]
		}
		switch {
		case now[i] == endNotShown && was != endNotShown:
			return core.SubActionNotShown
		case was == endUncertain && now[i] != endUncertain:
			return core.SubActionSettled
		}
	}
	return ""
}

// outcomesWanted tells whether anybody is to be told what became of a post. Where that cannot
// be found out, somebody is: whoever hands the notice over asks again.
func (p *Publisher) outcomesWanted(ctx context.Context, deliveries []core.Delivery) bool {
	if p.notices == nil || len(deliveries) == 0 || !isOutcome(summary(deliveries)) {
		return false
	}
	wanted, err := p.notices.Wants(ctx, deliveries[0].ProfileID, core.NoticeScheduled)
	if err != nil {
		p.log.WarnContext(ctx, "whether anybody is told of a post could not be found out", "post", deliveries[0].PostID, "error", err)
	}
	return wanted || err != nil
}

// noteOutcome puts the notice of a post's outcome into its outbox, if it is one that was not
// told, and tells whether it has changed the post.
func (p *Publisher) noteOutcome(post *core.Post, was core.PostStatus, deliveries []core.Delivery, wanted bool) bool {
	ends := endsOf(deliveries)
	if p.notices == nil || !isOutcome(post.Status) || ends == post.Told {
		return false
	}
	if post.Told == "" && post.Status == was {
		return false // it ended before this server told outcomes
	}
	first := post.Told == "" && !isOutcome(was)
	change := subActionOf(post.Told, ends)
	post.Told = ends
	if answered := first && p.isAwaited(*post); wanted && !answered {
		p.addNotice(post, change)
	}
	return true
}

func (p *Publisher) addNotice(post *core.Post, subAction string) {
	now := p.clock.Now()
	post.Outbox = append(slices.Clone(post.Outbox), core.Notice{
		ID: core.NewID(now), Action: core.NoticeScheduled, SubAction: subAction, CreatedAt: now, PostID: post.ID,
	})
}

// awaitedUntil is until when whoever sends a post waits for its outcome, if it has one then.
func (p *Publisher) awaitedUntil(post core.Post, wait time.Duration) time.Time {
	if p.notices == nil || wait <= 0 || post.Scheduled() || post.Held() {
		return time.Time{}
	}
	return p.clock.Now().Add(wait)
}

// isAwaited tells whether whoever sent the post gets its outcome in the answer. Who gives up
// waiting says so in the post, by leave. Who waited for a post that is older than this process
// has mostly lost the connection to the one before: a notice too many does no harm.
func (p *Publisher) isAwaited(post core.Post) bool {
	if post.AwaitedUntil.IsZero() {
		return false
	}
	return p.waiters.watched(post.ID) || p.clock.Now().Before(post.AwaitedUntil) && !post.CreatedAt.Before(p.began)
}

// leave notes that somebody waits no longer, and has not been told the outcome: a notice will
// tell it. A post that has ended at the last moment is returned as it is then; otherwise o is.
func (p *Publisher) leave(ctx context.Context, o Outcome, profileID, postID string) Outcome {
	if p.notices == nil || o.Final() && o.Post.ID != "" {
		return o
	}
	ctx, cancel := detached(ctx, bookkeepingTimeout)
	defer cancel()
	ended := false
	_, err := p.store.UpdatePost(ctx, postID, func(post *core.Post) error {
		ended = post.Status != core.PostOpen
		if ended || post.AwaitedUntil.IsZero() {
			return errMoved
		}
		post.AwaitedUntil = time.Time{}
		return nil
	})
	if err != nil && !errors.Is(err, errMoved) {
		p.logOf(ctx).WarnContext(ctx, "that nobody waits for a post any more could not be noted", "post", postID, "error", err)
	}
	if !ended {
		return o
	}
	latest, err := p.Get(ctx, profileID, postID)
	if err != nil {
		return o
	}
	return latest
}

// Unanswered has the outcome of a post told by a notice although somebody waited for it, who
// has hung up before the answer. It goes on although ctx has ended.
func (p *Publisher) Unanswered(ctx context.Context, profileID, postID string) error {
	if p.notices == nil {
		return nil
	}
	ctx, cancel := detached(ctx, bookkeepingTimeout)
	defer cancel()
	wanted, err := p.notices.Wants(ctx, profileID, core.NoticeScheduled)
	wanted = wanted || err != nil
	post, err := p.store.UpdatePost(ctx, postID, func(post *core.Post) error {
		if post.AwaitedUntil.IsZero() {
			return errMoved
		}
		post.AwaitedUntil = time.Time{}
		if wanted && isOutcome(post.Status) && post.Told != "" {
			p.addNotice(post, "")
		}
		return nil
	})
	if errors.Is(err, errMoved) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return p.emptyOutbox(ctx, post)
}

// emptyOutbox hands over the notices of a post that were not. It may be repeated.
func (p *Publisher) emptyOutbox(ctx context.Context, post core.Post) error {
	if p.notices == nil || len(post.Outbox) == 0 {
		return nil
	}
	if err := p.notices.Tell(ctx, post.ProfileID, post.Outbox...); err != nil {
		return err
	}
	told := post.Outbox
	_, err := p.store.UpdatePost(ctx, post.ID, func(post *core.Post) error {
		left := slices.DeleteFunc(slices.Clone(post.Outbox), func(n core.Notice) bool {
			return slices.ContainsFunc(told, func(t core.Notice) bool { return t.ID == n.ID })
		})
		if len(left) == len(post.Outbox) {
			return errMoved // another was faster
		}
		post.Outbox = left
		return nil
	})
	if errors.Is(err, errMoved) || errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// sweepOutboxes hands over what is left in the outboxes of posts.
func (p *Publisher) sweepOutboxes(ctx context.Context) error {
	if p.notices == nil {
		return nil
	}
	posts, err := p.store.UntoldPosts(ctx, sweepBatch)
	if err != nil {
		return fmt.Errorf("listing outcomes that were not told: %w", err)
	}
	var failures []error
	for _, post := range posts {
		if err := p.emptyOutbox(ctx, post); err != nil {
			failures = append(failures, fmt.Errorf("telling the outcome of post %s: %w", post.ID, err))
		}
	}
	return errors.Join(failures...)
}
