package api

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// Checker examines apps and accounts. *accounts.Checker is one.
type Checker interface {
	Account(ctx context.Context, profileID, id string) (core.Account, []core.Finding, error)
	Platform(ctx context.Context, platform string) ([]core.Finding, error)
	Usage(ctx context.Context, a core.Account) (core.Usage, bool)
}

// checkAnswer is what an examination has found out.
type checkAnswer struct {
	Status    string         `json:"status"`
	Platform  string         `json:"platform"`
	AccountID string         `json:"accountId,omitempty"`
	Findings  []core.Finding `json:"findings"`
}

// withChecker lets a handler run on a server that can examine.
func (a *API) withChecker(h handler) handler {
	if a.Checker != nil {
		return h
	}
	return func(*gin.Context) answer {
		return fail("request", &core.Error{Kind: core.KindUnsupported, Message: "this server does not examine accounts"})
	}
}

// checkAccount is GET /accounts/:id/check.
func (a *API) checkAccount(c *gin.Context) answer {
	account, findings, err := a.Checker.Account(c.Request.Context(), profileOf(c).ID, c.Param("id"))
	if err != nil {
		return accountError(err)
	}
	return ok(checkAnswer{Status: statusSuccess, Platform: account.Platform, AccountID: account.ID, Findings: findings})
}

// checkProvider is GET /providers/:platform/check.
func (a *API) checkProvider(c *gin.Context) answer {
	platform := c.Param("platform")
	findings, err := a.Checker.Platform(c.Request.Context(), platform)
	if core.KindOf(err) == core.KindNotFound {
		e := *core.AsError(err)
		e.Message += a.meant(platform)
		return failWith(http.StatusNotFound, "request", &e)
	}
	if err != nil {
		return fail("request", err)
	}
	return ok(checkAnswer{Status: statusSuccess, Platform: platform, Findings: findings})
}

// usageOf tells what was used of the calls that the account's network allows; nil where
// nobody counts.
func (a *API) usageOf(ctx context.Context, account core.Account) *core.Usage {
	if a.Checker == nil {
		return nil
	}
	if u, counted := a.Checker.Usage(ctx, account); counted {
		return &u
	}
	return nil
}
