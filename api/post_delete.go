package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/publish"
)

// deletionResult is what became of one post that was to be deleted. The networks'
// parts stand beside its own members, under their names.
type deletionResult map[string]any

// unique drops repetitions and keeps the order.
func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// deletePosts is DELETE /post and its older name, DELETE /delete.
func (a *API) deletePosts(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail("delete", err)
	}
	shape := deleteShape{ID: f.text("id"), Bulk: unique(f.list("bulk"))}
	markManual := f.flag("markManualDeleted", false)
	all := f.flag("deleteAllScheduled", false)
	series, ofSeries := f.series(all || shape.ID != "" || len(shape.Bulk) > 0)
	f.addShape(a.shapes.check(shape))
	if !all && !ofSeries && shape.ID == "" && len(shape.Bulk) == 0 && len(f.problems) == 0 {
		f.add(invalid("id", "name the post with id, several with bulk, a series with autoRepostId, or send deleteAllScheduled"))
	}
	if shape.ID != "" && len(shape.Bulk) > 0 {
		f.add(invalid("bulk", "send either id or bulk"))
	}
	if all && (shape.ID != "" || len(shape.Bulk) > 0) {
		f.add(invalid("deleteAllScheduled", "deleteAllScheduled deletes every post that has not gone out, and id or bulk name some: send one of them; nothing was deleted"))
	}
	if len(f.problems) > 0 {
		return fail("delete", f.problems)
	}
	warnings := append(f.ignored(), unusedKey(c.Request)...)
	switch {
	case all:
		return a.deletePending(c, warnings, a.Publisher.DeleteScheduled)
	case ofSeries:
		return a.deletePending(c, warnings, func(ctx context.Context, profileID string) ([]publish.Deletion, error) {
			return a.Publisher.DeleteSeries(ctx, profileID, series)
		})
	case shape.ID != "":
		return a.deleteOne(c, shape.ID, markManual, warnings)
	default:
		return a.deleteBulk(c, shape.Bulk, markManual)
	}
}

func (a *API) deleteOne(c *gin.Context, id string, markManual bool, warnings []warning) answer {
	d := a.Publisher.Delete(c.Request.Context(), profileOf(c).ID, id, markManual)
	if d.Err == nil || core.CodeOf(visible(d.Err)[0]) != core.CodeDeleteNotFound {
		concerns(c, id)
	}
	body := deletionOf(d)
	if len(warnings) > 0 {
		body["warnings"] = warnings
	}
	return deletionAnswer(deletionStatus(d), body, d)
}

// deletionAnswer is the answer that consists of these deletions.
func deletionAnswer(status int, body any, deletions ...publish.Deletion) answer {
	ans := answer{status: status, body: body, cause: causes(deletions)}
	for _, d := range deletions {
		if d.Err != nil {
			ans.retryAfter = max(ans.retryAfter, retryAfter(visible(d.Err)))
		}
	}
	return ans
}

// deleteBulk deletes several posts, each by itself.
func (a *API) deleteBulk(c *gin.Context, ids []string, markManual bool) answer {
	results := make([]deletionResult, len(ids))
	deletions := make([]publish.Deletion, len(ids))
	for i, id := range ids {
		deletions[i] = a.Publisher.Delete(c.Request.Context(), profileOf(c).ID, id, markManual)
		results[i] = deletionOf(deletions[i])
	}
	return deletionAnswer(bulkStatus(deletions), results, deletions...)
}

// maxID is how many characters an id has at most.
const maxID = 64

// series reads the autoRepostId of the posts that are to be deleted, and whether one was
// sent. It does not go with another choice of posts.
func (f *fields) series(otherwise bool) (id string, sent bool) {
	const key = "autoRepostId"
	if raw, sent := f.raw(key); !sent || blank(raw) {
		return "", false
	}
	id = f.text(key)
	f.checkLength(key, id, maxID)
	if otherwise {
		f.add(invalid(key, "send either autoRepostId, or id, bulk or deleteAllScheduled"))
	}
	return id, true
}

// deletePending deletes posts that have not gone out yet.
func (a *API) deletePending(c *gin.Context, warnings []warning, del func(ctx context.Context, profileID string) ([]publish.Deletion, error)) answer {
	deletions, err := del(c.Request.Context(), profileOf(c).ID)
	if err != nil {
		return fail("delete", err)
	}
	results := make([]deletionResult, len(deletions))
	for i, d := range deletions {
		results[i] = deletionOf(d)
	}
	status := http.StatusOK
	body := map[string]any{"status": statusSuccess, "code": status, "count": len(results), "posts": results}
	if worst := worstOf(deletions); worst != nil {
		status = statusOf(core.Errors{worst})
		e := entryOf("delete", worst)
		body["status"], body["action"], body["code"], body["message"], body["help"] = e.Status, e.Action, e.Code, e.Message, e.Help
	}
	if len(warnings) > 0 {
		body["warnings"] = warnings
	}
	return deletionAnswer(status, body, deletions...)
}

func causes(deletions []publish.Deletion) error {
	list := make([]error, len(deletions))
	for i, d := range deletions {
		list[i] = d.Err
	}
	return errors.Join(list...)
}

// worstOf returns the failure that stands for all: the first that is not the request's
// fault, or else the first; nil when there is none.
func worstOf(deletions []publish.Deletion) *core.Error {
	var worst *core.Error
	for _, d := range deletions {
		if d.Err == nil {
			continue
		}
		first := visible(d.Err)[0]
		if core.CodeOf(first).Info().Status >= http.StatusInternalServerError {
			return first
		}
		worst = cmp.Or(worst, first)
	}
	return worst
}

// bulkStatus is 200 when everything was deleted, the status of a defect when
// there was one, and 400 otherwise.
func bulkStatus(deletions []publish.Deletion) int {
	status := http.StatusOK
	for _, d := range deletions {
		switch s := deletionStatus(d); {
		case s >= http.StatusInternalServerError:
			return s
		case s != http.StatusOK:
			status = http.StatusBadRequest
		}
	}
	return status
}

func deletionStatus(d publish.Deletion) int {
	if d.Err == nil {
		return http.StatusOK
	}
	return statusOf(visible(d.Err))
}

// deletionOf shows what became of one post.
func deletionOf(d publish.Deletion) deletionResult {
	result := deletionResult{}
	byPlatform := map[string][]any{}
	for _, dd := range d.Deliveries {
		platform := dd.Delivery.Platform
		byPlatform[platform] = append(byPlatform[platform], deliveryDeletion(dd))
	}
	for platform, entries := range byPlatform {
		result[platform] = oneOrAll(entries)
	}
	result["status"], result["id"], result["code"] = statusSuccess, d.PostID, http.StatusOK
	if d.Err != nil {
		e := entryOf("delete", visible(d.Err)[0])
		result["action"], result["status"], result["code"], result["message"], result["help"] = e.Action, e.Status, e.Code, e.Message, e.Help
	}
	return result
}

// deliveryDeletion shows the part of one account.
func deliveryDeletion(dd publish.DeliveryDeletion) any {
	if dd.Err != nil {
		e := entryOf("delete", visible(dd.Err)[0])
		e.AccountID = dd.Delivery.AccountID
		return e
	}
	entry := map[string]any{"action": "delete", "status": statusSuccess, "accountId": dd.Delivery.AccountID}
	if id := dd.Delivery.Receipt.RemoteID; id != "" {
		entry["id"] = id
	}
	return entry
}

// oneOrAll shows what one network has: as it is when the profile has one account
// there, which is all that older clients know, and as a list when it has several.
func oneOrAll(entries []any) any {
	if len(entries) == 1 {
		return entries[0]
	}
	return entries
}

// retryPost is PUT /post/retry. It may be repeated: published clients do so when
// an answer was lost.
func (a *API) retryPost(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail("retry", err)
	}
	id := f.text("id")
	if id == "" && len(f.problems) == 0 {
		f.add(invalid("id", "id is missing"))
	}
	if len(f.problems) > 0 {
		return fail("retry", f.problems)
	}
	profile := profileOf(c)
	o, err := a.Publisher.Retry(c.Request.Context(), profile.ID, id)
	if err != nil && (core.CodeOf(visible(err)[0]) != core.CodeNotRetryable || !alreadyRetried(o)) {
		return fail("retry", err)
	}
	concerns(c, id)
	return ok(retryAnswer{
		Action: "retry", Status: statusSuccess, ID: id, RefID: profile.RefID,
		Message: a.retryMessage(o), Warnings: append(f.ignored(), unusedKey(c.Request)...),
	})
}

// retryAnswer is the answer to PUT /post/retry.
type retryAnswer struct {
	Action   string    `json:"action"`
	Status   string    `json:"status"`
	ID       string    `json:"id"`
	RefID    string    `json:"refId"`
	Message  string    `json:"message"`
	Warnings []warning `json:"warnings,omitempty"`
}

// retryMessage tells how far the retry is.
func (a *API) retryMessage(o publish.Outcome) string {
	switch o.Post.Status {
	case core.PostSuccess:
		return "the post was sent again and is published; nothing is left to do"
	case core.PostError, core.PostDeleted:
		return fmt.Sprintf("the post was sent again and has ended; GET /post/%s tells its outcome", o.Post.ID)
	case core.PostOpen:
		if slices.ContainsFunc(o.Deliveries, lost) {
			return a.underWay(o)
		}
	case core.PostPaused, core.PostAwaitingApproval: // a retried post is never held
	}
	return fmt.Sprintf("the post is being sent again; GET /post/%s tells its outcome", o.Post.ID)
}

// alreadyRetried tells whether an earlier request has done what this one asks for.
func alreadyRetried(o publish.Outcome) bool {
	return o.Post.Retries > 0 && (o.Post.Status == core.PostOpen || o.Post.Status == core.PostSuccess)
}
