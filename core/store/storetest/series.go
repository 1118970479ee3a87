package storetest

import (
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

func seriesChecks() []check {
	return []check{
		{"StoredTogether", checkStoredTogether},
		{"AllOrNone", checkAllOrNone},
		{"List", checkListSeries},
	}
}

// inSeries makes a post one of a series.
func inSeries(id string) func(*core.Post) {
	return func(p *core.Post) { p.SeriesID = id }
}

func checkStoredTogether(t *testing.T, f *fixture) {
	n := newPost("p1", inSeries("s"))
	n.Also = []store.NewPost{newPost("p2", inSeries("s")), newPost("p3", inSeries("s"))}
	must(t, f.InsertPost(t.Context(), n))
	for _, want := range append([]store.NewPost{n}, n.Also...) {
		got, err := f.GetPost(t.Context(), profileA, want.Post.ID)
		must(t, err)
		equal(t, want.Post, got)
		deliveries, err := f.ListDeliveries(t.Context(), want.Post.ID)
		must(t, err)
		equal(t, want.Deliveries, deliveries)
		live, err := f.Cancel(t.Context(), want.Jobs[0].Kind, want.Jobs[0].Key)
		must(t, err)
		if !live {
			t.Errorf("%s has no job", want.Post.ID)
		}
	}
	wantErr(t, f.InsertPost(t.Context(), n), store.ErrExists)
}

// checkAllOrNone: a post that cannot be stored keeps those out that belong to it, whichever
// of them it is.
func checkAllOrNone(t *testing.T, f *fixture) {
	must(t, f.InsertPost(t.Context(), newPost("taken", func(p *core.Post) { p.Request.IdempotencyKey = "key" })))
	bad := newPost("bad", func(p *core.Post) { p.Request.IdempotencyKey = "key" })
	n := newPost("p1")
	n.Request = &store.Request{ProfileID: profileA, Key: "header", PostID: "p1", CreatedAt: start()}
	n.Also = []store.NewPost{newPost("p2"), bad, newPost("p3")}
	wantErr(t, f.InsertPost(t.Context(), n), store.ErrKeyUsed)
	for _, absent := range append([]store.NewPost{n}, n.Also...) {
		wantAbsent(t, f, absent)
	}
	_, err := f.GetRequest(t.Context(), profileA, "header")
	wantErr(t, err, store.ErrNotFound)
}

func checkListSeries(t *testing.T, f *fixture) {
	first := newPost("a1", inSeries("a"))
	first.Also = []store.NewPost{newPost("a2", inSeries("a"))}
	for _, n := range []store.NewPost{
		first, newPost("alone"), newPost("b1", inSeries("b")),
		newPost("foreign", inSeries("a"), func(p *core.Post) { p.ProfileID = profileB }),
	} {
		must(t, f.InsertPost(t.Context(), n))
	}
	_, err := f.UpdatePost(t.Context(), "a2", func(p *core.Post) error { p.Status = core.PostPaused; return nil })
	must(t, err)
	for name, c := range map[string]struct {
		query store.PostQuery
		want  []string
	}{
		"all posts":     {store.PostQuery{}, []string{"b1", "alone", "a2", "a1"}},
		"one series":    {store.PostQuery{Series: "a"}, []string{"a2", "a1"}},
		"one, and any":  {store.PostQuery{Series: "a", AnySeries: true}, []string{"a2", "a1"}},
		"another":       {store.PostQuery{Series: "b"}, []string{"b1"}},
		"no such":       {store.PostQuery{Series: "c"}, nil},
		"any":           {store.PostQuery{AnySeries: true}, []string{"b1", "a2", "a1"}},
		"with a status": {store.PostQuery{Series: "a", Statuses: []core.PostStatus{core.PostPaused}}, []string{"a2"}},
		"page":          {store.PostQuery{Series: "a", Limit: 1, Before: "a2"}, []string{"a1"}},
		"page of any":   {store.PostQuery{AnySeries: true, Limit: 1, Before: "b1"}, []string{"a2"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.query.ProfileID = profileA
			list, err := f.ListPosts(t.Context(), c.query)
			must(t, err)
			equal(t, c.want, ids(list, postID))
		})
	}
}
