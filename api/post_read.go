package api

import (
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/publish"
)

// postView is a stored post, as GET /post/:id and the history show it.
type postView struct {
	ID               string          `json:"id"`
	Status           string          `json:"status"`
	Type             string          `json:"type"`
	Created          string          `json:"created"`
	ScheduleDate     string          `json:"scheduleDate,omitempty"`
	AutoRepostID     string          `json:"autoRepostId,omitempty"`
	Post             any             `json:"post"`
	Platforms        []string        `json:"platforms"`
	AccountIDs       []string        `json:"accountIds"`
	MediaURLs        any             `json:"mediaUrls"`
	DisableComments  bool            `json:"disableComments"` // as it is wanted now
	PostIDs          []postEntry     `json:"postIds"`
	Errors           []errorEntry    `json:"errors"`
	Progress         []progressEntry `json:"progress,omitempty"`
	Warnings         []warning       `json:"warnings,omitempty"` // of deliveries that have not ended
	RetryAvailable   bool            `json:"retryAvailable,omitempty"`
	Notes            string          `json:"notes,omitempty"`
	ProfileTitle     string          `json:"profileTitle"`
	RefID            string          `json:"refId"`
	RequiresApproval bool            `json:"requiresApproval"`
	Approved         bool            `json:"approved,omitempty"`
	ApprovedDate     string          `json:"approvedDate,omitempty"`
	ScheduledPaused  bool            `json:"scheduledPaused,omitempty"`
	ShortenLinks     bool            `json:"shortenLinks"`
}

// progressEntry is how far one delivery is that has not ended.
type progressEntry struct {
	Platform  string             `json:"platform"`
	AccountID string             `json:"accountId"`
	State     core.DeliveryState `json:"state"`
	*core.Activity
	// WaitsFor is what is waited for while nobody works on the delivery.
	WaitsFor   string `json:"waitsFor,omitempty"`
	WaitsSince string `json:"waitsSince,omitempty"`
	// NextTry is when a delivery that failed is tried again by itself.
	NextTry string `json:"nextTry,omitempty"`
	// LateSeconds is by how much the time that was asked for has passed.
	LateSeconds int64 `json:"lateSeconds,omitempty"`
	// LastError is why the delivery is being tried again.
	LastError *errorEntry `json:"lastError,omitempty"`
}

// view shows a post.
func (a *API) view(profile core.Profile, o publish.Outcome) postView {
	v := postView{
		ID: o.Post.ID, Status: a.statusOf(o), Type: "now", Created: stamp(o.Post.CreatedAt),
		Post: textOf(o.Post.Request), Platforms: platformsOf(o), AccountIDs: accountsOf(o),
		MediaURLs: a.mediaOf(o.Post.Request), DisableComments: o.Post.Request.DisableComments, PostIDs: postEntries(o), Errors: problemsOf(o).entries(),
		Progress: a.progressOf(o), Warnings: openWarnings(o), RetryAvailable: o.RetryAvailable(), Notes: o.Post.Request.Notes,
		ProfileTitle: profile.Title, RefID: profile.RefID, AutoRepostID: o.Post.SeriesID,
		RequiresApproval: o.Post.Request.RequiresApproval, ScheduledPaused: o.Post.Status == core.PostPaused,
	}
	if at := o.Post.ApprovedAt; !at.IsZero() {
		v.Approved, v.ApprovedDate = true, stamp(at)
	}
	if o.Post.Scheduled() {
		v.Type = "scheduled"
		v.ScheduleDate = scheduleStamp(o.Post.Request.ScheduleAt)
	}
	return v
}

// platformsOf lists the networks of a post, sorted: those that it went to, or
// those that it asked for when it was refused.
func platformsOf(o publish.Outcome) []string {
	platforms := []string{}
	for _, d := range o.Deliveries {
		platforms = append(platforms, d.Platform)
	}
	if len(platforms) == 0 {
		platforms = append(platforms, o.Post.Request.Platforms...)
	}
	slices.Sort(platforms)
	return slices.Compact(platforms)
}

func accountsOf(o publish.Outcome) []string {
	accounts := []string{}
	for _, d := range o.Deliveries {
		accounts = append(accounts, d.AccountID)
	}
	return accounts
}

// progressOf tells how far the deliveries are that have not ended.
func (a *API) progressOf(o publish.Outcome) []progressEntry {
	var out []progressEntry
	for _, d := range o.Deliveries {
		if d.Idle() {
			continue
		}
		p := progressEntry{Platform: d.Platform, AccountID: d.AccountID, State: d.State}
		if d.Unsent() {
			p.LateSeconds = lateness(o.Post.Request, d, a.Clock.Now())
		}
		if activity, known := o.Activity[d.ID]; known {
			p.Activity = &activity
		} else if wait, known := o.Waits[d.ID]; known {
			p.WaitsFor, p.WaitsSince = wait.For, stamp(wait.Since)
			if !wait.Until.IsZero() {
				p.NextTry = stamp(wait.Until)
			}
		}
		if d.Error != nil {
			e := entryOf("post", d.Error)
			p.LastError = &e
		}
		out = append(out, p)
	}
	return out
}

// getPost is GET /post/:id.
func (a *API) getPost(c *gin.Context) answer {
	profile := profileOf(c)
	o, err := a.Publisher.Get(c.Request.Context(), profile.ID, c.Param("id"))
	if err != nil {
		return fail("request", err)
	}
	concerns(c, o.Post.ID)
	return ok(a.view(profile, o))
}
