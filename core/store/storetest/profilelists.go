package storetest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

func profileListChecks() []check {
	return []check{
		{"Query", checkListProfiles},
		{"Pages", checkProfilePages},
		{"Limit", checkProfileLimit},
		{"FindByTitleAndReference", checkFindProfile},
	}
}

func profileID(p core.Profile) string { return p.ID }

// createProfile stores a profile whose key has its id as hash.
func createProfile(t *testing.T, f *fixture, id string, changes ...func(*core.Profile)) core.Profile {
	t.Helper()
	p := newProfile(id)
	for _, change := range changes {
		change(&p)
	}
	must(t, f.CreateProfile(t.Context(), p, []byte(id)))
	return p
}

func createdAt(after time.Duration) func(*core.Profile) {
	return func(p *core.Profile) { p.CreatedAt = start().Add(after) }
}

func checkListProfiles(t *testing.T, f *fixture) {
	createProfile(t, f, "primary", func(p *core.Profile) { p.Primary = true })
	createProfile(t, f, "d", createdAt(time.Hour))
	createProfile(t, f, "c", createdAt(time.Minute))
	createProfile(t, f, "b", createdAt(time.Minute))
	created := createProfile(t, f, "a", createdAt(2*time.Hour))
	for i, a := range []struct{ profile, platform string }{
		{"primary", "one"}, {"a", "one"}, {"a", "two"}, {"b", "two"}, {"c", "one"}, {"c", "one"}, {"c", "three"},
	} {
		account := newAccount(fmt.Sprint("a", i), a.profile, fmt.Sprint("r", i))
		account.Platform = a.platform
		must(t, f.CreateAccount(t.Context(), account, nil))
	}
	for name, tc := range map[string]struct {
		query store.ProfileQuery
		want  []string
	}{
		"all":                      {store.ProfileQuery{}, []string{"b", "c", "d", "a"}},
		"limit":                    {store.ProfileQuery{Limit: 2}, []string{"b", "c"}},
		"after":                    {store.ProfileQuery{After: "b"}, []string{"c", "d", "a"}},
		"after the last":           {store.ProfileQuery{After: "a"}, nil},
		"after nobody":             {store.ProfileQuery{After: "e"}, nil},
		"after the primary":        {store.ProfileQuery{After: "primary"}, nil},
		"after and limit":          {store.ProfileQuery{After: "b", Limit: 1}, []string{"c"}},
		"title":                    {store.ProfileQuery{Title: "Title of c"}, []string{"c"}},
		"title in part":            {store.ProfileQuery{Title: "Title"}, nil},
		"title of the primary":     {store.ProfileQuery{Title: "Title of primary"}, nil},
		"reference":                {store.ProfileQuery{RefID: "ref of d"}, []string{"d"}},
		"key":                      {store.ProfileQuery{KeyHashes: [][]byte{[]byte("c")}}, []string{"c"}},
		"keys":                     {store.ProfileQuery{KeyHashes: [][]byte{[]byte("d"), []byte("nobody"), []byte("b"), []byte("primary")}}, []string{"b", "d"}},
		"accounts":                 {store.ProfileQuery{HasAccounts: new(true)}, []string{"b", "c", "a"}},
		"no accounts":              {store.ProfileQuery{HasAccounts: new(false)}, []string{"d"}},
		"platform":                 {store.ProfileQuery{Platforms: []string{"one"}}, []string{"c", "a"}},
		"platforms":                {store.ProfileQuery{Platforms: []string{"two", "one"}}, []string{"a"}},
		"platforms that none has":  {store.ProfileQuery{Platforms: []string{"two", "three"}}, nil},
		"all conditions":           {store.ProfileQuery{Title: created.Title, RefID: created.RefID, KeyHashes: [][]byte{[]byte("a")}, HasAccounts: new(true), Platforms: []string{"two"}, After: "d"}, []string{"a"}},
		"conditions of two":        {store.ProfileQuery{Title: created.Title, RefID: "ref of b"}, nil},
		"accounts, after and then": {store.ProfileQuery{HasAccounts: new(true), After: "b", Limit: 1}, []string{"c"}},
	} {
		list, err := f.ListProfiles(t.Context(), tc.query)
		must(t, err)
		if got := ids(list, profileID); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
	list, err := f.ListProfiles(t.Context(), store.ProfileQuery{Title: created.Title})
	must(t, err)
	equal(t, []core.Profile{created}, list)
}

// checkProfilePages lists page by page while the profiles of each page are deleted.
func checkProfilePages(t *testing.T, f *fixture) {
	var want []string
	for i := range 12 {
		want = append(want, createProfile(t, f, fmt.Sprint("p", 10+i), createdAt(time.Duration(i/5)*time.Second)).ID)
	}
	var got []string
	for q := (store.ProfileQuery{Limit: 5}); ; {
		list, err := f.ListProfiles(t.Context(), q)
		must(t, err)
		if len(list) == 0 {
			break
		}
		for _, p := range list {
			must(t, f.DeleteProfile(t.Context(), p.ID))
			got, q.After = append(got, p.ID), p.ID
		}
	}
	equal(t, want, got)
}

func checkProfileLimit(t *testing.T, f *fixture) {
	race(func(i int) {
		for n := range 3 {
			id := fmt.Sprint(n, i)
			if err := f.CreateProfile(t.Context(), newProfile(id), []byte(id)); err != nil {
				t.Error(err)
			}
		}
	})
	list, err := f.ListProfiles(t.Context(), store.ProfileQuery{})
	must(t, err)
	equal(t, 100, len(list))
}

func checkFindProfile(t *testing.T, f *fixture) {
	primary := createProfile(t, f, profileA, func(p *core.Profile) { p.Primary = true })
	second := createProfile(t, f, profileB)
	for _, want := range []core.Profile{primary, second} {
		got, err := f.ProfileByTitle(t.Context(), want.Title)
		must(t, err)
		equal(t, want, got)
		got, err = f.ProfileByRef(t.Context(), want.RefID)
		must(t, err)
		equal(t, want, got)
	}
	_, err := f.ProfileByTitle(t.Context(), "title of "+profileB) // another case
	wantErr(t, err, store.ErrNotFound)
	_, err = f.ProfileByRef(t.Context(), "")
	wantErr(t, err, store.ErrNotFound)
}
