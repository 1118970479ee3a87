package storetest

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/crier-social/crier/core/store"
)

func linkChecks() []check {
	return []check{
		{"Session", checkLinkSession},
		{"EmptySession", checkEmptyLinkSession},
		{"SessionNotFound", checkLinkSessionNotFound},
		{"SessionMustBeUnique", checkLinkSessionUnique},
		{"UpdateSession", checkUpdateLinkSession},
		{"SessionEndsOnce", checkLinkSessionRace},
		{"EndSessions", checkEndLinkSessions},
		{"State", checkLinkState},
		{"Grant", checkPendingGrant},
		{"StateRace", checkLinkStateRace},
		{"GrantRace", checkPendingGrantRace},
		{"Delete", checkDeleteLinks},
	}
}

// fullLinkSession has every field set; its token has its id as hash.
func fullLinkSession(id, profileID string, changes ...func(*store.LinkSession)) store.LinkSession {
	s := store.LinkSession{
		ID: id, TokenHash: []byte(id), Sealed: []byte{1, 0xff}, ProfileID: profileID, Mode: store.LinkConnect, Platform: network,
		AccountID: "a1", Allowed: []string{network, "other"}, Redirect: "https://example.com/?a=b&c=<d>", CreatedAt: start(),
		OpenUntil: start().Add(time.Minute), ExpiresAt: start().Add(time.Hour), EndedAt: start().Add(time.Second),
	}
	for _, change := range changes {
		change(&s)
	}
	return s
}

func lasting(s *store.LinkSession) { s.EndedAt = time.Time{} }

// ofAll makes the session one that links any account.
func ofAll(s *store.LinkSession) { s.AccountID = "" }

func checkLinkSession(t *testing.T, f *fixture) {
	want := fullLinkSession("s1", profileA)
	must(t, f.CreateLinkSession(t.Context(), want))
	must(t, f.CreateLinkSession(t.Context(), fullLinkSession("s2", profileB)))
	got, err := f.GetLinkSession(t.Context(), "s1")
	must(t, err)
	equal(t, want, got)
	wantKept(t, "CreatedAt", want.CreatedAt, got.CreatedAt)
	wantKept(t, "OpenUntil", want.OpenUntil, got.OpenUntil)
	wantKept(t, "ExpiresAt", want.ExpiresAt, got.ExpiresAt)
	wantKept(t, "EndedAt", want.EndedAt, got.EndedAt)
	got, err = f.LinkSessionByToken(t.Context(), []byte("s1"))
	must(t, err)
	equal(t, want, got)
}

func checkEmptyLinkSession(t *testing.T, f *fixture) {
	want := store.LinkSession{ID: "s1", TokenHash: []byte{0, 0xff}, ProfileID: profileA, Mode: store.LinkGrid}
	must(t, f.CreateLinkSession(t.Context(), want))
	got, err := f.LinkSessionByToken(t.Context(), []byte{0, 0xff})
	must(t, err)
	equal(t, want, got)
	if !got.EndedAt.IsZero() || !got.OpenUntil.IsZero() {
		t.Errorf("zero times became %v and %v", got.EndedAt, got.OpenUntil)
	}
}

func checkLinkSessionNotFound(t *testing.T, f *fixture) {
	must(t, f.CreateLinkSession(t.Context(), fullLinkSession("s1", profileA)))
	_, err := f.GetLinkSession(t.Context(), "s2")
	wantErr(t, err, store.ErrNotFound)
	for _, hash := range [][]byte{[]byte("s2"), []byte("s"), nil} {
		_, err = f.LinkSessionByToken(t.Context(), hash)
		wantErr(t, err, store.ErrNotFound)
	}
	_, err = f.UpdateLinkSession(t.Context(), "s2", func(*store.LinkSession) error { t.Error("called for no session"); return nil })
	wantErr(t, err, store.ErrNotFound)
	n, err := f.EndLinkSessions(t.Context(), profileB, start())
	must(t, err)
	equal(t, 0, n)
}

func checkLinkSessionUnique(t *testing.T, f *fixture) {
	first := fullLinkSession("s1", profileA)
	must(t, f.CreateLinkSession(t.Context(), first))
	wantErr(t, f.CreateLinkSession(t.Context(), fullLinkSession("s1", profileB, func(s *store.LinkSession) { s.TokenHash = []byte("t") })), store.ErrExists)
	wantErr(t, f.CreateLinkSession(t.Context(), fullLinkSession("s2", profileB, func(s *store.LinkSession) { s.TokenHash = first.TokenHash })), store.ErrExists)
	got, err := f.LinkSessionByToken(t.Context(), first.TokenHash)
	must(t, err)
	equal(t, first, got)
	_, err = f.GetLinkSession(t.Context(), "s2")
	wantErr(t, err, store.ErrNotFound)
}

func checkUpdateLinkSession(t *testing.T, f *fixture) {
	must(t, f.CreateLinkSession(t.Context(), fullLinkSession("s1", profileA, lasting)))
	want := fullLinkSession("s1", profileA, func(s *store.LinkSession) {
		s.Sealed, s.Mode, s.Platform, s.AccountID, s.Allowed, s.Redirect = nil, store.LinkGrid, "", "", nil, ""
		s.OpenUntil, s.EndedAt = start().Add(2*time.Minute), start().Add(3*time.Minute)
	})
	before, err := f.GetLinkSession(t.Context(), "s1")
	must(t, err)
	got, err := f.UpdateLinkSession(t.Context(), "s1", func(s *store.LinkSession) error {
		equal(t, before, *s)
		*s = want
		s.ID, s.TokenHash, s.ProfileID, s.CreatedAt = "other", []byte("other"), profileB, start().Add(time.Hour)
		return nil
	})
	must(t, err)
	equal(t, want, got)
	equal(t, before.Version+1, got.Version)
	wantKept(t, "EndedAt", want.EndedAt, got.EndedAt)
	got, err = f.LinkSessionByToken(t.Context(), want.TokenHash)
	must(t, err)
	equal(t, want, got)
	_, err = f.UpdateLinkSession(t.Context(), "s1", func(s *store.LinkSession) error { s.Redirect = "changed"; return errStop })
	wantErr(t, err, errStop)
	got, err = f.GetLinkSession(t.Context(), "s1")
	must(t, err)
	equal(t, want, got)
}

// checkLinkSessionRace: of many that want to end a session, by hand or because it is done,
// one does.
func checkLinkSessionRace(t *testing.T, f *fixture) {
	must(t, f.CreateLinkSession(t.Context(), fullLinkSession("s1", profileA, lasting, ofAll)))
	won := winners(t, errStop, func(i int) error {
		if i%2 == 0 {
			n, err := f.EndLinkSessions(t.Context(), profileA, start())
			if err == nil && n == 0 {
				err = errStop
			}
			return err
		}
		_, err := f.UpdateLinkSession(t.Context(), "s1", func(s *store.LinkSession) error {
			if !s.EndedAt.IsZero() {
				return errStop
			}
			s.EndedAt = start()
			return nil
		})
		return err
	})
	equal(t, 1, len(won))
}

func checkEndLinkSessions(t *testing.T, f *fixture) {
	for id, change := range map[string]func(*store.LinkSession){
		"s1": lasting, "s2": lasting, "ended": func(*store.LinkSession) {}, "another's": func(s *store.LinkSession) { s.ProfileID = profileB; lasting(s) },
		"of one account": func(s *store.LinkSession) { s.AccountID = "a1"; lasting(s) },
	} {
		must(t, f.CreateLinkSession(t.Context(), fullLinkSession(id, profileA, ofAll, change)))
	}
	at := start().Add(10 * time.Minute)
	for _, want := range []int{2, 0} {
		n, err := f.EndLinkSessions(t.Context(), profileA, at)
		must(t, err)
		equal(t, want, n)
	}
	for id, want := range map[string]time.Time{"s1": at, "s2": at, "ended": start().Add(time.Second), "another's": {}, "of one account": {}} {
		got, err := f.GetLinkSession(t.Context(), id)
		must(t, err)
		if want.IsZero() {
			equal(t, true, got.EndedAt.IsZero())
			continue
		}
		wantKept(t, id, want, got.EndedAt)
	}
}

func checkLinkState(t *testing.T, f *fixture) {
	want := store.LinkState{Hash: []byte{0, 1, 0xff}, SessionID: "s1", Sealed: []byte(odd()), ExpiresAt: start().Add(-time.Hour)}
	must(t, f.PutLinkState(t.Context(), store.LinkState{Hash: want.Hash, SessionID: "before", ExpiresAt: start()}))
	must(t, f.PutLinkState(t.Context(), want))
	_, err := f.TakeLinkState(t.Context(), []byte{0, 1})
	wantErr(t, err, store.ErrNotFound)
	got, err := f.TakeLinkState(t.Context(), want.Hash)
	must(t, err)
	equal(t, want, got)
	wantKept(t, "ExpiresAt", want.ExpiresAt, got.ExpiresAt)
	_, err = f.TakeLinkState(t.Context(), want.Hash)
	wantErr(t, err, store.ErrNotFound)
}

func checkPendingGrant(t *testing.T, f *fixture) {
	want := store.PendingGrant{ID: "g1", SessionID: "s1", Sealed: []byte(odd()), ExpiresAt: start().Add(-time.Hour)}
	must(t, f.PutPendingGrant(t.Context(), store.PendingGrant{ID: "g1", SessionID: "before", ExpiresAt: start()}))
	must(t, f.PutPendingGrant(t.Context(), want))
	_, err := f.TakePendingGrant(t.Context(), "g2")
	wantErr(t, err, store.ErrNotFound)
	for range 2 {
		got, err := f.GetPendingGrant(t.Context(), "g1")
		must(t, err)
		equal(t, want, got)
		wantKept(t, "ExpiresAt", want.ExpiresAt, got.ExpiresAt)
	}
	got, err := f.TakePendingGrant(t.Context(), "g1")
	must(t, err)
	equal(t, want, got)
	_, err = f.TakePendingGrant(t.Context(), "g1")
	wantErr(t, err, store.ErrNotFound)
	_, err = f.GetPendingGrant(t.Context(), "g1")
	wantErr(t, err, store.ErrNotFound)
}

// checkLinkStateRace: a state is good once, however many come back with it.
func checkLinkStateRace(t *testing.T, f *fixture) {
	for round := range 3 {
		hash := []byte(strconv.Itoa(round))
		must(t, f.PutLinkState(t.Context(), store.LinkState{Hash: hash, SessionID: "s1", Sealed: []byte("sealed"), ExpiresAt: start()}))
		won := winners(t, store.ErrNotFound, func(int) error {
			got, err := f.TakeLinkState(t.Context(), hash)
			if err == nil && string(got.Sealed) != "sealed" {
				t.Errorf("got %+v", got)
			}
			return err
		})
		equal(t, 1, len(won))
	}
}

func checkPendingGrantRace(t *testing.T, f *fixture) {
	must(t, f.PutPendingGrant(t.Context(), store.PendingGrant{ID: "g1", SessionID: "s1", ExpiresAt: start()}))
	won := winners(t, store.ErrNotFound, func(int) error {
		_, err := f.TakePendingGrant(t.Context(), "g1")
		return err
	})
	equal(t, 1, len(won))
}

func checkDeleteLinks(t *testing.T, f *fixture) {
	times := map[string]time.Duration{"old": -time.Second, "just": 0, "young": time.Second}
	for name, after := range times {
		at := start().Add(after)
		must(t, f.PutLinkState(t.Context(), store.LinkState{Hash: []byte(name), ExpiresAt: at}))
		must(t, f.PutPendingGrant(t.Context(), store.PendingGrant{ID: name, ExpiresAt: at}))
		must(t, f.CreateLinkSession(t.Context(), fullLinkSession("expires "+name, profileA, lasting, func(s *store.LinkSession) { s.ExpiresAt = at })))
		must(t, f.CreateLinkSession(t.Context(), fullLinkSession("ended "+name, profileA, func(s *store.LinkSession) { s.EndedAt = at })))
		must(t, f.CreateLinkSession(t.Context(), fullLinkSession("both "+name, profileA, func(s *store.LinkSession) { s.ExpiresAt, s.EndedAt = at, start().Add(time.Hour) })))
		must(t, f.CreateLinkSession(t.Context(), fullLinkSession("updated "+name, profileA, lasting)))
		_, err := f.UpdateLinkSession(t.Context(), "updated "+name, func(s *store.LinkSession) error { s.EndedAt = at; return nil })
		must(t, err)
		owner := fmt.Sprint("owner of ", name)
		must(t, f.CreateLinkSession(t.Context(), fullLinkSession("revoked "+name, owner, lasting, ofAll)))
		_, err = f.EndLinkSessions(t.Context(), owner, at)
		must(t, err)
	}
	now := start().Add(time.Hour)
	must(t, f.PutLinkState(t.Context(), store.LinkState{Hash: []byte("due"), ExpiresAt: now}))
	must(t, f.PutPendingGrant(t.Context(), store.PendingGrant{ID: "due", ExpiresAt: now}))
	must(t, f.PutLinkState(t.Context(), store.LinkState{Hash: []byte("lasts"), ExpiresAt: now.Add(time.Microsecond)}))
	must(t, f.PutPendingGrant(t.Context(), store.PendingGrant{ID: "lasts", ExpiresAt: now.Add(time.Microsecond)}))
	for _, want := range []int{5 + 2*4, 0} { // of sessions the old ones, of states and grants all but the one that lasts
		n, err := f.DeleteLinks(t.Context(), now, start())
		must(t, err)
		equal(t, want, n)
	}
	for name := range times {
		for _, kind := range []string{"expires ", "ended ", "both ", "updated ", "revoked "} {
			_, err := f.GetLinkSession(t.Context(), kind+name)
			checkGone(t, kind+name, err, name == "old")
		}
	}
	for _, name := range []string{"old", "just", "young", "due", "lasts"} {
		_, err := f.GetPendingGrant(t.Context(), name)
		checkGone(t, "grant "+name, err, name != "lasts")
		_, err = f.TakeLinkState(t.Context(), []byte(name))
		checkGone(t, "state "+name, err, name != "lasts")
	}
}

func checkGone(t *testing.T, name string, err error, gone bool) {
	t.Helper()
	if gone {
		wantErr(t, err, store.ErrNotFound)
	} else if err != nil {
		t.Errorf("%s: %v", name, err)
	}
}
