package api

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/engage"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

// editPost is PATCH /post, and PUT /post as published clients send it. It may be repeated.
func (a *API) editPost(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail("update", err)
	}
	profile := profileOf(c)
	change, warnings, err := a.readChange(c.Request.Context(), f, profile.ID)
	if err != nil {
		return fail("update", err)
	}
	if len(f.problems) > 0 {
		return fail("update", f.problems)
	}
	if err := a.keepForChange(c.Request.Context(), profile.ID, change); err != nil {
		return fail("update", err)
	}
	results, err := a.Engagement.Edit(c.Request.Context(), profile.ID, change)
	if err == nil || len(results) > 0 { // with an error: it was carried out, but not recorded
		concerns(c, change.PostID)
	}
	if err != nil {
		return fail("update", err)
	}
	r := newReport("update")
	r.warnings = slices.Concat(warnings, f.ignored(), unusedKey(c.Request))
	for _, result := range results {
		r.warn(result.Account, result.Warnings)
		if result.Err != nil {
			r.fail(result.Account, result.Err)
			continue
		}
		r.add(result.Account, changedPart(change, result))
	}
	o, err := a.Publisher.Get(c.Request.Context(), profile.ID, change.PostID)
	if err != nil {
		return fail("update", err)
	}
	r.warnings = append(r.warnings, openWarnings(o)...)
	body := map[string]any{"id": o.Post.ID, "refId": profile.RefID}
	if len(r.failures) == 0 {
		a.addChanged(body, o)
	}
	return r.done(r.body(body, nil))
}

// keepForChange makes sure that the uploads of the changed post are there when it goes out.
func (a *API) keepForChange(ctx context.Context, profileID string, change engage.Change) error {
	o, err := a.Publisher.Get(ctx, profileID, change.PostID)
	if errors.Is(err, store.ErrNotFound) {
		return nil // whoever makes the change says so
	}
	if err != nil {
		return err
	}
	held := o.Post.Held() || change.Paused != nil && *change.Paused || change.Approved != nil && !*change.Approved
	return a.keepUploads(ctx, profileID, change.Apply(o.Post.Request), held)
}

// addChanged shows what the post is after a change.
func (a *API) addChanged(body map[string]any, o publish.Outcome) {
	body["postStatus"], body["scheduledPaused"] = a.statusOf(o), o.Post.Status == core.PostPaused
	if o.Post.Scheduled() {
		body["scheduleDate"] = scheduleStamp(o.Post.Request.ScheduleAt)
	}
	if o.Post.Request.RequiresApproval {
		body["approved"] = !o.Post.AwaitsApproval()
	}
	if o.Post.Held() {
		body["message"] = held(o)
	}
}

// changedPart shows what was changed for one account.
func changedPart(c engage.Change, result engage.Result[engage.Changed]) map[string]any {
	part := map[string]any{"action": "update", "status": statusSuccess, "accountId": result.Account.ID, "platform": result.Account.Platform}
	if result.RemoteID != "" {
		part["id"] = result.RemoteID
	}
	if result.Value.Text {
		part["edited"] = true
	}
	if result.Value.Comments {
		part["disableComments"] = *c.DisableComments
	}
	if result.Value.Later {
		part["message"] = fmt.Sprintf("the post has not gone out to %s yet; it will as it is wanted now", result.Account.Platform)
	}
	return part
}
