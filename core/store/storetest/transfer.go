package storetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
)

func transferChecks() []check {
	return []check{
		{"FillsEveryKind", checkFillsEveryKind},
		{"Pages", checkRecordPages},
		{"CopyIsTheSame", checkCopy},
		{"CopyAnswersTheSame", checkCopyAnswers},
		{"CopyWorks", checkCopyWorks},
		{"LeasesStay", checkLeasesStay},
		{"InsertTwice", checkInsertRecordsTwice},
		{"Delete", checkDeleteRecords},
		{"UnknownKind", checkUnknownKind},
		{"Move", checkMove},
		{"MoveRace", checkMoveRace},
		{"Users", checkUsers},
	}
}

// full fills the store with everything.
func (f *fixture) full(t *testing.T) *fixture {
	t.Helper()
	must(t, FillEverything(t.Context(), f))
	return f
}

// ReadAll returns all records of the kind, read in pages of the size.
func ReadAll(ctx context.Context, s store.Transfer, kind store.RecordKind, page int) (all []store.Record, err error) {
	after := ""
	for {
		records, err := s.ReadRecords(ctx, kind, after, page)
		if err != nil || len(records) == 0 {
			return all, err
		}
		all = append(all, records...)
		after = records[len(records)-1].Key
	}
}

// Copy copies all records from one store to another, in pages of a few.
func Copy(ctx context.Context, from, to store.Transfer) error {
	for _, kind := range store.RecordKinds() {
		records, err := ReadAll(ctx, from, kind, 3)
		if err != nil {
			return err
		}
		for page := range slices.Chunk(records, 2) {
			if err := to.InsertRecords(ctx, kind, page); err != nil {
				return fmt.Errorf("%s: %w", kind, err)
			}
		}
	}
	return nil
}

// copied returns a store with all that f has.
func (f *fixture) copied(t *testing.T) *fixture {
	t.Helper()
	to := &fixture{Store: f.another(), clock: f.clock, another: f.another}
	must(t, Copy(t.Context(), f, to))
	return to
}

// readKinds returns the records of all kinds.
func readKinds(t *testing.T, s store.Transfer) map[store.RecordKind][]string {
	t.Helper()
	found := map[store.RecordKind][]string{}
	for _, kind := range store.RecordKinds() {
		records, err := ReadAll(t.Context(), s, kind, 100)
		must(t, err)
		for _, r := range records {
			found[kind] = append(found[kind], fmt.Sprintf("%q %s", r.Key, r.Body))
		}
	}
	return found
}

func checkFillsEveryKind(t *testing.T, f *fixture) {
	kinds := readKinds(t, f.full(t))
	for _, kind := range store.RecordKinds() {
		if least := 2; kind != store.DeletedProfileRecords && len(kinds[kind]) < least {
			t.Errorf("%s: there are %d records, want %d or more", kind, len(kinds[kind]), least)
		}
	}
	if n := len(kinds[store.DeletedProfileRecords]); n != 1 {
		t.Errorf("there are %d deleted profiles, want 1", n)
	}
}

func checkRecordPages(t *testing.T, f *fixture) {
	f.full(t)
	for _, kind := range store.RecordKinds() {
		whole, err := f.ReadRecords(t.Context(), kind, "", 100)
		must(t, err)
		byKey := func(a, b store.Record) int { return cmp.Compare(a.Key, b.Key) }
		if !slices.IsSortedFunc(whole, byKey) || len(slices.CompactFunc(slices.Clone(whole), func(a, b store.Record) bool { return a.Key == b.Key })) != len(whole) {
			t.Errorf("%s: the keys do not ascend: %v", kind, whole)
		}
		single, err := ReadAll(t.Context(), f, kind, 1)
		must(t, err)
		equal(t, whole, single)
		end, err := f.ReadRecords(t.Context(), kind, whole[len(whole)-1].Key+"0", 100)
		must(t, err)
		equal(t, nil, end)
	}
}

func checkCopy(t *testing.T, f *fixture) {
	want := readKinds(t, f.full(t))
	if diff := gocmp.Diff(want, readKinds(t, f.copied(t))); diff != "" {
		t.Errorf("(-source +copy):\n%s", diff)
	}
}

func checkCopyAnswers(t *testing.T, f *fixture) {
	f.full(t)
	want := answers(t, f)
	if diff := gocmp.Diff(want, answers(t, f.copied(t)), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-source +copy):\n%s", diff)
	}
}

// A copy goes on where the source was: what is unique there is taken, and versions count on.
func checkCopyWorks(t *testing.T, f *fixture) {
	f.full(t)
	to := f.copied(t)
	wantErr(t, to.InsertPost(t.Context(), newPost("p1")), store.ErrExists)
	again := newPost("p7")
	again.Post.Request.IdempotencyKey = "key of p3"
	wantErr(t, to.InsertPost(t.Context(), again), store.ErrKeyUsed)
	wantErr(t, to.InsertPost(t.Context(), newPost("p7", scheduledIn(2*time.Hour), inSlot)), store.ErrSlotTaken)
	must(t, to.InsertPost(t.Context(), newPost("p7", scheduledIn(3*time.Hour), inSlot)))
	wantErr(t, to.CreateProfile(t.Context(), newProfile("deleted"), []byte("new")), store.ErrExists)
	wantErr(t, to.CreateAccount(t.Context(), newAccount("a9", profileA, "r1"), nil), store.ErrExists)
	before, err := to.GetPost(t.Context(), profileA, "p3")
	must(t, err)
	after, err := to.UpdatePost(t.Context(), "p3", noChange)
	must(t, err)
	equal(t, before.Version+1, after.Version)
	for _, s := range []*fixture{f, to} { // both versions are counted alike
		_, err = s.UpdateDelivery(t.Context(), "d1", noChange)
		must(t, err)
	}
	want, err := f.GetDelivery(t.Context(), "d1")
	must(t, err)
	got, err := to.GetDelivery(t.Context(), "d1")
	must(t, err)
	equal(t, want.Version, got.Version)
}

func noChange[T any](*T) error { return nil }

// A job that is held is free in the copy at once, and its failures are counted on.
func checkLeasesStay(t *testing.T, f *fixture) {
	f.full(t)
	to := f.copied(t)
	wanted := queue.Wanted{Kinds: []string{"held"}, N: 1, Lease: time.Hour}
	got, err := f.Claim(t.Context(), wanted)
	must(t, err)
	equal(t, nil, got)
	got, err = to.Claim(t.Context(), wanted)
	must(t, err)
	if len(got) != 1 || got[0].Key != "k" || got[0].Attempt != 2 {
		t.Errorf("the copy gives %+v, want the job that the source holds, with 2 failures", got)
	}
}

func checkInsertRecordsTwice(t *testing.T, f *fixture) {
	f.full(t)
	want := readKinds(t, f)
	for _, kind := range store.RecordKinds() {
		records, err := ReadAll(t.Context(), f, kind, 100)
		must(t, err)
		wantErr(t, f.InsertRecords(t.Context(), kind, records[:1]), store.ErrExists)
	}
	equal(t, want, readKinds(t, f))
}

func checkDeleteRecords(t *testing.T, f *fixture) {
	f.full(t)
	want := readKinds(t, f)
	for _, kind := range store.RecordKinds() {
		records, err := ReadAll(t.Context(), f, kind, 100)
		must(t, err)
		must(t, f.DeleteRecords(t.Context(), kind, []string{"ff-none", records[0].Key}))
		left, err := ReadAll(t.Context(), f, kind, 100)
		must(t, err)
		equal(t, records[1:], left)
		must(t, f.InsertRecords(t.Context(), kind, records[:1]))
	}
	equal(t, want, readKinds(t, f))
}

func checkUnknownKind(t *testing.T, f *fixture) {
	if _, err := f.ReadRecords(t.Context(), "leases", "", 1); err == nil {
		t.Error("leases can be read")
	}
	if err := f.InsertRecords(t.Context(), "leases", nil); err == nil {
		t.Error("leases can be inserted")
	}
	if err := f.DeleteRecords(t.Context(), "leases", nil); err == nil {
		t.Error("leases can be deleted")
	}
}

func checkMove(t *testing.T, f *fixture) {
	got, err := f.GetMove(t.Context())
	must(t, err)
	equal(t, store.Move{}, got)
	want := store.Move{StoreID: "s", State: store.Leaving, PeerID: "p", Peer: odd(), At: start()}
	got, err = f.UpdateMove(t.Context(), func(m *store.Move) error { *m = want; return nil })
	must(t, err)
	equal(t, want, got)
	failed := errors.New("no")
	_, err = f.UpdateMove(t.Context(), func(m *store.Move) error { m.State = store.Left; return failed })
	wantErr(t, err, failed)
	got, err = f.GetMove(t.Context())
	must(t, err)
	equal(t, want, got)
	wantKept(t, "At", want.At, got.At)
}

func checkMoveRace(t *testing.T, f *fixture) {
	const racers = 8
	var group errgroup.Group
	for range racers {
		group.Go(func() error {
			_, err := f.UpdateMove(t.Context(), func(m *store.Move) error { m.Peer += "x"; return nil })
			return err
		})
	}
	must(t, group.Wait())
	got, err := f.GetMove(t.Context())
	must(t, err)
	equal(t, strings.Repeat("x", racers), got.Peer)
}

func checkUsers(t *testing.T, f *fixture) {
	users := func() []store.User {
		t.Helper()
		got, err := f.Users(t.Context(), "self")
		must(t, err)
		return got
	}
	equal(t, nil, users())
	for _, holder := range []string{"self", "other"} {
		taken, err := f.TakeLease(t.Context(), store.UserLease+"server of "+holder, holder, time.Minute)
		must(t, err)
		equal(t, true, taken)
	}
	taken, err := f.TakeLease(t.Context(), "sweep", "other", time.Hour)
	must(t, err)
	equal(t, true, taken)
	got := users()
	if len(got) != 1 || got[0].Name != "server of other" || !got[0].Until.Equal(f.clock.Now().Add(time.Minute).Truncate(time.Microsecond)) {
		t.Errorf("got %+v, want the other's lease", got)
	}
	f.clock.Advance(time.Minute)
	equal(t, nil, users())
	must(t, f.Enqueue(t.Context(), job("k", 0), job("l", 0)))
	f.claim(t, 2) // for a minute
	got = users()
	if len(got) != 1 || !got[0].Until.Equal(f.clock.Now().Add(time.Minute).Truncate(time.Microsecond)) {
		t.Errorf("got %+v, want who holds jobs", got)
	}
	f.clock.Advance(time.Minute)
	equal(t, nil, users())
}
