package api

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/publish"
	"github.com/crier-social/crier/core/store"
)

const (
	historyLimit    = 25
	maxHistoryLimit = 1000
	historyDays     = 30
	maxHistoryDays  = 36500
	postsPerPage    = 500 // posts read at a time while looking for some of them, at most
)

// historyList is the answer to GET /history.
type historyList struct {
	History     []postView `json:"history"`
	RefID       string     `json:"refId"`
	Count       int        `json:"count"`
	LastUpdated string     `json:"lastUpdated"`
	NextUpdate  string     `json:"nextUpdate"`
	Warnings    []warning  `json:"warnings,omitempty"`
}

// history is GET /history.
func (a *API) history(c *gin.Context) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	profile := profileOf(c)
	f := a.readFilter(q, profile.ID)
	if len(q.problems) > 0 {
		return fail("request", q.problems)
	}
	outcomes, err := a.find(c.Request.Context(), f)
	if err != nil {
		return fail("request", err)
	}
	now := stamp(a.Clock.Now())
	list := historyList{
		History: make([]postView, len(outcomes)), RefID: profile.RefID, Count: len(outcomes),
		LastUpdated: now, NextUpdate: now, // read from the store at every request
		Warnings: append(a.misspelt(f.Platforms), q.ignored()...),
	}
	for i, o := range outcomes {
		list.History[i] = a.view(profile, o)
	}
	return ok(list)
}

// filter selects posts for the history.
type filter struct {
	store.PostQuery
	// status is a state that the store does not tell apart: an open post is
	// pending or being processed, depending on the time.
	status string
	// none means that no post can match.
	none bool
}

// readFilter reads the parameters of GET /history.
func (a *API) readFilter(q *query, profileID string) filter {
	f := filter{PostQuery: store.PostQuery{ProfileID: profileID, Platforms: append(q.list("platforms"), q.list("platform")...)}}
	f.Limit = q.number("lastRecords", historyLimit, 1, maxHistoryLimit) // the older name of limit
	f.Limit = q.number("limit", f.Limit, 1, maxHistoryLimit)
	f.Since, f.Until = q.moment("startDate"), q.moment("endDate")
	if !f.Until.IsZero() && f.Since.After(f.Until) {
		q.add(invalid("endDate", "endDate lies before startDate"))
	}
	f.readSeries(q)
	days := q.number("lastDays", f.defaultDays(), 0, maxHistoryDays)
	asked := q.text("lastDays") != ""
	if days > 0 && (f.Since.IsZero() && f.Until.IsZero() || asked && (f.Since.IsZero() || f.Until.IsZero())) {
		if since := a.Clock.Now().Add(-time.Duration(days) * 24 * time.Hour); since.After(f.Since) {
			f.Since = since
		}
		if !f.Until.IsZero() && f.Since.After(f.Until) {
			q.add(invalid("lastDays", "lastDays begins after endDate; send more days, or startDate in their place"))
		}
	}
	f.readStatus(q, a.Clock.Now())
	f.readType(q)
	return f
}

// readSeries reads whose repetitions are wanted.
func (f *filter) readSeries(q *query) {
	switch id := q.text("autoRepostId"); id {
	case "all":
		f.AnySeries = true
	default:
		f.Series = id
	}
}

// defaultDays is how many days the history goes back where nobody says. The posts of a
// series were all created with its first, which may be long ago.
func (f *filter) defaultDays() int {
	if f.AnySeries || f.Series != "" {
		return 0
	}
	return historyDays
}

// misspelt warns of names that differ from a network's in case alone. Any other name
// may be that of a refused post.
func (a *API) misspelt(platforms []string) []warning {
	var out []warning
	for _, name := range platforms {
		_, known := a.Registry.Get(name)
		if hint := a.meant(name); !known && hint != "" {
			out = append(out, warning{
				Code: core.CodeUnknownPlatform, Field: "platforms",
				Message: "this server has no network " + quote(name) + hint,
			})
		}
	}
	return out
}

func (f *filter) readStatus(q *query, now time.Time) {
	f.status = q.choice("status", statusSuccess, statusError, statusProcessing, statusPending, statusPaused, statusApproval, statusDeleted)
	switch f.status {
	case statusSuccess:
		f.Statuses = []core.PostStatus{core.PostSuccess}
	case statusError:
		f.Statuses = []core.PostStatus{core.PostError}
	case statusDeleted:
		f.Statuses = []core.PostStatus{core.PostDeleted}
	case statusProcessing:
		f.Statuses, f.DueBy = []core.PostStatus{core.PostOpen}, now
	case statusPending:
		scheduled := true
		f.Statuses, f.Scheduled, f.DueAfter = []core.PostStatus{core.PostOpen}, &scheduled, now
	case statusPaused:
		f.Statuses = []core.PostStatus{core.PostPaused}
	case statusApproval:
		f.Statuses = []core.PostStatus{core.PostAwaitingApproval}
	}
}

func (f *filter) readType(q *query) {
	switch q.choice("type", "immediate", "scheduled", "now") {
	case "immediate", "now":
		f.none = f.none || f.status == statusPending
		f.Scheduled = new(bool)
	case "scheduled":
		scheduled := true
		f.Scheduled = &scheduled
	}
}

// find reads the posts that match. Where the store cannot tell a state, it goes
// on until enough posts are in it.
func (a *API) find(ctx context.Context, f filter) ([]publish.Outcome, error) {
	if f.none {
		return nil, nil
	}
	if f.status != statusPending && f.status != statusProcessing {
		return a.Publisher.List(ctx, f.PostQuery)
	}
	var found []publish.Outcome
	err := a.eachPost(ctx, f.PostQuery, func(o publish.Outcome) (more bool) {
		if a.statusOf(o) == f.status {
			found = append(found, o)
		}
		return len(found) < f.Limit
	})
	return found, err
}

// eachPost calls fn for the posts that a query selects, newest first, until fn returns
// false. It reads as many at a time as the query's limit says.
func (a *API) eachPost(ctx context.Context, q store.PostQuery, fn func(publish.Outcome) (more bool)) error {
	q.Limit = min(cmp.Or(q.Limit, postsPerPage), postsPerPage)
	for {
		outcomes, err := a.Publisher.List(ctx, q)
		if err != nil {
			return err
		}
		for _, o := range outcomes {
			if !fn(o) {
				return nil
			}
		}
		if len(outcomes) < q.Limit {
			return nil
		}
		q.Before = outcomes[len(outcomes)-1].Post.ID
	}
}

// historyEntry is GET /history/:id. The id may also be a network's name: then
// the request is for the network's own list of posts.
func (a *API) historyEntry(c *gin.Context) answer {
	if _, isNetwork := a.Registry.Get(c.Param("id")); isNetwork {
		return a.archive(c, c.Param("id"))
	}
	if id := c.Param("id"); isName(id) {
		return failWith(http.StatusNotFound, "request", &core.Error{
			Kind: core.KindNotFound, Code: core.CodeUnknownPlatform,
			Message: "this server has neither a network nor a post " + quote(id) + a.meant(id) + "; its networks are " + strings.Join(a.Registry.Names(), ", "),
		})
	}
	return a.getPost(c)
}

// isName tells whether the last part of a path can be the name of a network and not the id
// of a post.
func isName(s string) bool {
	const shortestID = 20
	return len(s) < shortestID && !strings.ContainsFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') })
}
