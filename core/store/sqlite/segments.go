package sqlite

import (
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// segment is the posts of a profile that have their status, kind and platforms in
// common, which are its name.
type segment struct {
	name      string
	status    core.PostStatus
	scheduled bool
	platforms []string
}

// segmentPrefix is the name of the post's segment up to the platforms, which follow as
// JSON.
func segmentPrefix(p core.Post) string {
	kind := immediateKind
	if p.Scheduled() {
		kind = scheduledKind
	}
	return string(p.Status) + segmentTab + kind + segmentTab
}

// The parts of a name. Neither a status nor JSON has a tab.
const (
	segmentTab    = "\t"
	immediateKind = "immediate"
	scheduledKind = "scheduled"
)

// listSegments steps from one segment to the next, whatever their sizes.
const listSegments = `
WITH RECURSIVE found (segment) AS (
  SELECT (SELECT min(segment) FROM posts WHERE profile_id = ?1)
  UNION ALL
  SELECT (SELECT min(segment) FROM posts WHERE profile_id = ?1 AND segment > found.segment)
  FROM found WHERE found.segment IS NOT NULL
)
SELECT segment FROM found WHERE segment IS NOT NULL`

// segmentsOf returns the segments that hold the posts which the query selects.
func segmentsOf(c *conn, q store.PostQuery) (list []segment, err error) {
	err = c.query(func(r row) error {
		s, err := parseSegment(r.text(0))
		if err == nil && s.wanted(q) {
			list = append(list, s)
		}
		return err
	}, listSegments, q.ProfileID)
	return list, err
}

func parseSegment(name string) (segment, error) {
	status, rest, _ := strings.Cut(name, segmentTab)
	kind, platforms, _ := strings.Cut(rest, segmentTab)
	s := segment{name: name, status: core.PostStatus(status), scheduled: kind == scheduledKind}
	return s, record.Decode(platforms, &s.platforms)
}

// wanted tells whether posts of the segment are among those that the query is about.
func (s segment) wanted(q store.PostQuery) bool {
	switch {
	case len(q.Statuses) == 0 && s.status == core.PostDeleted,
		len(q.Statuses) > 0 && !slices.Contains(q.Statuses, s.status),
		q.Scheduled != nil && *q.Scheduled != s.scheduled:
		return false
	}
	return len(q.Platforms) == 0 || slices.ContainsFunc(q.Platforms, func(name string) bool { return slices.Contains(s.platforms, name) })
}
