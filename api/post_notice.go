package api

import (
	"net/http"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/publish"
)

// ending is how a post has ended, as answers and notices tell it.
type ending struct {
	status   string // statusSuccess or statusError
	code     int    // of HTTP
	problems problems
	postIDs  []postEntry
}

// endingOf tells how a post has ended, or has so far: one that is under way is no error.
func endingOf(o publish.Outcome) ending {
	e := ending{status: statusSuccess, code: http.StatusOK, problems: problemsOf(o), postIDs: postEntries(o)}
	switch o.Post.Status {
	case core.PostDeleted:
		e.status, e.problems = statusError, append(e.problems, problem{err: cancelled(o.Post.ID)})
		e.code = e.problems.status()
	case core.PostError:
		e.status, e.code = statusError, e.problems.status()
		if len(e.postIDs) > 0 {
			e.code = http.StatusBadRequest
		}
	case core.PostSuccess, core.PostOpen, core.PostPaused, core.PostAwaitingApproval:
	}
	return e
}

// ScheduledNotice is what a notice of the action `scheduled` tells of a post, as members of
// a JSON object, besides what notices of every action have. The members are those of the
// answer to POST /post.
type ScheduledNotice struct {
	Status       string       `json:"status"` // "success" or "error"; "processing" when it is under way again
	Code         int          `json:"code"`   // the HTTP status that POST /post would have
	ID           string       `json:"id"`
	ScheduleDate string       `json:"scheduleDate,omitempty"`
	Post         any          `json:"post"`
	Errors       []errorEntry `json:"errors"`
	PostIDs      []postEntry  `json:"postIds"`
	AutoRepostID string       `json:"autoRepostId,omitempty"`
}

// PostNotice returns what is told of a post that has ended.
func PostNotice(o publish.Outcome) ScheduledNotice {
	e := endingOf(o)
	n := ScheduledNotice{
		Status: e.status, Code: e.code, ID: o.Post.ID, Post: textOf(o.Post.Request),
		Errors: e.problems.entries(), PostIDs: e.postIDs, AutoRepostID: o.Post.SeriesID,
	}
	if o.Post.Scheduled() {
		n.ScheduleDate = scheduleStamp(o.Post.Request.ScheduleAt)
	}
	if !o.Final() {
		n.Status, n.Code = statusProcessing, http.StatusAccepted
	}
	return n
}
