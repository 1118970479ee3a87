package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/notify"
	"github.com/crier-social/crier/core/store"
)

// Webhooks keeps where notices go, and the log of what was sent. *notify.Notifier is one.
type Webhooks interface {
	Register(ctx context.Context, profileID string, r notify.Registration) (store.Webhook, error)
	Rotate(ctx context.Context, profileID, action string, secret core.Secret) (store.Webhook, core.Secret, error)
	Unregister(ctx context.Context, profileID, action string) error
	Webhooks(ctx context.Context, profileID string) ([]store.Webhook, error)
	Inherited(ctx context.Context, p core.Profile) ([]store.Webhook, error)

	Messages(ctx context.Context, q store.MessageQuery) ([]store.Message, error)
	Message(ctx context.Context, profileID, id string) (store.Message, error)
	Resend(ctx context.Context, profileID, id string) (store.Message, error)
}

// hookAction is the action of errors about webhooks.
const hookAction = "hook"

// withWebhooks answers for a server without webhooks.
func (a *API) withWebhooks(h handler) handler {
	return func(c *gin.Context) answer {
		if a.Webhooks == nil {
			return fail(hookAction, unsupported("", "this server calls no webhooks"))
		}
		return h(c)
	}
}

// hookView is a webhook as clients know it. Its secret is never shown.
type hookView struct {
	Action  string `json:"action"`
	URL     string `json:"url"`
	Created string `json:"created"`
	Updated string `json:"updated"`
	Signed  bool   `json:"signed"` // it has a secret
	// FormerSecretUntil is until when calls are signed with the secret before the present
	// one, too.
	FormerSecretUntil string `json:"formerSecretUntil,omitempty"`
	// Inherited tells that it is the primary profile's, which is called because this one has
	// none of its own for the action.
	Inherited bool `json:"inherited,omitempty"`
}

func (a *API) viewOfHook(w store.Webhook, inherited bool) hookView {
	v := hookView{
		Action: w.Action, URL: w.URL, Created: stamp(w.CreatedAt), Updated: stamp(w.UpdatedAt),
		Signed: len(w.Sealed) > 0, Inherited: inherited,
	}
	if w.FormerUntil.After(a.Clock.Now()) {
		v.FormerSecretUntil = stamp(w.FormerUntil)
	}
	return v
}

// hookSet is the answer to what changes a webhook.
type hookSet struct {
	Status string `json:"status"`
	hookView
	RefID string `json:"refId"`
	// Secret is one that was made, shown this once.
	Secret   string    `json:"secret,omitempty"`
	Warnings []warning `json:"warnings,omitempty"`
}

// registerHook is POST /hook/webhook. It may be repeated.
func (a *API) registerHook(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail(hookAction, err)
	}
	r := notify.Registration{Action: f.hookAction(f.text("action")), URL: strings.TrimSpace(f.text("url"))}
	if _, sent := f.raw("secret"); sent {
		secret := core.Secret(f.text("secret"))
		r.Secret = &secret
	}
	if len(f.problems) > 0 {
		return fail(hookAction, f.problems)
	}
	profile := profileOf(c)
	w, err := a.Webhooks.Register(c.Request.Context(), profile.ID, r)
	if err != nil {
		return fail(hookAction, err)
	}
	return ok(hookSet{
		Status: statusSuccess, hookView: a.viewOfHook(w, false), RefID: profile.RefID,
		Warnings: slices.Concat(silentAction(r.Action), f.ignored(), unusedKey(c.Request)),
	})
}

// rotateHookSecret is POST /hook/webhook/secret.
func (a *API) rotateHookSecret(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail(hookAction, err)
	}
	action, given := f.hookAction(f.text("action")), core.Secret(f.text("secret"))
	if len(f.problems) > 0 {
		return fail(hookAction, f.problems)
	}
	profile := profileOf(c)
	w, secret, err := a.Webhooks.Rotate(c.Request.Context(), profile.ID, action, given)
	if err != nil {
		return fail(hookAction, err)
	}
	set := hookSet{
		Status: statusSuccess, hookView: a.viewOfHook(w, false), RefID: profile.RefID,
		Warnings: slices.Concat(f.ignored(), unusedKey(c.Request)),
	}
	if given == "" {
		set.Secret = secret.Reveal()
	}
	return ok(set)
}

// listHooks is GET /hook/webhook: the addresses by action, as published clients read them,
// and what is known of each.
func (a *API) listHooks(c *gin.Context) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	all := q.flag("allWebhooks")
	if len(q.problems) > 0 {
		return fail(hookAction, q.problems)
	}
	ctx, profile := c.Request.Context(), profileOf(c)
	own, err := a.Webhooks.Webhooks(ctx, profile.ID)
	if err != nil {
		return fail(hookAction, err)
	}
	body, views, latest := map[string]any{"status": statusSuccess, "refId": profile.RefID}, []hookView{}, time.Time{}
	for _, w := range own {
		body[w.Action], body[w.Action+"Updated"] = w.URL, stamp(w.UpdatedAt)
		views = append(views, a.viewOfHook(w, false))
		if w.UpdatedAt.After(latest) {
			latest = w.UpdatedAt
		}
	}
	if !latest.IsZero() {
		body["updated"] = stamp(latest)
	}
	if all {
		inherited, err := a.Webhooks.Inherited(ctx, profile)
		if err != nil {
			return fail(hookAction, err)
		}
		for _, w := range inherited {
			views = append(views, a.viewOfHook(w, true))
		}
	}
	body["webhooks"] = views
	if warnings := q.ignored(); len(warnings) > 0 {
		body["warnings"] = warnings
	}
	return ok(body)
}

// deleteHook is DELETE /hook/webhook.
func (a *API) deleteHook(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail(hookAction, err)
	}
	q := parseQuery(c.Request.URL.RawQuery)
	action := f.hookAction(f.eitherPlace("action", q))
	f.problems = append(f.problems, q.problems...)
	if len(f.problems) > 0 {
		return fail(hookAction, f.problems)
	}
	profile := profileOf(c)
	if err := a.Webhooks.Unregister(c.Request.Context(), profile.ID, action); err != nil {
		return fail(hookAction, err)
	}
	body := map[string]any{"status": statusSuccess, "action": action, "refId": profile.RefID}
	if warnings := slices.Concat(f.ignored(), q.ignored(), unusedKey(c.Request)); len(warnings) > 0 {
		body["warnings"] = warnings
	}
	return ok(body)
}
