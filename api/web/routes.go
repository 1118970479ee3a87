package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/crier-social/crier/core/accounts"
)

// route is one line of the table of pages.
type route struct {
	method  string
	pattern string // below accounts.LinkPath
	handler http.HandlerFunc
}

// The names of the parts of addresses.
const (
	tokenParam    = "token"
	sessionParam  = "session"
	choiceParam   = "choice"
	accountParam  = "account"
	documentParam = "document"
)

// fixed lists the addresses that belong to no session yet.
func (w *Web) fixed() []route {
	return []route{
		{http.MethodGet, "/open/{" + tokenParam + "}", w.page(w.open)},
		{http.MethodGet, "/callback", w.page(w.callback)},
		{http.MethodGet, strings.TrimPrefix(accounts.ClientsPath, accounts.LinkPath) + "{" + documentParam + "}", w.page(w.clientDocument)},
		{http.MethodGet, "/style.css", w.asset("style.css")},
		{http.MethodGet, "/icon.svg", w.asset("icon.svg")},
	}
}

// ofSession lists the addresses of one session.
func (w *Web) ofSession() []route {
	const session = "/{" + sessionParam + "}"
	return []route{
		{http.MethodGet, session, w.visit(w.overview)},
		{http.MethodPost, session + "/start", w.form(w.start)},
		{http.MethodGet, session + "/choose/{" + choiceParam + "}", w.visit(w.choose)},
		{http.MethodPost, session + "/choose/{" + choiceParam + "}", w.form(w.chosen)},
		{http.MethodGet, session + "/unlink/{" + accountParam + "}", w.visit(w.unlink)},
		{http.MethodPost, session + "/unlink/{" + accountParam + "}", w.form(w.unlinked)},
		{http.MethodGet, session + "/done", w.page(w.done)},
	}
}

// EachRoute calls f with each route that there is, as Observe names them.
func (w *Web) EachRoute(f func(method, route string)) {
	for _, r := range slices.Concat(w.fixed(), w.ofSession()) {
		f(r.method, accounts.LinkPath+r.pattern)
	}
}

// mux finds the handler of a request. The fixed addresses have a mux of their own: beside
// those of sessions, some requests would fit two patterns.
func (w *Web) mux() http.Handler {
	sessions := http.NewServeMux()
	w.mount(sessions, w.ofSession())
	sessions.HandleFunc("/", w.page(noPage))
	all := http.NewServeMux()
	w.mount(all, w.fixed())
	all.Handle("/", sessions)
	return all
}

// mount adds routes, and what answers the methods that they do not take.
func (w *Web) mount(mux *http.ServeMux, routes []route) {
	methods := map[string][]string{}
	for _, r := range routes {
		mux.HandleFunc(r.method+" "+accounts.LinkPath+r.pattern, r.handler)
		methods[r.pattern] = append(methods[r.pattern], r.method)
		if r.method == http.MethodGet {
			methods[r.pattern] = append(methods[r.pattern], http.MethodHead)
		}
	}
	for pattern, allowed := range methods {
		slices.Sort(allowed)
		mux.HandleFunc(accounts.LinkPath+pattern, w.page(noMethod(strings.Join(allowed, ", "))))
	}
}
