package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
)

// relinkPage asks what it takes to link one account again.
type relinkPage struct {
	head
	Account             accountView
	Network, Text, Hint string
	Platform, AccountID string
	Action              string
	Fields              []fieldView
}

// relink leads on to the consent, unless there is something to tell, or to ask, first. t is a
// form that was tried; nil: none was.
func (w *Web) relink(rw http.ResponseWriter, r *http.Request, v *accounts.Visit, n *note, t *tried) error {
	c := accounts.Consent{Platform: v.Session.Platform, AccountID: v.Session.AccountID}
	app, ask, err := w.toAsk(r, v)
	switch {
	case err != nil:
		return err
	case len(ask) > 0 || app.Direct || t != nil:
		return w.askAgain(rw, r, v, n, t)
	case n != nil:
		w.forms(r.Context(), rw, v.Networks()...)
		m := message{note: *n, Retry: &retry{Start: w.path(v.Session.ID, "start"), Form: v.FormToken(), Platform: c.Platform, AccountID: c.AccountID}}
		return w.show(rw, r, http.StatusOK, pageMessage, document{DocumentTitle: n.Title, Brand: brandOf(v.Profile), Footer: w.footer(v), Body: m})
	}
	begun, err := v.BeginRelink(r.Context())
	if err != nil {
		if t, again := retryOf(r, v, c, err); again { // the account may be called otherwise by now
			return w.askAgain(rw, r, v, t.note, t)
		}
		return err
	}
	see(rw, begun.URL)
	return nil
}

// toAsk returns the app through which the account of the page is linked again, and what has to
// be asked for; nothing where that cannot be, as its beginning will tell.
func (w *Web) toAsk(r *http.Request, v *accounts.Visit) (core.LinkApp, []core.LinkField, error) {
	a, err := v.Account(r.Context(), v.Session.AccountID)
	if err != nil || !v.CanRelink(a) {
		return core.LinkApp{}, nil, err
	}
	app, ask, _ := v.RelinkApp(a)
	return app, ask, nil
}

// askAgain shows the form for the account of the page.
func (w *Web) askAgain(rw http.ResponseWriter, r *http.Request, v *accounts.Visit, n *note, t *tried) error {
	a, err := v.Account(r.Context(), v.Session.AccountID)
	if err != nil {
		return err
	}
	app, _, _ := v.RelinkApp(a)
	title := v.Title(a.Platform)
	w.forms(r.Context(), rw, v.Networks()...)
	p := relinkPage{
		head: w.headOf(v, n, "Link "+nameOf(a)+" again", ""), Account: describe(a), Network: title, Platform: a.Platform, AccountID: a.ID,
		Action: "Continue to " + title, Hint: signInHint(title), Fields: t.fieldViews("again", app, a),
	}
	switch {
	case app.Direct:
		p.Action, p.Hint = "Link again", directHint(title)
	case len(app.Fields) > 0:
		p.Hint = signInHint(serverOf(title))
	}
	if need, days := accounts.NeedOf(a, w.Clock.Now()); need != accounts.NeedNothing {
		p.Text = alertText(a, need, days, w.Clock.Now())
	}
	status := http.StatusOK
	if t != nil {
		status = t.status
	}
	return w.show(rw, r, status, pageRelink, document{DocumentTitle: headline(n, p.Heading), Brand: brandOf(v.Profile), Footer: w.footer(v), Body: p})
}

// lead sends a browser that has sent a form to the network's consent page. Chromium holds a
// redirect that follows a form against the policy of the page with the form, which allows all
// of https, and of http what was known when it was made. Where an app asks first, its consent
// page may be anywhere; so to one on http that the policy cannot have named, a page leads that
// the answer to the form ends with.
func (w *Web) lead(rw http.ResponseWriter, r *http.Request, v *accounts.Visit, platform, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "https" || slices.Contains(w.formTargets(r.Context(), v.Networks()...), u.Scheme+"://"+u.Host) {
		see(rw, address)
		return nil //nolint:nilerr // an address that is none is the adapter's, and no browser follows it
	}
	rw.Header().Set("Refresh", "0; url="+u.String())
	title := v.Title(platform)
	m := message{
		note: note{Kind: info, Title: "On to " + title, Lines: []string{title + " asks you what you allow, and brings you back here."}},
		Way:  &way{u.String(), "Continue to " + title},
	}
	return w.show(rw, r, http.StatusOK, pageMessage, document{DocumentTitle: m.Title, Brand: brandOf(v.Profile), Body: m})
}
