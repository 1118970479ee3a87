package accounts_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
)

const day = 24 * time.Hour

// The token is renewed at 80 % of its life, not before, and once for all accounts that
// came of the consent.
func TestRefreshAtFourFifths(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{}).silent(t)
	linked := w.join(t, "page-1", "page-2")
	former := w.token(t, linked[0].ID)
	w.clock.Advance(48*day - time.Second)
	w.sweep(t, w.Manager)
	if n := w.refreshes(); n != 0 {
		t.Fatalf("%d refreshes before the time", n)
	}
	w.clock.Advance(time.Second)
	for range 2 {
		w.sweep(t, w.Manager)
		if n := w.refreshes(); n != 1 {
			t.Fatalf("%d refreshes, want 1", n)
		}
	}
	for _, before := range linked {
		want := before
		want.ExpiresAt = w.clock.Now().Add(coretest.DefaultAccessLife)
		want.Upkeep.NextAt = w.clock.Now().Add(48 * day)
		if diff := cmp.Diff(want, w.account(t, before.ID)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if w.token(t, before.ID) == former {
			t.Error("the former token is given out")
		}
		w.wantWorks(t, before.ID)
	}
	if got := w.events("account.refreshed"); len(got) != len(linked) {
		t.Errorf("logged for %v", got)
	}
	wantTold(t, w)
}

// A year of it: the grant does not get longer, and near its end nothing is renewed for ever.
func TestRefreshUntilTheGrantEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	w.steps = nil
	w.Manager = w.manager(w.store)
	a := w.join(t)[0]
	for w.clock.Now().Before(a.RefreshExpiresAt) {
		w.wantWorks(t, a.ID)
		w.clock.Advance(day)
		w.sweep(t, w.Manager)
	}
	// Days 48, 96, 144, 192, 240, 288, 336; the last tokens live no longer than the grant.
	if n := w.refreshes(); n < 7 || n > 10 {
		t.Errorf("%d refreshes in a year", n)
	}
	w.wantStatus(t, a.ID, core.AccountRelinkRequired)
	if got := w.account(t, a.ID).StatusReason; got != "its authorization ended at 2027-11-20T09:00:00Z" {
		t.Errorf("the reason is %q", got)
	}
}

// An account of before this version is renewed by when it was linked; so is one whose tokens
// came without the time of their issue.
func TestRefreshOfTokensWithoutATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{}).silent(t)
	grant := w.consent(t, coretest.Consent{})
	grant.Credentials.IssuedAt = time.Time{}
	linked, err := w.LinkGrant(t.Context(), profileA, grant, []string{coretest.MemberID})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := linked[0].Upkeep.NextAt, coretest.Epoch().Add(48*day); !got.Equal(want) {
		t.Errorf("is to be renewed at %v, want %v", got, want)
	}
}

// A network that fails for a while is asked again ever more seldom; the token stays in use.
func TestRefreshFailsForAWhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	former := w.token(t, a.ID)
	w.net.Always(coretest.OpRefresh, coretest.Answer(503, 0))
	w.clock.Advance(48 * day)
	for i, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 60, 60} {
		w.sweep(t, w.Manager)
		if n := w.refreshes(); n != i+1 {
			t.Fatalf("%d refreshes, want %d", n, i+1)
		}
		got := w.account(t, a.ID).Upkeep
		if got.Failures != i+1 || !got.NextAt.Equal(w.clock.Now().Add(wait*time.Minute)) {
			t.Errorf("after %d failures: %+v; the next is wanted in %d minutes", i+1, got, wait)
		}
		if w.token(t, a.ID) != former {
			t.Error("the former token is not given out")
		}
		w.clock.Set(got.NextAt)
	}
	w.net.Heal()
	w.sweep(t, w.Manager)
	if got := w.account(t, a.ID).Upkeep; got.Failures != 0 || w.token(t, a.ID) == former {
		t.Errorf("not renewed: %+v", got)
	}
	wantTold(t, w)
}

// A token that has ended is renewed when it is asked for; a network that fails just then is no
// reason to link the account again.
func TestRefreshOnTheSpot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{AccessLife: time.Hour})
	a := w.join(t)[0]
	w.clock.Advance(time.Hour)
	w.net.Next(coretest.OpRefresh, coretest.Answer(503, 0))
	for range 2 { // the second one does not ask the network again
		_, err := w.Token(t.Context(), a.ID)
		wantKind(t, err, core.KindTemporary, core.CodeUpstreamUnavailable)
		if n := w.refreshes(); n != 1 {
			t.Errorf("%d calls, want 1", n)
		}
	}
	w.wantStatus(t, a.ID, core.AccountActive)
	w.clock.Advance(5 * time.Second)
	w.wantWorks(t, a.ID)
	if diff := cmp.Diff([]accounts.RefreshResult{accounts.RefreshFailed, accounts.RefreshRenewed}, w.results); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

// A grant that was revoked is found out by the first refresh; every account that came of it
// is marked then, and told of, once.
func TestRefreshOfARevokedGrant(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	linked := w.join(t, "page-1")
	w.clock.Advance(48 * day)
	w.net.EndGrants(coretest.MemberID)
	for range 2 {
		w.sweep(t, w.Manager)
		w.clock.Advance(time.Hour)
	}
	if n := w.refreshes(); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
	reason := "the grant was ended"
	var want []core.SocialNotice
	for _, a := range linked {
		w.wantStatus(t, a.ID, core.AccountRelinkRequired)
		_, err := w.Token(t.Context(), a.ID)
		wantKind(t, err, core.KindAuth, core.CodeAccountRelink)
		want = append(want, core.SocialNotice{Type: core.SocialUnlink, Source: core.SocialBySystem, AccountID: a.ID, Reason: reason})
	}
	slices.SortFunc(want, func(a, b core.SocialNotice) int { return strings.Compare(a.AccountID, b.AccountID) }) // as they were claimed
	wantTold(t, w, want...)
	if diff := cmp.Diff([]accounts.RefreshResult{accounts.RefreshLost}, w.results); diff != "" {
		t.Errorf("results (-want +got):\n%s", diff)
	}
}

// Tokens that the operator's apps cannot renew are used as long as they last, and their end
// is told in time.
func TestRefreshIsNotForThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	r := person()
	r.Credentials.ExpiresAt, r.Credentials.RefreshExpiresAt = w.clock.Now().Add(60*day), w.clock.Now().Add(365*day)
	a := w.link(t, profileA, r)
	w.ears.take()
	w.clock.Set(coretest.Epoch().Add(50 * day))
	for range 3 {
		w.sweep(t, w.Manager)
	}
	if n := w.refreshes(); n != 0 {
		t.Errorf("%d calls reached the network", n)
	}
	got := w.account(t, a.ID)
	if !got.EndsAt().Equal(coretest.Epoch().Add(60*day)) || got.Upkeep.Renewable {
		t.Errorf("ends at %v: %+v", got.EndsAt(), got.Upkeep)
	}
	wantTold(t, w, core.SocialNotice{Type: core.SocialRefresh, Source: core.SocialBySystem, AccountID: a.ID, Days: 10, RefreshBy: got.EndsAt()})
	w.clock.Set(got.EndsAt())
	_, err := w.Token(t.Context(), a.ID)
	wantKind(t, err, core.KindAuth, core.CodeAccountRelink)
}

// A process that dies while it renews tokens holds others up for a minute.
func TestRefreshAfterACrash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	w.clock.Advance(61 * day)
	err := w.store.UpdateCredentials(t.Context(), a.ID, func(c *store.Credentials) error {
		c.Claim, c.ClaimedUntil = "a dead process", w.clock.Now().Add(time.Minute)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	asked := w.clock.Now()
	w.clock.SkipWaits() // each look moves the clock
	w.wantWorks(t, a.ID)
	if took := w.clock.Now().Sub(asked); took < time.Minute || took > time.Minute+time.Second {
		t.Errorf("waited for %v", took)
	}
	if n := w.refreshes(); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// A claim that ends later than any can is one of a clock that was set back.
func TestRefreshAfterTheClockWasSetBack(t *testing.T) {
	t.Parallel()
	for name, claimed := range map[string]string{"a claim": "somebody", "a hold": ""} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, coretest.Config{})
			a := w.join(t)[0]
			w.clock.Advance(61 * day)
			err := w.store.UpdateCredentials(t.Context(), a.ID, func(c *store.Credentials) error {
				c.Claim, c.ClaimedUntil = claimed, w.clock.Now().Add(day)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			w.wantWorks(t, a.ID)
		})
	}
}

// Whoever waits for another one's refresh waits no longer than its own time allows.
func TestRefreshWaitIsBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	w.clock.Advance(61 * day)
	err := w.store.UpdateCredentials(t.Context(), a.ID, func(c *store.Credentials) error {
		c.Claim, c.ClaimedUntil = "another process", w.clock.Now().Add(time.Minute)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, hangUp := context.WithCancel(t.Context())
	ended, looks := make(chan error, 1), w.clock.Follow(nil)
	go func() {
		_, err := w.Token(ctx, a.ID)
		ended <- err
	}()
	looks.Next(t)
	hangUp()
	wantKind(t, coretest.Receive(t, "the end of the wait", ended), core.KindTemporary, core.CodeUpstreamUnavailable)
	if n := w.refreshes(); n != 0 {
		t.Errorf("%d calls, want 0", n)
	}
}

// dying is a store that fails to store credentials of all accounts but the first ones.
type dying struct {
	store.Store
	mu    sync.Mutex
	lives int // updates that succeed
}

func (d *dying) UpdateCredentials(ctx context.Context, id string, fn func(*store.Credentials) error) error {
	d.mu.Lock()
	d.lives--
	dead := d.lives < 0
	d.mu.Unlock()
	if dead {
		return errors.New("killed")
	}
	return d.Store.UpdateCredentials(ctx, id, fn)
}

// A process that dies after it has given the new tokens to one account, and not to the next,
// does not cost that one its authorization: the refresh token that it has is good no more, and
// it takes what that was traded for.
func TestRefreshIsCompletedAfterACrash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	linked := w.join(t, "page-1")
	w.clock.Advance(61 * day)
	w.clock.SkipWaits()
	dead := w.manager(&dying{Store: w.store, lives: 3}) // two claims, and one of two results
	if _, err := dead.Token(t.Context(), linked[0].ID); err == nil {
		t.Fatal("nobody died")
	}
	w.clock.Advance(time.Minute) // its claim ends
	for _, a := range linked {
		w.wantWorks(t, a.ID)
		w.wantStatus(t, a.ID, core.AccountActive)
	}
	if n := w.refreshes(); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
}

// What is linked while its former tokens are being renewed keeps what it was linked with.
func TestRefreshDoesNotUndoALink(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	w.clock.Advance(61 * day)
	var grant core.Grant
	w.net.Next(coretest.OpRefresh, func(_ context.Context, apply func() error) error {
		err := apply()
		grant = w.consent(t, coretest.Consent{})
		_, linkErr := w.LinkGrant(t.Context(), profileA, grant, []string{coretest.MemberID})
		return errors.Join(err, linkErr)
	})
	if _, err := w.Token(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	if got := w.token(t, a.ID); got != grant.Credentials.AccessToken {
		t.Error("the tokens of the link are gone")
	}
	if got := w.account(t, a.ID); !got.RefreshExpiresAt.Equal(grant.Credentials.RefreshExpiresAt) {
		t.Errorf("it ends at %v", got.RefreshExpiresAt)
	}
}

// A process that is suspended between the network's answer and the store loses its claim, and
// another one finds the refresh token traded. The tokens are not lost: the account is alive
// when the first one wakes up.
func TestRefreshOfASuspendedProcess(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	linked := w.join(t, "page-1")
	w.clock.Advance(61 * day)
	other := w.manager(w.handle(t))
	w.net.Next(coretest.OpRefresh, func(_ context.Context, apply func() error) error {
		err := apply()
		w.clock.Advance(5 * time.Minute)
		_, dead := other.Token(t.Context(), linked[0].ID)
		wantKind(t, dead, core.KindAuth, core.CodeAccountRelink)
		w.wantStatus(t, linked[1].ID, core.AccountRelinkRequired)
		return err
	})
	var want []core.SocialNotice
	if _, err := w.Token(t.Context(), linked[0].ID); err != nil {
		t.Fatal(err)
	}
	reason := "the grant was ended"
	for _, a := range linked {
		w.wantStatus(t, a.ID, core.AccountActive)
		w.wantWorks(t, a.ID)
		want = append(want,
			core.SocialNotice{Type: core.SocialUnlink, Source: core.SocialBySystem, AccountID: a.ID, Reason: reason},
			core.SocialNotice{Type: core.SocialLink, Source: core.SocialBySystem, AccountID: a.ID})
	}
	told := w.ears.take()
	for _, list := range [][]core.SocialNotice{want, told} {
		slices.SortStableFunc(list, func(a, b core.SocialNotice) int { return strings.Compare(a.AccountID, b.AccountID) })
	}
	if diff := cmp.Diff(want, told, cmpopts.IgnoreFields(core.SocialNotice{}, "Platform", "RemoteID", "DisplayName")); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	slices.Sort(w.relinked)
	ids := []string{linked[0].ID, linked[1].ID}
	slices.Sort(ids)
	if diff := cmp.Diff(ids, w.relinked); diff != "" {
		t.Errorf("what waits for them goes on (-want +got):\n%s", diff)
	}
	if got := w.account(t, linked[0].ID).Upkeep.NextAt; !got.After(w.clock.Now()) {
		t.Errorf("attention is planned at %v", got)
	}
}

// A consent that is given while the former tokens are being renewed may end them: whoever
// waits for the renewal gets those of the consent.
func TestRefreshThatALinkEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	w.clock.Advance(61 * day)
	var grant core.Grant
	w.net.Next(coretest.OpRefresh, func(_ context.Context, apply func() error) error {
		w.net.EndGrants(coretest.MemberID)
		grant = w.consent(t, coretest.Consent{})
		_, err := w.LinkGrant(t.Context(), profileA, grant, []string{coretest.MemberID})
		return errors.Join(err, apply())
	})
	if got := w.token(t, a.ID); got != grant.Credentials.AccessToken {
		t.Error("got another token than the one of the link")
	}
	w.wantStatus(t, a.ID, core.AccountActive)
	if len(w.results) != 0 {
		t.Errorf("counted as %v", w.results)
	}
	wantTold(t, w, byUser(core.SocialLink, a.ID))
}

func TestRefreshOfAnAdapterThatPanics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	w.clock.Advance(48 * day)
	w.net.Next(coretest.OpRefresh, coretest.Panic("a defect"))
	w.sweep(t, w.Manager)
	if got := w.account(t, a.ID).Upkeep.Failures; got != 1 {
		t.Errorf("%d failures, want 1", got)
	}
	w.wantStatus(t, a.ID, core.AccountActive)
}
