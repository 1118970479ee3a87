package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

func profileChecks() []check {
	return []check{
		{"CreateAndFind", checkCreateProfile},
		{"NotFound", checkProfileNotFound},
		{"MustBeUnique", checkProfileUnique},
		{"SetKey", checkSetProfileKey},
		{"Update", checkUpdateProfile},
		{"UpdateTitle", checkUpdateProfileTitle},
		{"Delete", checkDeleteProfile},
		{"DeletePrimary", checkDeletePrimary},
	}
}

func checkCreateProfile(t *testing.T, f *fixture) {
	first, second := newProfile(profileA), newProfile(profileB)
	first.Primary, second.Title = true, awkward()
	must(t, f.CreateProfile(t.Context(), first, []byte("hash a")))
	must(t, f.CreateProfile(t.Context(), second, []byte("hash b")))

	got, err := f.GetProfile(t.Context(), profileB)
	must(t, err)
	equal(t, second, got)
	wantKept(t, "CreatedAt", second.CreatedAt, got.CreatedAt)

	got, err = f.ProfileByKey(t.Context(), []byte("hash b"))
	must(t, err)
	equal(t, second, got)

	got, err = f.PrimaryProfile(t.Context())
	must(t, err)
	equal(t, first, got)
}

func checkProfileNotFound(t *testing.T, f *fixture) {
	must(t, f.CreateProfile(t.Context(), newProfile(profileA), []byte("hash a")))
	_, err := f.GetProfile(t.Context(), profileB)
	wantErr(t, err, store.ErrNotFound)
	_, err = f.ProfileByKey(t.Context(), []byte("hash"))
	wantErr(t, err, store.ErrNotFound)
	_, err = f.ProfileByKey(t.Context(), nil)
	wantErr(t, err, store.ErrNotFound)
	_, err = f.PrimaryProfile(t.Context())
	wantErr(t, err, store.ErrNotFound)
	wantErr(t, f.SetProfileKey(t.Context(), profileB, []byte("hash b")), store.ErrNotFound)
	_, err = f.UpdateProfile(t.Context(), profileB, func(*core.Profile) error { t.Error("called for no profile"); return nil })
	wantErr(t, err, store.ErrNotFound)
	wantErr(t, f.DeleteProfile(t.Context(), profileB), store.ErrNotFound)
}

func checkProfileUnique(t *testing.T, f *fixture) {
	first := newProfile(profileA)
	first.Primary = true
	must(t, f.CreateProfile(t.Context(), first, []byte("hash a")))
	for name, change := range map[string]func(p *core.Profile, hash *[]byte){
		"id":      func(p *core.Profile, _ *[]byte) { p.ID = first.ID },
		"title":   func(p *core.Profile, _ *[]byte) { p.Title = first.Title },
		"key":     func(_ *core.Profile, hash *[]byte) { *hash = []byte("hash a") },
		"primary": func(p *core.Profile, _ *[]byte) { p.Primary = true },
	} {
		p, hash := newProfile(profileB), []byte("hash b")
		change(&p, &hash)
		if err := f.CreateProfile(t.Context(), p, hash); err == nil {
			t.Errorf("a second profile with the same %s was stored", name)
		} else {
			wantErr(t, err, store.ErrExists)
		}
	}
	_, err := f.GetProfile(t.Context(), profileB)
	wantErr(t, err, store.ErrNotFound)
	got, err := f.GetProfile(t.Context(), profileA)
	must(t, err)
	equal(t, first, got)
}

func checkSetProfileKey(t *testing.T, f *fixture) {
	must(t, f.CreateProfile(t.Context(), newProfile(profileA), []byte("hash a")))
	must(t, f.CreateProfile(t.Context(), newProfile(profileB), []byte("hash b")))
	must(t, f.SetProfileKey(t.Context(), profileA, []byte("hash c")))
	must(t, f.SetProfileKey(t.Context(), profileA, []byte("hash c")))
	wantErr(t, f.SetProfileKey(t.Context(), profileA, []byte("hash b")), store.ErrExists)

	_, err := f.ProfileByKey(t.Context(), []byte("hash a"))
	wantErr(t, err, store.ErrNotFound)
	got, err := f.ProfileByKey(t.Context(), []byte("hash c"))
	must(t, err)
	equal(t, newProfile(profileA), got)
}

func checkUpdateProfile(t *testing.T, f *fixture) {
	for _, primary := range []bool{true, false} {
		p := createProfile(t, f, fmt.Sprint("profile-", primary), func(p *core.Profile) { p.Primary = primary })
		want := p
		want.Title, want.Email, want.Tags, want.LinkPage = awkward()+p.ID, "", nil, core.LinkPage{TopHeader: awkward()}
		got, err := f.UpdateProfile(t.Context(), p.ID, func(got *core.Profile) error {
			equal(t, p, *got)
			*got = want
			got.ID, got.RefID, got.Primary, got.CreatedAt = "other", "other", !primary, start().Add(time.Hour)
			return nil
		})
		must(t, err)
		equal(t, want, got)
		got, err = f.ProfileByTitle(t.Context(), want.Title)
		must(t, err)
		equal(t, want, got)
		got, err = f.ProfileByKey(t.Context(), []byte(p.ID))
		must(t, err)
		equal(t, want, got)

		_, err = f.UpdateProfile(t.Context(), p.ID, func(p *core.Profile) error { p.Email = "changed"; return errStop })
		wantErr(t, err, errStop)
		got, err = f.GetProfile(t.Context(), p.ID)
		must(t, err)
		equal(t, want, got)
	}
}

func checkUpdateProfileTitle(t *testing.T, f *fixture) {
	first, second := createProfile(t, f, profileA), createProfile(t, f, profileB)
	_, err := f.UpdateProfile(t.Context(), profileB, func(p *core.Profile) error { p.Title, p.Email = first.Title, "changed"; return nil })
	wantErr(t, err, store.ErrExists)
	got, err := f.GetProfile(t.Context(), profileB)
	must(t, err)
	equal(t, second, got)
	_, err = f.UpdateProfile(t.Context(), profileA, func(p *core.Profile) error { p.Title = "new"; return nil })
	must(t, err)
	_, err = f.UpdateProfile(t.Context(), profileB, func(p *core.Profile) error { p.Title = first.Title; return nil })
	must(t, err)
	_, err = f.ProfileByTitle(t.Context(), second.Title)
	wantErr(t, err, store.ErrNotFound)
}

// checkDeleteProfile: nothing finds a deleted profile, its key and title are free at once,
// and its id is not.
func checkDeleteProfile(t *testing.T, f *fixture) {
	p, other := createProfile(t, f, profileA), createProfile(t, f, profileB)
	account := newAccount("a1", profileA, "r1")
	must(t, f.CreateAccount(t.Context(), account, nil))
	must(t, f.DeleteProfile(t.Context(), profileA))

	_, err := f.GetProfile(t.Context(), profileA)
	wantErr(t, err, store.ErrNotFound)
	_, err = f.ProfileByKey(t.Context(), []byte(profileA))
	wantErr(t, err, store.ErrNotFound)
	_, err = f.ProfileByTitle(t.Context(), p.Title)
	wantErr(t, err, store.ErrNotFound)
	_, err = f.ProfileByRef(t.Context(), p.RefID)
	wantErr(t, err, store.ErrNotFound)
	_, err = f.UpdateProfile(t.Context(), profileA, func(*core.Profile) error { t.Error("called for a deleted profile"); return nil })
	wantErr(t, err, store.ErrNotFound)
	wantErr(t, f.SetProfileKey(t.Context(), profileA, []byte("new")), store.ErrNotFound)
	wantErr(t, f.DeleteProfile(t.Context(), profileA), store.ErrNotFound)
	for _, q := range []store.ProfileQuery{{}, {Title: p.Title}, {RefID: p.RefID}, {KeyHashes: [][]byte{[]byte(profileA)}}, {HasAccounts: new(true)}, {Platforms: []string{network}}} {
		list, err := f.ListProfiles(t.Context(), q)
		must(t, err)
		for _, found := range list {
			equal(t, other.ID, found.ID)
		}
	}
	_, err = f.GetAccount(t.Context(), "a1") // left to the purge
	must(t, err)

	wantErr(t, f.CreateProfile(t.Context(), newProfile(profileA), []byte("new")), store.ErrExists)
	successor := newProfile("successor")
	successor.Title, successor.RefID = p.Title, p.RefID
	must(t, f.CreateProfile(t.Context(), successor, []byte(profileA)))
	got, err := f.ProfileByKey(t.Context(), []byte(profileA))
	must(t, err)
	equal(t, successor, got)
	deleted, err := f.DeletedProfiles(t.Context(), 9)
	must(t, err)
	equal(t, []string{profileA}, deleted)
}

func checkDeletePrimary(t *testing.T, f *fixture) {
	p := createProfile(t, f, profileA, func(p *core.Profile) { p.Primary = true })
	wantErr(t, f.DeleteProfile(t.Context(), profileA), store.ErrNotFound)
	got, err := f.PrimaryProfile(t.Context())
	must(t, err)
	equal(t, p, got)
	deleted, err := f.DeletedProfiles(t.Context(), 9)
	must(t, err)
	equal(t, 0, len(deleted))
}
