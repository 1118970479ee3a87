package notify

import (
	"context"
	"errors"
	"fmt"

	"github.com/crier-social/crier/core/store"
)

// errCurrent means that a webhook's secrets are encrypted as they should be, or that no key
// opens them.
var errCurrent = errors.New("notify: there is nothing to encrypt anew")

// Reseal encrypts the webhook secrets of the profiles with the first key of the ring, where
// another one has, and tells of how many webhooks. What no key opens is left as it is.
func (n *Notifier) Reseal(ctx context.Context, profileIDs ...string) (int, error) {
	resealed := 0
	for _, id := range profileIDs {
		list, err := n.Webhooks(ctx, id)
		if err != nil {
			return resealed, err
		}
		for _, w := range list {
			_, err := n.store.UpdateWebhook(ctx, id, w.Action, n.resealSecrets)
			switch {
			case err == nil:
				resealed++
			case !errors.Is(err, errCurrent):
				return resealed, fmt.Errorf("reseal the secret of webhook %s of profile %s: %w", w.Action, id, err)
			}
		}
	}
	return resealed, nil
}

// resealSecrets is errCurrent when there is nothing to write, as of a webhook that was
// deleted meanwhile.
func (n *Notifier) resealSecrets(w *store.Webhook) error {
	changed := false
	for _, secret := range []*[]byte{&w.Sealed, &w.Former} {
		fresh, renewed, err := n.vault.Reseal(*secret, boundTo(w.ProfileID, w.Action))
		if err == nil && renewed {
			*secret, changed = fresh, true
		}
	}
	if !changed {
		return errCurrent
	}
	return nil
}
