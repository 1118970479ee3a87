package storetest

import (
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

func uploadChecks() []check {
	return []check{
		{"InsertAndGet", checkInsertUpload},
		{"Empty", checkEmptyUpload},
		{"NotFound", checkUploadNotFound},
		{"Update", checkUpdateUpload},
		{"Delete", checkDeleteUpload},
		{"List", checkListUploads},
		{"Pages", checkUploadPages},
		{"DefaultLimit", checkUploadDefaultLimit},
		{"Usage", checkUploadUsage},
		{"Expired", checkExpiredUploads},
		{"EachAddsUp", checkUploadRace},
		{"OneIsReady", checkUploadReadyRace},
		{"UpdateOrDelete", checkUploadDeleteRace},
	}
}

// fullUpload has every field set.
func fullUpload(id string) core.Upload {
	return core.Upload{
		ID: id, ProfileID: profileA, Name: awkward(), Description: awkward(), MIME: "video/mp4", Size: 5 << 30,
		State: core.UploadReady, Blob: id + "-1", TicketHash: []byte{0xff, 1},
		CreatedAt: start(), ExpiresAt: start().Add(24 * time.Hour),
	}
}

// newUpload is an upload of profile A that is ready.
func newUpload(id string, changes ...func(*core.Upload)) core.Upload {
	u := core.Upload{
		ID: id, ProfileID: profileA, Name: "a.png", MIME: "image/png", Size: 100, State: core.UploadReady,
		Blob: id + "-1", CreatedAt: start(), ExpiresAt: start().Add(24 * time.Hour),
	}
	for _, change := range changes {
		change(&u)
	}
	return u
}

func uploadID(u core.Upload) string { return u.ID }

func checkInsertUpload(t *testing.T, f *fixture) {
	u := fullUpload("u1")
	must(t, f.InsertUpload(t.Context(), u))
	got, err := f.GetUpload(t.Context(), "u1")
	must(t, err)
	equal(t, u, got)
	wantKept(t, "CreatedAt", u.CreatedAt, got.CreatedAt)
	wantKept(t, "ExpiresAt", u.ExpiresAt, got.ExpiresAt)

	wantErr(t, f.InsertUpload(t.Context(), newUpload("u1")), store.ErrExists)
	wantErr(t, f.InsertUpload(t.Context(), newUpload("u1", func(u *core.Upload) { u.ProfileID = profileB })), store.ErrExists)
	got, err = f.GetUpload(t.Context(), "u1")
	must(t, err)
	equal(t, u, got)
}

func checkEmptyUpload(t *testing.T, f *fixture) {
	u := core.Upload{ID: "u1", ProfileID: profileA, TicketHash: []byte{}}
	must(t, f.InsertUpload(t.Context(), u))
	got, err := f.GetUpload(t.Context(), "u1")
	must(t, err)
	equal(t, u, got)
	if !got.CreatedAt.IsZero() || !got.ExpiresAt.IsZero() {
		t.Errorf("zero times became %v and %v", got.CreatedAt, got.ExpiresAt)
	}
}

func checkUploadNotFound(t *testing.T, f *fixture) {
	must(t, f.InsertUpload(t.Context(), newUpload("u1")))
	_, err := f.GetUpload(t.Context(), "u2")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.UpdateUpload(t.Context(), "u2", func(*core.Upload) error { t.Error("called for no upload"); return nil })
	wantErr(t, err, store.ErrNotFound)
	wantErr(t, f.DeleteUpload(t.Context(), "u2"), store.ErrNotFound)
}

func checkUpdateUpload(t *testing.T, f *fixture) {
	must(t, f.InsertUpload(t.Context(), newUpload("u1", func(u *core.Upload) { u.State = core.UploadPending })))
	before, err := f.GetUpload(t.Context(), "u1")
	must(t, err)
	want := fullUpload("u1")
	want.CreatedAt = before.CreatedAt
	updated, err := f.UpdateUpload(t.Context(), "u1", func(u *core.Upload) error { *u = want; return nil })
	must(t, err)
	equal(t, want, updated)
	got, err := f.GetUpload(t.Context(), "u1")
	must(t, err)
	equal(t, want, got)
	if got.Version != before.Version+1 || updated.Version != got.Version {
		t.Errorf("versions %d, then %d and %d", before.Version, updated.Version, got.Version)
	}

	_, err = f.UpdateUpload(t.Context(), "u1", func(u *core.Upload) error { u.Size = 1; return errStop })
	wantErr(t, err, errStop)
	got, err = f.GetUpload(t.Context(), "u1")
	must(t, err)
	equal(t, want, got)
}

func checkDeleteUpload(t *testing.T, f *fixture) {
	must(t, f.InsertUpload(t.Context(), newUpload("u1")))
	must(t, f.InsertUpload(t.Context(), newUpload("u2")))
	must(t, f.DeleteUpload(t.Context(), "u1"))
	wantErr(t, f.DeleteUpload(t.Context(), "u1"), store.ErrNotFound)
	_, err := f.GetUpload(t.Context(), "u1")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.GetUpload(t.Context(), "u2")
	must(t, err)
	must(t, f.InsertUpload(t.Context(), newUpload("u1")))
}

// checkListUploads lists the same uploads with one query after the other. Their ids
// tell their order of creation, a second apart, and they expire an hour apart.
func checkListUploads(t *testing.T, f *fixture) {
	for i, state := range []core.UploadState{
		core.UploadReady, core.UploadPending, core.UploadReady, core.UploadDeleted, core.UploadReady,
	} {
		must(t, f.InsertUpload(t.Context(), newUpload(fmt.Sprintf("u%d", i), func(u *core.Upload) {
			u.State = state
			u.CreatedAt = start().Add(time.Duration(i) * time.Second)
			u.ExpiresAt = start().Add(time.Duration(i) * time.Hour)
		})))
	}
	must(t, f.InsertUpload(t.Context(), newUpload("foreign", func(u *core.Upload) { u.ProfileID = profileB })))
	for name, c := range map[string]struct {
		query store.UploadQuery
		want  []string
	}{
		"all that are ready":  {store.UploadQuery{}, []string{"u4", "u2", "u0"}},
		"live":                {store.UploadQuery{Live: start()}, []string{"u4", "u2"}},
		"expires just now":    {store.UploadQuery{Live: start().Add(2 * time.Hour)}, []string{"u4"}},
		"limit":               {store.UploadQuery{Limit: 2}, []string{"u4", "u2"}},
		"before":              {store.UploadQuery{Before: "u4"}, []string{"u2", "u0"}},
		"before a hidden one": {store.UploadQuery{Before: "u3", Limit: 1}, []string{"u2"}},
		"before a foreign":    {store.UploadQuery{Before: "foreign"}, nil},
		"before nothing":      {store.UploadQuery{Before: "unknown"}, nil},
		"everything":          {store.UploadQuery{Live: start(), Before: "u4", Limit: 9}, []string{"u2"}},
	} {
		c.query.ProfileID = profileA
		list, err := f.ListUploads(t.Context(), c.query)
		must(t, err)
		if got := ids(list, uploadID); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// checkUploadPages reads a listing of uploads of one time in pages while others
// are added at its head and one at the edge of a page goes.
func checkUploadPages(t *testing.T, f *fixture) {
	for i := range 7 {
		must(t, f.InsertUpload(t.Context(), newUpload(fmt.Sprintf("u%d", i))))
	}
	seen := map[string]int{}
	q := store.UploadQuery{ProfileID: profileA, Limit: 2}
	for page := range 4 {
		list, err := f.ListUploads(t.Context(), q)
		must(t, err)
		for _, u := range list {
			seen[u.ID]++
			q.Before = u.ID
		}
		must(t, f.InsertUpload(t.Context(), newUpload(fmt.Sprintf("new%d", page))))
		if page == 0 {
			_, err := f.UpdateUpload(t.Context(), q.Before, func(u *core.Upload) error { u.State = core.UploadDeleted; return nil })
			must(t, err)
		}
	}
	for id, n := range seen {
		if n != 1 {
			t.Errorf("%s was listed %d times", id, n)
		}
	}
	equal(t, 7, len(seen))
}

func checkUploadDefaultLimit(t *testing.T, f *fixture) {
	for i := range 101 {
		must(t, f.InsertUpload(t.Context(), newUpload(strconv.Itoa(i))))
	}
	list, err := f.ListUploads(t.Context(), store.UploadQuery{ProfileID: profileA})
	must(t, err)
	equal(t, 100, len(list))
}

func checkUploadUsage(t *testing.T, f *fixture) {
	wantUsage := func(profile string, want int64) {
		t.Helper()
		got, err := f.UploadUsage(t.Context(), profile)
		must(t, err)
		equal(t, want, got)
	}
	wantUsage(profileA, 0)
	for i, state := range []core.UploadState{core.UploadPending, core.UploadReady, core.UploadDeleted} {
		must(t, f.InsertUpload(t.Context(), newUpload(fmt.Sprintf("u%d", i), func(u *core.Upload) {
			u.State, u.Size, u.ExpiresAt = state, 3<<30, start().Add(-time.Hour)
		})))
	}
	must(t, f.InsertUpload(t.Context(), newUpload("foreign", func(u *core.Upload) { u.ProfileID, u.Size = profileB, 7 })))
	wantUsage(profileA, 9<<30)
	wantUsage(profileB, 7)
	_, err := f.UpdateUpload(t.Context(), "u0", func(u *core.Upload) error { u.Size = 1; return nil })
	must(t, err)
	must(t, f.DeleteUpload(t.Context(), "u1"))
	wantUsage(profileA, 3<<30+1)
}

func checkExpiredUploads(t *testing.T, f *fixture) {
	for i, id := range []string{"u2", "u0", "u3", "u1"} {
		must(t, f.InsertUpload(t.Context(), newUpload(id, func(u *core.Upload) {
			u.ExpiresAt = start().Add(time.Duration(id[1]-'0') * time.Hour)
			u.State = []core.UploadState{core.UploadPending, core.UploadReady, core.UploadReady, core.UploadDeleted}[i]
			u.ProfileID = []string{profileA, profileB}[i%2]
		})))
	}
	for name, c := range map[string]struct {
		before time.Time
		limit  int
		want   []string
	}{
		"none":            {start().UTC().Truncate(time.Microsecond), 9, nil},
		"just not":        {start().Add(2 * time.Hour), 9, []string{"u0", "u1"}},
		"all":             {start().Add(9 * time.Hour), 9, []string{"u0", "u1", "u2", "u3"}},
		"the oldest ones": {start().Add(9 * time.Hour), 2, []string{"u0", "u1"}},
		"no room for one": {start().Add(9 * time.Hour), 0, nil},
	} {
		list, err := f.ExpiredUploads(t.Context(), c.before, c.limit)
		must(t, err)
		if got := ids(list, uploadID); fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
	_, err := f.UpdateUpload(t.Context(), "u0", func(u *core.Upload) error { u.ExpiresAt = start().Add(99 * time.Hour); return nil })
	must(t, err)
	list, err := f.ExpiredUploads(t.Context(), start().Add(9*time.Hour), 1)
	must(t, err)
	equal(t, []string{"u1"}, ids(list, uploadID))
}

func checkUploadRace(t *testing.T, f *fixture) {
	must(t, f.InsertUpload(t.Context(), newUpload("u1", func(u *core.Upload) { u.Size = 0 })))
	race(func(int) {
		if _, err := f.UpdateUpload(t.Context(), "u1", func(u *core.Upload) error { u.Size++; return nil }); err != nil {
			t.Error(err)
		}
	})
	used, err := f.UploadUsage(t.Context(), profileA)
	must(t, err)
	equal(t, racers, used)
}

// checkUploadReadyRace: of several that have received the bytes of one upload,
// exactly one makes it ready.
func checkUploadReadyRace(t *testing.T, f *fixture) {
	must(t, f.InsertUpload(t.Context(), newUpload("u1", func(u *core.Upload) { u.State = core.UploadPending })))
	won := winners(t, errStop, func(i int) error {
		_, err := f.UpdateUpload(t.Context(), "u1", func(u *core.Upload) error {
			if u.State != core.UploadPending {
				return errStop
			}
			u.State, u.Blob = core.UploadReady, strconv.Itoa(i)
			return nil
		})
		return err
	})
	if len(won) != 1 {
		t.Fatalf("%d racers won", len(won))
	}
	got, err := f.GetUpload(t.Context(), "u1")
	must(t, err)
	equal(t, strconv.Itoa(won[0]), got.Blob)
}

// checkUploadDeleteRace: an update does not bring back what is deleted.
func checkUploadDeleteRace(t *testing.T, f *fixture) {
	must(t, f.InsertUpload(t.Context(), newUpload("u1")))
	race(func(i int) {
		if i == racers/2 {
			if err := f.DeleteUpload(t.Context(), "u1"); err != nil {
				t.Error(err)
			}
			return
		}
		_, err := f.UpdateUpload(t.Context(), "u1", func(u *core.Upload) error { u.Size++; return nil })
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
	})
	_, err := f.GetUpload(t.Context(), "u1")
	wantErr(t, err, store.ErrNotFound)
}
