package storetest

import (
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

func upkeepChecks() []check {
	return []check{
		{"DueAccounts", checkDueAccounts},
		{"UntoldAccounts", checkUntoldAccounts},
		{"UntoldPosts", checkUntoldPosts},
		{"AccountsOf", checkAccountsOf},
		{"Keep", checkUpkeepKept},
		{"Claim", checkClaimCredentials},
		{"ClaimRace", checkClaimCredentialsRace},
		{"UnsentDeliveries", checkUnsentDeliveries},
	}
}

func accountID(a core.Account) string { return a.ID }

func checkDueAccounts(t *testing.T, f *fixture) {
	for i, a := range []struct {
		id    string
		after time.Duration
	}{{"soon", time.Minute}, {"never", -1}, {"last", time.Hour}, {"first", 0}, {"later", time.Minute + time.Microsecond}} {
		account := newAccount(a.id, []string{profileA, profileB}[i%2], a.id)
		if account.Upkeep.NextAt = start().Add(a.after); a.after < 0 {
			account.Upkeep.NextAt = time.Time{}
		}
		must(t, f.CreateAccount(t.Context(), account, nil))
	}
	want := func(by time.Time, limit int, want ...string) {
		t.Helper()
		list, err := f.DueAccounts(t.Context(), by, limit)
		must(t, err)
		equal(t, want, ids(list, accountID))
	}
	want(start().Add(-time.Second), 9)
	want(start().Add(time.Minute), 9, "first", "soon")
	want(start().Add(time.Minute), 1, "first")
	want(start().Add(24*time.Hour), 9, "first", "soon", "later", "last")

	for id, at := range map[string]time.Time{"first": {}, "never": start().Add(time.Second)} {
		_, err := f.UpdateAccount(t.Context(), id, func(a *core.Account) error { a.Upkeep.NextAt = at; return nil })
		must(t, err)
	}
	must(t, f.DeleteAccount(t.Context(), "soon"))
	want(start().Add(24*time.Hour), 9, "never", "later", "last")
	list, err := f.DueAccounts(t.Context(), start().Add(time.Second), 9)
	must(t, err)
	stored, err := f.GetAccount(t.Context(), "never")
	must(t, err)
	equal(t, []core.Account{stored}, list)
	wantKept(t, "NextAt", start().Add(time.Second), stored.Upkeep.NextAt)
}

func checkUntoldAccounts(t *testing.T, f *fixture) {
	for i, id := range []string{"a1", "a2", "a3", "a4"} {
		a := newAccount(id, []string{profileA, profileB}[i%2], id)
		if i == 1 {
			a.Upkeep.Outbox = nil
		}
		must(t, f.CreateAccount(t.Context(), a, nil))
	}
	want := func(limit int, want ...string) {
		t.Helper()
		list, err := f.UntoldAccounts(t.Context(), limit)
		must(t, err)
		got := ids(list, accountID)
		slices.Sort(got)
		equal(t, want, got)
	}
	want(9, "a1", "a3", "a4")
	for id, outbox := range map[string][]core.Notice{"a1": nil, "a2": {fullNotice("n1"), fullNotice("n2")}} {
		_, err := f.UpdateAccount(t.Context(), id, func(a *core.Account) error { a.Upkeep.Outbox = outbox; return nil })
		must(t, err)
	}
	want(9, "a2", "a3", "a4")
	list, err := f.UntoldAccounts(t.Context(), 2)
	must(t, err)
	equal(t, 2, len(list))
}

func checkUntoldPosts(t *testing.T, f *fixture) {
	for i, id := range []string{"p4", "p3", "p2", "p1"} {
		must(t, f.InsertPost(t.Context(), newPost(id, func(p *core.Post) {
			p.ProfileID, p.CreatedAt = []string{profileA, profileB}[i%2], start().Add(time.Duration(i)*time.Second)
			if i > 0 {
				p.Outbox = []core.Notice{fullNotice("n of " + id)}
			}
		})))
	}
	want := func(limit int, want ...string) {
		t.Helper()
		list, err := f.UntoldPosts(t.Context(), limit)
		must(t, err)
		equal(t, want, ids(list, func(p core.Post) string { return p.ID }))
	}
	want(9, "p3", "p2", "p1")
	want(2, "p3", "p2")
	for id, outbox := range map[string][]core.Notice{"p3": nil, "p4": {fullNotice("n1"), fullNotice("n2")}} {
		updated, err := f.UpdatePost(t.Context(), id, func(p *core.Post) error { p.Outbox = outbox; return nil })
		must(t, err)
		got, err := f.GetPost(t.Context(), updated.ProfileID, id)
		must(t, err)
		equal(t, outbox, got.Outbox)
	}
	want(9, "p4", "p2", "p1")
	list, err := f.UntoldPosts(t.Context(), 1)
	must(t, err)
	stored, err := f.GetPost(t.Context(), profileA, "p4")
	must(t, err)
	equal(t, []core.Post{stored}, list)
}

func checkAccountsOf(t *testing.T, f *fixture) {
	for i, a := range []struct{ id, profile, platform string }{
		{"z", profileB, "beta"}, {"y", profileA, "alpha"}, {"x", profileA, "beta"}, {"w", profileB, "alpha"}, {"v", profileA, "alpha"}, {"u", "other", "alpha"},
	} {
		account := newAccount(a.id, a.profile, a.id)
		account.Platform, account.LinkedAt = a.platform, start().Add(time.Duration(i)*time.Second)
		must(t, f.CreateAccount(t.Context(), account, nil))
	}
	for name, tc := range map[string]struct {
		profiles []string
		want     []string
	}{
		"none": {nil, nil}, "unknown": {[]string{"nobody"}, nil}, "one": {[]string{profileA}, []string{"y", "v", "x"}},
		"two": {[]string{profileB, "nobody", profileA, profileB}, []string{"y", "v", "x", "w", "z"}},
	} {
		list, err := f.AccountsOf(t.Context(), tc.profiles...)
		must(t, err)
		if got := ids(list, accountID); !slices.Equal(got, tc.want) {
			t.Errorf("%s: got %v, want %v", name, got, tc.want)
		}
	}
	list, err := f.AccountsOf(t.Context(), "other")
	must(t, err)
	stored, err := f.GetAccount(t.Context(), "u")
	must(t, err)
	equal(t, []core.Account{stored}, list)
}

// checkUpkeepKept: all ways to an account lead to its upkeep, too.
func checkUpkeepKept(t *testing.T, f *fixture) {
	a := newAccount("a1", profileA, "r1")
	must(t, f.CreateAccount(t.Context(), a, nil))
	found, err := f.FindAccount(t.Context(), profileA, network, "r1")
	must(t, err)
	equal(t, a, found)
	list, err := f.ListAccounts(t.Context(), profileA)
	must(t, err)
	equal(t, []core.Account{a}, list)
	list, err = f.UntoldAccounts(t.Context(), 9)
	must(t, err)
	equal(t, []core.Account{a}, list)
	wantKept(t, "RefreshBy", a.Upkeep.Outbox[0].Social.RefreshBy, found.Upkeep.Outbox[0].Social.RefreshBy)

	want := a
	want.Upkeep = core.Upkeep{Failures: 7}
	got, err := f.UpdateAccount(t.Context(), "a1", func(a *core.Account) error { *a = want; return nil })
	must(t, err)
	equal(t, want, got)
	got, err = f.GetAccount(t.Context(), "a1")
	must(t, err)
	equal(t, want, got)
	for _, at := range []time.Time{got.Upkeep.NextAt, got.Upkeep.ToldFor, got.Upkeep.FailedSince, got.Upkeep.RefusedAt, got.Upkeep.RetryAt, got.Upkeep.IntrospectAt, got.Upkeep.LostAt} {
		if !at.IsZero() {
			t.Errorf("a zero time became %v", at)
		}
	}
}

func checkClaimCredentials(t *testing.T, f *fixture) {
	must(t, f.CreateAccount(t.Context(), newAccount("a1", profileA, "r1"), []byte("sealed")))
	want := store.Credentials{Sealed: []byte("sealed"), Claim: "who", ClaimedUntil: start().Add(time.Minute)}
	for _, claim := range []bool{true, false} {
		if !claim {
			want = store.Credentials{Sealed: []byte("new")}
		}
		must(t, f.UpdateCredentials(t.Context(), "a1", func(c *store.Credentials) error {
			c.Sealed, c.Claim, c.ClaimedUntil = want.Sealed, want.Claim, want.ClaimedUntil
			return nil
		}))
		got, err := f.GetCredentials(t.Context(), "a1")
		must(t, err)
		want.Version = got.Version
		equal(t, want, got)
		if claim {
			wantKept(t, "ClaimedUntil", want.ClaimedUntil, got.ClaimedUntil)
		} else if !got.ClaimedUntil.IsZero() {
			t.Errorf("the claim that was given up lasts until %v", got.ClaimedUntil)
		}
	}
}

// checkClaimCredentialsRace: of many that want to renew the same credentials, one may.
func checkClaimCredentialsRace(t *testing.T, f *fixture) {
	must(t, f.CreateAccount(t.Context(), newAccount("a1", profileA, "r1"), []byte("sealed")))
	for round := range 3 {
		won := winners(t, errStop, func(i int) error {
			return f.UpdateCredentials(t.Context(), "a1", func(c *store.Credentials) error {
				if c.Claim != "" && f.clock.Now().Before(c.ClaimedUntil) {
					return errStop
				}
				c.Claim, c.ClaimedUntil = strconv.Itoa(i), f.clock.Now().Add(time.Minute)
				return nil
			})
		})
		if len(won) != 1 {
			t.Fatalf("round %d: %d racers won", round, len(won))
		}
		got, err := f.GetCredentials(t.Context(), "a1")
		must(t, err)
		equal(t, strconv.Itoa(won[0]), got.Claim)
		f.clock.Advance(time.Minute + time.Microsecond) // the claim ends by itself
	}
}

func checkUnsentDeliveries(t *testing.T, f *fixture) {
	for i, d := range []struct {
		id, account string
		state       core.DeliveryState
		held        bool
		after       time.Duration
	}{
		{"second", "a", core.DeliveryPreparing, false, time.Minute},
		{"first", "a", core.DeliveryAccepted, false, 0},
		{"held", "a", core.DeliveryAccepted, true, 0},
		{"committing", "a", core.DeliveryCommitting, false, 0},
		{"published", "a", core.DeliveryPublished, false, 0},
		{"uncertain", "a", core.DeliveryUncertain, false, 0},
		{"failed", "a", core.DeliveryFailed, false, 0},
		{"cancelled", "a", core.DeliveryCancelled, false, 0},
		{"another's", "b", core.DeliveryAccepted, false, 0},
		{"later", "a", core.DeliveryAccepted, false, time.Hour},
	} {
		n := newPost(strconv.Itoa(i))
		n.Jobs = nil
		n.Deliveries[0].ID, n.Deliveries[0].AccountID = d.id, d.account
		n.Deliveries[0].State, n.Deliveries[0].Held, n.Deliveries[0].DueAt = d.state, d.held, start().Add(d.after)
		must(t, f.InsertPost(t.Context(), n))
	}
	want := func(account string, by time.Time, limit int, want ...string) {
		t.Helper()
		list, err := f.UnsentDeliveries(t.Context(), account, by, limit)
		must(t, err)
		equal(t, want, ids(list, func(d core.Delivery) string { return d.ID }))
	}
	want("a", start().Add(-time.Second), 9)
	want("a", start(), 9, "first")
	want("a", start().Add(time.Minute), 9, "first", "second")
	want("a", start().Add(time.Minute), 1, "first")
	want("a", start().Add(time.Hour), 9, "first", "second", "later")
	want("b", start().Add(time.Hour), 9, "another's")
	want("c", start().Add(time.Hour), 9)

	for id, change := range map[string]func(d *core.Delivery){
		"first":  func(d *core.Delivery) { d.State = core.DeliveryPublished },
		"second": func(d *core.Delivery) { d.DueAt = start().Add(2 * time.Hour) },
		"held":   func(d *core.Delivery) { d.Held = false },
	} {
		_, err := f.UpdateDelivery(t.Context(), id, func(d *core.Delivery) error { change(d); return nil })
		must(t, err)
	}
	want("a", start().Add(time.Hour), 9, "held", "later")
	list, err := f.UnsentDeliveries(t.Context(), "a", start(), 9)
	must(t, err)
	stored, err := f.GetDelivery(t.Context(), "held")
	must(t, err)
	equal(t, []core.Delivery{stored}, list)
}
