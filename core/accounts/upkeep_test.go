package accounts_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// What is wrong with renewing the tokens is noted, logged, and forgotten once they are renewed.
func TestFailedRefreshIsNoted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{}).silent(t)
	linked := w.join(t, "page-1")
	w.net.Always(coretest.OpRefresh, coretest.Answer(503, 0))
	w.clock.Advance(48 * day)
	since := w.clock.Now()
	w.sweep(t, w.Manager)
	w.clock.Advance(time.Minute)
	w.sweep(t, w.Manager)
	next := w.clock.Now().Add(2 * time.Minute)
	for _, a := range linked {
		got := w.account(t, a.ID)
		if got.Upkeep.LastError == "" {
			t.Error("the reason is not noted")
		}
		want := core.Upkeep{NextAt: got.Upkeep.NextAt, Renewable: true, Failures: 2, FailedSince: since, LastError: got.Upkeep.LastError, RetryAt: next}
		if diff := cmp.Diff(want, got.Upkeep); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if _, stuck := got.UnrenewedAt(w.clock.Now()); stuck {
			t.Error("it is said to be stuck while the token is good")
		}
		reason, stuck := got.UnrenewedAt(got.ExpiresAt)
		if !stuck || !strings.Contains(reason, "since "+since.Format(time.RFC3339)+": "+strings.TrimRight(got.Upkeep.LastError, ".")) {
			t.Errorf("once the token has ended: %q", reason)
		}
	}
	if log := w.log.String(); !strings.Contains(log, "failures=2") || !strings.Contains(log, "next="+next.Format("2006-01-02T15:04:05")) {
		t.Errorf("the log does not tell when it is tried again:\n%s", log)
	}
	w.clock.Set(next.Add(-time.Second))
	w.sweep(t, w.Manager)
	if n := w.refreshes(); n != 2 {
		t.Errorf("%d calls before the next is due, want 2", n)
	}
	w.net.Heal()
	w.clock.Set(next)
	w.sweep(t, w.Manager)
	for _, a := range linked {
		if diff := cmp.Diff(core.Upkeep{NextAt: w.clock.Now().Add(48 * day), Renewable: true}, w.account(t, a.ID).Upkeep); diff != "" {
			t.Errorf("renewed (-want +got):\n%s", diff)
		}
	}
}

// A network that says when it wants to be asked again is asked then.
func TestFailedRefreshWaitsAsToldTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	w.net.Always(coretest.OpRefresh, coretest.Answer(429, 20*time.Minute))
	w.clock.Advance(48 * day)
	w.sweep(t, w.Manager)
	if got, want := w.account(t, a.ID).Upkeep, w.clock.Now().Add(20*time.Minute); !got.RetryAt.Equal(want) || !got.NextAt.Equal(want) {
		t.Errorf("it is tried again at %v, attended to at %v; want %v", got.RetryAt, got.NextAt, want)
	}
}

// An authorization that has come to its end has ended, whoever finds it out: the time, or a
// renewal that the network refuses; and it is the same for all accounts of the consent.
func TestPlainExpiryHasOneReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	linked := w.join(t, "page-1", "page-2")
	ends := linked[0].RefreshExpiresAt
	w.clock.Set(ends.Add(time.Second))
	w.net.EndGrants(coretest.MemberID)
	_, err := w.Token(t.Context(), linked[1].ID)
	reason := "its authorization ended at " + ends.Format(time.RFC3339)
	if wantKind(t, err, core.KindAuth, core.CodeAccountRelink); !strings.Contains(asError(t, err).Message, reason) {
		t.Errorf("who asks is told %q", asError(t, err).Message)
	}
	w.sweep(t, w.Manager)
	if n := w.refreshes(); n != 1 {
		t.Errorf("%d calls; a renewal was to find it out", n)
	}
	for _, a := range linked {
		got := w.account(t, a.ID)
		if got.Status != core.AccountRelinkRequired || got.StatusReason != reason || !got.Upkeep.LostAt.Equal(ends) || !got.EndsAt().Equal(ends) {
			t.Errorf("%s: %q, lost at %v, ends at %v", got.Status, got.StatusReason, got.Upkeep.LostAt, got.EndsAt())
		}
	}
	for _, told := range w.ears.take() {
		if told.Reason != reason || !told.RefreshBy.Equal(ends) {
			t.Errorf("told %+v", told)
		}
	}
}

// An account that was revoked is lost since then, whatever its tokens were promised; linked
// again, it is not.
func TestLostAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{})
	a := w.join(t)[0]
	w.clock.Advance(5 * day)
	at := w.clock.Now()
	if err := w.AuthorizationLost(t.Context(), a.ID, "revoked"); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(day)
	if got := w.account(t, a.ID); !got.EndsAt().Equal(at) {
		t.Errorf("it ends at %v, want %v", got.EndsAt(), at)
	}
	if got := w.join(t)[0]; !got.Upkeep.LostAt.IsZero() || !got.EndsAt().Equal(got.RefreshExpiresAt) {
		t.Errorf("linked again: lost at %v, ends at %v", got.Upkeep.LostAt, got.EndsAt())
	}
}

// Near its end a grant does not get longer by the seconds in which the network tells the lives
// of tokens.
func TestRefreshDoesNotMoveTheEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, coretest.Config{AccessLife: 10 * day, GrantLife: 18*day - time.Minute})
	a := w.join(t)[0]
	ends := a.EndsAt()
	w.clock.Advance(8 * day)
	w.sweep(t, w.Manager)
	if n := w.refreshes(); n != 1 {
		t.Fatalf("%d refreshes, want 1", n)
	}
	if got := w.account(t, a.ID); !got.EndsAt().Equal(ends) || !got.ExpiresAt.Equal(ends) {
		t.Errorf("ends at %v, its token at %v, want %v", got.EndsAt(), got.ExpiresAt, ends)
	}
}
