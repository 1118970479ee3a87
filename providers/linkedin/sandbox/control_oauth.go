package sandbox

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/crier-social/crier/providers/internal/double"
)

// controlOAuth adds what tests prepare and look into of apps and of what members grant them.
func (s *Sandbox) controlOAuth(mux *http.ServeMux) {
	mux.HandleFunc("GET /sandbox/apps", func(w http.ResponseWriter, _ *http.Request) { double.SendJSON(w, http.StatusOK, s.Apps()) })
	mux.HandleFunc("POST /sandbox/apps", double.Do(http.StatusCreated, s.controlAddApp))
	mux.HandleFunc("POST /sandbox/apps/{id}/products", s.controlProducts)
	mux.HandleFunc("GET /sandbox/grants", func(w http.ResponseWriter, _ *http.Request) { double.SendJSON(w, http.StatusOK, s.Grants()) })
	mux.HandleFunc("POST /sandbox/grants", double.Do(http.StatusCreated, s.controlGrant))
	mux.HandleFunc("POST /sandbox/grants/revoke", double.Do(http.StatusOK, s.controlRevoke))
	mux.HandleFunc("POST /sandbox/grants/expire", double.Do(http.StatusOK, s.controlExpire))
	mux.HandleFunc("GET /sandbox/consent", func(w http.ResponseWriter, _ *http.Request) { double.SendJSON(w, http.StatusOK, s.ConsentNow()) })
	mux.HandleFunc("POST /sandbox/consent", double.Add(s.SetConsent))
	mux.HandleFunc("POST /sandbox/organizations/{id}/roles", s.controlRoles)
}

// controlAddApp answers with every app, and with no secret.
func (s *Sandbox) controlAddApp(a App) ([]App, error) {
	if err := s.AddApp(a); err != nil {
		return nil, err
	}
	return s.Apps(), nil
}

func (s *Sandbox) controlProducts(w http.ResponseWriter, r *http.Request) {
	type request struct {
		Products []Product `json:"products"`
	}
	double.Do(http.StatusOK, func(in request) ([]App, error) {
		if err := s.SetProducts(r.PathValue("id"), in.Products...); err != nil {
			return nil, err
		}
		return s.Apps(), nil
	})(w, r)
}

// grantRequest asks for tokens of a member without a browser.
type grantRequest struct {
	ClientID string   `json:"clientId"`
	Person   string   `json:"person"`
	Scopes   []string `json:"scopes,omitempty"` // none: all that the app may ask for
}

func (s *Sandbox) controlGrant(in grantRequest) (Tokens, error) {
	return s.Authorize(in.ClientID, in.Person, in.Scopes...)
}

// whoseTokens names tokens by app and member; empty means every one.
type whoseTokens struct {
	ClientID string `json:"clientId"`
	Person   string `json:"person"`
}

func (s *Sandbox) checkWhose(whose whoseTokens) error {
	s.mu.Lock()
	_, known := s.apps[whose.ClientID]
	s.mu.Unlock()
	switch {
	case whose.ClientID != "" && !known:
		return unknownApp(whose.ClientID)
	case whose.Person != "" && !s.isMember(whose.Person):
		return fmt.Errorf("person %q does not exist; GET /sandbox/people lists every one", whose.Person)
	}
	return nil
}

// endedTokens is how many access tokens a change has ended.
type endedTokens struct {
	AccessTokens int `json:"accessTokens"`
}

func (s *Sandbox) controlRevoke(in whoseTokens) (endedTokens, error) {
	if err := s.checkWhose(in); err != nil {
		return endedTokens{}, err
	}
	return endedTokens{s.Revoke(in.ClientID, in.Person)}, nil
}

// expireRequest lets tokens expire.
type expireRequest struct {
	whoseTokens
	RefreshTokens bool `json:"refreshTokens"` // these too
}

func (s *Sandbox) controlExpire(in expireRequest) (endedTokens, error) {
	if err := s.checkWhose(in.whoseTokens); err != nil {
		return endedTokens{}, err
	}
	return endedTokens{s.ExpireTokens(in.ClientID, in.Person, in.RefreshTokens)}, nil
}

// controlRoles gives a person exactly these roles on a page.
func (s *Sandbox) controlRoles(w http.ResponseWriter, r *http.Request) {
	type request struct {
		Person string   `json:"person"`
		Roles  []string `json:"roles"`
	}
	double.Do(http.StatusOK, func(in request) (Organization, error) {
		id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
		if err != nil {
			return Organization{}, fmt.Errorf("organization %q: want its number", r.PathValue("id"))
		}
		return s.SetRoles(id, in.Person, in.Roles...)
	})(w, r)
}
