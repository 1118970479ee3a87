package api

import (
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// accountAnswer shows one account.
type accountAnswer struct {
	Status   string       `json:"status"`
	Account  core.Account `json:"account"`
	RefID    string       `json:"refId"`
	Warnings []warning    `json:"warnings,omitempty"`
}

// accountDetail is the answer to GET /accounts/:id.
type accountDetail struct {
	accountAnswer
	PostQuota *postQuota `json:"postQuota,omitempty"`
	// Usage is how many calls of the network's API were made for the account today.
	Usage *core.Usage `json:"usage,omitempty"`
}

// postQuota is what is left of an account's posts for the day.
type postQuota struct {
	Limit     int    `json:"limit"`
	Used      int    `json:"used"`
	Remaining int    `json:"remaining"`
	ResetsAt  string `json:"resetsAt"`
}

// unlinkAnswer is the answer to DELETE /profiles/social.
type unlinkAnswer struct {
	Status   string    `json:"status"`
	Platform string    `json:"platform"`
	RefID    string    `json:"refId"`
	Count    int       `json:"unlinked"`
	Warnings []warning `json:"warnings,omitempty"`
}

// shown returns an account with the state that it is in now. The stored one is
// found out by the next sweep, or when the account is used next. What was promised to an
// authorization that is lost is not shown.
func shown(account core.Account, now time.Time) core.Account {
	if reason, ended := account.EndedAt(now); ended && account.Status == core.AccountActive {
		account.Upkeep.LostAt = account.EndsAt()
		account.Status, account.StatusReason = core.AccountRelinkRequired, reason
	}
	if reason, stuck := account.UnrenewedAt(now); stuck {
		account.StatusReason = reason
	}
	if account.Status == core.AccountRelinkRequired {
		account.ExpiresAt, account.RefreshExpiresAt = notAfter(account.ExpiresAt, account.Upkeep.LostAt, now), notAfter(account.RefreshExpiresAt, account.Upkeep.LostAt, now)
	}
	return account
}

// notAfter is an end of tokens that were lost at a time, which may not be known, but is
// over now; zero where it is not known.
func notAfter(end, lostAt, now time.Time) time.Time {
	switch {
	case !lostAt.IsZero() && end.After(lostAt):
		return lostAt
	case end.After(now):
		return time.Time{}
	}
	return end
}

// listAccounts is GET /accounts.
func (a *API) listAccounts(c *gin.Context) answer {
	profile := profileOf(c)
	list, err := a.Accounts.List(c.Request.Context(), profile.ID)
	if err != nil {
		return fail("request", err)
	}
	current := make([]core.Account, len(list))
	for i, account := range list {
		current[i] = shown(account, a.Clock.Now())
	}
	return ok(map[string]any{
		"status": statusSuccess, "accounts": current, "count": len(current), "refId": profile.RefID,
	})
}

// getAccount is GET /accounts/:id.
func (a *API) getAccount(c *gin.Context) answer {
	profile := profileOf(c)
	account, err := a.Accounts.Get(c.Request.Context(), profile.ID, c.Param("id"))
	if err != nil {
		return accountError(err)
	}
	quota, err := a.Publisher.Quota(c.Request.Context(), account)
	if err != nil {
		return fail("request", err)
	}
	detail := accountDetail{
		accountAnswer: accountAnswer{Status: statusSuccess, Account: shown(account, a.Clock.Now()), RefID: profile.RefID},
		Usage:         a.usageOf(c.Request.Context(), account),
	}
	if quota.Limit > 0 {
		detail.PostQuota = &postQuota{quota.Limit, quota.Used, max(quota.Limit-quota.Used, 0), stamp(quota.ResetsAt)}
	}
	return ok(detail)
}

// accountError answers for an id in the path: an account that is not there is a
// resource that is not there.
func accountError(err error) answer {
	if core.CodeOf(visible(err)[0]) == core.CodeAccountNotFound {
		return failWith(http.StatusNotFound, "request", err)
	}
	return fail("request", err)
}

// patchAccount is PATCH /accounts/:id: it makes the account the default of its
// network.
func (a *API) patchAccount(c *gin.Context) answer {
	f, err := readJSON(c)
	if err != nil {
		return fail("request", err)
	}
	if _, sent := f.raw("default"); !sent {
		f.add(invalid("default", "default is missing: send true to make this account the one that its network's name means"))
	} else if !f.flag("default", true) {
		f.add(invalid("default", "default cannot be taken away; make another account the default instead"))
	}
	for _, key := range accountKeys() {
		if _, sent := f.raw(key); sent {
			f.add(invalid(key, key+" cannot be changed"))
		}
	}
	if len(f.problems) > 0 {
		return fail("request", f.problems)
	}
	profile := profileOf(c)
	account, err := a.Accounts.SetDefault(c.Request.Context(), profile.ID, c.Param("id"))
	if err != nil {
		return accountError(err)
	}
	return ok(accountAnswer{
		Status: statusSuccess, Account: shown(account, a.Clock.Now()), RefID: profile.RefID, Warnings: f.ignored(),
	})
}

// accountKeys lists what is shown of an account and cannot be set.
func accountKeys() []string {
	return []string{
		"id", "platform", "remoteId", "kind", "displayName", "username", "profileUrl", "imageUrl", "status",
		"statusReason", "scopes", "app", "linkedAt", "expiresAt", "refreshExpiresAt",
	}
}

// deleteAccount is DELETE /accounts/:id: it unlinks the account.
func (a *API) deleteAccount(c *gin.Context) answer {
	profile := profileOf(c)
	if err := a.Accounts.Unlink(c.Request.Context(), profile.ID, c.Param("id")); err != nil {
		return accountError(err)
	}
	return ok(map[string]string{"status": statusSuccess, "id": c.Param("id"), "refId": profile.RefID})
}

func (a *API) checkPlatform(name string) core.Errors {
	if _, known := a.Registry.Get(name); known {
		return nil
	}
	return core.Errors{a.Registry.UnknownPlatform("platform", printable(name))}
}

// meant asks whether a wrong name is that of a network, misspelt, as the end of a message.
func (a *API) meant(name string) string {
	if similar, found := a.Registry.Similar(name); found {
		return "; did you mean " + similar + "?"
	}
	return ""
}

// unlinkSocial is DELETE /profiles/social. Unlinking what is not linked succeeds.
func (a *API) unlinkSocial(c *gin.Context) answer {
	f, err := a.readForProfile(c)
	if err != nil {
		return fail("unlink", err)
	}
	platform := f.text("platform")
	switch {
	case len(f.problems) > 0:
	case platform == "":
		f.add(invalid("platform", "platform is missing"))
	default:
		f.problems = a.checkPlatform(platform)
	}
	if len(f.problems) > 0 {
		return fail("unlink", f.problems)
	}
	profile := profileOf(c)
	n, err := a.Accounts.UnlinkPlatform(c.Request.Context(), profile.ID, platform)
	if err != nil {
		return fail("unlink", err)
	}
	return ok(unlinkAnswer{
		Status: statusSuccess, Platform: platform, RefID: profile.RefID, Count: n, Warnings: f.ignored(),
	})
}
