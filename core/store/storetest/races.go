package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// racers is how many goroutines race for one thing.
const racers = 50

func raceChecks() []check {
	return []check{
		{"UpdateDelivery", checkDeliveryRace},
		{"UpdatePost", checkPostRace},
		{"UpdateAccount", checkAccountRace},
		{"UpdateCredentials", checkCredentialsRace},
		{"OneSwapWins", checkOneSwapWins},
		{"SamePost", checkSamePostRace},
		{"IdempotencyKey", checkIdempotencyRace},
		{"RequestKey", checkRequestRace},
		{"PrimaryProfile", checkPrimaryRace},
		{"UpdateProfile", checkProfileRace},
		{"ProfileTitle", checkProfileTitleRace},
		{"DeleteProfile", checkDeleteProfileRace},
		{"ReadYourWrites", checkReadYourWrites},
	}
}

// race runs do concurrently and returns once all are through.
func race(do func(i int)) {
	var wg sync.WaitGroup
	for i := range racers {
		wg.Go(func() { do(i) })
	}
	wg.Wait()
}

// winners races do and returns who got nil; everybody else must get want.
func winners(t *testing.T, want error, do func(i int) error) []int {
	t.Helper()
	var (
		mu  sync.Mutex
		won []int
	)
	race(func(i int) {
		switch err := do(i); {
		case err == nil:
			mu.Lock()
			defer mu.Unlock()
			won = append(won, i)
		case !errors.Is(err, want):
			t.Errorf("racer %d: got error %v, want %v", i, err, want)
		}
	})
	return won
}

func checkDeliveryRace(t *testing.T, f *fixture) {
	must(t, f.InsertPost(t.Context(), newPost("p1")))
	before, err := f.GetDelivery(t.Context(), "p1/example")
	must(t, err)
	race(func(int) {
		if _, err := f.UpdateDelivery(t.Context(), "p1/example", func(d *core.Delivery) error { d.Reconciliations++; return nil }); err != nil {
			t.Error(err)
		}
	})
	after, err := f.GetDelivery(t.Context(), "p1/example")
	must(t, err)
	if after.Reconciliations != racers || after.Version != before.Version+racers {
		t.Errorf("%d updates counted %d, and %d versions", racers, after.Reconciliations, after.Version-before.Version)
	}
}

func checkPostRace(t *testing.T, f *fixture) {
	must(t, f.InsertPost(t.Context(), newPost("p1")))
	race(func(int) {
		if _, err := f.UpdatePost(t.Context(), "p1", func(p *core.Post) error { p.Retries++; return nil }); err != nil {
			t.Error(err)
		}
	})
	got, err := f.GetPost(t.Context(), profileA, "p1")
	must(t, err)
	equal(t, racers, got.Retries)
}

func checkAccountRace(t *testing.T, f *fixture) {
	a := newAccount("a1", profileA, "r1")
	a.Scopes = nil
	must(t, f.CreateAccount(t.Context(), a, nil))
	race(func(i int) {
		_, err := f.UpdateAccount(t.Context(), "a1", func(a *core.Account) error { a.Scopes = append(a.Scopes, strconv.Itoa(i)); return nil })
		if err != nil {
			t.Error(err)
		}
	})
	got, err := f.GetAccount(t.Context(), "a1")
	must(t, err)
	equal(t, racers, len(got.Scopes))
}

func checkCredentialsRace(t *testing.T, f *fixture) {
	must(t, f.CreateAccount(t.Context(), newAccount("a1", profileA, "r1"), nil))
	before, err := f.GetCredentials(t.Context(), "a1")
	must(t, err)
	race(func(int) {
		err := f.UpdateCredentials(t.Context(), "a1", func(c *store.Credentials) error { c.Sealed = append(c.Sealed, 'x'); return nil })
		if err != nil {
			t.Error(err)
		}
	})
	after, err := f.GetCredentials(t.Context(), "a1")
	must(t, err)
	if len(after.Sealed) != racers || after.Version != before.Version+racers {
		t.Errorf("%d updates left %d bytes and %d versions", racers, len(after.Sealed), after.Version-before.Version)
	}
}

// checkOneSwapWins is the fence of publishing: of many that want to move a
// delivery from preparing to committing exactly one may.
func checkOneSwapWins(t *testing.T, f *fixture) {
	n := newPost("p1")
	n.Deliveries[0].State = core.DeliveryPreparing
	must(t, f.InsertPost(t.Context(), n))
	won := winners(t, errStop, func(i int) error {
		_, err := f.UpdateDelivery(t.Context(), "p1/example", func(d *core.Delivery) error {
			if d.State != core.DeliveryPreparing {
				return errStop
			}
			d.State, d.Fence = core.DeliveryCommitting, strconv.Itoa(i)
			return nil
		})
		return err
	})
	if len(won) != 1 {
		t.Fatalf("%d racers may commit", len(won))
	}
	got, err := f.GetDelivery(t.Context(), "p1/example")
	must(t, err)
	equal(t, strconv.Itoa(won[0]), got.Fence)
}

func checkSamePostRace(t *testing.T, f *fixture) {
	won := winners(t, store.ErrExists, func(int) error { return f.InsertPost(t.Context(), newPost("p1")) })
	equal(t, 1, len(won))
	list, err := f.ListDeliveries(t.Context(), "p1")
	must(t, err)
	equal(t, 1, len(list))
}

func checkIdempotencyRace(t *testing.T, f *fixture) {
	posts := make([]store.NewPost, racers)
	for i := range posts {
		posts[i] = newPost(fmt.Sprintf("p%d", i), func(p *core.Post) { p.Request.IdempotencyKey = "key" })
	}
	won := winners(t, store.ErrKeyUsed, func(i int) error { return f.InsertPost(t.Context(), posts[i]) })
	onlyWinnerStored(t, f, posts, won)
}

func checkRequestRace(t *testing.T, f *fixture) {
	posts := make([]store.NewPost, racers)
	for i := range posts {
		posts[i] = newPost(fmt.Sprintf("p%d", i))
		posts[i].Request = &store.Request{ProfileID: profileA, Key: "key", PostID: posts[i].Post.ID, CreatedAt: start()}
	}
	won := winners(t, store.ErrKeyUsed, func(i int) error { return f.InsertPost(t.Context(), posts[i]) })
	onlyWinnerStored(t, f, posts, won)
	r, err := f.GetRequest(t.Context(), profileA, "key")
	must(t, err)
	equal(t, posts[won[0]].Post.ID, r.PostID)
}

func onlyWinnerStored(t *testing.T, f *fixture, posts []store.NewPost, won []int) {
	t.Helper()
	if len(won) != 1 {
		t.Fatalf("%d racers won", len(won))
	}
	for i, n := range posts {
		if i != won[0] {
			wantAbsent(t, f, n)
			continue
		}
		got, err := f.GetPost(t.Context(), profileA, n.Post.ID)
		must(t, err)
		equal(t, n.Post, got)
	}
}

func checkPrimaryRace(t *testing.T, f *fixture) {
	won := winners(t, store.ErrExists, func(i int) error {
		p := newProfile(fmt.Sprintf("p%d", i))
		p.Primary = true
		return f.CreateProfile(t.Context(), p, fmt.Append(nil, "hash ", i))
	})
	equal(t, 1, len(won))
}

// checkReadYourWrites: whoever has been told that something is stored finds it.
func checkReadYourWrites(t *testing.T, f *fixture) {
	var missed atomic.Int64
	race(func(i int) {
		for k := range 5 {
			id := fmt.Sprintf("p%d-%d", i, k)
			if err := f.InsertPost(t.Context(), newPost(id)); err != nil {
				t.Error(err)
			}
			if _, err := f.GetPost(t.Context(), profileA, id); err != nil {
				missed.Add(1)
			}
			d, err := f.UpdateDelivery(t.Context(), id+"/example", func(d *core.Delivery) error { d.Fence = id; return nil })
			if err != nil {
				t.Error(err)
			}
			if got, err := f.GetDelivery(t.Context(), d.ID); err != nil || got.Version != d.Version {
				missed.Add(1)
			}
		}
	})
	equal(t, 0, missed.Load())
}

func checkProfileRace(t *testing.T, f *fixture) {
	createProfile(t, f, profileA, func(p *core.Profile) { p.Tags = nil })
	race(func(i int) {
		_, err := f.UpdateProfile(t.Context(), profileA, func(p *core.Profile) error { p.Tags = append(p.Tags, strconv.Itoa(i)); return nil })
		if err != nil {
			t.Error(err)
		}
	})
	got, err := f.GetProfile(t.Context(), profileA)
	must(t, err)
	equal(t, racers, len(got.Tags))
}

// checkProfileTitleRace: of many that want a title, new profiles and others, one gets it.
func checkProfileTitleRace(t *testing.T, f *fixture) {
	for i := range racers / 2 {
		createProfile(t, f, strconv.Itoa(i))
	}
	won := winners(t, store.ErrExists, func(i int) error {
		if i < racers/2 {
			_, err := f.UpdateProfile(t.Context(), strconv.Itoa(i), func(p *core.Profile) error { p.Title = "title"; return nil })
			return err
		}
		p := newProfile(strconv.Itoa(i))
		p.Title = "title"
		return f.CreateProfile(t.Context(), p, []byte(p.ID))
	})
	if len(won) != 1 {
		t.Fatalf("%d racers won", len(won))
	}
	got, err := f.ProfileByTitle(t.Context(), "title")
	must(t, err)
	equal(t, strconv.Itoa(won[0]), got.ID)
}

// checkDeleteProfileRace: one of many deletes a profile, and no update brings it back.
func checkDeleteProfileRace(t *testing.T, f *fixture) {
	createProfile(t, f, profileA)
	var deleted atomic.Int64
	race(func(i int) {
		var err error
		if i%2 == 0 {
			if err = f.DeleteProfile(t.Context(), profileA); err == nil {
				deleted.Add(1)
			}
		} else {
			_, err = f.UpdateProfile(t.Context(), profileA, func(p *core.Profile) error { p.Email += "x"; return nil })
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
	})
	equal(t, 1, deleted.Load())
	_, err := f.GetProfile(t.Context(), profileA)
	wantErr(t, err, store.ErrNotFound)
}
