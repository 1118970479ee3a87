package notify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/netguard"
	"github.com/crier-social/crier/core/store"
)

const (
	// formerFor is how long calls are signed with the secret before the present one, too.
	formerFor = 24 * time.Hour
	// The lengths of what is registered, in bytes.
	maxURL                 = 2048
	minSecret, maxSecret   = 8, 256
	minKeySize, maxKeySize = 24, 64 // of Standard Webhooks
	// dropBatch is how many calls of a deleted webhook are read at a time.
	dropBatch = 100
)

// Registration is a webhook as a client wants it.
type Registration struct {
	Action string
	URL    string
	// Secret signs the calls; nil: the one there is, if any; empty: none.
	Secret *core.Secret
}

// Register stores where the notices of an action go for the profile. A secret that takes the
// place of another does so as Rotate has it.
func (n *Notifier) Register(ctx context.Context, profileID string, r Registration) (store.Webhook, error) {
	problems := core.Errors{}
	if err := n.checkURL(r.URL); err != nil {
		problems = append(problems, err)
	}
	if r.Secret != nil && *r.Secret != "" {
		if err := checkSecret(*r.Secret); err != nil {
			problems = append(problems, err)
		}
	}
	if err := problems.OrNil(); err != nil {
		return store.Webhook{}, err
	}
	w, err := n.store.UpdateWebhook(ctx, profileID, r.Action, func(w *store.Webhook) error {
		now := n.clock.Now()
		if w.CreatedAt.IsZero() {
			w.CreatedAt = now
		}
		w.URL, w.UpdatedAt = r.URL, now
		switch {
		case r.Secret == nil:
			return nil
		case *r.Secret == "":
			w.Sealed, w.Former, w.FormerUntil = nil, nil, time.Time{}
			return nil
		}
		return n.setSecret(w, *r.Secret)
	})
	if err != nil {
		return store.Webhook{}, fmt.Errorf("register webhook %s: %w", r.Action, err)
	}
	return w, nil
}

// Rotate gives a webhook another secret; empty: one that is made, and returned, this once.
// For a day, calls are signed with the secret before it as well.
func (n *Notifier) Rotate(ctx context.Context, profileID, action string, secret core.Secret) (store.Webhook, core.Secret, error) {
	if _, err := n.Webhook(ctx, profileID, action); err != nil {
		return store.Webhook{}, "", err
	}
	if secret == "" {
		secret = newSecret()
	} else if err := checkSecret(secret); err != nil {
		return store.Webhook{}, "", err
	}
	w, err := n.store.UpdateWebhook(ctx, profileID, action, func(w *store.Webhook) error {
		if w.URL == "" {
			return noWebhook(action) // it was deleted meanwhile
		}
		w.UpdatedAt = n.clock.Now()
		return n.setSecret(w, secret)
	})
	if err != nil {
		return store.Webhook{}, "", fmt.Errorf("rotate the secret of webhook %s: %w", action, err)
	}
	return w, secret, nil
}

// setSecret seals a secret into a webhook, and keeps the one before for a while. The same one
// again changes nothing.
func (n *Notifier) setSecret(w *store.Webhook, secret core.Secret) error {
	bound := boundTo(w.ProfileID, w.Action)
	before, err := n.vault.Open(w.Sealed, bound)
	if err == nil && string(before) == secret.Reveal() {
		return nil
	}
	w.Former, w.FormerUntil = nil, time.Time{}
	if err == nil { // one that does not open signs nothing
		w.Former, w.FormerUntil = w.Sealed, n.clock.Now().Add(formerFor)
	}
	if w.Sealed, err = n.vault.Seal([]byte(secret.Reveal()), bound); err != nil {
		return fmt.Errorf("seal the secret of webhook %s: %w", w.Action, err)
	}
	return nil
}

// Webhook returns the profile's own webhook of an action; an error of CodeWebhookNotFound
// when it has none.
func (n *Notifier) Webhook(ctx context.Context, profileID, action string) (store.Webhook, error) {
	w, err := n.store.GetWebhook(ctx, profileID, action)
	if errors.Is(err, store.ErrNotFound) {
		return store.Webhook{}, noWebhook(action)
	}
	if err != nil {
		return store.Webhook{}, fmt.Errorf("webhook %s: %w", action, err)
	}
	return w, nil
}

// Webhooks lists the profile's own webhooks by action.
func (n *Notifier) Webhooks(ctx context.Context, profileID string) ([]store.Webhook, error) {
	list, err := n.store.ListWebhooks(ctx, profileID)
	if err != nil {
		return nil, fmt.Errorf("webhooks of profile %s: %w", profileID, err)
	}
	return list, nil
}

// Inherited lists the webhooks of the primary profile that are called for the profile,
// because it has none of its own for their actions.
func (n *Notifier) Inherited(ctx context.Context, p core.Profile) ([]store.Webhook, error) {
	if p.Primary {
		return nil, nil
	}
	primary, err := n.store.PrimaryProfile(ctx)
	if err != nil {
		return nil, fmt.Errorf("primary profile: %w", err)
	}
	own, err := n.Webhooks(ctx, p.ID)
	if err != nil {
		return nil, err
	}
	all, err := n.Webhooks(ctx, primary.ID)
	if err != nil {
		return nil, err
	}
	has := map[string]bool{}
	for _, w := range own {
		has[w.Action] = true
	}
	var inherited []store.Webhook
	for _, w := range all {
		if !has[w.Action] {
			inherited = append(inherited, w)
		}
	}
	return inherited, nil
}

// Unregister forgets the profile's webhook of an action, and drops what is still to be sent to
// it: another receiver is not to get what was meant for this one.
func (n *Notifier) Unregister(ctx context.Context, profileID, action string) error {
	err := n.store.DeleteWebhook(ctx, profileID, action)
	if errors.Is(err, store.ErrNotFound) {
		return noWebhook(action)
	}
	if err != nil {
		return fmt.Errorf("delete webhook %s: %w", action, err)
	}
	return n.dropAll(ctx, profileID, core.NoticeAction(action))
}

// dropAll drops the calls that are to be made of a webhook that is gone. One that is left, or
// is stored meanwhile, is dropped when its turn comes.
func (n *Notifier) dropAll(ctx context.Context, ownerID string, action core.NoticeAction) error {
	q := store.MessageQuery{OwnerID: ownerID, Channel: store.ChannelWebhook, Action: action, State: store.MessagePending, Limit: dropBatch}
	lanes := map[string]bool{}
	for {
		page, err := n.store.ListMessages(ctx, q)
		if err != nil {
			return fmt.Errorf("calls of webhook %s: %w", action, err)
		}
		for _, m := range page {
			if err := n.endDropped(ctx, m); err != nil {
				return err
			}
			lanes[m.Lane] = true
		}
		if len(page) < q.Limit {
			break
		}
		q.Before = page[len(page)-1].ID
	}
	for lane := range lanes { // calls of another action may wait in it
		if err := n.advance(ctx, lane); err != nil {
			return err
		}
	}
	return nil
}

func noWebhook(action string) *core.Error {
	return &core.Error{
		Kind: core.KindNotFound, Code: core.CodeWebhookNotFound, Op: "notify.webhook", Field: "action",
		Message: fmt.Sprintf("this profile has no webhook of the action %q", action),
	}
}

// checkURL judges an address as far as that can be done without resolving its name: the call
// itself decides again.
func (n *Notifier) checkURL(address string) *core.Error {
	switch {
	case address == "":
		return invalid("url", "url is missing: the https address that notices are sent to")
	case len(address) > maxURL:
		return invalid("url", fmt.Sprintf("url has %d bytes; at most %d are allowed", len(address), maxURL))
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || strings.ContainsFunc(address, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return invalid("url", "url is not an address: write it as https://host/path, with other characters percent-encoded")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return invalid("url", "url must be an https address with a host: https://host/path")
	case !netguard.ValidPort(u):
		return invalid("url", "url has the port "+u.Port()+", which does not exist: ports go from 1 to 65535; leave it out for 443")
	case u.User != nil:
		return invalid("url", "url must hold no user name or password; have the calls signed by a secret instead")
	}
	if err := n.guard.CheckURL(u); err != nil {
		return refusedAddress(err)
	}
	if err := n.guard.CheckLiteral(u); err != nil {
		return refusedAddress(err)
	}
	return nil
}

// refusedAddress is an address that the guard does not let through.
func refusedAddress(err error) *core.Error {
	e := invalid("url", "url cannot be called: "+core.AsError(err).Message)
	e.Help = "Register a public https address, or have the operator allow the network with " + allowSetting + "."
	return e
}

// checkSecret refuses a secret that is weak, or that client and server could read
// differently.
func checkSecret(secret core.Secret) *core.Error {
	s := secret.Reveal()
	switch {
	case len(s) < minSecret || len(s) > maxSecret:
		return invalid("secret", fmt.Sprintf("secret has %d bytes; it must have %d to %d", len(s), minSecret, maxSecret))
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) || s != strings.TrimSpace(s):
		return invalid("secret", "secret has a control character, or space at its beginning or end")
	case !strings.HasPrefix(s, keyPrefix):
		return nil
	}
	if key, err := keyOf(secret); err != nil || len(key) < minKeySize || len(key) > maxKeySize {
		return invalid("secret", fmt.Sprintf("what follows %s in secret must be %d to %d bytes in base64, as Standard Webhooks has it; leave the prefix out for a secret of another form", keyPrefix, minKeySize, maxKeySize))
	}
	return nil
}

func invalid(field, message string) *core.Error {
	return &core.Error{Kind: core.KindInvalid, Code: core.CodeParameters, Op: "notify", Field: field, Message: message}
}
