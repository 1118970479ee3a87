package mongo

import (
	"context"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// segment is the posts of a profile that have their status, kind and platforms in common,
// which are its name. There are few, and each is a range of the index posts_by_segment, so
// that a list costs the same whatever else the profile has.
type segment struct {
	name      string
	status    core.PostStatus
	scheduled bool
	platforms string // JSON
}

// The parts of the name of a segment. Neither a status nor JSON has a tab.
const (
	segmentTab    = "\t"
	immediateKind = "immediate"
	scheduledKind = "scheduled"
)

// segmentName is the name of the post's segment. Its platforms are JSON.
func segmentName(p core.Post, platforms string) string {
	kind := immediateKind
	if p.Scheduled() {
		kind = scheduledKind
	}
	return string(p.Status) + segmentTab + kind + segmentTab + platforms
}

func parseSegment(name string) segment {
	status, rest, _ := strings.Cut(name, segmentTab)
	kind, platforms, _ := strings.Cut(rest, segmentTab)
	return segment{name: name, status: core.PostStatus(status), scheduled: kind == scheduledKind, platforms: platforms}
}

// segmentsOf returns the segments that hold the posts which the query selects. The server
// steps from one segment of the index to the next, whatever their sizes (DISTINCT_SCAN). The
// condition leaves out documents that are in none, which nobody sees.
func (s *Store) segmentsOf(ctx context.Context, q store.PostQuery) ([]segment, error) {
	var names []string
	filter := bson.D{{Key: "profile", Value: q.ProfileID}, {Key: "segment", Value: bson.D{{Key: "$gt", Value: ""}}}}
	err := s.db.Collection(posts).Distinct(ctx, "segment", filter, &names)
	if err = s.done(ctx, "list segments", err); err != nil {
		return nil, err
	}
	var segments []segment
	for _, name := range names {
		found := parseSegment(name)
		wanted, err := found.wanted(q)
		if err != nil {
			return nil, err
		}
		if wanted {
			segments = append(segments, found)
		}
	}
	return segments, nil
}

// wanted tells whether posts of the segment are among those that the query is about.
func (g segment) wanted(q store.PostQuery) (bool, error) {
	switch {
	case len(q.Statuses) == 0 && g.status == core.PostDeleted,
		len(q.Statuses) > 0 && !slices.Contains(q.Statuses, g.status),
		q.Scheduled != nil && *q.Scheduled != g.scheduled:
		return false, nil
	case len(q.Platforms) == 0:
		return true, nil
	}
	var platforms []string
	if err := record.Decode(g.platforms, &platforms); err != nil {
		return false, err
	}
	return slices.ContainsFunc(q.Platforms, func(name string) bool { return slices.Contains(platforms, name) }), nil
}
