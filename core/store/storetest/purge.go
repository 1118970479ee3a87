package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

func purgeChecks() []check {
	return []check{
		{"Everything", checkPurge},
		{"WhatComesLate", checkPurgeLate},
		{"NotDeleted", checkPurgeNotDeleted},
		{"InTurn", checkPurgeInTurn},
		{"Race", checkPurgeRace},
	}
}

// belongings are what checkPurge gives a profile: so many records of every kind.
type belongings struct {
	profileID string
	each      int
}

func (b belongings) id(kind string, i int) string {
	return fmt.Sprintf("%s of %s %d", kind, b.profileID, i)
}

// records is how many that are, a post counted as one with what belongs to it.
func (b belongings) records() int { return 11 * b.each }

func (b belongings) store(t *testing.T, f *fixture) {
	t.Helper()
	for i := range b.each {
		must(t, f.CreateAccount(t.Context(), newAccount(b.id("account", i), b.profileID, b.id("r", i)), []byte("sealed")))
		putWebhook(t, f, fullWebhook(b.profileID, b.id("action", i)))
		session := fullLinkSession(b.id("session", i), b.profileID)
		must(t, f.CreateLinkSession(t.Context(), session))
		must(t, f.PutLinkState(t.Context(), store.LinkState{Hash: []byte(b.id("state", i)), SessionID: session.ID, ExpiresAt: start()}))
		must(t, f.PutPendingGrant(t.Context(), store.PendingGrant{ID: b.id("grant", i), SessionID: session.ID, ExpiresAt: start()}))
		putSchedule(t, f, fullSchedule(b.profileID, b.id("schedule", i)))
		b.storePost(t, f, i)
		m := fullMessage(b.id("message", i), func(m *store.Message) { m.ProfileID = b.profileID })
		must(t, f.InsertMessages(t.Context(), []store.Message{m}, []queue.Job{{Kind: "webhook", Key: m.ID, Tenant: "endpoint", Lane: m.Lane}}))
		must(t, f.InsertComment(t.Context(), newComment(b.id("comment", i), "account", func(c *store.Comment) { c.ProfileID = b.profileID })))
		must(t, f.AnswerRequest(t.Context(), store.Request{ProfileID: b.profileID, Key: b.id("key", i), Status: 200}))
		must(t, f.InsertUpload(t.Context(), newUpload(b.id("upload", i), func(u *core.Upload) { u.ProfileID = b.profileID })))
	}
}

// storePost stores a post whose delivery waits in a lane, and a job that is about the post.
func (b belongings) storePost(t *testing.T, f *fixture, i int) {
	t.Helper()
	n := newPost(b.id("post", i), func(p *core.Post) {
		p.ProfileID, p.Request.AutoSchedule, p.Request.ScheduleAt = b.profileID, "default", start().Add(time.Duration(i)*time.Hour)
	})
	n.Jobs[0].Tenant, n.Jobs[0].Lane = b.profileID, "lane"
	n.Jobs = append(n.Jobs, queue.Job{Kind: "change", Key: b.id("change", i), Tenant: b.profileID})
	must(t, f.InsertPost(t.Context(), n))
}

// find returns, by name, the error of looking for each of the records.
func (b belongings) find(t *testing.T, f *fixture) map[string]error {
	t.Helper()
	found := map[string]error{}
	for i := range b.each {
		note := func(kind string, err error) { found[b.id(kind, i)] = err }
		_, err := f.GetAccount(t.Context(), b.id("account", i))
		note("account", err)
		_, err = f.GetCredentials(t.Context(), b.id("account", i))
		note("credentials", err)
		_, err = f.GetWebhook(t.Context(), b.profileID, b.id("action", i))
		note("webhook", err)
		_, err = f.GetLinkSession(t.Context(), b.id("session", i))
		note("session", err)
		_, err = f.GetPendingGrant(t.Context(), b.id("grant", i))
		note("grant", err)
		_, err = f.GetSchedule(t.Context(), b.profileID, b.id("schedule", i))
		note("schedule", err)
		_, err = f.GetPost(t.Context(), b.profileID, b.id("post", i))
		note("post", err)
		_, err = f.GetDelivery(t.Context(), b.id("post", i)+"/"+network)
		note("delivery", err)
		_, err = f.GetMessage(t.Context(), b.id("message", i))
		note("message", err)
		_, err = f.GetComment(t.Context(), b.profileID, b.id("comment", i))
		note("comment", err)
		_, err = f.GetRequest(t.Context(), b.profileID, b.id("key", i))
		note("request", err)
	}
	return found
}

// take removes the states and jobs, which cannot be looked at otherwise, and tells by name
// which there were.
func (b belongings) take(t *testing.T, f *fixture) map[string]bool {
	t.Helper()
	taken := map[string]bool{}
	for i := range b.each {
		switch _, err := f.TakeLinkState(t.Context(), []byte(b.id("state", i))); {
		case err == nil:
			taken[b.id("state", i)] = true
		case !errors.Is(err, store.ErrNotFound):
			t.Error(err)
		}
		for kind, key := range map[string]string{
			jobKind: b.id("post", i) + "/" + network, "change": b.id("change", i), "webhook": b.id("message", i),
		} {
			there, err := f.Cancel(t.Context(), kind, key)
			must(t, err)
			if there {
				taken[kind+" "+key] = true
			}
		}
	}
	return taken
}

// purge calls PurgeProfile until it is done, and returns how often.
func purge(t *testing.T, f *fixture, id string, limit int) int {
	t.Helper()
	for calls := 1; calls < 1000; calls++ {
		done, err := f.PurgeProfile(t.Context(), id, limit)
		must(t, err)
		if done {
			return calls
		}
	}
	t.Fatal("the purge does not end")
	return 0
}

func (f *fixture) deleted(t *testing.T) []string {
	t.Helper()
	list, err := f.DeletedProfiles(t.Context(), 9)
	must(t, err)
	return list
}

// checkPurge removes all that one profile has, in pieces, and nothing that another one has.
func checkPurge(t *testing.T, f *fixture) {
	gone, stays := belongings{profileA, 3}, belongings{profileB, 3}
	createProfile(t, f, profileA)
	createProfile(t, f, profileB)
	gone.store(t, f)
	stays.store(t, f)
	must(t, f.DeleteProfile(t.Context(), profileA))

	done, err := f.PurgeProfile(t.Context(), profileA, 2)
	must(t, err)
	left := 0
	for name, err := range gone.find(t, f) {
		if err == nil {
			left++
		} else if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if removed := 11*gone.each - left; done || removed < 1 || removed > 4 { // two accounts with their credentials
		t.Errorf("the first of several calls removed %d records and was done: %v", removed, done)
	}
	if calls := purge(t, f, profileA, 2); calls < gone.records()/2 {
		t.Errorf("it took %d calls to remove %d records, two at a time", calls, gone.records())
	}

	for name, err := range gone.find(t, f) {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
	equal(t, map[string]bool{}, gone.take(t, f))
	for name, err := range stays.find(t, f) {
		if err != nil {
			t.Errorf("%s of another profile: %v", name, err)
		}
	}
	equal(t, 4*stays.each, len(stays.take(t, f)))
	checkPurgedUploads(t, f, gone, stays)
}

// checkPurgedUploads: uploads have expired, and the profile is remembered until they are gone.
func checkPurgedUploads(t *testing.T, f *fixture, gone, stays belongings) {
	t.Helper()
	list, err := f.ListUploads(t.Context(), store.UploadQuery{ProfileID: gone.profileID})
	must(t, err)
	equal(t, 0, len(list))
	list, err = f.ListUploads(t.Context(), store.UploadQuery{ProfileID: stays.profileID, Live: f.clock.Now()})
	must(t, err)
	equal(t, stays.each, len(list))

	f.clock.Advance(2 * store.PurgeRest)
	purge(t, f, gone.profileID, 9)
	equal(t, []string{gone.profileID}, f.deleted(t))
	list, err = f.ExpiredUploads(t.Context(), f.clock.Now(), 9)
	must(t, err)
	equal(t, gone.each, len(list))
	for _, u := range list {
		equal(t, gone.profileID, u.ProfileID)
		equal(t, core.UploadDeleted, u.State)
		wantKept(t, "ExpiresAt", start(), u.ExpiresAt)
		must(t, f.DeleteUpload(t.Context(), u.ID))
	}
	purge(t, f, gone.profileID, 9)
	equal(t, 0, len(f.deleted(t)))
	_, err = f.PurgeProfile(t.Context(), gone.profileID, 9)
	wantErr(t, err, store.ErrNotFound)
	createProfile(t, f, gone.profileID) // the id is free
}

// checkPurgeLate: what a request stores after the purge that began before the deletion goes
// too.
func checkPurgeLate(t *testing.T, f *fixture) {
	createProfile(t, f, profileA)
	must(t, f.DeleteProfile(t.Context(), profileA))
	equal(t, 1, purge(t, f, profileA, 9))
	must(t, f.InsertPost(t.Context(), newPost("late")))
	f.clock.Advance(store.PurgeRest - time.Second)
	equal(t, []string{profileA}, f.deleted(t))
	purge(t, f, profileA, 9)
	_, err := f.GetPost(t.Context(), profileA, "late")
	wantErr(t, err, store.ErrNotFound)
	equal(t, []string{profileA}, f.deleted(t))
	f.clock.Advance(time.Second)
	purge(t, f, profileA, 9)
	equal(t, 0, len(f.deleted(t)))
}

func checkPurgeNotDeleted(t *testing.T, f *fixture) {
	createProfile(t, f, profileA)
	must(t, f.InsertPost(t.Context(), newPost("p1")))
	for _, id := range []string{profileA, "nobody"} {
		done, err := f.PurgeProfile(t.Context(), id, 9)
		wantErr(t, err, store.ErrNotFound)
		equal(t, false, done)
	}
	_, err := f.GetPost(t.Context(), profileA, "p1")
	must(t, err)
}

// checkPurgeInTurn: a profile that cannot be forgotten yet keeps no other from being purged.
func checkPurgeInTurn(t *testing.T, f *fixture) {
	for _, id := range []string{"c", "b", "a"} {
		createProfile(t, f, id)
		must(t, f.DeleteProfile(t.Context(), id))
		f.clock.Advance(time.Second)
	}
	var turns []string
	for range 5 {
		next, err := f.DeletedProfiles(t.Context(), 1)
		must(t, err)
		if len(next) != 1 {
			t.Fatalf("after %v: got %v", turns, next)
		}
		turns = append(turns, next...)
		purge(t, f, next[0], 9)
		f.clock.Advance(time.Second)
	}
	equal(t, []string{"c", "b", "a", "c", "b"}, turns)
}

// checkPurgeRace lets many purge the same profile.
func checkPurgeRace(t *testing.T, f *fixture) {
	b := belongings{profileA, 3}
	createProfile(t, f, profileA)
	b.store(t, f)
	must(t, f.DeleteProfile(t.Context(), profileA))
	race(func(int) {
		for done := false; !done && !t.Failed(); {
			var err error
			if done, err = f.PurgeProfile(t.Context(), profileA, 2); err != nil {
				t.Error(err)
			}
		}
	})
	for name, err := range b.find(t, f) {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s is still there: %v", name, err)
		}
	}
	equal(t, map[string]bool{}, b.take(t, f))
}
