package accounts_test

import (
	"context"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// marking is a store in which another process does something right before or after an account
// is changed; each once.
type marking struct {
	store.Accounts
	before, after func() error
}

func (s *marking) UpdateAccount(ctx context.Context, id string, fn func(*core.Account) error) (core.Account, error) {
	if err := s.before(); err != nil {
		return core.Account{}, err
	}
	a, err := s.Accounts.UpdateAccount(ctx, id, fn)
	if err != nil {
		return a, err
	}
	return a, s.after()
}

// TestOneDefaultBesideAnotherProcess: whatever another process does while the default of a
// network is changed, there is one at the end.
func TestOneDefaultBesideAnotherProcess(t *testing.T) {
	t.Parallel()
	nothing := func() error { return nil }
	for name, tc := range map[string]struct {
		// another is what the other process does; the accounts were linked in this order.
		another       func(f *fixture, t *testing.T, list []core.Account) error
		before, after bool // of the first change
	}{
		"wants another one, before": {wantThird, true, false},
		"wants another one, after":  {wantThird, false, true},
		"wants the former, before":  {wantFirst, true, false},
		"wants the former, after":   {wantFirst, false, true},
		"unlinks it, before":        {unlinkSecond, true, false},
		"unlinks it, after":         {unlinkSecond, false, true},
		"unlinks the former": {func(f *fixture, t *testing.T, l []core.Account) error {
			return f.Unlink(t.Context(), profileA, l[0].ID)
		}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := setup(t)
			list := []core.Account{f.link(t, profileA, person()), f.link(t, profileA, page(2)), f.link(t, profileA, page(3))}
			s := &marking{Accounts: f.store, before: nothing, after: nothing}
			interfere := once(func() error { return tc.another(f, t, list) })
			if tc.before {
				s.before = interfere
			}
			if tc.after {
				s.after = interfere
			}
			_, err := f.on(s).SetDefault(t.Context(), profileA, list[1].ID)
			if err != nil && core.CodeOf(asError(t, err)) != core.CodeAccountNotFound { // it may be unlinked
				t.Fatal(err)
			}
			defaults := 0
			now, err := f.List(t.Context(), profileA)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range now {
				if a.Default {
					defaults++
				}
			}
			if defaults != 1 {
				t.Errorf("%d defaults of %d accounts", defaults, len(now))
			}
		})
	}
}

func wantThird(f *fixture, t *testing.T, list []core.Account) error {
	t.Helper()
	_, err := f.SetDefault(t.Context(), profileA, list[2].ID)
	return err
}

func wantFirst(f *fixture, t *testing.T, list []core.Account) error {
	t.Helper()
	_, err := f.SetDefault(t.Context(), profileA, list[0].ID)
	return err
}

func unlinkSecond(f *fixture, t *testing.T, list []core.Account) error {
	t.Helper()
	return f.Unlink(t.Context(), profileA, list[1].ID)
}
