package api

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
)

// countedProfiles knows the owner of one key and counts the questions.
type countedProfiles struct {
	store.Profiles
	err    error
	asked  int
	during func() // called while the store is asked, if set
}

func (p *countedProfiles) ProfileByKey(context.Context, []byte) (core.Profile, error) {
	p.asked++
	if p.during != nil {
		p.during()
	}
	return core.Profile{ID: "owner"}, p.err
}

func TestKeyringRemembersGoodKeysForAMoment(t *testing.T) {
	t.Parallel()
	clock, profiles := coretest.NewClock(coretest.Epoch()), &countedProfiles{}
	k := newKeyring(profiles, clock)
	ask := func(key string) error {
		_, err := k.owner(t.Context(), key)
		return err
	}
	for range 3 {
		if err := ask("good"); err != nil {
			t.Fatal(err)
		}
	}
	if profiles.asked != 1 {
		t.Errorf("the store was asked %d times, want once", profiles.asked)
	}
	profiles.err = store.ErrNotFound // the key is replaced
	clock.Advance(keyMemory - time.Millisecond)
	if err := ask("good"); err != nil {
		t.Errorf("within the moment: %v", err)
	}
	clock.Advance(time.Millisecond)
	for range 2 {
		if err := ask("good"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("after the moment: %v, want that the key is unknown", err)
		}
	}
	if profiles.asked != 3 {
		t.Errorf("the store was asked %d times, want 3: a wrong key is never remembered", profiles.asked)
	}
}

func TestKeyringIsBounded(t *testing.T) {
	t.Parallel()
	k := newKeyring(&countedProfiles{}, coretest.NewClock(coretest.Epoch()))
	for i := range 3 * keysRemembered {
		if _, err := k.owner(t.Context(), time.Duration(i).String()); err != nil {
			t.Fatal(err)
		}
	}
	if len(k.known) > keysRemembered {
		t.Errorf("%d keys are remembered, want at most %d", len(k.known), keysRemembered)
	}
}

// What is forgotten while the store is asked is not remembered afterwards.
func TestKeyringForgets(t *testing.T) {
	t.Parallel()
	profiles := &countedProfiles{}
	k := newKeyring(profiles, coretest.NewClock(coretest.Epoch()))
	ask := func() {
		if _, err := k.owner(t.Context(), "good"); err != nil {
			t.Fatal(err)
		}
	}
	ask()
	k.forget("another")
	ask()
	if profiles.asked != 1 {
		t.Errorf("the store was asked %d times; forgetting another profile changes nothing", profiles.asked)
	}
	k.forget("owner")
	profiles.during = func() { k.forget("owner") }
	ask()
	profiles.during = nil
	ask()
	if profiles.asked != 3 {
		t.Errorf("the store was asked %d times, want 3: what it told before the second forgetting is not good after it", profiles.asked)
	}
}
