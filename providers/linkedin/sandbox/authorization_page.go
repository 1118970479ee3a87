package sandbox

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
)

// memberCookie holds the id of who is signed in. Cookies do not tell ports apart, so the
// name is one that no other server of the machine has.
const memberCookie = "crier_sandbox_member"

// consentPolicy lets the forms of the consent pages go on to wherever the app has its members
// sent back to, and on from there: browsers hold form-action against redirects too.
const consentPolicy = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"

// consentPage is what the page asks a member.
type consentPage struct {
	App    string
	Member Person
	Scopes []scopeText
	Host   string // where the member is sent back to
}

// signInPage is what the page shows of who may sign in.
type signInPage struct {
	App    string
	People []Person
}

// authorize is the page on which members consent.
func (p *pages) authorize(w http.ResponseWriter, r *http.Request) {
	entry := p.sandbox.begin(r)
	status, notes := p.showAuthorization(w, r)
	p.sandbox.finish(entry, status, notes)
}

// showAuthorization answers an authorization request with a page, or sends the browser back.
func (p *pages) showAuthorization(w http.ResponseWriter, r *http.Request) (status int, notes []string) {
	a, err := p.sandbox.readAuthorization(r.URL.RawQuery)
	if refusal, ok := errors.AsType[*unauthorizedScope](err); ok {
		return sendBrowser(w, a.refuse(errUnauthorizedScope, refusal.Error())), a.notes
	}
	if err != nil {
		p.Show(w, http.StatusUnauthorized, "oautherror.html", err.Error(), consentPolicy)
		return http.StatusUnauthorized, nil
	}
	if r.Method == http.MethodPost {
		return p.decideAuthorization(w, r, a), a.notes
	}
	member, signedIn := p.signedIn(r)
	if back, settled := p.sandbox.settled(a, member.ID); settled {
		return sendBrowser(w, back), a.notes
	}
	if !signedIn {
		p.Show(w, http.StatusOK, "signin.html", signInPage{App: a.app.Title, People: p.sandbox.World().People}, consentPolicy)
		return http.StatusOK, a.notes
	}
	page := consentPage{App: a.app.Title, Member: member, Host: hostOf(a.redirect)}
	for _, scope := range a.scopes {
		page.Scopes = append(page.Scopes, textOfScope(scope))
	}
	p.Show(w, http.StatusOK, "consent.html", page, consentPolicy)
	return http.StatusOK, a.notes
}

// decideAuthorization takes what a member did on one of the pages, which send their forms to
// the address that they have themselves.
func (p *pages) decideAuthorization(w http.ResponseWriter, r *http.Request, a authorization) int {
	r.Body = http.MaxBytesReader(w, r.Body, maxAPIBody)
	if err := r.ParseForm(); err != nil {
		return p.refuseForm(w)
	}
	member, signedIn := p.signedIn(r)
	switch decision := r.PostForm.Get("decision"); {
	case decision == "cancelLogin":
		return sendBrowser(w, a.cancelLogin())
	case decision == "cancel" && signedIn:
		return sendBrowser(w, a.cancelConsent())
	case decision == "allow" && signedIn:
		return sendBrowser(w, p.sandbox.allow(a, member.ID))
	case decision == "switch":
		signIn(w, r, "")
		return sendBrowser(w, r.URL.RequestURI())
	case p.sandbox.isMember(r.PostForm.Get("member")):
		signIn(w, r, r.PostForm.Get("member"))
		return sendBrowser(w, r.URL.RequestURI())
	}
	return p.refuseForm(w)
}

func (p *pages) refuseForm(w http.ResponseWriter) int {
	p.Show(w, http.StatusBadRequest, "oautherror.html", "The page has sent something that it cannot have sent: sign in and decide anew", consentPolicy)
	return http.StatusBadRequest
}

// signedIn returns who is signed in with this browser.
func (p *pages) signedIn(r *http.Request) (Person, bool) {
	cookie, err := r.Cookie(memberCookie)
	if err != nil {
		return Person{}, false
	}
	people := p.sandbox.World().People
	i := slices.IndexFunc(people, func(who Person) bool { return who.ID == cookie.Value })
	if i < 0 {
		return Person{}, false
	}
	return people[i], true
}

// signIn signs a member in, or, without an id, whoever is signed in out.
func signIn(w http.ResponseWriter, r *http.Request, person string) {
	cookie := &http.Cookie{ //nolint:gosec // mostly there is no TLS on the way to this machine
		Name: memberCookie, Value: person, Path: authorizationPath, HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: r.TLS != nil,
	}
	if person == "" {
		cookie.MaxAge = -1
	}
	http.SetCookie(w, cookie)
}

// sendBrowser redirects, and returns the status.
func sendBrowser(w http.ResponseWriter, address string) int {
	h := w.Header()
	h.Set("Location", address)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusSeeOther)
	return http.StatusSeeOther
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
