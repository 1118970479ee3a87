package api

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// maxAddressQuery is the longest query that goes into an address; a longer one travels
// in the body of a POST, which LinkedIn's own client does from here on as well.
// https://linkedin.github.io/rest.li/spec/protocol (query tunneling)
const maxAddressQuery = 4000

// find reads a finder whose query may be too long for an address.
func (c *Client) find(ctx context.Context, op, collection string, token core.Secret, query []Param, out any) error {
	raw := Query(query...)
	if len(raw) <= maxAddressQuery {
		return c.get(ctx, op, collection+"?"+raw, methodFinder, token, out)
	}
	r := c.call(op, http.MethodPost, collection, token)
	r.Repeatable = true
	r.Header.Set("X-Http-Method-Override", http.MethodGet)
	r.Header.Set("X-Restli-Method", methodFinder)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Size = int64(len(raw))
	r.Body = func(context.Context) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(raw)), nil }
	_, err := c.rest.JSON(ctx, r, nil, out)
	return err
}

// AudienceClause is a criterion of an audience: whoever matches one of the values.
type AudienceClause struct {
	Facet  string   // URN
	Values []string // URNs
}

// AudienceCount is how many members match. LinkedIn rounds it, and says 0 for fewer
// than 300.
type AudienceCount struct {
	Total  int64 `json:"total"`
	Active int64 `json:"active"`
}

// CountAudience counts the members who match every clause.
// https://learn.microsoft.com/en-us/linkedin/marketing/integrations/ads/advertising-targeting/audience-counts
func (c *Client) CountAudience(ctx context.Context, token core.Secret, clauses []AudienceClause) (Page[AudienceCount], error) {
	and := make(List, len(clauses))
	for i, clause := range clauses {
		values := make(List, len(clause.Values))
		for j, v := range clause.Values {
			values[j] = String(v)
		}
		and[i] = Record{{"or", Record{{clause.Facet, values}}}}
	}
	var page Page[AudienceCount]
	err := c.find(ctx, "audienceCounts", "audienceCounts", token, []Param{
		{"q", String("targetingCriteriaV2")},
		{"targetingCriteria", Record{{"include", Record{{"and", and}}}}},
	}, &page)
	return page, err
}

// The collections of standardized data that are read by name.
// https://learn.microsoft.com/en-us/linkedin/shared/references/v2/standardized-data
const (
	StandardDegrees       = "degrees"
	StandardFieldsOfStudy = "fieldsOfStudy"
	StandardIndustries    = "industryTaxonomyVersions/DEFAULT/industries"
	StandardIndustry      = "industries" // by id alone
	StandardPlaces        = "geo"        // by id alone
)

// StandardEntity is a name that LinkedIn gives to many things alike: a degree, an
// industry.
type StandardEntity struct {
	ID   Number `json:"id"`
	Name struct {
		Localized map[string]string `json:"localized"`
	} `json:"name"`
}

// EnglishName returns the name in English or, if there is none, in another language.
func (e StandardEntity) EnglishName() string {
	if name := e.Name.Localized["en_US"]; name != "" {
		return name
	}
	var locales []string
	for locale := range e.Name.Localized {
		locales = append(locales, locale)
	}
	slices.Sort(locales)
	for _, locale := range locales {
		if name := e.Name.Localized[locale]; name != "" {
			return name
		}
	}
	return ""
}

// Number is an id that is written as a number, or as a string of digits.
type Number string

// UnmarshalJSON reads either form.
func (n *Number) UnmarshalJSON(raw []byte) error {
	*n = Number(strings.Trim(string(raw), `"`))
	return nil
}

// ListStandard reads a page of a collection of standardized data.
func (c *Client) ListStandard(ctx context.Context, token core.Secret, collection string, start, count int) (Page[StandardEntity], error) {
	var page Page[StandardEntity]
	query := Query(Param{"start", Int(start)}, Param{"count", Int(count)})
	op, _, _ := strings.Cut(collection, "/")
	err := c.get(ctx, op, collection+"?"+query, "", token, &page)
	return page, err
}

// CheckStandard asks whether a collection of standardized data has an id.
func (c *Client) CheckStandard(ctx context.Context, token core.Secret, collection, id string) error {
	r := c.call("getStandard", http.MethodGet, collection+"/"+Escape(id), token)
	r.Repeatable, r.DiscardBody = true, true
	_, err := c.rest.Do(ctx, r)
	return err
}

// GeoPlace is a place by its name, such as "Munich, Bavaria, Germany".
type GeoPlace struct {
	Text   string `json:"displayText"`
	Entity string `json:"entity"` // URN
}

// FindPlaces finds places whose names begin with the words.
func (c *Client) FindPlaces(ctx context.Context, token core.Secret, words string) (Page[GeoPlace], error) {
	var page Page[GeoPlace]
	query := Query(
		Param{"q", String("search")}, Param{"query", String(words)},
		Param{"locale", Record{{"language", String("en")}, {"country", String("US")}}},
	)
	err := c.get(ctx, "geoTypeahead", "geoTypeahead?"+query, methodFinder, token, &page)
	return page, err
}
