package mongo

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/store/record"
)

// ListPosts implements store.Posts. What the profile has of posts that are not complete is
// completed first, so that the list has all that is accepted. A Before that the profile does
// not have selects nothing.
func (s *Store) ListPosts(ctx context.Context, q store.PostQuery) ([]core.Post, error) {
	w, found, err := s.windowOf(ctx, q)
	if err != nil || !found {
		return nil, err
	}
	if err := s.completeProfile(ctx, q.ProfileID); err != nil {
		return nil, err
	}
	segments, err := s.segmentsOf(ctx, q)
	if err != nil || len(segments) == 0 {
		return nil, err
	}
	docs, err := s.listDocs(ctx, w.queries(segments))
	if err != nil {
		return nil, err
	}
	return decodeAll(newestOf(docs, w.limit), postDoc.post)
}

// newestOf returns the first of the documents in the order of a list, at most so many. A post
// that changed between two queries may have come from both: the later version of it counts.
func newestOf(docs []postDoc, limit int) []postDoc {
	slices.SortFunc(docs, func(a, b postDoc) int {
		return cmp.Or(strings.Compare(b.Search.Place, a.Search.Place), cmp.Compare(b.Version, a.Version))
	})
	docs = slices.CompactFunc(docs, func(a, b postDoc) bool { return a.ID == b.ID })
	return docs[:min(len(docs), limit)]
}

// completeProfile completes the posts of the profile that are accepted and not complete, by
// the index posts_incomplete_by_profile: a handful that are being stored just now.
func (s *Store) completeProfile(ctx context.Context, profileID string) error {
	filter := bson.D{{Key: "profile", Value: profileID}, {Key: "rest.profile", Value: profileID}}
	docs, err := list[postDoc](ctx, s, "list posts", posts, filter, options.Find().SetHint("posts_incomplete_by_profile"))
	if err != nil {
		return err
	}
	// Provisional ones are completed with those that they are stored together with.
	return s.completeAll(ctx, slices.DeleteFunc(docs, postDoc.provisional))
}

// window is what a query is about, apart from the segments.
type window struct {
	query store.PostQuery
	place bson.D // a range of places
	due   bson.D // a range of due times; empty: any
	limit int
}

// windowOf returns the window of the query, and whether the profile has the post that it
// names.
func (s *Store) windowOf(ctx context.Context, q store.PostQuery) (window, bool, error) {
	w := window{query: q, limit: cmp.Or(q.Limit, defaultLimit)}
	if !q.Since.IsZero() {
		w.place = append(w.place, bson.E{Key: "$gte", Value: placePrefix(record.Micros(q.Since))})
	}
	upper := ""
	if !q.Until.IsZero() {
		upper = placePrefix(record.Micros(q.Until) + 1)
	}
	if q.Before != "" {
		last, err := s.readPost(ctx, "find post", wherePost(q.ProfileID, q.Before))
		if errors.Is(err, store.ErrNotFound) {
			return w, false, nil
		}
		if err != nil {
			return w, false, err
		}
		if upper == "" || last.Search.Place < upper {
			upper = last.Search.Place
		}
	}
	if upper != "" {
		w.place = append(w.place, bson.E{Key: "$lt", Value: upper})
	}
	if !q.DueAfter.IsZero() {
		w.due = append(w.due, bson.E{Key: "$gt", Value: record.Micros(q.DueAfter)})
	}
	if !q.DueBy.IsZero() {
		w.due = append(w.due, bson.E{Key: "$lte", Value: record.Micros(q.DueBy)})
	}
	return w, true, nil
}

// mostSegments is how many segments one query lists. The server merges the ranges of so many
// in the order of the places (SORT_MERGE), reading no more than the limit; beyond 200 it would
// read all of them and sort: internalQueryMaxScansToExplode in
// https://github.com/mongodb/mongo/blob/master/src/mongo/db/query/query_knobs.idl
const mostSegments = 100

// listQuery is one of the queries of which a list is put together.
type listQuery struct {
	filter bson.D
	find   *options.FindOptionsBuilder
}

// queries returns the queries for the newest posts of the segments: of those whose due time
// does not matter, of the open ones that are due by a time, which are few beside those that
// are not yet and have an index of their own, and of the other scheduled ones. One query of
// many segments is one round trip, and the server reads of each no more than it takes.
func (w window) queries(segments []segment) (queries []listQuery) {
	if w.query.Series != "" || w.query.AnySeries {
		return w.seriesQueries(segments)
	}
	var whole, open, due []string
	for _, g := range segments {
		switch {
		case !g.scheduled || len(w.due) == 0:
			whole = append(whole, g.name)
		case g.status == core.PostOpen && !w.query.DueBy.IsZero():
			open = append(open, g.name)
		default:
			due = append(due, g.name)
		}
	}
	for names := range slices.Chunk(whole, mostSegments) {
		queries = append(queries, w.newest("posts_by_segment", "place", w.in(names)))
	}
	for names := range slices.Chunk(due, mostSegments) {
		queries = append(queries, w.newest("posts_by_segment", "place", append(w.in(names), bson.E{Key: "due", Value: w.due})))
	}
	if len(open) > 0 {
		filter := append(w.in(open), bson.E{Key: "open.profile", Value: w.query.ProfileID}, bson.E{Key: "open.due", Value: w.due})
		queries = append(queries, w.newest("posts_open", "place", filter))
	}
	return queries
}

// seriesQueries returns the query for the newest posts of a series, or of all. They are far
// fewer than all posts, so that those of other segments are passed over.
func (w window) seriesQueries(segments []segment) []listQuery {
	names := make([]string, len(segments))
	for i, g := range segments {
		names[i] = g.name
	}
	filter := append(w.in(names), bson.E{Key: "series.profile", Value: w.query.ProfileID})
	hint := "posts_in_series"
	if w.query.Series != "" {
		filter, hint = append(filter, bson.E{Key: "series.id", Value: w.query.Series}), "posts_by_series"
	}
	if len(w.place) > 0 {
		filter = append(filter, bson.E{Key: "series.place", Value: w.place})
	}
	if len(w.due) > 0 { // which immediate posts have not
		filter = append(filter, bson.E{Key: "$or", Value: bson.A{
			bson.D{{Key: "due", Value: bson.D{{Key: "$exists", Value: false}}}}, bson.D{{Key: "due", Value: w.due}},
		}})
	}
	return []listQuery{w.newest(hint, "series.place", filter)}
}

// in selects the posts of the segments that lie in the range of places.
func (w window) in(segments []string) bson.D {
	filter := bson.D{{Key: "profile", Value: w.query.ProfileID}, {Key: "segment", Value: bson.D{{Key: "$in", Value: segments}}}}
	if len(w.place) > 0 {
		filter = append(filter, bson.E{Key: "place", Value: w.place})
	}
	return filter
}

func (w window) newest(index, place string, filter bson.D) listQuery {
	return listQuery{filter: filter, find: options.Find().SetHint(index).
		SetSort(bson.D{{Key: place, Value: -1}}).SetLimit(int64(w.limit))}
}

// listDocs reads what the queries select, together.
func (s *Store) listDocs(ctx context.Context, queries []listQuery) ([]postDoc, error) {
	found := make([][]postDoc, len(queries))
	group, groupCtx := errgroup.WithContext(ctx)
	group.SetLimit(completers)
	for i, q := range queries {
		group.Go(func() (err error) {
			found[i], err = list[postDoc](groupCtx, s, "list posts", posts, q.filter, q.find)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return slices.Concat(found...), nil
}
