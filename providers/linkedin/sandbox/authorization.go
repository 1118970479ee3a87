package sandbox

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// authorization is an app's request for a member's consent, understood and found sound.
type authorization struct {
	app      App
	redirect string   // as sent, query included
	scopes   []string // sorted
	state    *string  // nil: none was sent
	notes    []string // advice for the journal
}

// unauthorizedScope is a request for something that the app may not ask for: the member is
// sent back with it. Everything else that is wrong with a request is shown to the member.
type unauthorizedScope struct{ scope string }

func (e *unauthorizedScope) Error() string {
	return fmt.Sprintf("Scope %q is not authorized for your application", e.scope)
}

// Why a member who is sent back has not consented. The first one is LinkedIn's for an app.
const (
	errUnauthorizedScope = "unauthorized_scope_error"
	errCancelledConsent  = "user_cancelled_authorize"
	errCancelledLogin    = "user_cancelled_login"
)

// readAuthorization understands the query of an authorization request. With an
// unauthorizedScope the authorization can still say where the member is sent back to.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
func (s *Sandbox) readAuthorization(rawQuery string) (authorization, error) {
	params, err := authorizationParams(rawQuery)
	if err != nil {
		return authorization{}, err
	}
	s.mu.Lock()
	app, known := s.apps[params["client_id"]]
	s.mu.Unlock()
	switch {
	case params["client_id"] == "":
		return authorization{}, errors.New("You need to pass the \"client_id\" parameter") //nolint:staticcheck // these are sentences for people
	case !known:
		return authorization{}, fmt.Errorf("The passed in client_id is invalid: %q", limitString(params["client_id"], 60)) //nolint:staticcheck // as above
	case params["redirect_uri"] == "":
		return authorization{}, errors.New("You need to pass the \"redirect_uri\" parameter") //nolint:staticcheck // as above
	case !app.takesRedirect(params["redirect_uri"]):
		return authorization{}, errors.New("The redirect_uri does not match the registered value") //nolint:staticcheck // as above
	case params["response_type"] != "code":
		return authorization{}, errors.New("You need to pass the \"response_type\" parameter, which is \"code\"") //nolint:staticcheck // as above
	}
	a := authorization{app: app, redirect: params["redirect_uri"]}
	if state, given := params["state"]; given {
		a.state = &state
	}
	if params["code_challenge"] != "" {
		a.notes = append(a.notes, "PKCE exists for native apps only: this flow ignores code_challenge")
	}
	return a, a.readScopes(params["scope"])
}

// readScopes takes the scopes of a request, which are separated by spaces.
func (a *authorization) readScopes(list string) error {
	a.scopes = strings.Fields(list)
	slices.Sort(a.scopes)
	a.scopes = slices.Compact(a.scopes)
	if len(a.scopes) == 0 {
		return errors.New("You need to pass the \"scope\" parameter") //nolint:staticcheck // a sentence for people
	}
	allowed := a.app.AllScopes()
	for _, scope := range a.scopes {
		if !slices.Contains(allowed, scope) {
			return &unauthorizedScope{limitString(scope, 200)}
		}
	}
	return nil
}

// authorizationParams decodes the parameters of an authorization request. A plus sign in
// scope is no space: LinkedIn documents %20.
func authorizationParams(rawQuery string) (map[string]string, error) {
	raw, err := splitQuery(rawQuery)
	if err != nil {
		return nil, fmt.Errorf("The request cannot be read: %w", err) //nolint:staticcheck // a sentence for people
	}
	params := map[string]string{}
	for name, value := range raw {
		decode := url.QueryUnescape
		if name == "scope" {
			decode = percentDecode
		}
		if params[name], err = decode(value); err != nil {
			return nil, fmt.Errorf("The parameter %q cannot be read", limitString(name, 40)) //nolint:staticcheck // as above
		}
	}
	return params, nil
}

type parameter struct{ name, value string }

// backWith is the address that the member is sent back to.
func (a authorization) backWith(params ...parameter) string {
	if a.state != nil {
		params = append(params, parameter{"state", *a.state})
	}
	var added []string
	for _, p := range params {
		added = append(added, p.name+"="+url.QueryEscape(p.value))
	}
	joint := "?"
	if strings.Contains(a.redirect, "?") {
		joint = "&"
	}
	return a.redirect + joint + strings.Join(added, "&")
}

// allow records the consent of a member, and returns where the member is sent back to.
func (s *Sandbox) allow(a authorization, person string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.save()
	return a.backWith(parameter{"code", s.authorize(a.app, person, a.scopes, a.redirect).code})
}

func (a authorization) refuse(code, description string) string {
	return a.backWith(parameter{"error", code}, parameter{"error_description", description})
}

func (a authorization) cancelConsent() string {
	return a.refuse(errCancelledConsent, "The user cancelled the authorization")
}

func (a authorization) cancelLogin() string {
	return a.refuse(errCancelledLogin, "The user cancelled LinkedIn login")
}

// Decision is what a member does when an app asks for consent.
type Decision string

// The decisions.
const (
	Allow       Decision = "allow"
	Cancel      Decision = "cancel"      // on the consent page
	CancelLogin Decision = "cancelLogin" // instead of signing in
)

// Decide is what happens when a member opens the address of an authorization request and
// decides: it returns the address that the browser is sent back to. A request that LinkedIn
// answers with a page of its own, since the app or the redirect URI is not right, is an error.
func (s *Sandbox) Decide(address, person string, d Decision) (string, error) {
	u, err := url.Parse(address)
	if err != nil {
		return "", err
	}
	a, err := s.readAuthorization(u.RawQuery)
	if refusal, ok := errors.AsType[*unauthorizedScope](err); ok {
		return a.refuse(errUnauthorizedScope, refusal.Error()), nil
	}
	if err != nil {
		return "", err
	}
	switch d {
	case Cancel:
		return a.cancelConsent(), nil
	case CancelLogin:
		return a.cancelLogin(), nil
	case Allow:
		if !s.isMember(person) {
			return "", fmt.Errorf("person %q does not exist", person)
		}
		return s.allow(a, person), nil
	}
	return "", fmt.Errorf("decision %q: want allow, cancel or cancelLogin", d)
}

func (s *Sandbox) isMember(person string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, known := s.people[person]
	return known
}

// Authorize gives an app tokens of a member as if the member had consented to the scopes in
// a browser; without any, to all that the app may ask for.
func (s *Sandbox) Authorize(clientID, person string, scopes ...string) (Tokens, error) {
	if !s.isMember(person) {
		return Tokens{}, fmt.Errorf("person %q does not exist", person)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	app, known := s.apps[clientID]
	if !known {
		return Tokens{}, unknownApp(clientID)
	}
	a := authorization{app: app}
	if len(scopes) == 0 {
		scopes = app.AllScopes()
	}
	if err := a.readScopes(strings.Join(scopes, " ")); err != nil {
		return Tokens{}, err
	}
	defer s.save()
	return s.redeem(s.authorize(app, person, a.scopes, ""), app), nil
}
