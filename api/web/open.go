package web

import (
	"net/http"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/store"
)

// open is where the address of a link page leads: it makes the browser known, and keeps the
// secret of the address out of what follows. It changes nothing else, so that programs which
// look at the addresses in a mail use nothing up.
func (w *Web) open(rw http.ResponseWriter, r *http.Request) error {
	o, err := w.Linking.Open(r.Context(), core.Secret(r.PathValue(tokenParam)), cookieOf(r))
	if err != nil {
		return err
	}
	w.keepBrowser(rw, o)
	see(rw, w.path(o.SessionID))
	return nil
}

// start sends the browser to the network's consent page.
func (w *Web) start(rw http.ResponseWriter, r *http.Request, v *accounts.Visit) error {
	f := r.PostForm
	c := accounts.Consent{Platform: f.Get("platform"), App: f.Get("app"), AccountID: f.Get("account"), Answers: answersOf(r)}
	begun, err := v.Begin(r.Context(), c)
	switch {
	case err != nil:
		return w.startAgain(rw, r, v, c, err)
	case begun.URL != "":
		return w.lead(rw, r, v, c.Platform, begun.URL)
	}
	return w.settled(rw, v, begun.Returned)
}

// startAgain shows the form again that could not go on as it was filled in, or passes the
// error on.
func (w *Web) startAgain(rw http.ResponseWriter, r *http.Request, v *accounts.Visit, c accounts.Consent, err error) error {
	t, again := retryOf(r, v, c, err)
	if !again {
		return err
	}
	if x, ok := rw.(*exchange); ok {
		x.cause = err
	}
	if v.Relinks() {
		return w.relink(rw, r, v, t.note, t)
	}
	return w.accounts(rw, r, v, t.note, t)
}

// settled leads on from what came of a consent.
func (w *Web) settled(rw http.ResponseWriter, v *accounts.Visit, r accounts.Returned) error {
	if r.Choice != "" {
		see(rw, w.path(v.Session.ID, "choose", r.Choice))
		return nil
	}
	return w.tellLinked(rw, v, r.Linked)
}

// callback is where networks send the browser back to. It is left at once, so that the code
// in its address stays nowhere.
func (w *Web) callback(rw http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	back := core.LinkReturn{
		Code: core.Secret(q.Get("code")), Error: q.Get("error"), Description: q.Get("error_description"), Issuer: q.Get("iss"),
	}
	v, returned, err := w.Linking.Return(r.Context(), core.Secret(q.Get("state")), back, cookieOf(r))
	if v == nil {
		return err
	}
	noteSession(rw, v)
	if err != nil {
		return w.tellFailure(rw, r, v, err)
	}
	return w.settled(rw, v, returned)
}

// tellFailure shows an error on the page of the session.
func (w *Web) tellFailure(rw http.ResponseWriter, r *http.Request, v *accounts.Visit, err error) error {
	e := shown(err)
	if e.Kind == core.KindInternal {
		return err
	}
	if x, ok := rw.(*exchange); ok {
		x.cause = err
	}
	if err := w.leave(rw, v.Session.ID, noteOf(e).numbered(r.Context(), e)); err != nil {
		return err
	}
	see(rw, w.path(v.Session.ID))
	return nil
}

// tellLinked shows what was linked: on the page of all accounts, or at the end of a page
// that was made for one thing.
func (w *Web) tellLinked(rw http.ResponseWriter, v *accounts.Visit, l accounts.Linked) error {
	n := linkedNote(v, l)
	n.Brand = brandOf(v.Profile)
	if err := w.leave(rw, v.Session.ID, n); err != nil {
		return err
	}
	if v.Session.Mode == store.LinkConnect {
		see(rw, w.path(v.Session.ID, "done"))
		return nil
	}
	see(rw, w.path(v.Session.ID))
	return nil
}

// done is where a page ends: it leads on, or tells that all is done. What a page for one
// account has to tell is told although the page has ended by then.
func (w *Web) done(rw http.ResponseWriter, r *http.Request) error {
	n := w.take(rw, r, r.PathValue(sessionParam))
	if n != nil && n.Last {
		return w.show(rw, r, http.StatusOK, pageMessage, document{DocumentTitle: n.Title, Brand: n.Brand, Body: message{note: *n}})
	}
	v, err := w.enter(rw, r)
	if err != nil {
		return err
	}
	redirect := v.Session.Redirect
	if n == nil && redirect != "" {
		see(rw, redirect)
		return nil
	}
	m := message{Way: &way{w.path(v.Session.ID), "Back to the accounts"}}
	switch {
	case n != nil:
		m.note = *n
	case v.Relinks(): // it would have ended with success
		m.note = note{Kind: info, Title: "Nothing was changed", Lines: []string{"The account was not linked again."}}
		m.Way.Words = "Link it again"
	default:
		if m.note, err = w.farewell(r, v); err != nil {
			return err
		}
	}
	if redirect != "" {
		m.Way = &way{redirect, "Continue"}
	}
	return w.show(rw, r, http.StatusOK, pageMessage, document{DocumentTitle: m.Title, Brand: brandOf(v.Profile), Body: m})
}

// farewell is the note of a page that is left.
func (w *Web) farewell(r *http.Request, v *accounts.Visit) (note, error) {
	linked, err := v.Accounts(r.Context())
	n := note{Kind: good, Title: "All done", Lines: []string{"You can close this page."}}
	if len(linked) == 0 {
		n.Kind, n.Title = info, "Nothing is linked"
	}
	return n, err
}
