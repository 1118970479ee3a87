package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
	"github.com/crier-social/crier/core/vault"
)

// Servers on several machines have to have the same key, also while nothing is stored yet that
// shows it: what one encrypts, another has to read. So the first one leaves a value in the
// store that it has sealed.

// keyCheckData binds the value to what it is for.
const keyCheckData = "key check of the primary profile"

// errSameKey ends an update of the value that needs none.
var errSameKey = errors.New("the key is the store's already")

// errOtherKey is the refusal of a server whose key is not the others'.
var errOtherKey = errors.New("CRIER_MASTER_KEY: the servers of this store encrypt with another key\n" +
	"Set CRIER_MASTER_KEY to that key, the same for all servers and workers; or to both with a comma between them, to change it. " + ifKeyLost)

// checkStoreKey refuses a key ring that does not open what the other servers of a shared store
// encrypt, unless their key is lost.
func (a *app) checkStoreKey(ctx context.Context, lost bool) error {
	if !a.cfg.Store.Shared() || lost {
		return nil
	}
	p, err := a.store.PrimaryProfile(ctx)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading the primary profile: %w", err)
	}
	return a.opensKeyCheck(p)
}

func (a *app) opensKeyCheck(p core.Profile) error {
	if len(p.KeyCheck) == 0 {
		return nil
	}
	if _, err := a.vault.Open(p.KeyCheck, []byte(keyCheckData)); errors.Is(err, vault.ErrUnknownKey) {
		return errOtherKey
	} else if err != nil {
		return fmt.Errorf("checking the master key: %w", err)
	}
	return nil
}

// noteStoreKey leaves a value in a shared store that the first key of the ring has sealed. Of
// servers that begin with a store at the same time with different keys, all but one are
// refused here.
func (a *app) noteStoreKey(ctx context.Context, lost bool) error {
	if !a.cfg.Store.Shared() {
		return nil
	}
	_, err := a.store.UpdateProfile(ctx, a.profile.ID, func(p *core.Profile) (err error) {
		if len(p.KeyCheck) > 0 && !lost {
			if err := a.opensKeyCheck(*p); err != nil {
				return err
			}
			fresh, renewed, err := a.vault.Reseal(p.KeyCheck, []byte(keyCheckData))
			if err == nil && !renewed {
				return errSameKey
			}
			p.KeyCheck = fresh
			return err
		}
		p.KeyCheck, err = a.vault.Seal([]byte("crier"), []byte(keyCheckData))
		return err
	})
	if errors.Is(err, errSameKey) {
		return nil
	}
	return err
}
