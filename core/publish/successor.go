package publish

import (
	"encoding/json"
	"time"

	"github.com/crier-social/crier/core"
)

// successor is a post as a change would leave it.
type successor struct {
	was, post core.Post
	change    core.PostChange
	content   bool // what is published differs
	course    bool // whether or when it is published does
	notes     bool
	rest      bool   // what is out is changed by others
	options   string // field of an option block that is to be changed; empty: none is
}

// successorOf makes the change to a copy of the post.
func successorOf(post core.Post, c core.PostChange, now time.Time) successor {
	s := successor{was: post, post: post, change: c}
	s.post.Request = c.Apply(post.Request)
	s.approve(now)
	if post.Held() || post.Status == core.PostOpen {
		s.post.Status = s.status()
	}
	moved := !s.post.Request.ScheduleAt.Equal(post.Request.ScheduleAt)
	s.notes = s.post.Request.Notes != post.Request.Notes
	s.content = fingerprint(s.post.Request) != fingerprint(post.Request)
	s.course = moved || s.post.Status != post.Status || !s.post.ApprovedAt.Equal(post.ApprovedAt) || s.pauseIsLate()
	if !s.post.Held() && (post.Held() || moved && !s.post.Request.ScheduleAt.After(now)) {
		s.post.ReleasedAt = now
	}
	return s
}

// approve gives or withdraws the approval of a post that requires it.
func (s *successor) approve(now time.Time) {
	switch {
	case s.change.Approved == nil || !s.was.Request.RequiresApproval:
	case !*s.change.Approved:
		s.post.ApprovedAt = time.Time{}
	case s.post.ApprovedAt.IsZero():
		s.post.ApprovedAt = now
	}
}

// status is that of a post which has not gone out. A pause hides that approval is missing.
func (s *successor) status() core.PostStatus {
	paused := s.was.Status == core.PostPaused
	if s.change.Paused != nil {
		paused = *s.change.Paused
	}
	switch {
	case paused:
		return core.PostPaused
	case s.post.AwaitsApproval():
		return core.PostAwaitingApproval
	}
	return core.PostOpen
}

// pauseIsLate tells whether a post that has ended is to be paused.
func (s *successor) pauseIsLate() bool {
	return s.change.Paused != nil && *s.change.Paused && s.post.Status != core.PostPaused
}

func (s *successor) concernsDeliveries() bool { return s.content || s.course }

// fingerprint is the same for two requests that publish the same.
func fingerprint(r core.PostRequest) string {
	raw, err := json.Marshal(core.PostRequest{
		Text: r.Text, Media: r.Media, Options: r.Options, Mentions: r.Mentions,
		FirstComment: r.FirstComment, DisableComments: r.DisableComments,
	})
	if err != nil { // a raw option block that is no JSON; such a request is never stored
		return ""
	}
	return string(raw)
}

// begin makes the post its successor, undecided yet.
func (s *successor) begin(post *core.Post, deliveries []core.Delivery) {
	before := core.PostBefore{
		Request: s.was.Request, Status: s.was.Status, ApprovedAt: s.was.ApprovedAt, ReleasedAt: s.was.ReleasedAt,
	}
	for _, d := range deliveries {
		if d.Unsent() {
			before.Deliveries = append(before.Deliveries, d.ID)
		}
	}
	*post = s.post
	post.Before = &before
	post.Revision++
	if s.content {
		post.ContentRevision = post.Revision
	}
}
