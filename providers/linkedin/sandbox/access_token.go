package sandbox

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// Tokens is what an app is given for a member's consent, as the token endpoint answers.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
type Tokens struct {
	AccessToken      string `json:"access_token"`
	ExpiresIn        int64  `json:"expires_in"`              // seconds
	RefreshToken     string `json:"refresh_token,omitempty"` // of apps with programmatic refresh
	RefreshExpiresIn int64  `json:"refresh_token_expires_in,omitempty"`
	Scope            string `json:"scope"` // comma list
	TokenType        string `json:"token_type"`
	IDToken          string `json:"id_token,omitempty"`

	name string // of the access token, for the journal
}

// The ways to be given a token.
const (
	grantCode    = "authorization_code"
	grantRefresh = "refresh_token"
)

// codeMismatch is what LinkedIn says of a code that it knows and does not take.
const codeMismatch = "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. " +
	"Or authorization code expired. Or external member binding exists"

// serveAccessToken gives out tokens, for a code or for a refresh token.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
func (s *Sandbox) serveAccessToken(c *call) (*reply, *problem) {
	form, err := c.tokenForm()
	if err != nil {
		return oauthError(http.StatusBadRequest, oauthInvalidRequest, err.Error()), nil
	}
	exchange, needed := s.exchangeCode, []string{"code", "redirect_uri"}
	switch kind := form.Get("grant_type"); kind {
	case "":
		return missingParameter("grant_type"), nil
	case grantCode:
		c.grant = kind
	case grantRefresh:
		c.grant = kind
		exchange, needed = s.refresh, []string{"refresh_token"}
	default:
		return oauthError(http.StatusBadRequest, "unsupported_grant_type", "The grant_type is not supported"), nil
	}
	for _, name := range append(needed, "client_id", "client_secret") {
		if form.Get(name) == "" {
			return missingParameter(name), nil
		}
	}
	app, authentic := s.clientOf(form)
	if !authentic {
		return invalidClient(), nil
	}
	tokens, refusal := exchange(app, form)
	if refusal != nil {
		return refusal, nil
	}
	c.token.Name = tokens.name
	return &reply{status: http.StatusOK, body: tokens, header: http.Header{"Cache-Control": {"no-store"}, "Pragma": {"no-cache"}}}, nil
}

// tokenForm reads the form of a call. A body of another type has no parameters, as on
// LinkedIn, and those of the address count for nothing.
func (c *call) tokenForm() (url.Values, error) {
	if c.http.Header.Get("Authorization") != "" {
		c.note("accessToken reads client_id and client_secret from the form: the Authorization header has no effect")
	}
	if !c.isForm() {
		c.note("accessToken reads nothing but a form: send Content-Type " + formType)
		return url.Values{}, nil
	}
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return nil, errors.New("The form cannot be read") //nolint:staticcheck // LinkedIn's own words begin with a capital
	}
	for name, values := range form {
		if len(values) > 1 { // RFC 6749, 3.2
			return nil, fmt.Errorf("Parameter %q appears more than once", limitString(name, 40)) //nolint:staticcheck // as above
		}
	}
	return form, nil
}

// exchangeCode trades a code for tokens: once, within its 30 minutes, and only by whom and
// for where it was given out. What is refused does not spend it.
func (s *Sandbox) exchangeCode(app App, form url.Values) (Tokens, *reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, known := s.byCode[form.Get("code")]
	switch {
	case !known || g.spent || g.revoked:
		return Tokens{}, oauthError(http.StatusUnauthorized, oauthInvalidRequest,
			"Unable to retrieve access token: authorization code not found")
	case g.clientID != app.ClientID || g.redirect != form.Get("redirect_uri") || !s.opts.Clock.Now().Before(g.at.Add(codeLife)):
		return Tokens{}, oauthError(http.StatusBadRequest, oauthInvalidRedirect, codeMismatch)
	}
	defer s.save()
	return s.redeem(g, app), nil
}

// refresh trades a refresh token for a new access token. The refresh token ends when it
// would have ended.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens
func (s *Sandbox) refresh(app App, form url.Values) (Tokens, *reply) {
	s.mu.Lock()
	defer s.mu.Unlock()
	g, known := s.byRefresh[form.Get("refresh_token")]
	if !known || g.clientID != app.ClientID || g.revoked || !app.Refresh || !s.opts.Clock.Now().Before(g.refreshEnds) {
		return Tokens{}, oauthError(http.StatusBadRequest, oauthInvalidGrant,
			"The provided authorization grant or refresh token is invalid, expired or revoked")
	}
	defer s.save()
	g.refreshes++
	if app.RotateRefreshTokens {
		s.setRefreshToken(g)
	}
	return s.issue(g, app), nil
}
