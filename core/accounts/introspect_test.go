package accounts_test

import (
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/vault"
)

// asked counts how often the network was asked about a token.
func (w *world) asked() int { return len(w.net.Calls(coretest.OpIntrospect)) }

// pass lets time pass, with a sweep every half hour.
func (w *world) pass(t *testing.T, d time.Duration) {
	t.Helper()
	for end := w.clock.Now().Add(d); w.clock.Now().Before(end); {
		w.clock.Advance(30 * time.Minute)
		w.sweep(t, w.Manager)
	}
}

// revoked is the notice of an account whose access was found revoked.
func revoked(a core.Account) core.SocialNotice {
	return core.SocialNotice{Type: core.SocialUnlink, Source: core.SocialBySystem, AccountID: a.ID, Reason: "its authorization was revoked"}
}

// An account that nobody uses is found revoked within a day, and its owner is told once.
func TestRevocationIsNoticed(t *testing.T) {
	t.Parallel()
	w, a := endingIn(t, 60)
	w.pass(t, 2*day)
	w.wantStatus(t, a.ID, core.AccountActive)
	w.net.EndGrants(coretest.MemberID)
	before := w.asked()
	w.pass(t, day+30*time.Minute)
	w.wantStatus(t, a.ID, core.AccountRelinkRequired)
	w.pass(t, 2*day)
	wantTold(t, w, revoked(a))
	if n := w.asked() - before; n != 1 {
		t.Errorf("the network was asked %d times after the revocation, want once", n)
	}
	if got := w.events("account.lost"); len(got) != 1 || got[0] != a.ID {
		t.Errorf("logged as lost: %v", got)
	}
	w.join(t)
	w.pass(t, 2*day)
	w.wantStatus(t, a.ID, core.AccountActive)
}

// A token that was revoked although its grant lives is renewed, for all who share it, and
// nobody is told.
func TestRevokedTokenIsRenewed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	linked := w.join(t, "page-1", "page-2")
	w.net.Revoke(w.token(t, linked[0].ID))
	w.pass(t, day)
	for _, a := range linked {
		w.wantStatus(t, a.ID, core.AccountActive)
		w.wantWorks(t, a.ID)
	}
	if n := w.refreshes(); n != 1 {
		t.Errorf("%d refreshes, want 1", n)
	}
	wantTold(t, w)
}

// With the grant, all accounts are lost that share it, even if all have their turn at once.
func TestRevokedGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	linked := w.join(t, "page-1", "page-2")
	w.net.EndGrants(coretest.MemberID)
	w.clock.Advance(day)
	w.sweep(t, w.Manager)
	told := map[string]int{}
	for _, n := range w.ears.take() {
		told[n.AccountID]++
	}
	for _, a := range linked {
		w.wantStatus(t, a.ID, core.AccountRelinkRequired)
		if told[a.ID] != 1 {
			t.Errorf("%s: told %d times", a.Label(), told[a.ID])
		}
	}
	if n := w.refreshes(); n != 1 {
		t.Errorf("%d refreshes, want 1", n)
	}
}

// What cannot be found out ends nothing, and is asked again the next day; once a day, however
// many processes there are, and however often they are started.
func TestIntrospectOnceADay(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]coretest.Behaviour{
		"active":         coretest.Succeed,
		"trouble":        coretest.Answer(503, 0),
		"a wrong secret": coretest.Answer(401, 0),
		"cut":            coretest.LoseAnswer,
		"unreachable":    coretest.Refuse,
		"a panic":        coretest.Panic("broken"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, a := endingIn(t, 60)
			w.net.Always(coretest.OpIntrospect, b)
			other := w.handle(t)
			const days = 3
			for range days * 24 {
				w.clock.Advance(time.Hour)
				var wg sync.WaitGroup
				for _, m := range []*accounts.Manager{w.manager(w.store), w.manager(other)} {
					wg.Go(func() {
						if err := m.Plan(t.Context(), []core.Account{a}); err != nil {
							t.Error(err)
						}
						if err := m.Sweep(t.Context()); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
			}
			if n := w.asked(); n != days {
				t.Errorf("asked %d times in %d days", n, days)
			}
			w.wantStatus(t, a.ID, core.AccountActive)
			wantTold(t, w)
		})
	}
}

// The network may know nothing of a token that was granted elsewhere.
func TestIntrospectTokenFromElsewhere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	r := person()
	r.Credentials.ExpiresAt = w.clock.Now().Add(60 * day)
	a := w.link(t, profileA, r)
	w.net.Revoke(coretest.MemberToken)
	w.pass(t, day)
	if n := w.asked(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
	w.wantStatus(t, a.ID, core.AccountActive)
}

// A process whose list was read before another one asked does not ask again.
func TestIntrospectOnceFromOneList(t *testing.T) {
	t.Parallel()
	w, a := endingIn(t, 60)
	w.clock.Set(a.Upkeep.IntrospectAt)
	for range 2 {
		if err := w.manager(listed{w.store, []core.Account{a}}).Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := w.asked(); n != 1 {
		t.Errorf("asked %d times, want once", n)
	}
}

// While the network cannot renew a token that it has revoked, nothing is decided; it is tried
// again without waiting for the next question.
func TestRevokedWhileTheNetworkFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	w.net.Revoke(w.token(t, a.ID))
	w.net.Next(coretest.OpRefresh, coretest.Answer(503, 0))
	w.pass(t, day)
	w.wantStatus(t, a.ID, core.AccountActive)
	if n := w.refreshes(); n != 2 {
		t.Errorf("%d refreshes, want one that failed and one that did not", n)
	}
	w.wantWorks(t, a.ID)
	wantTold(t, w)
}

// Accounts of before this version are planned at the start, and not asked about all at once;
// so are those of a clock that was set back.
func TestIntrospectionIsPlanned(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]time.Duration{"of before": 0, "a clock that was set back": 100 * day} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, a := endingIn(t, 60)
			stored, err := w.store.UpdateAccount(t.Context(), a.ID, func(a *core.Account) error {
				a.Upkeep.NextAt = a.EndsAt().Add(-10 * day)
				if a.Upkeep.IntrospectAt = (time.Time{}); at > 0 {
					a.Upkeep.IntrospectAt = w.clock.Now().Add(at)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Plan(t.Context(), []core.Account{stored}); err != nil {
				t.Fatal(err)
			}
			w.sweep(t, w.Manager)
			if n := w.asked(); n != 0 {
				t.Errorf("asked %d times at the start", n)
			}
			w.pass(t, day)
			if n := w.asked(); n != 1 {
				t.Errorf("asked %d times within a day, want once", n)
			}
		})
	}
}

// Accounts that are unlinked, or whose tokens no key opens, are not asked about.
func TestIntrospectOfNobody(t *testing.T) {
	t.Parallel()
	w, a := endingIn(t, 60)
	var err error
	if w.ring, err = vault.New(vault.NewKey()); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(day)
	w.sweep(t, w.manager(w.store))
	stale := w.manager(listed{w.store, []core.Account{w.account(t, a.ID)}})
	if err := w.Unlink(t.Context(), profileA, a.ID); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(2 * day)
	if err := stale.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.asked(); n != 0 {
		t.Errorf("asked %d times", n)
	}
}
