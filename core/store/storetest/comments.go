package storetest

import (
	"strconv"
	"testing"
	"time"

	"github.com/crier-social/crier/core/store"
)

func commentChecks() []check {
	return []check{
		{"InsertAndGet", checkInsertComment},
		{"SeveralAccounts", checkCommentAccounts},
		{"NotFound", checkCommentNotFound},
		{"Find", checkFindComment},
		{"List", checkListComments},
		{"Delete", checkDeleteComment},
	}
}

// newComment is a comment of profile A.
func newComment(id, accountID string, changes ...func(*store.Comment)) store.Comment {
	c := store.Comment{
		ID: id, ProfileID: profileA, PostID: "p1", AccountID: accountID, Platform: network,
		RemotePostID: "urn:x:post:1", RemoteID: "urn:x:comment:" + id, ParentRemoteID: "urn:x:comment:parent",
		Text: awkward(), CreatedAt: start(),
	}
	for _, change := range changes {
		change(&c)
	}
	return c
}

func checkInsertComment(t *testing.T, f *fixture) {
	c := newComment("c1", "account-1")
	must(t, f.InsertComment(t.Context(), c))
	wantErr(t, f.InsertComment(t.Context(), newComment("c1", "account-1", func(c *store.Comment) { c.Text = "other" })), store.ErrExists)
	gone := newComment("c2", "account-1", func(c *store.Comment) { c.DeletedAt = start().Add(time.Hour) })
	must(t, f.InsertComment(t.Context(), gone))
	for _, want := range []store.Comment{c, gone} {
		got, err := f.GetComment(t.Context(), profileA, want.ID)
		must(t, err)
		equal(t, []store.Comment{want}, got)
		wantKept(t, "CreatedAt", want.CreatedAt, got[0].CreatedAt)
		if !want.DeletedAt.IsZero() {
			wantKept(t, "DeletedAt", want.DeletedAt, got[0].DeletedAt)
		}
	}
}

func checkCommentAccounts(t *testing.T, f *fixture) {
	first, second := newComment("c1", "account-2"), newComment("c1", "account-1", func(c *store.Comment) { c.Platform = "zzz" })
	third := newComment("c1", "account-3")
	for _, c := range []store.Comment{second, third, first} {
		must(t, f.InsertComment(t.Context(), c))
	}
	got, err := f.GetComment(t.Context(), profileA, "c1")
	must(t, err)
	equal(t, []store.Comment{first, third, second}, got)
}

func checkCommentNotFound(t *testing.T, f *fixture) {
	must(t, f.InsertComment(t.Context(), newComment("c1", "account-1")))
	_, err := f.GetComment(t.Context(), profileA, "c2")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.GetComment(t.Context(), profileB, "c1")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.FindComment(t.Context(), "account-2", "urn:x:comment:c1")
	wantErr(t, err, store.ErrNotFound)
	wantErr(t, f.DeleteComment(t.Context(), "c1", "account-2", start()), store.ErrNotFound)
	none, err := f.ListComments(t.Context(), "account-2", "urn:x:post:1")
	must(t, err)
	equal(t, nil, none)
}

func checkFindComment(t *testing.T, f *fixture) {
	same := func(at time.Time) func(*store.Comment) {
		return func(c *store.Comment) { c.RemoteID, c.CreatedAt = "urn:x:comment:same", at }
	}
	last := newComment("c2", "account-1", same(start().Add(time.Second)))
	must(t, f.InsertComment(t.Context(), last))
	must(t, f.InsertComment(t.Context(), newComment("c1", "account-1", same(start()))))
	must(t, f.InsertComment(t.Context(), newComment("c3", "account-2", same(start().Add(time.Hour)))))
	got, err := f.FindComment(t.Context(), "account-1", "urn:x:comment:same")
	must(t, err)
	equal(t, last, got)
}

func checkListComments(t *testing.T, f *fixture) {
	var want []store.Comment
	for i := range 3 {
		c := newComment("c"+strconv.Itoa(9-i), "account-1", func(c *store.Comment) { c.CreatedAt = start().Add(time.Duration(i/2) * time.Second) })
		must(t, f.InsertComment(t.Context(), c))
		want = append(want, c)
	}
	for _, other := range []store.Comment{
		newComment("c1", "account-2"),
		newComment("c2", "account-1", func(c *store.Comment) { c.RemotePostID = "urn:x:post:2" }),
		newComment("c3", "account-1", func(c *store.Comment) { c.DeletedAt = start() }),
	} {
		must(t, f.InsertComment(t.Context(), other))
	}
	got, err := f.ListComments(t.Context(), "account-1", "urn:x:post:1")
	must(t, err)
	equal(t, want, got)
}

func checkDeleteComment(t *testing.T, f *fixture) {
	c := newComment("c1", "account-1")
	must(t, f.InsertComment(t.Context(), c))
	must(t, f.InsertComment(t.Context(), newComment("c1", "account-2")))
	c.DeletedAt = start().Add(time.Minute)
	must(t, f.DeleteComment(t.Context(), "c1", "account-1", c.DeletedAt))
	must(t, f.DeleteComment(t.Context(), "c1", "account-1", c.DeletedAt.Add(time.Hour)))
	got, err := f.GetComment(t.Context(), profileA, "c1")
	must(t, err)
	equal(t, []store.Comment{c, newComment("c1", "account-2")}, got)
	found, err := f.FindComment(t.Context(), "account-1", c.RemoteID)
	must(t, err)
	equal(t, c, found)
	left, err := f.ListComments(t.Context(), "account-1", c.RemotePostID)
	must(t, err)
	equal(t, nil, left)
}
