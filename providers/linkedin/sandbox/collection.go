package sandbox

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// page is the answer of a finder. LinkedIn counts what it leaves out: a page may
// hold fewer items than were asked for, or none, and still link to the next one.
type page struct {
	Elements []any  `json:"elements"`
	Paging   paging `json:"paging"`
}

type paging struct {
	Start int    `json:"start"`
	Count int    `json:"count"`
	Links []link `json:"links"`
}

type link struct {
	Rel  string `json:"rel"`
	Href string `json:"href"`
	Type string `json:"type"`
}

const (
	defaultPageSize = 10
	maxPageSize     = 100
	maxPageStart    = 1_000_000
)

// window reads start and count.
func (c *call) window() (start, count int, bad *problem) { return c.windowUpTo(maxPageSize) }

// windowUpTo is window for pages of another size.
func (c *call) windowUpTo(largest int) (start, count int, bad *problem) {
	if start, bad = c.number("start", 0, 0, maxPageStart); bad != nil {
		return 0, 0, bad
	}
	count, bad = c.number("count", defaultPageSize, 1, largest)
	return start, count, bad
}

// pageOf answers with the places start to start+count of n, without those for which
// view shows nothing.
func (c *call) pageOf(n int, view func(i int) (any, bool)) (*reply, *problem) {
	return c.pageUpTo(maxPageSize, n, view)
}

// pageUpTo is pageOf for pages of another size.
func (c *call) pageUpTo(largest, n int, view func(i int) (any, bool)) (*reply, *problem) {
	start, count, bad := c.windowUpTo(largest)
	if bad != nil {
		return nil, bad
	}
	p := page{Elements: []any{}, Paging: paging{Start: start, Count: count, Links: []link{}}}
	for i := start; i < min(n, start+count); i++ {
		if item, shown := view(i); shown {
			p.Elements = append(p.Elements, item)
		}
	}
	if start > 0 {
		p.Paging.Links = append(p.Paging.Links, c.pageLink("prev", max(0, start-count), count))
	}
	if start+count < n {
		p.Paging.Links = append(p.Paging.Links, c.pageLink("next", start+count, count))
	}
	return ok(p), nil
}

// pageLink is the address of another page: this request with another start.
func (c *call) pageLink(rel string, start, count int) link {
	var query []string
	for pair := range strings.SplitSeq(c.query, "&") {
		if name, _, _ := strings.Cut(pair, "="); pair != "" && name != "start" && name != "count" {
			query = append(query, pair)
		}
	}
	query = append(query, fmt.Sprintf("start=%d&count=%d", start, count))
	return link{Rel: rel, Type: "application/json", Href: c.http.URL.EscapedPath() + "?" + strings.Join(query, "&")}
}

// batchResult is the answer of a BATCH_GET: its status is 200 even when every
// single key failed.
type batchResult struct {
	Results  map[string]any      `json:"results"`
	Statuses map[string]int      `json:"statuses"`
	Errors   map[string]*problem `json:"errors"`
}

func (c *call) batch(get func(id string) (any, *problem)) (*reply, *problem) {
	ids, bad := c.ids()
	if bad != nil {
		return nil, bad
	}
	if c.token.DevelopmentTier {
		return nil, notPermitted(c.resource, methodBatchGet)
	}
	out := batchResult{Results: map[string]any{}, Statuses: map[string]int{}, Errors: map[string]*problem{}}
	for _, id := range ids {
		item, bad := get(id)
		if bad != nil {
			out.Errors[id], out.Statuses[id] = bad, bad.Status
			continue
		}
		out.Results[id], out.Statuses[id] = item, http.StatusOK
	}
	return ok(out), nil
}

// project keeps the fields that the client asked for with ?fields=a,b: of the
// entity itself, or of every entity of a collection.
func (c *call) project(a *reply) (*reply, *problem) {
	names := slices.DeleteFunc(slices.Clone(c.fields), func(s string) bool { return s == "" })
	if len(names) == 0 || a.status != http.StatusOK {
		return a, nil
	}
	for i, name := range names {
		plain, err := url.PathUnescape(name)
		if err != nil || strings.ContainsAny(plain, "():*") {
			return nil, invalidParam("fields", "Only plain names of fields can be projected")
		}
		names[i] = plain
	}
	raw, err := json.Marshal(a.body)
	if err != nil {
		return nil, illegalArgument("The answer cannot be projected")
	}
	var whole map[string]json.RawMessage
	if err := json.Unmarshal(raw, &whole); err != nil {
		return nil, illegalArgument("The answer cannot be projected")
	}
	switch c.method {
	case methodFinder:
		whole["elements"] = projectEach(whole["elements"], names)
	case methodBatchGet:
		whole["results"] = projectEach(whole["results"], names)
	default:
		keepOnly(whole, names)
	}
	a.body = whole
	return a, nil
}

// projectEach projects the entities of a list or of a map by key.
func projectEach(raw json.RawMessage, names []string) json.RawMessage {
	var list []map[string]json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		for _, item := range list {
			keepOnly(item, names)
		}
		return mustJSON(list)
	}
	var byKey map[string]map[string]json.RawMessage
	if json.Unmarshal(raw, &byKey) == nil {
		for _, item := range byKey {
			keepOnly(item, names)
		}
		return mustJSON(byKey)
	}
	return raw
}

func keepOnly(m map[string]json.RawMessage, names []string) {
	for name := range m {
		if !slices.Contains(names, name) {
			delete(m, name)
		}
	}
}

func mustJSON(v any) json.RawMessage {
	raw, err := json.Marshal(v)
	if err != nil {
		panic("sandbox: " + err.Error())
	}
	return raw
}
