package api

import (
	"github.com/gin-gonic/gin"
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
		return uploadError(err)
	}
	return ok(a.viewOfUpload(u))
}

// deleteMedia is DELETE /media/:id.
func (a *API) deleteMedia(c *gin.Context) answer {
	profile := profileOf(c)
	if err := a.Uploads.Delete(c.Request.Context(), profile.ID, c.Param("id")); err != nil {
		return uploadError(err)
	}
	return ok(map[string]string{"status": statusSuccess, "id": c.Param("id"), "refId": profile.RefID})
}
