package storetest

import (
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

func postChecks() []check {
	return []check{
		{"InsertAndGet", checkInsertPost},
		{"Empty", checkEmptyPost},
		{"OtherProfile", checkOtherProfile},
		{"SameIDs", checkSameIDs},
		{"IdempotencyKey", checkIdempotencyKey},
		{"FindByKey", checkFindPost},
		{"RequestKey", checkRequestKey},
		{"LiveJobStays", checkLiveJobStays},
		{"Update", checkUpdatePost},
		{"UpdateToUsedKey", checkUpdateToUsedKey},
		{"UpdateNotFound", func(t *testing.T, f *fixture) {
			_, err := f.UpdatePost(t.Context(), "p1", func(*core.Post) error { t.Error("called for no post"); return nil })
			wantErr(t, err, store.ErrNotFound)
		}},
	}
}

func checkInsertPost(t *testing.T, f *fixture) {
	post, d := fullPost("p1"), fullDelivery("d1")
	other := newDelivery(post, "another")
	job := queue.Job{Kind: jobKind, Key: "d1", RunAt: start().Add(time.Hour)}
	must(t, f.InsertPost(t.Context(), store.NewPost{Post: post, Deliveries: []core.Delivery{d, other}, Jobs: []queue.Job{job}}))

	got, err := f.GetPost(t.Context(), profileA, "p1")
	must(t, err)
	equal(t, post, got)
	wantKept(t, "CreatedAt", post.CreatedAt, got.CreatedAt)
	wantKept(t, "ScheduleAt", post.Request.ScheduleAt, got.Request.ScheduleAt)

	deliveries, err := f.ListDeliveries(t.Context(), "p1")
	must(t, err)
	equal(t, []core.Delivery{other, d}, deliveries)
	for name, times := range map[string][2]time.Time{
		"DueAt": {d.DueAt, deliveries[1].DueAt}, "CommittedAt": {d.CommittedAt, deliveries[1].CommittedAt},
		"ReconcileAt": {d.ReconcileAt, deliveries[1].ReconcileAt}, "RepeatedAt": {d.RepeatedAt, deliveries[1].RepeatedAt},
		"PublishedAt": {d.PublishedAt, deliveries[1].PublishedAt}, "DeletedAt": {d.DeletedAt, deliveries[1].DeletedAt},
		"CreatedAt": {d.CreatedAt, deliveries[1].CreatedAt}, "UpdatedAt": {d.UpdatedAt, deliveries[1].UpdatedAt},
	} {
		wantKept(t, name, times[0], times[1])
	}
	next, err := f.NextRunAt(t.Context(), []string{jobKind}, queue.Everything)
	must(t, err)
	wantKept(t, "RunAt", job.RunAt, next)
}

func checkEmptyPost(t *testing.T, f *fixture) {
	p := core.Post{ID: "p1", ProfileID: profileA, Request: core.PostRequest{Platforms: []string{}}, Refusal: core.Errors{}}
	must(t, f.InsertPost(t.Context(), store.NewPost{Post: p}))
	got, err := f.GetPost(t.Context(), profileA, "p1")
	must(t, err)
	equal(t, p, got)
	if !got.CreatedAt.IsZero() || got.Scheduled() {
		t.Errorf("zero times became %v and %v", got.CreatedAt, got.Request.ScheduleAt)
	}
	deliveries, err := f.ListDeliveries(t.Context(), "p1")
	must(t, err)
	equal(t, 0, len(deliveries))
}

func checkOtherProfile(t *testing.T, f *fixture) {
	must(t, f.InsertPost(t.Context(), newPost("p1")))
	_, err := f.GetPost(t.Context(), profileB, "p1")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.GetPost(t.Context(), profileA, "p2")
	wantErr(t, err, store.ErrNotFound)
	list, err := f.ListPosts(t.Context(), store.PostQuery{ProfileID: profileB})
	must(t, err)
	equal(t, 0, len(list))
}

func checkSameIDs(t *testing.T, f *fixture) {
	n := newPost("p1", func(p *core.Post) { p.Request.IdempotencyKey = "key" })
	n.Request = &store.Request{ProfileID: profileA, Key: "header", PostID: "p1", CreatedAt: start()}
	must(t, f.InsertPost(t.Context(), n))
	again := newPost("p1", func(p *core.Post) { p.Request.IdempotencyKey, p.Status = "key", core.PostError })
	again.Request = n.Request
	wantErr(t, f.InsertPost(t.Context(), again), store.ErrExists)
	got, err := f.GetPost(t.Context(), profileA, "p1")
	must(t, err)
	equal(t, n.Post, got)
}

// wantAbsent fails when anything of the post was stored.
func wantAbsent(t *testing.T, f *fixture, n store.NewPost) {
	t.Helper()
	_, err := f.GetPost(t.Context(), n.Post.ProfileID, n.Post.ID)
	wantErr(t, err, store.ErrNotFound)
	for _, d := range n.Deliveries {
		_, err := f.GetDelivery(t.Context(), d.ID)
		wantErr(t, err, store.ErrNotFound)
	}
	for _, j := range n.Jobs {
		live, err := f.Cancel(t.Context(), j.Kind, j.Key)
		must(t, err)
		if live {
			t.Errorf("the job %s of a post that was not stored is live", j.Key)
		}
	}
}

func checkIdempotencyKey(t *testing.T, f *fixture) {
	keyed := func(id, profileID string) store.NewPost {
		return newPost(id, func(p *core.Post) { p.ProfileID, p.Request.IdempotencyKey = profileID, "key" })
	}
	must(t, f.InsertPost(t.Context(), keyed("p1", profileA)))
	second := keyed("p2", profileA)
	second.Request = &store.Request{ProfileID: profileA, Key: "header", PostID: "p2", CreatedAt: start()}
	wantErr(t, f.InsertPost(t.Context(), second), store.ErrKeyUsed)
	wantAbsent(t, f, second)
	_, err := f.GetRequest(t.Context(), profileA, "header")
	wantErr(t, err, store.ErrNotFound)

	must(t, f.InsertPost(t.Context(), keyed("p3", profileB)))
	must(t, f.InsertPost(t.Context(), newPost("p4")))
	must(t, f.InsertPost(t.Context(), newPost("p5"))) // no key is no key, twice
}

// checkFindPost: a key finds the post of its profile, and no key finds none.
func checkFindPost(t *testing.T, f *fixture) {
	keyed := func(id, profileID, key string) store.NewPost {
		return newPost(id, func(p *core.Post) { p.ProfileID, p.Request.IdempotencyKey = profileID, key })
	}
	for _, n := range []store.NewPost{
		keyed("p1", profileA, awkward()), keyed("p2", profileB, awkward()), keyed("p3", profileA, "another"), keyed("p4", profileA, ""),
	} {
		must(t, f.InsertPost(t.Context(), n))
	}
	for profileID, want := range map[string]string{profileA: "p1", profileB: "p2"} {
		got, err := f.FindPost(t.Context(), profileID, awkward())
		must(t, err)
		equal(t, keyed(want, profileID, awkward()).Post, got)
	}
	for _, c := range [][2]string{{profileB, "another"}, {profileA, "unused"}, {profileA, ""}} {
		_, err := f.FindPost(t.Context(), c[0], c[1])
		wantErr(t, err, store.ErrNotFound)
	}
}

func checkRequestKey(t *testing.T, f *fixture) {
	with := func(id, profileID string) store.NewPost {
		n := newPost(id, func(p *core.Post) { p.ProfileID = profileID })
		n.Request = &store.Request{ProfileID: profileID, Key: awkward(), BodyHash: []byte("hash"), PostID: id, CreatedAt: start()}
		return n
	}
	first, second := with("p1", profileA), with("p2", profileA)
	must(t, f.InsertPost(t.Context(), first))
	wantErr(t, f.InsertPost(t.Context(), second), store.ErrKeyUsed)
	wantAbsent(t, f, second)
	got, err := f.GetRequest(t.Context(), profileA, awkward())
	must(t, err)
	equal(t, *first.Request, got)
	must(t, f.InsertPost(t.Context(), with("p3", profileB)))
}

func checkLiveJobStays(t *testing.T, f *fixture) {
	n := newPost("p1")
	early := n.Jobs[0]
	early.RunAt = start().Add(-time.Hour)
	must(t, f.Enqueue(t.Context(), early))
	must(t, f.InsertPost(t.Context(), n))
	next, err := f.NextRunAt(t.Context(), []string{jobKind}, queue.Everything)
	must(t, err)
	wantKept(t, "RunAt", early.RunAt, next)
}

func checkUpdatePost(t *testing.T, f *fixture) {
	n := newPost("p1")
	must(t, f.InsertPost(t.Context(), n))
	before, err := f.GetPost(t.Context(), profileA, "p1")
	must(t, err)
	want := fullPost("p1")
	updated, err := f.UpdatePost(t.Context(), "p1", func(p *core.Post) error {
		equal(t, n.Post, *p)
		*p = want
		return nil
	})
	must(t, err)
	equal(t, want, updated)
	got, err := f.GetPost(t.Context(), profileA, "p1")
	must(t, err)
	equal(t, want, got)
	if got.Version != before.Version+1 || updated.Version != got.Version {
		t.Errorf("versions: before %d, updated %d, read %d", before.Version, updated.Version, got.Version)
	}
	_, err = f.UpdatePost(t.Context(), "p1", func(p *core.Post) error { p.Retries = 99; return errStop })
	wantErr(t, err, errStop)
	got, err = f.GetPost(t.Context(), profileA, "p1")
	must(t, err)
	equal(t, want, got)
}

// checkUpdateToUsedKey: an update can take no key from another post, and claims
// the one that it sets.
func checkUpdateToUsedKey(t *testing.T, f *fixture) {
	keyed := func(id, key string) store.NewPost {
		return newPost(id, func(p *core.Post) { p.Request.IdempotencyKey = key })
	}
	setKey := func(id, key string) error {
		_, err := f.UpdatePost(t.Context(), id, func(p *core.Post) error { p.Request.IdempotencyKey = key; return nil })
		return err
	}
	first, second := keyed("p1", "key"), keyed("p2", "")
	must(t, f.InsertPost(t.Context(), first))
	must(t, f.InsertPost(t.Context(), second))
	wantErr(t, setKey("p2", "key"), store.ErrKeyUsed)
	got, err := f.GetPost(t.Context(), profileA, "p2")
	must(t, err)
	equal(t, second.Post, got)

	must(t, setKey("p1", "key"))
	must(t, setKey("p2", "new"))
	wantErr(t, f.InsertPost(t.Context(), keyed("p3", "new")), store.ErrKeyUsed)
}
