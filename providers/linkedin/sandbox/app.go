package sandbox

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Product is what LinkedIn gives to an app when its developer has asked for it; the
// scopes come with it.
type Product string

// The products.
// https://learn.microsoft.com/en-us/linkedin/marketing/increasing-access
const (
	ProductSignIn    Product = "Sign In with LinkedIn using OpenID Connect"
	ProductShare     Product = "Share on LinkedIn"
	ProductCommunity Product = "Community Management API"
)

// Products lists every product.
func Products() []Product { return []Product{ProductSignIn, ProductShare, ProductCommunity} }

// Scopes lists what an app with the product may ask members for.
func (p Product) Scopes() []string {
	switch p {
	case ProductSignIn:
		return []string{scopeOpenID, scopeProfile, scopeEmail}
	case ProductShare:
		return []string{scopeMemberPost}
	case ProductCommunity:
		return []string{
			scopeBasicProfile, scopeMemberPost, scopePagePost, scopePageRead, scopePageAdmin, scopePageAdminRead, scopePageFollowers,
			scopeMemberEngage, scopeMemberFollow, scopePageEngage, scopePageFollow, scopeMemberPostFigures, scopeMemberProfileFigures,
		}
	}
	return nil
}

// App is an app of a developer, to which members grant tokens.
type App struct {
	ClientID string `json:"clientId"`
	// ClientSecret is never told. An app that is replaced without one keeps its own.
	ClientSecret string `json:"clientSecret,omitempty"`
	Title        string `json:"title"` // as the consent page names it
	// RedirectURIs is where members may be sent back to.
	RedirectURIs []string  `json:"redirectUris"`
	Products     []Product `json:"products"`
	// Scopes replaces what the products give; empty: exactly that.
	Scopes []string `json:"scopes,omitempty"`
	// Refresh tells that the app was approved for programmatic refresh: it gets refresh tokens.
	Refresh bool `json:"refresh,omitempty"`
	// RotateRefreshTokens makes every refresh end the refresh token that it was made with,
	// and answer with another one. LinkedIn may do so; mostly it does not.
	RotateRefreshTokens bool `json:"rotateRefreshTokens,omitempty"`
	// DevelopmentTier is what Token.DevelopmentTier is, of every token that the app gets.
	DevelopmentTier bool `json:"developmentTier,omitempty"`
}

// The apps of DefaultApps.
const (
	ShareClientID         = "78sandboxshare"
	ShareClientSecret     = "SANDBOX_SHARE_SECRET" //nolint:gosec // of an app that exists here only
	CommunityClientID     = "78sandboxpages"
	CommunityClientSecret = "SANDBOX_PAGES_SECRET" //nolint:gosec // as above
	// DefaultRedirectURI is where members are sent back to unless DefaultApps is told otherwise.
	DefaultRedirectURI = "https://crier.example.com/link/callback"
)

// DefaultApps is a self-serve app, which signs members in and posts as them, and an app with
// the Community Management API, which LinkedIn gives to apps without any other product. The
// second one has programmatic refresh.
func DefaultApps(redirectURIs ...string) []App {
	if len(redirectURIs) == 0 {
		redirectURIs = []string{DefaultRedirectURI}
	}
	return []App{
		{
			ClientID: ShareClientID, ClientSecret: ShareClientSecret, Title: "Sandbox Sharing", RedirectURIs: slices.Clone(redirectURIs),
			Products: []Product{ProductSignIn, ProductShare},
		},
		{
			ClientID: CommunityClientID, ClientSecret: CommunityClientSecret, Title: "Sandbox Pages", RedirectURIs: slices.Clone(redirectURIs),
			Products: []Product{ProductCommunity}, Refresh: true,
		},
	}
}

// AllScopes lists what the app may ask members for.
func (a App) AllScopes() []string {
	if len(a.Scopes) > 0 {
		return slices.Clone(a.Scopes)
	}
	var all []string
	for _, p := range a.Products {
		all = append(all, p.Scopes()...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// takesRedirect tells whether members may be sent back to an address: one that is
// registered, to the letter, except for its query.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
func (a App) takesRedirect(address string) bool {
	if strings.Contains(address, "#") {
		return false
	}
	address, _, _ = strings.Cut(address, "?")
	return slices.ContainsFunc(a.RedirectURIs, func(registered string) bool {
		registered, _, _ = strings.Cut(registered, "?")
		return registered == address
	})
}

// redirectHost is what the host of a redirect URI consists of.
var redirectHost = regexp.MustCompile(`^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$`)

func checkRedirect(address string) error {
	u, err := url.Parse(address)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || !redirectHost.MatchString(u.Host) || strings.Contains(address, "#") ||
		strings.ContainsFunc(address, func(c rune) bool { return c <= ' ' || c > '~' }) {
		return fmt.Errorf("redirect URI %q: want an absolute http or https address without a fragment", address)
	}
	return nil
}

func checkProducts(products []Product) error {
	for _, p := range products {
		if !slices.Contains(Products(), p) {
			return fmt.Errorf("product %q: want one of %q", p, Products())
		}
	}
	return nil
}

func (a App) check() error {
	if !opaqueID.MatchString(a.ClientID) {
		return fmt.Errorf("client id %q: want 1 to 64 letters, digits, - or _", a.ClientID)
	}
	if strings.TrimSpace(a.Title) == "" {
		return errors.New("an app needs a title")
	}
	for _, address := range a.RedirectURIs {
		if err := checkRedirect(address); err != nil {
			return err
		}
	}
	for _, scope := range a.Scopes {
		if scope == "" || strings.ContainsFunc(scope, func(c rune) bool { return c <= ' ' || c > '~' || c == ',' }) {
			return fmt.Errorf("scope %q: want visible ASCII characters without a comma", scope)
		}
	}
	return checkProducts(a.Products)
}

func (a App) clone() App {
	a.RedirectURIs, a.Products, a.Scopes = slices.Clone(a.RedirectURIs), slices.Clone(a.Products), slices.Clone(a.Scopes)
	return a
}

// AddApp adds an app, or replaces the one with the same client id. What members have
// granted it stays.
func (s *Sandbox) AddApp(a App) error {
	if err := a.check(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.ClientSecret == "" {
		a.ClientSecret = s.apps[a.ClientID].ClientSecret
	}
	if a.ClientSecret == "" {
		return errors.New("an app needs a client secret")
	}
	s.apps[a.ClientID] = a.clone()
	return nil
}

// Apps lists the apps by their client ids, without their secrets.
func (s *Sandbox) Apps() []App {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]App, 0, len(s.apps))
	for _, a := range s.apps {
		a = a.clone()
		a.ClientSecret = ""
		out = append(out, a)
	}
	slices.SortFunc(out, func(a, b App) int { return strings.Compare(a.ClientID, b.ClientID) })
	return out
}

// SetProducts gives an app other products, and takes those away that are not named. The
// scopes of tokens that it has already stay as they are.
func (s *Sandbox) SetProducts(clientID string, products ...Product) error {
	return s.changeApp(clientID, func(a *App) error {
		a.Products = slices.Clone(products)
		return checkProducts(products)
	})
}

// AddRedirectURI registers another address to which an app may have members sent back.
func (s *Sandbox) AddRedirectURI(clientID, address string) error {
	return s.changeApp(clientID, func(a *App) error {
		if !slices.Contains(a.RedirectURIs, address) {
			a.RedirectURIs = append(slices.Clone(a.RedirectURIs), address)
		}
		return checkRedirect(address)
	})
}

func (s *Sandbox) changeApp(clientID string, change func(*App) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, known := s.apps[clientID]
	if !known {
		return unknownApp(clientID)
	}
	if err := change(&a); err != nil {
		return err
	}
	s.apps[clientID] = a
	return nil
}

func unknownApp(clientID string) error {
	return fmt.Errorf("no app has the client id %q; GET /sandbox/apps lists every one", clientID)
}
