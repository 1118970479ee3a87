package storetest

import (
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

func profileChecks() []check {
	return []check{
		{"CreateAndFind", checkCreateProfile},
		{"NotFound", checkProfileNotFound},
		{"MustBeUnique", checkProfileUnique},
		{"SetKey", checkSetProfileKey},
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
