package api

import (
	"context"
	"errors"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

const (
	galleryLimit    = 100
	maxGalleryLimit = 1000
)

// galleryList is the answer to GET /media.
type galleryList struct {
	Status     string       `json:"status"`
	Media      []uploadView `json:"media"`
	Count      int          `json:"count"`
	Pagination pagination   `json:"pagination"`
	Usage      usage        `json:"usage"`
	RefID      string       `json:"refId"`
	Warnings   []warning    `json:"warnings,omitempty"`
}

// pagination tells how to go on with a list.
type pagination struct {
	HasMore    bool   `json:"hasMore"`
	NextCursor string `json:"nextCursor,omitempty"`
	Limit      int    `json:"limit"`
}

// usage is in bytes; a quota of 0 is none.
type usage struct {
	Used  int64 `json:"used"`
	Quota int64 `json:"quota"`
}

// unknownCursor makes of the error with which the record is looked up that a cursor names what
// the client is told: to answer a cursor that is wrong with no records would look like the end
// of the list.
func unknownCursor(err error) error {
	if !errors.Is(err, store.ErrNotFound) && core.KindOf(err) != core.KindNotFound {
		return err
	}
	e := invalid("cursor", "cursor is none of this list: send the nextCursor of the page before as it is, or leave it out")
	e.Help = "What the cursor named may have been deleted meanwhile; begin from the first page then."
	return e
}

// listMedia is GET /media.
func (a *API) listMedia(c *gin.Context) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	limit := q.number("limit", galleryLimit, 1, maxGalleryLimit)
	cursor := q.text("cursor")
	if len(q.problems) > 0 {
		return fail("media", q.problems)
	}
	profile := profileOf(c)
	uploads, err := a.Uploads.List(c.Request.Context(), profile.ID, limit+1, cursor)
	if err == nil && len(uploads) == 0 && cursor != "" {
		_, err = a.Uploads.Get(c.Request.Context(), profile.ID, cursor)
		err = unknownCursor(err)
	}
	if err != nil {
		return fail("media", err)
	}
	used, quota, err := a.Uploads.Usage(c.Request.Context(), profile.ID)
	if err != nil {
		return fail("media", err)
	}
	list := galleryList{
		Status: statusSuccess, Media: []uploadView{}, Pagination: pagination{Limit: limit},
		Usage: usage{used, quota}, RefID: profile.RefID, Warnings: q.ignored(),
	}
	if len(uploads) > limit {
		uploads = uploads[:limit]
		list.Pagination.HasMore, list.Pagination.NextCursor = true, uploads[limit-1].ID
	}
	for _, u := range uploads {
		list.Media = append(list.Media, a.viewOfUpload(u))
	}
	list.Count = len(list.Media)
	return ok(list)
}

// getMedia is GET /media/:id.
func (a *API) getMedia(c *gin.Context) answer {
	u, err := a.Uploads.Get(c.Request.Context(), profileOf(c).ID, c.Param("id"))
	if err != nil {
		return uploadError("media", withListHelp(err))
	}
	return ok(a.viewOfUpload(u))
}

// deleteMedia is DELETE /media/:id. A post that is on its way would fail without its
// files, so that they stay until it is out or deleted.
func (a *API) deleteMedia(c *gin.Context) answer {
	profile, id := profileOf(c), c.Param("id")
	post, needed, err := a.postWith(c.Request.Context(), profile.ID, id)
	if err != nil {
		return fail("media", err)
	}
	if needed {
		return fail("media", uploadNeeded(post))
	}
	if err := a.Uploads.Delete(c.Request.Context(), profile.ID, id); err != nil {
		return uploadError("media", withListHelp(err))
	}
	return ok(map[string]string{"status": statusSuccess, "id": id, "refId": profile.RefID})
}

// withListHelp tells, of an upload that is not there, where those are that are.
func withListHelp(err error) error {
	e, ok := errors.AsType[*core.Error](err)
	if !ok || e.Kind != core.KindNotFound {
		return err
	}
	c := *e
	c.Help = "GET /media lists the uploads of this profile."
	return &c
}

// postWith finds a post of the profile that has not ended and names the upload.
func (a *API) postWith(ctx context.Context, profileID, uploadID string) (post core.Post, found bool, err error) {
	open := store.PostQuery{ProfileID: profileID, Statuses: []core.PostStatus{core.PostOpen, core.PostPaused, core.PostAwaitingApproval}}
	err = a.eachPost(ctx, open, func(o publish.Outcome) (more bool) {
		if slices.Contains(a.uploadsOf(o.Post.Request), uploadID) {
			post, found = o.Post, true
		}
		return !found
	})
	return post, found, err
}

// uploadNeeded refuses to remove an upload that a post needs.
func uploadNeeded(post core.Post) *core.Error {
	state := "which is being sent"
	switch {
	case post.Status == core.PostPaused:
		state = "which is paused"
	case post.Status == core.PostAwaitingApproval:
		state = "which waits for approval"
	case post.Scheduled():
		state = "scheduled for " + scheduleStamp(post.Request.ScheduleAt)
	}
	e := invalid("id", "the post "+post.ID+", "+state+", needs this file")
	e.Code = core.CodeUploadInUse
	e.Help = `Remove the file when the post is out, or delete the post first: DELETE /post with {"id":"` + post.ID + `"}.`
	return e
}
