package sandbox

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/crier-social/crier/providers/bluesky/atdata"
)

// recordAnswer is a record as methods answer it.
type recordAnswer struct {
	URI   string          `json:"uri"`
	CID   string          `json:"cid"`
	Value json.RawMessage `json:"value"`
}

func (a *account) answer(r *record) recordAnswer {
	return recordAnswer{a.uri(r.collection, r.rkey), r.cid, atdata.JSON(r.value)}
}

// getRecord answers one record. https://docs.bsky.app/docs/api/com-atproto-repo-get-record
func (s *Sandbox) getRecord(c *call) (any, *problem) {
	for _, name := range []string{"repo", "collection", "rkey"} {
		if _, bad := c.need(name); bad != nil {
			return nil, bad
		}
	}
	collection, rkey := c.param("collection"), c.param("rkey")
	a := s.seen(c.param("repo"))
	if a == nil {
		// The genuine server asks its AppView then.
		return nil, &problem{status: http.StatusBadGateway, name: "UpstreamFailure", message: "Upstream service unreachable"}
	}
	r := a.record(collection, rkey)
	if cid := c.param("cid"); r == nil || (cid != "" && cid != r.cid) {
		return nil, named("RecordNotFound", "Could not locate record: "+a.uri(collection, rkey))
	}
	return a.answer(r), nil
}

const (
	listLimit    = 50
	maxListLimit = 100
)

// limit reads the parameter of that name.
func (c *call) limit(fallback, most int) (int, *problem) {
	raw := c.param("limit")
	if raw == "" {
		return fallback, nil
	}
	n, err := strconv.Atoi(raw)
	switch {
	case err != nil:
		return 0, invalid("Error: limit must be an integer")
	case n < 1:
		return 0, invalid("Error: limit can not be less than 1")
	case n > most:
		return 0, invalid("Error: limit can not be greater than " + strconv.Itoa(most))
	}
	return n, nil
}

// listRecords answers the records of a collection, the latest first.
// https://docs.bsky.app/docs/api/com-atproto-repo-list-records
func (s *Sandbox) listRecords(c *call) (any, *problem) {
	repo, bad := c.need("repo")
	if bad != nil {
		return nil, bad
	}
	collection, bad := c.need("collection")
	if bad != nil {
		return nil, bad
	}
	limit, bad := c.limit(listLimit, maxListLimit)
	if bad != nil {
		return nil, bad
	}
	a := s.seen(repo)
	if a == nil {
		return nil, invalid("Could not find repo: " + repo)
	}
	out := struct {
		Records []recordAnswer `json:"records"`
		Cursor  string         `json:"cursor,omitempty"`
	}{Records: []recordAnswer{}}
	for _, rkey := range page(a.records[collection], c.param("cursor"), c.param("reverse") == "true", limit) {
		out.Records = append(out.Records, a.answer(a.record(collection, rkey)))
		out.Cursor = rkey
	}
	return out, nil
}

// page returns the keys behind a cursor, the highest first unless reverse.
func page[T any](items map[string]T, cursor string, reverse bool, limit int) []string {
	order := func(a, b string) int { return cmp.Compare(b, a) }
	if reverse {
		order = cmp.Compare[string]
	}
	keys := slices.SortedFunc(maps.Keys(items), order)
	if cursor != "" {
		keys = slices.DeleteFunc(keys, func(key string) bool { return order(key, cursor) <= 0 })
	}
	return keys[:min(limit, len(keys))]
}

// describeRepo tells whose repository it is. https://docs.bsky.app/docs/api/com-atproto-repo-describe-repo
func (s *Sandbox) describeRepo(c *call) (any, *problem) {
	repo, bad := c.need("repo")
	if bad != nil {
		return nil, bad
	}
	a := s.seen(repo)
	if a == nil {
		return nil, named("RepoNotFound", "Could not find user: "+repo)
	}
	return struct {
		Handle      string   `json:"handle"`
		DID         string   `json:"did"`
		DIDDoc      document `json:"didDoc"`
		Collections []string `json:"collections"`
		Correct     bool     `json:"handleIsCorrect"`
	}{a.handle, a.did, didDocument(a, c.base), slices.Sorted(collectionsOf(a)), true}, nil
}

func collectionsOf(a *account) func(func(string) bool) {
	return func(yield func(string) bool) {
		for name, records := range a.records {
			if len(records) > 0 && !yield(name) {
				return
			}
		}
	}
}

// repoAnswer is a repository in a list. https://docs.bsky.app/docs/api/com-atproto-sync-list-repos
type repoAnswer struct {
	DID    string `json:"did"`
	Head   string `json:"head"`
	Rev    string `json:"rev"`
	Active bool   `json:"active"`
	Status Status `json:"status,omitempty"`
}

func (s *Sandbox) listRepos(c *call) (any, *problem) {
	limit, bad := c.limit(500, 1000)
	if bad != nil {
		return nil, bad
	}
	skip := 0
	if cursor := c.param("cursor"); cursor != "" {
		_, did, _ := strings.Cut(cursor, "::")
		skip = 1 + slices.IndexFunc(s.order, func(a *account) bool { return a.did == did })
		if skip == 0 {
			return nil, invalid("Malformed cursor")
		}
	}
	out := struct {
		Cursor string       `json:"cursor,omitempty"`
		Repos  []repoAnswer `json:"repos"`
	}{Repos: []repoAnswer{}}
	for _, a := range s.order[skip:min(len(s.order), skip+limit)] {
		if a.status == StatusDeleted {
			continue
		}
		one := repoAnswer{DID: a.did, Head: a.head, Rev: a.rev, Active: a.active()}
		if !one.Active {
			one.Status = a.status
		}
		out.Repos = append(out.Repos, one)
		out.Cursor = strconv.FormatInt(a.created.UnixMilli(), 10) + "::" + a.did
	}
	return out, nil
}
