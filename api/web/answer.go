package web

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
	"github.com/crier-social/crier/core/store"
)

// document is what every page has.
type document struct {
	DocumentTitle string
	Style, Icon   string
	Brand         brand
	Footer        string
	Body          any
}

// show renders a page. What cannot be rendered in full is not sent at all.
func (w *Web) show(rw http.ResponseWriter, r *http.Request, status int, name string, d document) error {
	d.Style, d.Icon = w.assetURL("style.css"), w.assetURL("icon.svg")
	if d.Brand.Name != "" {
		d.DocumentTitle += " – " + d.Brand.Name
	}
	var b bytes.Buffer
	if err := w.pages[name].ExecuteTemplate(&b, "layout", d); err != nil {
		return fmt.Errorf("render the page %s: %w", name, err)
	}
	rw.Header().Set("Content-Type", "text/html; charset=utf-8")
	rw.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = rw.Write(b.Bytes()) // a browser that is gone cannot be told
	}
	return nil
}

// forms lets the forms of this page lead to the consent pages of the networks. Chromium
// holds every redirect that follows a form against the policy, and stops without a word at
// one that is not named. Behind a consent page there may be more of them, at addresses that
// nobody knows beforehand: a company that signs its people in at a page of its own. So all
// of https is allowed, and of http what the consent pages have (a sandbox). The forms are
// safe without it: they lead to this server, with a token that only this page has.
// https://www.w3.org/TR/CSP3/#directive-form-action
func (w *Web) forms(ctx context.Context, rw http.ResponseWriter, networks ...accounts.LinkNetwork) {
	rw.Header().Set("Content-Security-Policy", contentPolicy(w.formTargets(ctx, networks...)...))
}

// formTargets lists where the forms of a page with these networks may lead.
func (w *Web) formTargets(ctx context.Context, networks ...accounts.LinkNetwork) []string {
	targets := []string{"https:"}
	for _, n := range networks {
		for _, origin := range w.Linking.ConsentOrigins(ctx, n) {
			if !strings.HasPrefix(origin, "https:") && !slices.Contains(targets, origin) {
				targets = append(targets, origin)
			}
		}
	}
	return targets
}

// see sends the browser to another page, which it gets with GET.
func see(rw http.ResponseWriter, address string) {
	rw.Header().Set("Location", address)
	rw.WriteHeader(http.StatusSeeOther)
}

// message is a page that tells one thing.
type message struct {
	note
	Retry     *retry // a button that begins the same consent once more
	Way       *way
	RequestID string
}

// Heading is for the template.
func (m message) Heading() string { return m.Title }

// way is where to go from here.
type way struct{ URL, Words string }

// retry is the form that begins the same consent once more.
type retry struct{ Start, Form, Platform, AccountID string }

// fail answers with an error, in words for the person at the browser.
func (w *Web) fail(rw http.ResponseWriter, r *http.Request, v *accounts.Visit, err error) {
	e := shown(err)
	if x, ok := rw.(*exchange); ok {
		x.cause = err
	}
	m := message{note: noteOf(e)}
	status := statusOf(e)
	if status >= http.StatusInternalServerError {
		m.RequestID = core.RequestID(r.Context())
	}
	if status == http.StatusServiceUnavailable {
		rw.Header().Set("Retry-After", strconv.Itoa(int(max(e.RetryAfter, time.Second).Seconds())))
	}
	var b brand
	if v != nil {
		b = brandOf(v.Profile)
		m.Way = &way{w.path(v.Session.ID), "Back to the accounts"}
		if v.Relinks() {
			m.Way = nil
		}
	}
	if err := w.show(rw, r, status, pageMessage, document{DocumentTitle: m.Title, Brand: b, Body: m}); err != nil {
		w.Log.ErrorContext(r.Context(), "an error could not be shown", "error", err)
		http.Error(rw, m.Title, http.StatusInternalServerError)
	}
}

// shown is the error to show: what nobody has explained is the server's own trouble.
func shown(err error) *core.Error {
	if e, ok := errors.AsType[*core.Error](err); ok {
		return e
	}
	trouble, _ := store.TroubleOf(err)
	return &core.Error{
		Kind: core.KindTemporary, Code: core.CodeStoreUnavailable, Err: err, RetryAfter: trouble.Pause,
		Message: "the server cannot do this at the moment",
		Help:    "Wait a moment, then load the page again. If it stays like this, tell whoever runs this server the number below.",
	}
}

// statusOf is the HTTP status of a page that shows the error.
func statusOf(e *core.Error) int {
	if core.CodeOf(e) == core.CodeAccountNotFound {
		return http.StatusNotFound
	}
	return cmp.Or(core.CodeOf(e).Info().Status, http.StatusInternalServerError)
}

// noMethod answers a request with a method that its address does not take.
func noMethod(allowed string) func(http.ResponseWriter, *http.Request) error {
	return func(rw http.ResponseWriter, _ *http.Request) error {
		rw.Header().Set("Allow", allowed)
		return &core.Error{
			Kind: core.KindInvalid, Code: core.CodeMethodNotAllowed, Message: "this address does not take such a request",
			Help: "Open the address that you were given once more.",
		}
	}
}

// noPage answers a request for what is not there.
func noPage(http.ResponseWriter, *http.Request) error {
	return &core.Error{
		Kind: core.KindNotFound, Code: core.CodeRouteNotFound, Message: "there is no page at this address",
		Help: "Check that the address is complete, or open the address that you were given once more.",
	}
}
