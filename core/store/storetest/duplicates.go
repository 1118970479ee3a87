package storetest

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

const (
	content = "content-1"
	window  = 24 * time.Hour
)

func duplicateChecks() []check {
	return []check{
		{"Window", checkDuplicateWindow},
		{"States", checkDuplicateStates},
		{"Find", checkFindDuplicate},
		{"Moved", checkMovedDuplicate},
		{"KeyFirst", checkDuplicateKeyFirst},
		{"Race", checkDuplicateRace},
	}
}

// unique is a post with one delivery of the content, that may have no duplicate.
func unique(id, content string, due time.Time, changes ...func(*core.Delivery)) store.NewPost {
	n := newPost(id)
	n.DuplicateWindow = window
	n.Deliveries[0].Content, n.Deliveries[0].DueAt = content, due
	for _, change := range changes {
		change(&n.Deliveries[0])
	}
	return n
}

// checkDuplicateWindow inserts a second post at several distances from the first.
func checkDuplicateWindow(t *testing.T, f *fixture) {
	must(t, f.InsertPost(t.Context(), unique("first", content, start())))
	for _, c := range []struct {
		id  string
		at  time.Duration
		err error
	}{
		{"same", 0, store.ErrDuplicate},
		{"just before the end", window - time.Microsecond, store.ErrDuplicate},
		{"just after the beginning", time.Microsecond - window, store.ErrDuplicate},
		{"a window later", window, nil},
		{"a window earlier", -window, nil},
	} {
		n := unique(c.id, content, start().Add(c.at))
		if err := f.InsertPost(t.Context(), n); !errors.Is(err, c.err) {
			t.Errorf("%s: got error %v, want %v", c.id, err, c.err)
		}
		if c.err != nil {
			wantAbsent(t, f, n)
		}
	}
	must(t, f.InsertPost(t.Context(), unique("other content", "content-2", start())))
	must(t, f.InsertPost(t.Context(), unique("no content", "", start())))
	must(t, f.InsertPost(t.Context(), unique("no content again", "", start())))
	allowed := unique("allowed", content, start())
	allowed.DuplicateWindow = 0
	must(t, f.InsertPost(t.Context(), allowed))
}

// checkDuplicateStates lets only what is alive stand in the way.
func checkDuplicateStates(t *testing.T, f *fixture) {
	deleted := func(d *core.Delivery) { d.DeletedAt = start() }
	for name, c := range map[string]struct {
		state  core.DeliveryState
		change func(*core.Delivery)
		alive  bool
	}{
		"accepted":          {core.DeliveryAccepted, nil, true},
		"preparing":         {core.DeliveryPreparing, nil, true},
		"committing":        {core.DeliveryCommitting, nil, true},
		"published":         {core.DeliveryPublished, nil, true},
		"uncertain":         {core.DeliveryUncertain, nil, true},
		"failed":            {core.DeliveryFailed, nil, false},
		"cancelled":         {core.DeliveryCancelled, nil, false},
		"published deleted": {core.DeliveryPublished, deleted, false},
		"uncertain deleted": {core.DeliveryUncertain, deleted, false},
	} {
		n := unique("first "+name, name, start())
		must(t, f.InsertPost(t.Context(), n))
		_, err := f.UpdateDelivery(t.Context(), n.Deliveries[0].ID, func(d *core.Delivery) error {
			d.State = c.state
			if c.change != nil {
				c.change(d)
			}
			return nil
		})
		must(t, err)
		err = f.InsertPost(t.Context(), unique("second "+name, name, start()))
		if refused := errors.Is(err, store.ErrDuplicate); refused != c.alive || err != nil && !refused {
			t.Errorf("beside a delivery that is %s: got error %v, want a refusal: %v", name, err, c.alive)
		}
	}
}

func checkFindDuplicate(t *testing.T, f *fixture) {
	for id, at := range map[string]time.Duration{"p1": 2 * time.Hour, "p2": time.Hour, "p3": 40 * time.Hour} {
		n := unique(id, content, start().Add(at))
		n.DuplicateWindow = 0
		must(t, f.InsertPost(t.Context(), n))
	}
	find := func(q store.DuplicateQuery) string {
		d, err := f.FindDuplicate(t.Context(), q)
		if err != nil {
			wantErr(t, err, store.ErrNotFound)
			return ""
		}
		equal(t, content, d.Content)
		return d.PostID
	}
	q := store.DuplicateQuery{Content: content, Due: start(), Window: window}
	equal(t, "p2", find(q))
	q.Except = "p2"
	equal(t, "p1", find(q))
	q.Due = start().Add(41 * time.Hour)
	equal(t, "p2", find(store.DuplicateQuery{Content: content, Due: start().Add(24 * time.Hour), Window: window}))
	equal(t, "p3", find(q))
	q.Due = start().Add(100 * time.Hour)
	equal(t, "", find(q))
	equal(t, "", find(store.DuplicateQuery{Due: start(), Window: window}))
}

// checkMovedDuplicate follows a delivery whose time and content change.
func checkMovedDuplicate(t *testing.T, f *fixture) {
	n := unique("p1", content, start())
	must(t, f.InsertPost(t.Context(), n))
	change := func(fn func(*core.Delivery)) {
		t.Helper()
		_, err := f.UpdateDelivery(t.Context(), n.Deliveries[0].ID, func(d *core.Delivery) error { fn(d); return nil })
		must(t, err)
	}
	wantDuplicate := func(content string, due time.Time, want bool) {
		t.Helper()
		_, err := f.FindDuplicate(t.Context(), store.DuplicateQuery{Content: content, Due: due, Window: window})
		if found := err == nil; found != want || err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("duplicate of %s at %v: got error %v, want one: %v", content, due, err, want)
		}
	}
	later := start().Add(72 * time.Hour)
	change(func(d *core.Delivery) { d.DueAt = later })
	wantDuplicate(content, start(), false)
	wantDuplicate(content, later, true)
	change(func(d *core.Delivery) { d.Content = "content-2" })
	wantDuplicate(content, later, false)
	wantDuplicate("content-2", later, true)
	change(func(d *core.Delivery) { d.State = core.DeliveryFailed })
	wantDuplicate("content-2", later, false)
	change(func(d *core.Delivery) { d.State = core.DeliveryAccepted }) // sent again by its author
	wantDuplicate("content-2", later, true)
}

// checkDuplicateKeyFirst repeats posts that are there already: that says more than that
// their content is.
func checkDuplicateKeyFirst(t *testing.T, f *fixture) {
	keyed := func(id string) store.NewPost {
		n := unique(id, content, start())
		n.Post.Request.IdempotencyKey = "key"
		n.Request = &store.Request{ProfileID: profileA, Key: "header", PostID: id, CreatedAt: start()}
		return n
	}
	must(t, f.InsertPost(t.Context(), keyed("p1")))
	wantErr(t, f.InsertPost(t.Context(), keyed("p1")), store.ErrExists)
	body := keyed("p2")
	body.Request = nil
	wantErr(t, f.InsertPost(t.Context(), body), store.ErrKeyUsed)
	header := keyed("p3")
	header.Post.Request.IdempotencyKey = ""
	wantErr(t, f.InsertPost(t.Context(), header), store.ErrKeyUsed)
	other := unique("p4", content, start())
	other.Request = &store.Request{ProfileID: profileA, Key: "unused", PostID: "p4", CreatedAt: start()}
	wantErr(t, f.InsertPost(t.Context(), other), store.ErrDuplicate)
	_, err := f.GetRequest(t.Context(), profileA, "unused")
	wantErr(t, err, store.ErrNotFound)
}

// checkDuplicateRace inserts equal posts at the same moment: one is taken.
func checkDuplicateRace(t *testing.T, f *fixture) {
	won := winners(t, store.ErrDuplicate, func(i int) error {
		return f.InsertPost(t.Context(), unique(strconv.Itoa(i), content, start()))
	})
	equal(t, 1, len(won))
}
