package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/crier-social/crier/api/web"
	"github.com/crier-social/crier/core/accounts"
)

func (a *app) openLinking() {
	a.linking = accounts.NewLinking(accounts.LinkingConfig{
		Accounts: a.accounts, Store: a.store, Profiles: a.store, Registry: a.registry, Vault: a.vault,
		Clock: a.clock, Log: a.log, PublicURL: string(a.cfg.PublicURL),
	})
}

// newPages makes the pages on which people link accounts.
func (a *app) newPages() (*web.Web, error) {
	return web.New(web.Config{
		Linking: a.linking, Clock: a.clock, Log: a.log, PublicURL: string(a.cfg.PublicURL), Observe: a.metrics.RequestServed,
	})
}

// besidePages sends requests for link pages there, and all others to the API.
func besidePages(api, pages http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == accounts.LinkPath || strings.HasPrefix(r.URL.Path, accounts.LinkPath+"/") {
			pages.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// keepLinks is for how long a link page that is over is remembered, so that whoever comes
// late is told that it is over.
const keepLinks = 24 * time.Hour

// forgetLinks deletes what is over of link pages: at once the journeys to networks, and the
// tokens that nobody has chosen accounts for in time.
func (a *app) forgetLinks(ctx context.Context) {
	now := a.clock.Now()
	if _, err := a.store.DeleteLinks(ctx, now, now.Add(-keepLinks)); err != nil && ctx.Err() == nil {
		a.log.ErrorContext(ctx, "old link pages could not be deleted", "error", err)
	}
}
