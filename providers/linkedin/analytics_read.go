package linkedin

import (
	"context"
	"net/http"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	// readBatch is how many entities one read asks for.
	readBatch = 50
	// maxSingleReads bounds the reads of single entities where the app may not read
	// several at once: its day has a hundred calls.
	maxSingleReads = 20
)

// reads is what became of reading several entities, each by its URN. Those that LinkedIn
// passes over in silence are in none of the maps.
type reads[T any] struct {
	found  map[string]T
	gone   map[string]bool  // LinkedIn does not have them
	failed map[string]error // nobody knows
}

func newReads[T any]() reads[T] {
	return reads[T]{found: map[string]T{}, gone: map[string]bool{}, failed: map[string]error{}}
}

// fail says that none of the entities could be read.
func (r reads[T]) fail(urns []string, err error) {
	for _, urn := range urns {
		r.failed[urn] = err
	}
}

// reader reads entities of one kind, several at once or one by one.
type reader[T any] struct {
	op      string // of a read of several
	several func(ctx context.Context, urns []string) (api.Batch[T], error)
	one     func(ctx context.Context, urn string) (T, error)
}

// read reads as many at once as it may. Apps of the development tier may not read
// several: they are given each by itself.
func (r reader[T]) read(ctx context.Context, urns []string) reads[T] {
	out := newReads[T]()
	if len(urns) == 1 {
		r.readEach(ctx, urns, out)
		return out
	}
	for len(urns) > 0 {
		chunk := urns[:min(len(urns), readBatch)]
		batch, err := r.several(ctx, chunk)
		switch core.KindOf(err) {
		case "":
			out.take(r.op, batch, chunk)
			urns = urns[len(chunk):]
			continue
		case core.KindForbidden, core.KindNotFound:
			r.readEach(ctx, urns, out)
		default:
			out.fail(urns, err)
		}
		break
	}
	return out
}

// take sorts the answer to a read of several entities.
func (r reads[T]) take(op string, batch api.Batch[T], urns []string) {
	for _, urn := range urns {
		v, found := batch.Results[urn]
		e, failed := batch.Errors[urn]
		switch {
		case found:
			r.found[urn] = v
		case failed && e.Status == http.StatusNotFound:
			r.gone[urn] = true
		case failed:
			r.failed[urn] = refusedOne(op, e)
		}
	}
}

// refusedOne is the error of one entity of several: what it would be if the entity had
// been read by itself.
func refusedOne(op string, one api.BatchError) error {
	a := newRefusal(op, one.Status, http.Header{}, one.ErrorBody)
	e := a.classify()
	e.Op, e.Platform, e.Status, e.Upstream = name+"."+op, name, one.Status, a.code()
	return e
}

// readEach reads entities one by one, until it shows that none can be read.
func (r reader[T]) readEach(ctx context.Context, urns []string, out reads[T]) {
	var g gate
	for i, urn := range urns {
		if i == maxSingleReads {
			out.fail(urns[i:], &core.Error{
				Kind: core.KindUnsupported, Op: "linkedin.get", Platform: name,
				Message: "the app may not read several posts at once",
				Help:    "Ask for fewer posts at a time, or for the standard tier of the Community Management API.",
			})
			return
		}
		var v T
		err := g.do(func() (err error) {
			v, err = r.one(ctx, urn)
			return err
		})
		switch {
		case err == nil:
			out.found[urn] = v
		case core.KindOf(err) == core.KindNotFound && !notOffered(err):
			out.gone[urn] = true
		default:
			out.failed[urn] = err
		}
	}
}

// social reads what posts have drawn.
func (q inquiry) social(ctx context.Context, urns []string) reads[api.SocialMetadata] {
	client := q.provider.api
	return reader[api.SocialMetadata]{
		op: "batchGetSocialMetadata",
		several: func(ctx context.Context, urns []string) (api.Batch[api.SocialMetadata], error) {
			return client.BatchGetSocialMetadata(ctx, q.token, urns)
		},
		one: func(ctx context.Context, urn string) (api.SocialMetadata, error) {
			return client.GetSocialMetadata(ctx, q.token, urn)
		},
	}.read(ctx, urns)
}

// posts reads the posts themselves.
func (q inquiry) posts(ctx context.Context, urns []string) reads[api.Post] {
	client := q.provider.api
	return reader[api.Post]{
		op: "batchGetPosts",
		several: func(ctx context.Context, urns []string) (api.Batch[api.Post], error) {
			return client.BatchGetPosts(ctx, q.token, urns, api.ViewReader)
		},
		one: func(ctx context.Context, urn string) (api.Post, error) {
			return client.GetPost(ctx, q.token, urn, api.ViewReader)
		},
	}.read(ctx, urns)
}

// shareCounts reads the statistics of a page's posts. Of those that have none LinkedIn
// is silent: they are in none of the maps.
func (q inquiry) shareCounts(ctx context.Context, urns []string) reads[api.ShareCounts] {
	out := newReads[api.ShareCounts]()
	var shares, ugcPosts []string
	for _, urn := range urns {
		if api.IsUGCPost(urn) {
			ugcPosts = append(ugcPosts, urn)
		} else {
			shares = append(shares, urn)
		}
	}
	var g gate
	for _, kind := range [][]string{shares, ugcPosts} {
		for chunk := range slices.Chunk(kind, readBatch) {
			err := g.do(func() error {
				elements, err := q.provider.api.GetPostStatistics(ctx, q.token, q.author, chunk)
				for _, e := range elements {
					out.found[e.Post()] = e.Total
				}
				return err
			})
			if err != nil {
				out.fail(chunk, err)
			}
		}
	}
	return out
}
