package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/crier-social/crier/core/store"
)

const (
	// strandedAfter is how old a message without a job is before it counts as stranded: the
	// job may be stored a moment after it.
	strandedAfter = time.Minute
	// keepMessages is how long the log keeps what has ended.
	keepMessages = 30 * 24 * time.Hour
	sweepBatch   = 500
)

// Sweep takes up again what a crash left without a job, and forgets what ended long ago. It
// tells how many messages it took up.
func (n *Notifier) Sweep(ctx context.Context) (int, error) {
	now := n.clock.Now()
	taken, err := n.takeUp(ctx, store.ChannelWebhook, WebhookJob, now)
	if n.mail != nil {
		mails, merr := n.takeUp(ctx, store.ChannelMail, MailJob, now)
		taken, err = taken+mails, errors.Join(err, merr)
	}
	if taken > 0 {
		n.wake()
	}
	for {
		deleted, derr := n.store.DeleteMessages(ctx, now.Add(-keepMessages), sweepBatch)
		if derr != nil {
			return taken, errors.Join(err, fmt.Errorf("deleting old messages: %w", derr))
		}
		if deleted < sweepBatch {
			return taken, err
		}
	}
}

// takeUp gives the stranded messages of a channel new jobs.
func (n *Notifier) takeUp(ctx context.Context, channel store.Channel, kind string, now time.Time) (int, error) {
	stranded, err := n.store.StrandedMessages(ctx, channel, kind, now.Add(-strandedAfter), sweepBatch)
	if err != nil {
		return 0, fmt.Errorf("stranded messages: %w", err)
	}
	if len(stranded) == 0 {
		return 0, nil
	}
	if err := n.store.Enqueue(ctx, jobsOf(stranded)...); err != nil {
		return 0, fmt.Errorf("jobs of stranded messages: %w", err)
	}
	return len(stranded), nil
}
