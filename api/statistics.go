package api

import (
	"fmt"
	"slices"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/engage"
)

// maxNativePosts is how many ids of a network one request for figures can name.
const maxNativePosts = 100

// postAnalytics is POST /analytics/post.
func (a *API) postAnalytics(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail("analytics", err)
	}
	id, ids := f.text("id"), unique(f.list("postIds"))
	native := f.flag("searchPlatformId", false)
	ref := engage.PostRef{ID: id, Platforms: f.list(f.either("platforms", "platform")), AccountIDs: f.list("accountIds")}
	_, several := f.raw("postIds")
	switch {
	case len(f.problems) > 0:
	case id == "" && len(ids) == 0:
		f.add(invalid("id", "id is missing: send the id of the post"))
	case id != "" && several:
		f.add(invalid("postIds", "send either id or postIds"))
	case several && !native:
		f.add(invalid("postIds", "postIds are ids of a network: send searchPlatformId:true with them"))
	case slices.Contains(ids, ""):
		f.add(invalid("postIds", "postIds has an empty entry; leave it out"))
	case len(ids) > maxNativePosts:
		f.add(invalid("postIds", fmt.Sprintf("postIds has %d entries; at most %d are allowed", len(ids), maxNativePosts)))
	}
	if len(f.problems) > 0 {
		return fail("analytics", f.problems)
	}
	var results []engage.Result[core.Analytics]
	if native {
		if !several {
			ids = []string{id}
		}
		results, err = a.Engagement.NativeAnalytics(c.Request.Context(), profileOf(c).ID, ref, ids)
	} else {
		results, err = a.Engagement.PostAnalytics(c.Request.Context(), profileOf(c).ID, ref)
	}
	if err != nil {
		return fail("analytics", err)
	}
	body := map[string]any{"errors": []errorEntry{}}
	if id != "" {
		body["id"] = id
	}
	return analyticsAnswer(body, results, several, f.ignored())
}

// socialAnalytics is POST /analytics/social.
func (a *API) socialAnalytics(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail("analytics", err)
	}
	const quarters = 4 // of a year
	platforms, accountIDs := f.list(f.either("platforms", "platform")), f.list("accountIds")
	q := core.AnalyticsQuery{Quarters: int(f.number("quarters", 1, quarters)), Daily: f.flag("daily", false)}
	if len(f.problems) > 0 {
		return fail("analytics", f.problems)
	}
	results, err := a.Engagement.AccountAnalytics(c.Request.Context(), profileOf(c).ID, platforms, accountIDs, q)
	if err != nil {
		return fail("analytics", err)
	}
	return analyticsAnswer(map[string]any{"errors": []errorEntry{}}, results, false, f.ignored())
}

// analyticsAnswer shows figures by network; as a list where several posts were asked for.
func analyticsAnswer(body map[string]any, results []engage.Result[core.Analytics], several bool, warnings []warning) answer {
	r := newReport("analytics")
	r.warnings = warnings
	for _, result := range results {
		if result.Err != nil {
			r.fail(result.Account, result.Err)
			continue
		}
		r.warn(result.Account, result.Value.Warnings)
		r.add(result.Account, figuresPart(result))
	}
	return r.read(r.body(body, func(string) bool { return several }))
}

// figuresPart shows the figures of one post or account.
func figuresPart(result engage.Result[core.Analytics]) map[string]any {
	values := result.Value.Values
	if values == nil {
		values = map[string]any{}
	}
	part := map[string]any{
		"analytics": values, "accountId": result.Account.ID,
		"lastUpdated": stamp(result.Fresh.Updated), "nextUpdate": stamp(result.Fresh.Next),
	}
	if result.RemoteID != "" {
		part["id"] = result.RemoteID
		if result.URL != "" {
			part["postUrl"] = result.URL
		}
	}
	return part
}
