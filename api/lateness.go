package api

import (
	"time"

	"github.com/crier-social/crier/core"
)

// lateness is by how many whole seconds a delivery of a scheduled post missed its time, if
// what happened to it did at the given time. A post that was sent at once has no time to miss.
func lateness(r core.PostRequest, d core.Delivery, at time.Time) int64 {
	if r.ScheduleAt.IsZero() || at.IsZero() {
		return 0
	}
	return max(0, int64(at.Sub(d.DueAt)/time.Second))
}

// sentAt is when the call that published a delivery began; its answer may have come later.
func sentAt(d core.Delivery) time.Time {
	if d.CommittedAt.IsZero() {
		return d.PublishedAt
	}
	return d.CommittedAt
}
