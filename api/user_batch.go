package api

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// Notices tells whoever has registered for it what happens. *notify.Notifier is one.
type Notices interface {
	// Wants tells whether anybody is told of an action of the profile.
	Wants(ctx context.Context, profileID string, action core.NoticeAction) (bool, error)
	// Tell puts notices about the profile on their way. It may be repeated.
	Tell(ctx context.Context, profileID string, notices ...core.Notice) error
}

// batchPage is how many profiles one notice of a batch holds.
const batchPage = 100

// batchAnswer is the answer to GET /user/batch: what is told follows by webhook.
type batchAnswer struct {
	Status   string    `json:"status"`
	Message  string    `json:"message"`
	BatchID  string    `json:"batchId"`
	Count    int       `json:"count"`
	Pages    int       `json:"pages"`
	RefID    string    `json:"refId"`
	Warnings []warning `json:"warnings,omitempty"`
}

// batchData is one page of what the webhook is called with.
type batchData struct {
	Status  string     `json:"status"`
	BatchID string     `json:"batchId"`
	Page    int        `json:"page"` // from 1
	Pages   int        `json:"pages"`
	Count   int        `json:"count"` // of all pages
	Users   []userView `json:"users"`
}

// userBatch is GET /user/batch: what GET /user tells of every profile goes to the webhook of
// the action batch.
func (a *API) userBatch(c *gin.Context) answer {
	q := parseQuery(c.Request.URL.RawQuery)
	ctx, profile := c.Request.Context(), profileOf(c)
	wanted, err := a.wantsBatch(ctx, profile)
	if err != nil {
		return fail("batch", err)
	}
	if !wanted {
		return failWith(http.StatusBadRequest, "batch", &core.Error{
			Kind: core.KindInvalid, Code: core.CodeWebhookNotFound, Message: "no webhook is registered for the action batch, which the answer goes to",
			Help: `Register one first: POST /hook/webhook with {"action":"batch","url":"https://…"}.`,
		})
	}
	profiles, err := a.profilesFor(ctx, profile)
	if err != nil {
		return fail("batch", err)
	}
	now := a.Clock.Now()
	ans := batchAnswer{
		Status: statusSuccess, Message: "The profiles are sent to the webhook of the action batch.", BatchID: core.NewID(now),
		Count: len(profiles), Pages: (len(profiles) + batchPage - 1) / batchPage, RefID: profile.RefID, Warnings: q.ignored(),
	}
	if err := a.tellBatch(ctx, profile, profiles, ans, now); err != nil {
		return fail("batch", err)
	}
	return ok(ans)
}

func (a *API) wantsBatch(ctx context.Context, p core.Profile) (bool, error) {
	if a.Notices == nil {
		return false, nil
	}
	return a.Notices.Wants(ctx, p.ID, core.NoticeBatch)
}

// profilesFor lists the profiles that one may see: the primary one all, itself first; a user
// profile itself.
func (a *API) profilesFor(ctx context.Context, p core.Profile) ([]core.Profile, error) {
	all := []core.Profile{p}
	if !p.Primary {
		return all, nil
	}
	for q := (store.ProfileQuery{Limit: maxProfiles}); ; {
		found, err := a.Profiles.ListProfiles(ctx, q)
		all = append(all, found...)
		if err != nil || len(found) < q.Limit {
			return all, err
		}
		q.After = found[len(found)-1].ID
	}
}

// tellBatch puts the pages on their way, in their order.
func (a *API) tellBatch(ctx context.Context, to core.Profile, profiles []core.Profile, batch batchAnswer, now time.Time) error {
	page := 0
	for some := range slices.Chunk(profiles, batchPage) {
		page++
		linked, err := a.Accounts.ListOf(ctx, idsOf(some)...)
		if err != nil {
			return err
		}
		data := batchData{Status: statusSuccess, BatchID: batch.BatchID, Page: page, Pages: batch.Pages, Count: batch.Count}
		for _, p := range some {
			data.Users = append(data.Users, viewOfUser(p, linked[p.ID], now))
		}
		body, err := json.Marshal(data)
		if err != nil {
			return err
		}
		err = a.Notices.Tell(ctx, to.ID, core.Notice{
			ID: core.NewID(now.Add(time.Duration(page) * time.Microsecond)), Action: core.NoticeBatch, CreatedAt: now, Data: body,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
