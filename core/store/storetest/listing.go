package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

func listChecks() []check {
	return []check{
		{"Filters", checkListFilters},
		{"PlatformOfRefusedPost", checkPlatformOfRefused},
		{"FilterFollowsUpdate", checkFilterFollowsUpdate},
		{"Pages", checkPages},
		{"PagesOfOneTime", checkPagesOfOneTime},
		{"DefaultLimit", checkDefaultLimit},
	}
}

func postID(p core.Post) string { return p.ID }

// checkListFilters lists the same six posts with one filter after the other.
// Their ids tell their order of creation, a second apart.
func checkListFilters(t *testing.T, f *fixture) {
	at := func(seconds int) time.Time { return start().Add(time.Duration(seconds) * time.Second) }
	hour := func(n int) time.Time { return start().Add(time.Duration(n) * time.Hour) }
	for i, p := range []struct {
		status   core.PostStatus
		platform string
		schedule time.Time
	}{
		{core.PostSuccess, "alpha", time.Time{}},
		{core.PostOpen, "beta", hour(1)},
		{core.PostError, "alpha", hour(2)},
		{core.PostDeleted, "alpha", hour(3)},
		{core.PostOpen, "beta", time.Time{}},
		{core.PostOpen, "alpha", hour(4)},
	} {
		post := core.Post{
			ID: fmt.Sprintf("p%d", i), ProfileID: profileA, Status: p.status, CreatedAt: at(i),
			Request: core.PostRequest{ScheduleAt: p.schedule},
		}
		must(t, f.InsertPost(t.Context(), store.NewPost{Post: post, Deliveries: []core.Delivery{newDelivery(post, p.platform)}}))
	}
	must(t, f.InsertPost(t.Context(), newPost("foreign", func(p *core.Post) { p.ProfileID = profileB })))

	for name, c := range map[string]struct {
		query store.PostQuery
		want  []string
	}{
		"all but deleted":     {store.PostQuery{}, []string{"p5", "p4", "p2", "p1", "p0"}},
		"deleted":             {store.PostQuery{Statuses: []core.PostStatus{core.PostDeleted}}, []string{"p3"}},
		"two statuses":        {store.PostQuery{Statuses: []core.PostStatus{core.PostDeleted, core.PostError}}, []string{"p3", "p2"}},
		"no such status":      {store.PostQuery{Statuses: []core.PostStatus{"x"}}, nil},
		"platform":            {store.PostQuery{Platforms: []string{"beta"}}, []string{"p4", "p1"}},
		"platforms":           {store.PostQuery{Platforms: []string{"beta", "alpha", "gamma"}}, []string{"p5", "p4", "p2", "p1", "p0"}},
		"no such platform":    {store.PostQuery{Platforms: []string{"alp", "%", "alpha\",\"beta"}}, nil},
		"scheduled":           {store.PostQuery{Scheduled: new(true)}, []string{"p5", "p2", "p1"}},
		"immediate":           {store.PostQuery{Scheduled: new(false)}, []string{"p4", "p0"}},
		"due by":              {store.PostQuery{Scheduled: new(true), DueBy: hour(2)}, []string{"p2", "p1"}},
		"due after":           {store.PostQuery{Scheduled: new(true), DueAfter: hour(2)}, []string{"p5"}},
		"due between":         {store.PostQuery{Scheduled: new(true), DueAfter: hour(1), DueBy: hour(4)}, []string{"p5", "p2"}},
		"bounds of the due":   {store.PostQuery{DueBy: hour(1)}, []string{"p4", "p1", "p0"}},
		"since":               {store.PostQuery{Since: at(4)}, []string{"p5", "p4"}},
		"until":               {store.PostQuery{Until: at(1)}, []string{"p1", "p0"}},
		"since until":         {store.PostQuery{Since: at(1), Until: at(4)}, []string{"p4", "p2", "p1"}},
		"limit":               {store.PostQuery{Limit: 2}, []string{"p5", "p4"}},
		"before":              {store.PostQuery{Before: "p2"}, []string{"p1", "p0"}},
		"before a hidden one": {store.PostQuery{Before: "p3", Limit: 1}, []string{"p2"}},
		"before a foreign":    {store.PostQuery{Before: "foreign"}, nil},
		"before nothing":      {store.PostQuery{Before: "unknown"}, nil},
		"before and until":    {store.PostQuery{Before: "p4", Until: at(1)}, []string{"p1", "p0"}},
		"until and before":    {store.PostQuery{Before: "p1", Until: at(4)}, []string{"p0"}},
		"everything": {store.PostQuery{
			Statuses: []core.PostStatus{core.PostOpen}, Platforms: []string{"beta"}, Scheduled: new(true),
			DueBy: hour(9), DueAfter: hour(0), Since: at(0), Until: at(9), Before: "p5", Limit: 9,
		}, []string{"p1"}},
	} {
		c.query.ProfileID = profileA
		list, err := f.ListPosts(t.Context(), c.query)
		must(t, err)
		if got := ids(list, postID); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

func checkPlatformOfRefused(t *testing.T, f *fixture) {
	p := fullPost("p1")
	must(t, f.InsertPost(t.Context(), store.NewPost{Post: p}))
	for _, platform := range p.Request.Platforms {
		list, err := f.ListPosts(t.Context(), store.PostQuery{ProfileID: profileA, Platforms: []string{platform}})
		must(t, err)
		equal(t, []core.Post{p}, list)
	}
}

func checkFilterFollowsUpdate(t *testing.T, f *fixture) {
	must(t, f.InsertPost(t.Context(), newPost("p1")))
	_, err := f.UpdatePost(t.Context(), "p1", func(p *core.Post) error {
		p.Status, p.Request.ScheduleAt = core.PostDeleted, start().Add(time.Hour)
		return nil
	})
	must(t, err)
	list, err := f.ListPosts(t.Context(), store.PostQuery{ProfileID: profileA})
	must(t, err)
	equal(t, 0, len(list))
	list, err = f.ListPosts(t.Context(), store.PostQuery{
		ProfileID: profileA, Statuses: []core.PostStatus{core.PostDeleted}, Scheduled: new(true), DueAfter: start(),
	})
	must(t, err)
	equal(t, []string{"p1"}, ids(list, postID))
}

// checkPages reads a listing in pages while posts are added at its head.
func checkPages(t *testing.T, f *fixture) {
	var want []string
	for i := range 25 {
		id := fmt.Sprintf("p%02d", i)
		want = append([]string{id}, want...)
		must(t, f.InsertPost(t.Context(), newPost(id, func(p *core.Post) { p.CreatedAt = start().Add(time.Duration(i) * time.Second) })))
	}
	var got []string
	q := store.PostQuery{ProfileID: profileA, Limit: 10}
	for page := range 4 {
		list, err := f.ListPosts(t.Context(), q)
		must(t, err)
		got = append(got, ids(list, postID)...)
		if len(list) == 0 {
			break
		}
		q.Before = list[len(list)-1].ID
		must(t, f.InsertPost(t.Context(), newPost(fmt.Sprintf("new%d", page), func(p *core.Post) { p.CreatedAt = start().Add(time.Hour) })))
	}
	equal(t, want, got)
}

func checkPagesOfOneTime(t *testing.T, f *fixture) {
	for i := range 7 {
		must(t, f.InsertPost(t.Context(), newPost(fmt.Sprintf("p%d", i))))
	}
	seen := map[string]bool{}
	q := store.PostQuery{ProfileID: profileA, Limit: 2}
	for range 4 {
		list, err := f.ListPosts(t.Context(), q)
		must(t, err)
		for _, p := range list {
			if seen[p.ID] {
				t.Errorf("%s was listed twice", p.ID)
			}
			seen[p.ID] = true
			q.Before = p.ID
		}
	}
	equal(t, 7, len(seen))
}

func checkDefaultLimit(t *testing.T, f *fixture) {
	for i := range 101 {
		must(t, f.InsertPost(t.Context(), newPost(fmt.Sprintf("p%03d", i), func(p *core.Post) { p.CreatedAt = start().Add(time.Duration(i) * time.Second) })))
	}
	list, err := f.ListPosts(t.Context(), store.PostQuery{ProfileID: profileA})
	must(t, err)
	equal(t, 100, len(list))
	equal(t, "p100", list[0].ID)
}
