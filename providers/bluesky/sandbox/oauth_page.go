package sandbox

import (
	"net/http"
	"net/url"
	"strings"
)

// decidePath takes what somebody decides on the consent page.
const decidePath = authorizePath + "/decide"

// consentPage is what the page shows that asks for consent.
type consentPage struct {
	Client   *oauthClient
	Host     string // of the client
	Request  string
	Scopes   []string
	Accounts []Account
	Hint     string
}

// consentRoutes adds the page that asks for consent.
func (s *Sandbox) consentRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET "+authorizePath, s.authorizePage)
	mux.HandleFunc("POST "+decidePath, s.decidePage)
}

func (s *Sandbox) authorizePage(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	request, err := s.pending(r.URL.Query())
	s.mu.Unlock()
	if err != nil {
		s.pages.Show(w, http.StatusBadRequest, "mistake.html", err.Error(), policy)
		return
	}
	page := consentPage{Client: request.client, Request: request.uri, Scopes: request.scopes, Hint: strings.TrimPrefix(request.hint, "@")}
	if u, err := url.Parse(request.client.ID); err == nil {
		page.Host = u.Host
	}
	for _, a := range s.AllAccounts() {
		if a.Status == StatusActive || a.Status == StatusDeactivated {
			page.Accounts = append(page.Accounts, a)
		}
	}
	s.pages.Show(w, http.StatusOK, "consent.html", page, withForm(request.redirect))
}

// withForm lets a form of the page send the browser on to an address.
func withForm(redirect string) string {
	u, err := url.Parse(redirect)
	if err != nil {
		return policy
	}
	return policy + "; form-action 'self' " + u.Scheme + "://" + u.Host
}

func (s *Sandbox) decidePage(w http.ResponseWriter, r *http.Request) {
	form, bad := readForm(r)
	if bad != nil {
		s.pages.Show(w, http.StatusBadRequest, "mistake.html", bad.description, policy)
		return
	}
	s.mu.Lock()
	request, err := s.pending(form)
	back := ""
	if err == nil {
		back, err = s.decide(request, form.Get("account"), Decision(form.Get("decision")))
	}
	s.mu.Unlock()
	if err != nil {
		s.pages.Show(w, http.StatusBadRequest, "mistake.html", err.Error(), policy)
		return
	}
	http.Redirect(w, r, back, http.StatusSeeOther)
}
