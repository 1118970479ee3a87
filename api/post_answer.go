package api

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/publish"
)

// postEntry is the part of one account in an answer: what every network has, and
// whatever else this network tells.
type postEntry map[string]any

// postResult is the answer to POST /post.
type postResult struct {
	Status       string       `json:"status"`
	Message      string       `json:"message,omitempty"`
	ScheduleDate string       `json:"scheduleDate,omitempty"`
	Errors       []errorEntry `json:"errors"`
	PostIDs      []postEntry  `json:"postIds"`
	ID           string       `json:"id"`
	RefID        string       `json:"refId"`
	Post         any          `json:"post"`
	// AutoRepostID is that of the series of posts which repeat this one.
	AutoRepostID string       `json:"autoRepostId,omitempty"`
	AutoReposts  []repetition `json:"autoReposts,omitempty"`
	// Validate tells that the post was refused before anything was sent.
	Validate bool      `json:"validate,omitempty"`
	Warnings []warning `json:"warnings,omitempty"`
	// Progress is how far the deliveries are of a post that has not ended.
	Progress []progressEntry `json:"progress,omitempty"`
}

// postAnswer tells what became of a post.
func (a *API) postAnswer(profile core.Profile, o publish.Outcome, warnings []warning) answer {
	end := endingOf(o)
	result := postResult{
		Status:  a.statusOf(o),
		Errors:  end.problems.entries(),
		PostIDs: end.postIDs,
		ID:      o.Post.ID, RefID: profile.RefID, Post: textOf(o.Post.Request),
		AutoRepostID: o.Post.SeriesID, AutoReposts: repetitionsOf(o.Post),
		Validate: len(o.Post.Refusal) > 0, Warnings: append(warnings, openWarnings(o)...),
	}
	ans := answer{status: http.StatusOK}
	switch result.Status {
	case statusPending:
		result.Status = statusScheduled
		result.ScheduleDate = scheduleStamp(o.Post.Request.ScheduleAt)
	case statusApproval, statusPaused:
		result.Message = held(o)
		if o.Post.Scheduled() {
			result.ScheduleDate = scheduleStamp(o.Post.Request.ScheduleAt)
		}
	case statusProcessing:
		ans.status = http.StatusAccepted
		result.Message, result.Progress = a.underWay(o), a.progressOf(o)
	case statusDeleted, statusError:
		result.Status, ans.status = end.status, end.code
		if o.Post.Status == core.PostError {
			ans.retryAfter, ans.cause = retryAfter(end.problems.errors()), end.problems.errors()
		}
	}
	ans.body = result
	return ans
}

// underWay says what is being done about a post that has not ended. One whose answer
// was lost is not being sent: who sends it again may publish it twice.
func (a *API) underWay(o publish.Outcome) string {
	where := "; GET /post/" + o.Post.ID + " tells its outcome"
	i := slices.IndexFunc(o.Deliveries, lost)
	switch {
	case i < 0 && o.PutOff(a.Clock.Now()):
		return "the post is put off and goes out by itself: do not send it again meanwhile; progress[] tells why, and when it is tried next" + where
	case i < 0:
		return "the post is being sent" + where
	}
	d := o.Deliveries[i]
	next := ""
	if d.ReconcileAt.After(a.Clock.Now()) {
		next = ", and looks next at " + d.ReconcileAt.UTC().Format(time.RFC3339)
	}
	return "the answer of " + d.Platform + " was lost; Crier is finding out whether the post went out" + next +
		": do not send it again meanwhile" + where
}

// lost tells whether it is being found out what became of a delivery.
func lost(d core.Delivery) bool { return d.State == core.DeliveryUncertain && !d.Settled }

// openWarnings tells what is known already of deliveries that have not ended; those
// that have carry their warnings in their own entries.
func openWarnings(o publish.Outcome) []warning {
	var out []warning
	for _, d := range o.Deliveries {
		if d.Final() {
			continue
		}
		for _, w := range d.Warnings {
			out = append(out, warningOf(d.Platform, d.AccountID, w))
		}
	}
	return out
}

func cancelled(postID string) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeCancelled,
		Message: "the post " + postID + " was deleted before it went out",
	}
}

// The states of a post as clients know them.
const (
	statusPending    = "pending"
	statusScheduled  = "scheduled" // pending, in the answer that accepts it
	statusProcessing = "processing"
	statusSuccess    = "success"
	statusDeleted    = "deleted"
	statusPaused     = string(core.PostPaused)
	statusApproval   = string(core.PostAwaitingApproval)
)

// held says what lets a post go that is held.
func held(o publish.Outcome) string {
	release := `{"id":"` + o.Post.ID + `","scheduledPause":false}`
	waits := "is paused"
	if o.Post.Status == core.PostAwaitingApproval {
		release, waits = `{"id":"`+o.Post.ID+`","approved":true}`, "waits for approval"
	}
	return "the post " + waits + ", and nothing of it is sent before PATCH /post with " + release
}

// statusOf is the state of a post: an open one is pending until its time has
// come, and being processed from then on.
func (a *API) statusOf(o publish.Outcome) string {
	switch o.Post.Status {
	case core.PostSuccess:
		return statusSuccess
	case core.PostError:
		return statusError
	case core.PostDeleted:
		return statusDeleted
	case core.PostOpen:
		if o.Post.Request.ScheduleAt.After(a.Clock.Now()) {
			return statusPending
		}
	case core.PostPaused, core.PostAwaitingApproval:
		return string(o.Post.Status)
	}
	return statusProcessing
}

// problem is an error of a post, and of the delivery that it stopped, if one did.
type problem struct {
	err      *core.Error
	delivery *core.Delivery
	retry    bool
	besides  bool // another of the delivery says the rest
}

type problems []problem

// problemsOf collects what is wrong with a post.
func problemsOf(o publish.Outcome) problems {
	var list problems
	for _, e := range o.Post.Refusal {
		list = append(list, problem{err: withoutText(o.Post.Request, e)})
	}
	retry := o.RetryAvailable()
	for i, d := range o.Deliveries {
		if e := deliveryError(o, d); e != nil {
			p := problem{err: e, delivery: &o.Deliveries[i], retry: retry && d.State == core.DeliveryFailed}
			list = append(list, p)
			for _, other := range d.OtherErrors {
				p.err, p.besides = other, true
				list = append(list, p)
			}
		}
	}
	return list
}

// withoutText adds to an error about the text of a network that the request has texts
// by network, and none for this one.
func withoutText(r core.PostRequest, e *core.Error) *core.Error {
	_, own := r.Text.By[e.Platform]
	if e.Field != "post" || e.Platform == "" || len(r.Text.By) == 0 || own || r.Text.Default != "" {
		return e
	}
	c := *e
	c.Message = strings.TrimRight(e.Message, ".") + "; post." + e.Platform + " or post.default is missing"
	return &c
}

// deliveryError is why a delivery did not succeed; nil while it still may, and
// when its author cancelled the post.
func deliveryError(o publish.Outcome, d core.Delivery) *core.Error {
	switch d.State {
	case core.DeliveryFailed:
		if d.Error != nil {
			return d.Error
		}
		return &core.Error{Kind: core.KindInternal, Message: "the delivery failed"}
	case core.DeliveryUncertain:
		if d.Settled { // before, its progress tells that it is being found out
			return uncertain(d)
		}
	case core.DeliveryCancelled:
		if o.Post.Status == core.PostDeleted {
			return nil
		}
		return cancelled(d.PostID)
	case core.DeliveryAccepted, core.DeliveryPreparing, core.DeliveryCommitting, core.DeliveryPublished:
	}
	return nil
}

// uncertain says what is known of a delivery whose answer was lost.
func uncertain(d core.Delivery) *core.Error {
	e := &core.Error{
		Kind: core.KindUncertain, Code: core.CodeUncertain, Platform: d.Platform,
		Message: "the post was sent to " + d.Platform + ", but the answer was lost; whether it was published is not known",
	}
	if d.Error != nil {
		e.Status, e.Upstream, e.RequestID, e.Err = d.Error.Status, d.Error.Upstream, d.Error.RequestID, d.Error
	}
	return e
}

func (list problems) errors() core.Errors {
	out := make(core.Errors, len(list))
	for i, p := range list {
		out[i] = p.err
	}
	return out
}

// status is the HTTP status of an answer that consists of these problems.
func (list problems) status() int {
	if len(list) == 0 {
		return http.StatusBadRequest
	}
	return statusOf(list.errors())
}

func (list problems) entries() []errorEntry {
	out := make([]errorEntry, len(list))
	for i, p := range list {
		e := entryOf("post", p.err)
		if p.delivery == nil {
			e.VerifyCheck = true
		} else {
			e.Platform = cmp.Or(e.Platform, p.delivery.Platform)
			e.AccountID, e.RetryAvailable = p.delivery.AccountID, p.retry
		}
		if p.delivery != nil && !p.besides {
			e.Warnings = p.delivery.Warnings
		}
		out[i] = e
	}
	slices.SortStableFunc(out, func(a, b errorEntry) int { return cmp.Compare(a.Platform, b.Platform) })
	return out
}

// postEntries lists what was published, by platform.
func postEntries(o publish.Outcome) []postEntry {
	published := slices.DeleteFunc(slices.Clone(o.Deliveries), func(d core.Delivery) bool {
		return d.State != core.DeliveryPublished
	})
	slices.SortStableFunc(published, func(a, b core.Delivery) int { return cmp.Compare(a.Platform, b.Platform) })
	entries := make([]postEntry, len(published))
	for i, d := range published {
		entries[i] = entryOfDelivery(o.Post.Request, d)
	}
	return entries
}

// entryOfDelivery shows a published delivery. What the network tells besides
// never replaces what every network has.
func entryOfDelivery(r core.PostRequest, d core.Delivery) postEntry {
	e := postEntry{}
	maps.Copy(e, d.Receipt.Extra)
	e.addFollowUps(r, d)
	e["status"] = statusSuccess
	e["id"] = d.Receipt.RemoteID
	e["platform"] = d.Platform
	e["accountId"] = d.AccountID
	if d.Receipt.URL != "" {
		e["postUrl"] = d.Receipt.URL
	}
	if len(d.Warnings) > 0 {
		e["warnings"] = d.Warnings
	}
	if !d.DeletedAt.IsZero() {
		e["status"] = statusDeleted
	}
	if late := lateness(r, d, sentAt(d)); late > 0 {
		e["lateSeconds"] = late
	}
	return e
}

// textOf shows the text as it was sent: a string, or an object by network. An empty
// default stands for none.
func textOf(r core.PostRequest) any {
	if len(r.Text.By) == 0 {
		return r.Text.Default
	}
	out := maps.Clone(r.Text.By)
	if r.Text.Default != "" {
		out["default"] = r.Text.Default
	}
	return out
}

// mediaOf shows the media as they were sent: a list, or an object by network.
func (a *API) mediaOf(r core.PostRequest) any {
	if len(r.Media.By) == 0 {
		return a.addresses(r.Media.Default)
	}
	out := map[string][]string{"default": a.addresses(r.Media.Default)}
	for platform, refs := range r.Media.By {
		out[platform] = a.addresses(refs)
	}
	return out
}

func (a *API) addresses(refs []core.MediaRef) []string {
	out := make([]string, len(refs))
	for i, ref := range refs {
		out[i] = ref.URL
		if name, isSample := cutSample(ref.URL); isSample {
			out[i] = fmt.Sprintf("%s/samples/%s", a.PublicURL, name)
		}
		if id, isUpload := strings.CutPrefix(ref.URL, uploadPrefix); isUpload {
			out[i] = a.fileURL(id, "")
		}
	}
	return out
}
