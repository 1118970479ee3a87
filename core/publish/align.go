package publish

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// A change of a post that concerns deliveries is carried out in steps, each of which may
// be repeated, and by whoever meets the post: the request for the change, an attempt at
// one of its deliveries, a reader, or the job that was stored before the first step.
//
//  1. The post is swapped: it is as it is wanted, with a new revision, and keeps what it
//     was in Before.
//  2. Each delivery that was not sent is stopped: it takes the revision and is held, which
//     takes it out of the hands of a worker. One that is being sent cannot be stopped.
//  3. The post is swapped again, which decides: the change stands when all deliveries were
//     stopped; otherwise the post becomes what it was, with another revision.
//  4. The deliveries follow the decision: they are held as the post is, or let go, with
//     jobs for their time.
//
// A delivery that is stopped commits only after the decision, so that what is published is
// always what the post shows.

const (
	// checkpointLife is for how long what was uploaded ahead may be kept for another time:
	// networks forget uploads that are not used.
	checkpointLife = 12 * time.Hour
)

// errStopped ends an update that has nothing to change.
var errStopped = errors.New("publish: the delivery is where it is to be")

// behind tells whether a delivery has yet to follow its post.
func behind(d core.Delivery, post core.Post) bool {
	if !d.Unsent() || post.Status == core.PostDeleted {
		return false
	}
	return post.Before != nil || d.Revision != post.Revision || d.Held != post.Held()
}

// catchUp completes what somebody else has begun. The delivery's job has a new time then.
func (p *Publisher) catchUp(ctx context.Context, post core.Post) error {
	var err error
	if post.Before != nil {
		_, err = p.finish(ctx, post, nil)
	} else {
		err = p.align(ctx, post, nil)
	}
	if err != nil {
		return err
	}
	return queue.Snooze(0)
}

// finish brings a change to its end, and tells whether it stands. told is what the authors
// are to be warned of, by delivery.
func (p *Publisher) finish(ctx context.Context, post core.Post, told doubts) (stands bool, err error) {
	deliveries, err := p.store.ListDeliveries(ctx, post.ID)
	if err != nil {
		return false, err
	}
	stands = true
	for _, d := range deliveries {
		if !slices.Contains(post.Before.Deliveries, d.ID) {
			continue
		}
		stopped, err := p.stop(ctx, post, d)
		if err != nil {
			return false, err
		}
		stands = stands && stopped
	}
	decided, err := p.decide(ctx, post, stands)
	if err != nil {
		return false, err
	}
	switch {
	case decided.Revision == post.Revision:
		stands = true
	case decided.Withdrawn == post.Revision:
		stands = false
	default: // decided long ago: more has changed since
		return false, errMoved
	}
	return stands, p.align(ctx, decided, told)
}

// stop takes a delivery out of the hands of its worker, and tells whether it could. One that
// somebody else has stopped, and that waits for the decision, gets its job again: whoever that
// was may have died before it.
func (p *Publisher) stop(ctx context.Context, post core.Post, d core.Delivery) (bool, error) {
	waits := true
	_, err := p.store.UpdateDelivery(ctx, d.ID, func(d *core.Delivery) error {
		switch {
		case d.Revision >= post.Revision:
			waits = d.Held && d.Revision == post.Revision
			return errStopped
		case !d.Unsent() || d.Doubtful:
			return errMoved
		}
		p.follow(d, post)
		d.Held = true
		return nil
	})
	switch {
	case errors.Is(err, errMoved):
		return false, nil
	case err != nil && !errors.Is(err, errStopped):
		return false, err
	case post.Held() || !waits:
		return true, nil
	}
	return true, p.reschedule(ctx, post, d) // before the decision: nobody has to remember it
}

// decide ends the change of the post. It returns the post as it is then, whoever decided.
func (p *Publisher) decide(ctx context.Context, changed core.Post, stands bool) (core.Post, error) {
	post, err := p.store.UpdatePost(ctx, changed.ID, func(post *core.Post) error {
		if post.Revision != changed.Revision || post.Before == nil {
			return errMoved
		}
		if !stands {
			withdraw(post)
		}
		post.Before = nil
		return nil
	})
	if errors.Is(err, errMoved) {
		return p.store.GetPost(ctx, changed.ProfileID, changed.ID)
	}
	return post, err
}

// withdraw makes the post what it was before its change. What has become of it since stays.
func withdraw(post *core.Post) {
	before := post.Before
	if post.Held() || post.Status == core.PostOpen {
		post.Status = before.Status
	}
	post.Request, post.ApprovedAt, post.ReleasedAt = before.Request, before.ApprovedAt, before.ReleasedAt
	post.Withdrawn = post.Revision
	post.Revision++
	if post.ContentRevision == post.Withdrawn {
		post.ContentRevision = post.Revision
	}
}

// align brings every delivery that was not sent in line with its post.
func (p *Publisher) align(ctx context.Context, post core.Post, told doubts) error {
	deliveries, err := p.store.ListDeliveries(ctx, post.ID)
	if err != nil {
		return err
	}
	for _, d := range deliveries {
		if err := p.alignOne(ctx, post, d, told[d.AccountID]); err != nil {
			return err
		}
	}
	if post.Held() {
		p.fileUse.begin(post.ID)
		p.fileUse.end(post.ID, p.media.Release) // it may be held for long
	}
	return nil
}

// alignOne gives the delivery its job before it lets it go, so that a crash in between
// leaves somebody to do it.
func (p *Publisher) alignOne(ctx context.Context, post core.Post, d core.Delivery, told []core.Warning) error {
	switch {
	case !d.Unsent():
		return nil
	case !behind(d, post) && len(told) == 0 && post.Held():
		return p.dropJob(ctx, post, d)
	case !behind(d, post) && len(told) == 0:
		return p.ensureJob(ctx, post, d)
	}
	if !post.Held() {
		assign := p.ensureJob
		if d.Revision < post.Revision { // otherwise it was stopped, and has its job
			assign = p.reschedule
		}
		if err := assign(ctx, post, d); err != nil {
			return err
		}
	}
	_, err := p.store.UpdateDelivery(ctx, d.ID, func(d *core.Delivery) error {
		if !d.Unsent() || d.Revision > post.Revision {
			return errMoved
		}
		if d.Revision < post.Revision {
			p.follow(d, post)
		}
		d.Held = post.Held()
		for _, w := range told {
			if !slices.Contains(d.Warnings, w) {
				d.Warnings = append(d.Warnings, w)
			}
		}
		return nil
	})
	switch {
	case errors.Is(err, errMoved):
		return nil
	case err != nil || !post.Held():
		return err
	}
	return p.dropJob(ctx, post, d)
}

// dropJob takes the job of a delivery that is held: whoever holds it loses it, and with it
// the lane. The post may have been let go since it was read, and the job be the one that the
// delivery was given for that: it gets another then.
func (p *Publisher) dropJob(ctx context.Context, post core.Post, d core.Delivery) error {
	if _, err := p.store.Cancel(ctx, JobKind, d.ID); err != nil {
		return err
	}
	now, err := p.store.GetPost(ctx, post.ProfileID, post.ID)
	if err != nil {
		return err
	}
	return p.ensureJob(ctx, now, d)
}

// ensureJob gives a delivery that is in line with its post a job if it has none.
func (p *Publisher) ensureJob(ctx context.Context, post core.Post, d core.Delivery) error {
	if !d.Unsent() || post.Held() || post.Status == core.PostDeleted {
		return nil
	}
	return p.store.Enqueue(ctx, p.jobOf(post, d))
}

// follow makes a delivery one of the post's present revision: what was done for an earlier
// one is done anew, unless it serves this one too.
func (p *Publisher) follow(d *core.Delivery, post core.Post) {
	now, due := p.clock.Now(), post.DueAt()
	if d.Revision < post.ContentRevision {
		d.Checkpoint, d.Warnings = nil, nil
	}
	if due.Sub(d.UpdatedAt) > checkpointLife {
		d.Checkpoint = nil
	}
	if !due.Equal(d.DueAt) {
		d.Warnings = slices.DeleteFunc(slices.Clone(d.Warnings), func(w core.Warning) bool { return w.Field == scheduleField })
	}
	d.State, d.Fence, d.Revision, d.DueAt = core.DeliveryAccepted, "", post.Revision, due
	d.Content = p.contentOf(post.Request, d.AccountID, d.Platform)
	d.Failures, d.Error, d.OtherErrors = 0, nil, nil
	d.WaitsFor, d.WaitsSince, d.PutOffUntil = "", time.Time{}, time.Time{}
	d.UpdatedAt = now
}

// jobOf is the job that carries a delivery as its post wants it.
func (p *Publisher) jobOf(post core.Post, d core.Delivery) queue.Job {
	d.DueAt = post.DueAt()
	return jobAt(post, d, p.startAt(post, d))
}

// reschedule puts the delivery's job to the time at which work on it begins. Whoever holds
// the former one loses it.
func (p *Publisher) reschedule(ctx context.Context, post core.Post, d core.Delivery) error {
	job := p.jobOf(post, d)
	if err := p.store.Replace(ctx, job); err != nil {
		return err
	}
	if job.RunAt.Before(p.clock.Now().Add(wakeAhead)) {
		p.wake()
	}
	return nil
}

// decided completes changes that somebody has begun and not brought to an end, so that a
// post never shows what it may not become. What fails is left to the next one.
func (p *Publisher) decided(ctx context.Context, posts []core.Post) []core.Post {
	for i, post := range posts {
		if post.Before == nil {
			continue
		}
		_, err := p.finish(ctx, post, nil)
		if err == nil || errors.Is(err, errMoved) {
			post, err = p.store.GetPost(ctx, post.ProfileID, post.ID)
		}
		if err != nil {
			p.logOf(ctx).WarnContext(ctx, "a change could not be completed; the next one to meet the post will", "post", posts[i].ID, "error", err)
			continue
		}
		posts[i] = post
	}
	return posts
}
