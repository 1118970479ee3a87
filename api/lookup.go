package api

import (
	"fmt"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/engage"
)

const (
	facetLimit    = 25
	maxFacetLimit = 1000
	// maxSearch is how many characters a text that is searched for has at most.
	maxSearch = 256
)

// brandSearch is GET /brand/search/:platform.
func (a *API) brandSearch(c *gin.Context) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	ask := core.DirectoryQuery{Text: q.search(), PeopleOnly: q.flag("personOnly")}
	accountID := q.text("accountId")
	if ask.Text == "" {
		q.add(invalid("search", "search is missing: send a handle, the address of a profile, an id, or the beginning of a name"))
	}
	if len(q.problems) > 0 {
		return fail("search", q.problems)
	}
	platform := c.Param("platform")
	result, err := a.Engagement.Search(c.Request.Context(), profileOf(c).ID, platform, accountID, ask)
	if err != nil {
		return lookupError("search", err)
	}
	found := result.Value
	if found == nil {
		found = []core.DirectoryEntry{}
	}
	body := map[string]any{"status": statusSuccess, platform: found}
	warnings := q.ignored()
	for _, w := range result.Warnings {
		warnings = append(warnings, warningOf(platform, result.Account.ID, w))
	}
	if len(warnings) > 0 {
		body["warnings"] = warnings
	}
	return ok(body)
}

// search reads the text that is searched for.
func (q *query) search() string {
	text := q.text("search")
	if n := utf8.RuneCountInString(text); n > maxSearch {
		q.add(tooLong("search", n, maxSearch))
	}
	if at := strings.IndexFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }); at >= 0 {
		q.add(invalid("search", fmt.Sprintf("search has a control character at position %d, or bytes that are no text; remove them", utf8.RuneCountInString(text[:at])+1)))
	}
	return text
}

// lookupError answers for a network in the path: one that is not there is a resource that
// is not there.
func lookupError(action string, err error) answer {
	if core.CodeOf(visible(err)[0]) == core.CodeUnknownPlatform {
		return failWith(http.StatusNotFound, action, err)
	}
	return fail(action, err)
}

// facetList is the answer to GET /audience/:platform.
type facetList struct {
	Status   string       `json:"status"`
	Platform string       `json:"platform"`
	Facets   []core.Facet `json:"facets"`
}

// audienceFacets is GET /audience/:platform.
func (a *API) audienceFacets(c *gin.Context) answer {
	facets, err := a.Engagement.Facets(c.Param("platform"))
	if err != nil {
		return lookupError("audience", err)
	}
	return ok(facetList{Status: statusSuccess, Platform: c.Param("platform"), Facets: facets})
}

// facetValues is the answer to GET /audience/:platform/:facet.
type facetValues struct {
	Status   string            `json:"status"`
	Platform string            `json:"platform"`
	Facet    core.Facet        `json:"facet"`
	Values   []core.FacetValue `json:"values"`
	Count    int               `json:"count"`
	Warnings []warning         `json:"warnings,omitempty"`
}

// audienceValues is GET /audience/:platform/:facet.
func (a *API) audienceValues(c *gin.Context) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	ask := engage.FacetQuery{
		Facet: c.Param("facet"), Text: q.search(), Limit: q.number("limit", facetLimit, 1, maxFacetLimit),
		AccountID: q.text("accountId"),
	}
	if len(q.problems) > 0 {
		return fail("audience", q.problems)
	}
	facet, values, err := a.Engagement.FacetValues(c.Request.Context(), profileOf(c).ID, c.Param("platform"), ask)
	if err != nil {
		if core.KindOf(err) == core.KindNotFound && visible(err)[0].Field == "facet" {
			return failWith(http.StatusNotFound, "audience", err)
		}
		return lookupError("audience", err)
	}
	if values == nil {
		values = []core.FacetValue{}
	}
	return ok(facetValues{
		Status: statusSuccess, Platform: c.Param("platform"), Facet: facet, Values: values, Count: len(values), Warnings: q.ignored(),
	})
}
