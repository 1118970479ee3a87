package core_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
)

func TestAccountLabel(t *testing.T) {
	t.Parallel()
	for want, a := range map[string]core.Account{
		`the example account "Ada" (1)`:  {ID: "1", Platform: "example", DisplayName: "Ada", Username: "ada", RemoteID: "a"},
		`the example account "ada" (1)`:  {ID: "1", Platform: "example", Username: "ada", RemoteID: "a"},
		`the example account "a\"b" (1)`: {ID: "1", Platform: "example", RemoteID: `a"b`},
	} {
		if got := a.Label(); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestRelinkError(t *testing.T) {
	t.Parallel()
	got := core.RelinkError(core.Account{ID: "1", Platform: "example", DisplayName: "Ada", RemoteID: "urn:a"}, "its authorization was lost")
	want := &core.Error{
		Kind: core.KindAuth, Code: core.CodeAccountRelink, Platform: "example",
		Message: `the example account "Ada" (1) has to be linked again: its authorization was lost`,
		Help:    `Link it again on the page that POST /profiles/link-sessions answers with, or with POST /profiles/social (platform "example", id "urn:a"); its id, posts and schedule stay.`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAccountEnds(t *testing.T) {
	t.Parallel()
	early := time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)
	late := early.Add(time.Hour)
	for _, tc := range []struct {
		name          string
		access, grant time.Time
		renewable     bool
		want          time.Time
		reason        string // told at the end
	}{
		{name: "nothing is known"},
		{name: "an access token alone", access: early, want: early, reason: "its authorization ended at 2026-11-20T09:00:00Z"},
		{name: "renewed as long as the grant lasts", access: early, grant: late, renewable: true, want: late, reason: "its authorization ended at 2026-11-20T10:00:00Z"},
		{name: "renewed for as long as nobody knows", access: early, renewable: true},
		{name: "a token that outlives its grant", access: late, grant: early, renewable: true, want: late, reason: "its authorization ended at 2026-11-20T10:00:00Z"},
		{name: "a grant alone", grant: early, renewable: true, want: early, reason: "its authorization ended at 2026-11-20T09:00:00Z"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			a := core.Account{ExpiresAt: tc.access, RefreshExpiresAt: tc.grant, Upkeep: core.Upkeep{Renewable: tc.renewable}}
			if got := a.EndsAt(); !got.Equal(tc.want) {
				t.Errorf("ends at %v, want %v", got, tc.want)
			}
			now := tc.want
			if now.IsZero() {
				now = late.AddDate(100, 0, 0)
			}
			if _, ended := a.EndedAt(now.Add(-time.Nanosecond)); ended {
				t.Error("it has ended before its end")
			}
			if reason, ended := a.EndedAt(now); reason != tc.reason || ended != (tc.reason != "") {
				t.Errorf("%v, %q; want %q", ended, reason, tc.reason)
			}
		})
	}
}

// TestDaysLeft: a part of a day counts as one, so that a notice that was due at ten days says
// ten, and so does all that is asked a moment later.
func TestDaysLeft(t *testing.T) {
	t.Parallel()
	end := time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)
	const day = 24 * time.Hour
	for _, tc := range []struct {
		left time.Duration
		days int
	}{
		{10*day + time.Second, 11},
		{10 * day, 10},
		{10*day - time.Second, 10},
		{9*day + time.Second, 10},
		{9 * day, 9},
		{day, 1},
		{time.Nanosecond, 1},
		{0, 0},
		{-time.Second, 0},
		{-30 * day, 0},
	} {
		a := core.Account{ExpiresAt: end}
		if got, known := a.DaysLeft(end.Add(-tc.left)); got != tc.days || !known {
			t.Errorf("%v before the end: %d days, %v; want %d", tc.left, got, known, tc.days)
		}
	}
	if days, known := (core.Account{}).DaysLeft(end); days != 0 || known {
		t.Errorf("of an end that is not known: %d days, %v", days, known)
	}
}
