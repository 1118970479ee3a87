package accounts_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
)

// endingIn returns a world with an account whose authorization cannot be renewed and ends
// after so many days.
func endingIn(t *testing.T, days int, steps ...int) (*world, core.Account) {
	t.Helper()
	w := newWorld(t, coretest.Config{AccessLife: time.Duration(days) * day, GrantLife: -1})
	if steps != nil {
		w.steps = steps
		w.Manager = w.manager(w.store)
	}
	return w, w.join(t)[0]
}

func soon(a core.Account, days int) core.SocialNotice {
	return core.SocialNotice{Type: core.SocialRefresh, Source: core.SocialBySystem, AccountID: a.ID, Days: days, RefreshBy: a.EndsAt()}
}

func over(a core.Account) core.SocialNotice {
	return core.SocialNotice{
		Type: core.SocialUnlink, Source: core.SocialBySystem, AccountID: a.ID, RefreshBy: a.EndsAt(),
		Reason: "its authorization ended at " + a.EndsAt().Format(time.RFC3339),
	}
}

// The owner is told at each step, at its time, once; by however many processes, and whenever
// they are started.
func TestNoticesAreToldOnce(t *testing.T) {
	t.Parallel()
	w, a := endingIn(t, 60)
	other := w.handle(t)
	told := 0
	for _, tc := range []struct {
		before time.Duration // the end
		want   []core.SocialNotice
	}{
		{11 * day, nil},
		{10*day + time.Second, nil},
		{10 * day, []core.SocialNotice{soon(a, 10)}},
		{10*day - time.Second, nil},
		{3*day + time.Second, nil},
		{3 * day, []core.SocialNotice{soon(a, 3)}},
		{day + time.Second, nil},
		{day, []core.SocialNotice{soon(a, 1)}},
		{time.Second, nil},
		{0, []core.SocialNotice{over(a)}},
		{-time.Second, nil},
		{-400 * day, nil},
	} {
		w.clock.Set(a.EndsAt().Add(-tc.before))
		for range 2 { // the second time as of processes that were just started
			var wg sync.WaitGroup
			for _, m := range []*accounts.Manager{w.manager(w.store), w.manager(other)} {
				wg.Go(func() {
					if err := m.Sweep(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
		t.Logf("%v before the end", tc.before)
		told += len(tc.want)
		wantTold(t, w, tc.want...)
	}
	w.wantStatus(t, a.ID, core.AccountRelinkRequired)
	if got := len(w.events("account.expiring")) + len(w.events("account.lost")); got != told {
		t.Errorf("logged %d times, want %d", got, told)
	}
}

// After a gap only the most urgent of the steps that were missed is told.
// listed is a store whose list of accounts to attend to was read a while ago.
type listed struct {
	store.Accounts
	due []core.Account
}

func (l listed) DueAccounts(context.Context, time.Time, int) ([]core.Account, error) {
	return l.due, nil
}

// A process whose list was read before another one told the owner does not tell it again,
// even where credentials have the end more precisely than accounts.
func TestNoticesAreToldOnceFromOneList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{AccessLife: 60 * day, GrantLife: -1})
	w.clock.Advance(433 * time.Nanosecond)
	a := w.join(t)[0]
	w.clock.Set(a.EndsAt().Add(-10*day + time.Second))
	for range 2 {
		if err := w.manager(listed{w.store, []core.Account{a}}).Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if told := w.ears.take(); len(told) != 1 {
		t.Errorf("told %d times: %+v", len(told), told)
	}
}

func TestNoticesAfterAGap(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		before time.Duration
		want   func(core.Account) core.SocialNotice
	}{
		{"two steps were missed", 2*day + time.Hour, func(a core.Account) core.SocialNotice { return soon(a, 3) }},
		{"all steps were missed", time.Hour, func(a core.Account) core.SocialNotice { return soon(a, 1) }},
		{"the end was missed", -day, over},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w, a := endingIn(t, 60)
			w.clock.Set(a.EndsAt().Add(-tc.before))
			w.sweep(t, w.Manager)
			w.sweep(t, w.Manager)
			wantTold(t, w, tc.want(a))
		})
	}
}

// Who links an account that has fewer days left than a step is not told of that step.
func TestNoticesOfAShortLife(t *testing.T) {
	t.Parallel()
	w, a := endingIn(t, 5)
	w.sweep(t, w.Manager)
	wantTold(t, w)
	w.clock.Set(a.EndsAt().Add(-3 * day))
	w.sweep(t, w.Manager)
	wantTold(t, w, soon(a, 3))

	w, a = endingIn(t, 10) // exactly as many
	w.sweep(t, w.Manager)
	wantTold(t, w, soon(a, 10))
}

// Linking again in time ends the notices, and begins them anew for the new end.
func TestNoticesEndWithALink(t *testing.T) {
	t.Parallel()
	w, a := endingIn(t, 60)
	w.clock.Set(a.EndsAt().Add(-10 * day))
	w.sweep(t, w.Manager)
	wantTold(t, w, soon(a, 10))
	again := w.join(t)[0]
	for at := w.clock.Now(); at.Before(again.EndsAt().Add(-10 * day)); at = at.Add(day) {
		w.clock.Set(at)
		w.sweep(t, w.Manager)
	}
	wantTold(t, w)
	w.clock.Set(again.EndsAt().Add(-10 * day))
	w.sweep(t, w.Manager)
	wantTold(t, w, soon(again, 10))
}

// A grant whose tokens are renewed ends a year after the consent, however often they were; a
// network that tells the end in seconds from now does not begin the notices anew.
func TestNoticesOfAGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	var told []core.SocialNotice
	for at := w.clock.Now(); !at.After(a.RefreshExpiresAt); at = at.Add(day) {
		w.clock.Set(at)
		w.sweep(t, w.Manager)
		told = append(told, w.ears.take()...)
	}
	var days []int
	for _, n := range told {
		days = append(days, n.Days)
	}
	if diff := cmp.Diff([]int{10, 3, 1, 0}, days); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// A refresh that comes between a step and the sweep does not swallow the step.
func TestNoticesBesideARefresh(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{AccessLife: day, GrantLife: 20 * day})
	a := w.join(t)[0]
	w.clock.Set(a.RefreshExpiresAt.Add(-10 * day))
	w.wantWorks(t, a.ID) // renewed on the spot
	w.sweep(t, w.Manager)
	wantTold(t, w, soon(a, 10))
}

// Networks and clocks tell finer times than the store keeps: that neither begins the notices
// anew at each refresh, nor swallows a step that a refresh comes together with.
func TestNoticesAtFineTimes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{AccessLife: day, GrantLife: 20 * day})
	w.clock.Advance(123_456_789)
	a := w.join(t)[0]
	var days []int
	for at := w.clock.Now(); !at.After(a.RefreshExpiresAt.Add(day)); at = at.Add(day) {
		w.clock.Set(at)
		w.sweep(t, w.Manager)
		for _, n := range w.ears.take() {
			days = append(days, n.Days)
		}
	}
	if diff := cmp.Diff([]int{10, 3, 1, 0}, days); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNoticesAreOff(t *testing.T) {
	t.Parallel()
	w, a := endingIn(t, 60, []int{}...)
	w.steps = nil
	m := w.manager(w.store)
	for _, before := range []time.Duration{10 * day, day, time.Second} {
		w.clock.Set(a.EndsAt().Add(-before))
		w.sweep(t, m)
	}
	wantTold(t, w)
	w.clock.Set(a.EndsAt())
	w.sweep(t, m)
	wantTold(t, w, over(a))
}

// A start with other steps than the last one had follows them.
func TestNoticesAtOtherSteps(t *testing.T) {
	t.Parallel()
	w, a := endingIn(t, 60)
	w.steps = []int{40, 20}
	m := w.silent(t).manager(w.store)
	w.clock.Set(a.EndsAt().Add(-50 * day))
	plan := func() {
		t.Helper()
		list, err := w.List(t.Context(), profileA)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Plan(t.Context(), list); err != nil {
			t.Fatal(err)
		}
		w.sweep(t, m)
	}
	plan()
	if got, want := w.account(t, a.ID).Upkeep.NextAt, a.EndsAt().Add(-40*day); !got.Equal(want) {
		t.Errorf("attention is planned at %v, want %v", got, want)
	}
	w.clock.Set(a.EndsAt().Add(-30 * day)) // the next start, after the first step
	plan()
	plan()
	wantTold(t, w, soon(a, 30))
}

// Every account of before this version is due at once, and gets its plan.
func TestNoticesOfAccountsOfBefore(t *testing.T) {
	t.Parallel()
	w, a := endingIn(t, 60)
	_, err := w.store.UpdateAccount(t.Context(), a.ID, func(a *core.Account) error {
		a.Upkeep = core.Upkeep{NextAt: time.Unix(0, 0)}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	w.sweep(t, w.Manager)
	if diff := cmp.Diff(a, w.account(t, a.ID)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What could not be told, and what a crash kept from being told, is told by a later sweep.
func TestNoticesAreNotLost(t *testing.T) {
	t.Parallel()
	w, a := endingIn(t, 60)
	w.clock.Set(a.EndsAt().Add(-10 * day))
	w.ears.breakDown(errors.New("the outbox is full"))
	if err := w.Sweep(t.Context()); err == nil {
		t.Error("the sweep does not tell that it failed")
	}
	w.clock.Set(a.EndsAt())
	if err := w.Sweep(t.Context()); err == nil {
		t.Error("the sweep does not tell that it failed")
	}
	w.ears.breakDown(nil)
	w.sweep(t, w.manager(w.store))
	w.sweep(t, w.Manager)
	wantTold(t, w, soon(a, 10), over(a))
}

// An unlinking that was begun is completed, unless the account was linked again since.
func TestUnlinkIsCompleted(t *testing.T) {
	t.Parallel()
	for _, again := range []bool{false, true} {
		w := newWorld(t, coretest.Config{})
		one, two := w.link(t, profileA, person()), w.link(t, profileA, page(1))
		w.ears.take()
		w.ears.breakDown(errors.New("the outbox is full"))
		for range 2 {
			if err := w.Unlink(t.Context(), profileA, one.ID); err == nil {
				t.Fatal("the account was unlinked without a notice")
			}
		}
		want := []core.SocialNotice{byUser(core.SocialUnlink, one.ID)}
		if again {
			w.link(t, profileA, person())
			want = append(want, byUser(core.SocialLink, one.ID))
		}
		w.ears.breakDown(nil)
		w.sweep(t, w.manager(w.store))
		wantTold(t, w, want...)
		if again {
			w.wantDefaults(t, profileA, one.ID)
			continue
		}
		_, err := w.Get(t.Context(), profileA, one.ID)
		wantKind(t, err, core.KindNotFound, core.CodeAccountNotFound)
		w.wantDefaults(t, profileA, two.ID)
	}
}

// One account that cannot be worked on does not stop the others.
func TestSweepGoesOn(t *testing.T) {
	t.Parallel()
	w, first := endingIn(t, 60)
	const more = 120 // than a batch
	for i := range more {
		w.link(t, profileB, func() accounts.LinkRequest {
			r := page(i)
			r.Credentials.RefreshToken, r.Credentials.ExpiresAt = "", first.EndsAt()
			return r
		}())
	}
	err := w.store.UpdateCredentials(t.Context(), first.ID, func(c *store.Credentials) error { c.Sealed = nil; return nil })
	if err != nil {
		t.Fatal(err)
	}
	w.ears.take()
	w.clock.Set(first.EndsAt())
	w.sweep(t, w.Manager)
	if got := len(w.ears.take()); got != more+1 {
		t.Errorf("%d notices, want %d", got, more+1)
	}
}
