package accounts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
)

// A refusal is answered with a renewal, which all who were refused share.
func TestRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	linked := w.join(t, "page-1")
	former := w.token(t, linked[0].ID)
	for _, a := range append(linked, linked...) {
		renewed, err := w.Refused(t.Context(), a.ID, former, "the token was revoked")
		if !renewed || err != nil {
			t.Fatalf("renewed %v, %v", renewed, err)
		}
		w.wantWorks(t, a.ID)
	}
	if n := w.refreshes(); n != 1 {
		t.Errorf("%d calls, want 1", n)
	}
	wantTold(t, w)
}

// A network that renews and refuses for ever is not asked for ever.
func TestRefusedAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	for _, want := range []bool{true, true, false, false} {
		renewed, err := w.Refused(t.Context(), a.ID, w.tokenOrNone(t, a.ID), "the token was revoked")
		if renewed != want || err != nil {
			t.Fatalf("renewed %v, %v; want %v", renewed, err, want)
		}
		if w.refreshes() == 1 {
			w.clock.Advance(10 * time.Minute) // the second one is another story
		}
	}
	if n := w.refreshes(); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
	w.wantStatus(t, a.ID, core.AccountRelinkRequired)
	wantTold(t, w, core.SocialNotice{Type: core.SocialUnlink, Source: core.SocialBySystem, AccountID: a.ID, Reason: "the renewed token was refused too: the token was revoked"})
}

// tokenOrNone is the account's token, also when it is not given out any more.
func (w *world) tokenOrNone(t *testing.T, id string) core.Secret {
	t.Helper()
	token, err := w.Token(t.Context(), id)
	if err != nil && core.KindOf(err) != core.KindAuth {
		t.Fatal(err)
	}
	return token
}

// What cannot be renewed is marked once.
func TestRefusedForGood(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]func(*testing.T, *world) core.Account{
		"no refresh token": func(t *testing.T, w *world) core.Account {
			t.Helper()
			r := person()
			r.Credentials.RefreshToken = ""
			return w.link(t, profileA, r)
		},
		"a grant of another app": func(t *testing.T, w *world) core.Account {
			t.Helper()
			return w.link(t, profileA, person())
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, coretest.Config{})
			a := prepare(t, w)
			w.ears.take()
			for range 2 {
				renewed, err := w.Refused(t.Context(), a.ID, coretest.MemberToken, "it was revoked")
				if renewed || err != nil {
					t.Fatalf("renewed %v, %v", renewed, err)
				}
			}
			if got := w.account(t, a.ID); got.Status != core.AccountRelinkRequired || got.StatusReason != "it was revoked" {
				t.Errorf("status %s: %s", got.Status, got.StatusReason)
			}
			wantTold(t, w, core.SocialNotice{Type: core.SocialUnlink, Source: core.SocialBySystem, AccountID: a.ID, Reason: "it was revoked"})
		})
	}
}

// A refusal of a token that the account has no more says nothing about the one that it has.
func TestRefusedFormerToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	former := w.token(t, a.ID)
	w.join(t)
	renewed, err := w.Refused(t.Context(), a.ID, former, "it was revoked")
	if !renewed || err != nil {
		t.Errorf("renewed %v, %v", renewed, err)
	}
	w.wantStatus(t, a.ID, core.AccountActive)
	if n := w.refreshes(); n != 0 {
		t.Errorf("%d calls, want 0", n)
	}
}

// While the network cannot say whether it renews a token, nothing is decided.
func TestRefusedWhileTheNetworkFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	w.net.Next(coretest.OpRefresh, coretest.Answer(503, 0))
	renewed, err := w.Refused(t.Context(), a.ID, w.token(t, a.ID), "it was revoked")
	wantKind(t, err, core.KindTemporary, core.CodeUpstreamUnavailable)
	if renewed {
		t.Error("it was renewed")
	}
	w.wantStatus(t, a.ID, core.AccountActive)
	wantTold(t, w)
}

func TestRefusedOfNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	if renewed, err := w.Refused(t.Context(), "unlinked", "token", "it was revoked"); renewed || err != nil {
		t.Errorf("renewed %v, %v", renewed, err)
	}
	a := w.join(t)[0]
	token := w.token(t, a.ID)
	damage := func(c *store.Credentials) error { c.Sealed[len(c.Sealed)-1] ^= 1; return nil }
	if err := w.store.UpdateCredentials(t.Context(), a.ID, damage); err != nil {
		t.Fatal(err)
	}
	if renewed, err := w.manager(w.store).Refused(t.Context(), a.ID, token, "it was revoked"); renewed || err != nil {
		t.Errorf("renewed %v, %v", renewed, err)
	}
	w.wantStatus(t, a.ID, core.AccountRelinkRequired) // no key opens its tokens
}

// A token that is refused before its end, and not renewed for a reason that passes, shows what
// one does that has ended; it is not given out any more, and the sweep renews it.
func TestRefusedBeforeItsEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{}).silent(t)
	linked := w.join(t, "page-1")
	since, token := w.clock.Now(), w.token(t, linked[0].ID)
	w.net.Next(coretest.OpRefresh, coretest.Answer(503, 0))
	if renewed, err := w.Refused(t.Context(), linked[0].ID, token, "The access token has expired."); renewed || err == nil {
		t.Fatalf("renewed %v, %v", renewed, err)
	}
	next := since.Add(time.Minute)
	for _, a := range linked {
		got := w.account(t, a.ID)
		reason, stuck := got.UnrenewedAt(since)
		if !stuck || !strings.Contains(reason, "since "+since.Format(time.RFC3339)+": "+core.Clause(got.Upkeep.LastError)) {
			t.Errorf("stuck: %t, %q", stuck, reason)
		}
		if got.Upkeep.LastError == "" || !got.Upkeep.RefusedAt.Equal(since) || !got.Upkeep.NextAt.Equal(next) || got.Status != core.AccountActive {
			t.Errorf("%s, %+v", got.Status, got.Upkeep)
		}
		_, err := w.Token(t.Context(), a.ID)
		wantKind(t, err, core.KindTemporary, core.CodeUpstreamUnavailable)
		if !strings.Contains(err.Error(), core.Clause(got.Upkeep.LastError)) {
			t.Errorf("the error does not name the cause: %v", err)
		}
	}
	w.clock.Set(next)
	w.sweep(t, w.Manager)
	if n := w.refreshes(); n != 2 {
		t.Errorf("%d calls, want 2", n)
	}
	for _, a := range linked {
		w.wantWorks(t, a.ID)
		got := w.account(t, a.ID)
		if _, stuck := got.UnrenewedAt(next); stuck || !got.Upkeep.RefusedAt.IsZero() || w.token(t, a.ID) == token {
			t.Errorf("renewed: %+v", got.Upkeep)
		}
	}
}

// A refusal of what the sweep has put in the place of a refused token is final as well: that
// network renews and refuses for ever.
func TestRefusedAgainAfterTheSweep(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		wait   time.Duration // between the renewal and the second refusal
		final  bool
		calls  int
		status core.AccountStatus
	}{
		"within ten minutes": {10*time.Minute - time.Second, true, 2, core.AccountRelinkRequired},
		"later":              {10 * time.Minute, false, 3, core.AccountActive},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, coretest.Config{}).silent(t)
			a := w.join(t)[0]
			token := w.token(t, a.ID)
			w.net.Next(coretest.OpRefresh, coretest.Answer(503, 0))
			_, err := w.Refused(t.Context(), a.ID, token, "it was revoked")
			wantKind(t, err, core.KindTemporary, core.CodeUpstreamUnavailable)
			w.clock.Advance(time.Minute)
			w.sweep(t, w.Manager)
			fresh := w.token(t, a.ID)
			if n := w.refreshes(); n != 2 || fresh == token {
				t.Fatalf("%d calls, want 2; another token: %t", n, fresh != token)
			}
			w.clock.Advance(tc.wait)
			renewed, err := w.Refused(t.Context(), a.ID, fresh, "it was revoked")
			if renewed == tc.final || err != nil {
				t.Errorf("renewed %v, %v; want %v", renewed, err, !tc.final)
			}
			if n := w.refreshes(); n != tc.calls {
				t.Errorf("%d calls, want %d", n, tc.calls)
			}
			w.wantStatus(t, a.ID, tc.status)
		})
	}
}

// A token that is refused while renewing it was put off is one that is refused.
func TestRefusedWhileRenewingIsPutOff(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{}).silent(t)
	a := w.join(t)[0]
	w.clock.Advance(48 * 24 * time.Hour)
	token := w.token(t, a.ID)
	w.net.Next(coretest.OpRefresh, coretest.Answer(503, 0))
	w.sweep(t, w.Manager)
	if _, stuck := w.account(t, a.ID).UnrenewedAt(w.clock.Now()); stuck {
		t.Error("it is said to be stuck while the token is good")
	}
	renewed, err := w.Refused(t.Context(), a.ID, token, "it was revoked")
	wantKind(t, err, core.KindTemporary, core.CodeUpstreamUnavailable)
	if _, stuck := w.account(t, a.ID).UnrenewedAt(w.clock.Now()); renewed || !stuck {
		t.Errorf("renewed: %t, stuck: %t", renewed, stuck)
	}
}
