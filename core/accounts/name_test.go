package accounts_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/coretest"
)

// caller is a network that tells what it calls an account.
type caller struct {
	*coretest.Provider
	remoteID, username string
}

func (c *caller) Examine(_ context.Context, s *core.Session) []core.Finding {
	s.Name(c.username)
	return nil
}

func (c *caller) Refresh(ctx context.Context, old core.Credentials) (core.Credentials, error) {
	fresh, err := c.Provider.Refresh(ctx, old)
	fresh.Holder = core.Holder{RemoteID: c.remoteID, Username: c.username}
	return fresh, err
}

// The name of an account follows its network, at a check and at a renewal.
func TestNameFollowsTheNetwork(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		remoteID, username string
		check              bool
		renamed            bool
	}{
		"check":                         {username: "new.example", check: true, renamed: true},
		"check that tells no name":      {check: true},
		"renewal":                       {remoteID: coretest.MemberID, username: "new.example", renamed: true},
		"renewal that tells no name":    {remoteID: coretest.MemberID},
		"renewal that names the person": {remoteID: "another", username: "new.example"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, coretest.Config{})
			var err error
			if w.nets, err = core.NewRegistry(&caller{w.net, tc.remoteID, tc.username}); err != nil {
				t.Fatal(err)
			}
			w.Manager = w.manager(w.store)
			before := w.join(t)[0]
			shown := before
			if tc.check {
				checker := accounts.NewChecker(accounts.CheckerConfig{Accounts: w.Manager, Registry: w.nets, Sessions: &sessions{t: t}})
				if shown, _, err = checker.Account(t.Context(), profileA, before.ID); err != nil {
					t.Fatal(err)
				}
			} else {
				w.clock.Advance(48*day + time.Second)
				w.sweep(t, w.Manager)
				if n := w.refreshes(); n != 1 {
					t.Fatalf("%d refreshes, want 1", n)
				}
			}
			want := before.Username
			if tc.renamed {
				want = tc.username
			}
			stored := w.account(t, before.ID)
			if tc.check {
				stored.Username, want = stored.Username+" "+shown.Username, want+" "+want
			}
			if diff := cmp.Diff([]string{want, before.DisplayName}, []string{stored.Username, stored.DisplayName}); diff != "" {
				t.Error(diff)
			}
		})
	}
}
