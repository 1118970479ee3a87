package publish

import (
	"context"
	"strconv"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Repetition is one automatic repetition of a post, a post of its own.
type Repetition struct {
	PostID string
	DueAt  time.Time // as it was planned when the first post was accepted
}

// Repetitions returns the repetitions of the first post of a series; none for any other
// post. Ids and times follow from the post, so that storing them again stores the same.
func Repetitions(post core.Post) []Repetition {
	repost := post.Request.AutoRepost
	if post.SeriesID == "" || repost == nil {
		return nil
	}
	first := repost.StartAt
	if first.IsZero() {
		first = post.CreatedAt.Truncate(time.Second)
	}
	times := repost.Times(first)
	list := make([]Repetition, len(times))
	for i, at := range times {
		list[i] = Repetition{PostID: core.ChildID(post.ID, "repetition", strconv.Itoa(i+1)), DueAt: at}
	}
	return list
}

// seriesOf is the id of the series that the request asks for; empty: of none.
func seriesOf(post core.Post) string {
	if post.Request.AutoRepost == nil {
		return ""
	}
	return core.ChildID(post.ID, "series")
}

// repetitions returns the posts that repeat the first one of a series, each with what
// belongs to it.
func (p *Publisher) repetitions(first core.Post, targets []target) []store.NewPost {
	planned := Repetitions(first)
	list := make([]store.NewPost, len(planned))
	for i, r := range planned {
		post := first
		post.ID = r.PostID
		post.Request.ScheduleAt = r.DueAt
		post.Request.AutoRepost = nil
		post.Request.IdempotencyKey = "" // the first post has it
		post.AwaitedUntil = time.Time{}
		list[i] = p.newPost(post, p.newDeliveries(post, targets, nil))
	}
	return list
}

// DeleteSeries deletes every post of a series whose time has not come yet. It may be
// repeated.
func (p *Publisher) DeleteSeries(ctx context.Context, profileID, seriesID string) ([]Deletion, error) {
	q := store.PostQuery{ProfileID: profileID, Series: seriesID, AnySeries: true, Limit: 1}
	for _, statuses := range [][]core.PostStatus{nil, {core.PostDeleted}} { // all but deleted, then those
		q.Statuses = statuses
		found, err := p.store.ListPosts(ctx, q)
		if err != nil {
			return nil, err
		}
		if len(found) > 0 && seriesID != "" {
			return p.deletePending(ctx, profileID, seriesID)
		}
	}
	return nil, &core.Error{
		Kind: core.KindNotFound, Code: core.CodeDeleteNotFound, Field: "autoRepostId",
		Message: "no posts of this profile have this autoRepostId",
	}
}
