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
	err   error
	asked int
}

func (p *countedProfiles) ProfileByKey(context.Context, []byte) (core.Profile, error) {
	p.asked++
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
