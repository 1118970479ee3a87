package api

import (
	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

const (
	archiveLimit    = 10
	maxArchiveLimit = 500
)

// archiveAnswer is the answer to GET /history/:platform.
type archiveAnswer struct {
	Status      string           `json:"status"`
	Posts       []map[string]any `json:"posts"`
	Count       int              `json:"count"`
	AccountID   string           `json:"accountId"`
	RefID       string           `json:"refId"`
	LastUpdated string           `json:"lastUpdated"`
	NextUpdate  string           `json:"nextUpdate"`
	Meta        archiveMeta      `json:"meta"`
	Warnings    []warning        `json:"warnings,omitempty"`
}

type archiveMeta struct {
	Pagination archivePagination `json:"pagination"`
}

type archivePagination struct {
	HasMore bool   `json:"hasMore"`
	Next    string `json:"next,omitempty"`
	Limit   int    `json:"limit"`
}

// archive is GET /history/:platform: what the account has on the network.
func (a *API) archive(c *gin.Context, platform string) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	_, _ = q.text("id"), q.text("platform") // published clients repeat the path here
	ask := core.ArchiveQuery{
		Limit: q.number("limit", archiveLimit, 1, maxArchiveLimit), Next: q.text("next"), SkipAnalytics: q.flag("skipAnalytics"),
	}
	accountID := q.text("accountId")
	if len(q.problems) > 0 {
		return fail("history", q.problems)
	}
	profile := profileOf(c)
	result, err := a.Engagement.Archive(c.Request.Context(), profile.ID, platform, accountID, ask)
	if err != nil {
		return fail("history", err)
	}
	page := result.Value
	body := archiveAnswer{
		Status: statusSuccess, Posts: page.Posts, Count: len(page.Posts), AccountID: result.Account.ID, RefID: profile.RefID,
		LastUpdated: stamp(result.Fresh.Updated), NextUpdate: stamp(result.Fresh.Next), Warnings: q.ignored(),
		Meta: archiveMeta{archivePagination{HasMore: page.Next != "", Next: page.Next, Limit: ask.Limit}},
	}
	if body.Posts == nil {
		body.Posts = []map[string]any{}
	}
	for _, w := range page.Warnings {
		body.Status = statusPartial
		body.Warnings = append(body.Warnings, warningOf(platform, result.Account.ID, w))
	}
	return ok(body)
}
