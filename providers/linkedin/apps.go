package linkedin

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// App is one of the operator's LinkedIn apps. The zero value is none.
type App struct {
	ClientID     string
	ClientSecret core.Secret
	// Scopes are those that members are asked for; none: the smallest set that the app's
	// products are for.
	Scopes []string
}

// The names of the apps. They are stored with every account and never change.
const (
	appShare     = "share"
	appCommunity = "community"
)

// app is a configured app.
type app struct {
	App

	name     string
	settings string   // what the names of its settings begin with
	products []string // that it has
	renews   bool     // LinkedIn may issue refresh tokens to it
}

// shareScopes let a person be known and post. They are all that the two products have.
// https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/share-on-linkedin
func shareScopes() []string { return []string{scopeOpenID, scopeProfile, scopeMember} }

// communityScopes let a person be known, choose pages, post as both, read the page's posts
// back, and read its figures, which the last is also for. An app of the product has no
// OpenID Connect. Scopes that LinkedIn grants to some apps of the product only are left
// out: one that an app lacks ends every try to link.
// https://learn.microsoft.com/en-us/linkedin/marketing/increasing-access
func communityScopes() []string {
	return []string{scopeBasicProfile, scopeMember, scopeOrganization, scopeReadOrganization, scopeAdmin}
}

var scopeName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// knownApps lists the apps that can be configured, with the scopes that members are asked
// for. The one that can do more is offered first.
func knownApps(c Config) []app {
	apps := []app{
		{App: c.Community, name: appCommunity, settings: settingsPrefix + "COMMUNITY_", products: []string{productCommunity}, renews: true},
		{App: c.Share, name: appShare, settings: settingsPrefix, products: []string{productSignIn, productShare}},
	}
	for i, one := range apps {
		if len(one.Scopes) > 0 {
			continue
		}
		apps[i].Scopes = shareScopes()
		if one.name == appCommunity {
			apps[i].Scopes = communityScopes()
		}
	}
	return apps
}

// appsOf lists the configured apps.
func appsOf(c Config) ([]app, error) {
	if problems := checkScopes(c); len(problems) > 0 {
		return nil, fmt.Errorf("linkedin: %s%s: %s", settingsPrefix, problems[0].Field, problems[0].Message)
	}
	return slices.DeleteFunc(knownApps(c), func(a app) bool { return a.ClientID == "" || a.ClientSecret == "" }), nil
}

// checkScopes tells what makes the scopes of an app useless, with the name of the setting as
// Field.
func checkScopes(c Config) core.Errors {
	var problems core.Errors
	for _, one := range knownApps(c) {
		if err := one.checkScopes(); err != nil {
			field := strings.TrimPrefix(one.settings, settingsPrefix) + "SCOPES"
			problems = append(problems, &core.Error{Kind: core.KindInvalid, Op: "linkedin.scopes", Platform: name, Field: field, Message: err.Error()})
		}
	}
	return problems
}

// checkScopes tells what makes a set of scopes useless.
func (a app) checkScopes() error {
	for _, scope := range a.Scopes {
		if !scopeName.MatchString(scope) {
			return fmt.Errorf("%q is not the name of a scope", scope)
		}
	}
	if len(a.kinds(a.Scopes)) == 0 {
		return fmt.Errorf("nobody can post without %s or %s", scopeMember, scopeOrganization)
	}
	if slices.Contains(a.Scopes, scopeMember) && !identifies(a.Scopes) {
		return fmt.Errorf("whom a token belongs to is not told without %s and %s, or %s", scopeOpenID, scopeProfile, scopeBasicProfile)
	}
	return nil
}

// identifies tells whether LinkedIn tells the holder of the scopes who granted them.
func identifies(scopes []string) bool {
	return slices.Contains(scopes, scopeOpenID) || slices.Contains(scopes, scopeBasicProfile)
}

// kinds lists what can be linked with the scopes.
func (app) kinds(scopes []string) []core.AccountKind {
	var kinds []core.AccountKind
	if slices.Contains(scopes, scopeMember) {
		kinds = append(kinds, core.AccountPerson)
	}
	if slices.Contains(scopes, scopeOrganization) {
		kinds = append(kinds, core.AccountOrganization)
	}
	return kinds
}

func (a app) api() api.App { return api.App{ClientID: a.ClientID, ClientSecret: a.ClientSecret} }

// label names the app for the operator.
func (a app) label() string {
	return fmt.Sprintf("the app of %sCLIENT_ID (client id %s)", a.settings, a.ClientID)
}

// title names the app for people, by what they can link through it.
func (a app) title() string {
	switch kinds := a.kinds(a.Scopes); {
	case len(kinds) > 1:
		return "Your profile and your pages"
	case kinds[0] == core.AccountOrganization:
		return "Your pages"
	}
	return "Your profile"
}

// lasts is for how long an account can be posted to after one consent, at most: as long as
// its access token, or as long as that can be renewed.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/programmatic-refresh-tokens
func (a app) lasts() time.Duration {
	const day = 24 * time.Hour
	if a.renews {
		return 365 * day
	}
	return 60 * day
}

// LinkApps lists the configured apps. LinkedIn takes no code challenge of web apps.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
func (p *Provider) LinkApps() []core.LinkApp {
	list := make([]core.LinkApp, len(p.apps))
	for i, a := range p.apps {
		list[i] = core.LinkApp{Name: a.name, Title: a.title(), Kinds: a.kinds(a.Scopes), Lasts: a.lasts()}
	}
	return list
}

// appNamed finds a configured app.
func (p *Provider) appNamed(name string) (app, bool) {
	i := slices.IndexFunc(p.apps, func(a app) bool { return a.name == name })
	if i < 0 {
		return app{}, false
	}
	return p.apps[i], true
}

// noApp tells the operator that an app is not configured.
func (p *Provider) noApp(op, wanted string) *core.Error {
	e := &core.Error{
		Kind: core.KindUnsupported, Code: core.CodeLinkSetup, Op: name + "." + op, Platform: name,
		Message: "No LinkedIn app is set up on this server.",
		Help: "The operator sets CRIER_LINKEDIN_CLIENT_ID and CRIER_LINKEDIN_CLIENT_SECRET for people, " +
			"or CRIER_LINKEDIN_COMMUNITY_CLIENT_ID and CRIER_LINKEDIN_COMMUNITY_CLIENT_SECRET for people and pages.",
	}
	if wanted != "" {
		e.Message = fmt.Sprintf("The LinkedIn app %q is not set up on this server.", wanted)
	}
	return e
}

// hasApp tells whether any of the operator's apps is known.
func (p *Provider) hasApp() bool { return len(p.apps) > 0 }

// clientIDs names the settings of the configured apps.
func (p *Provider) clientIDs() string {
	var names []string
	for _, a := range p.apps {
		names = append(names, a.settings+"CLIENT_ID")
	}
	return strings.Join(names, " or ")
}

// appsFor lists the apps to ask about a token: the one that it was granted to, or all where
// that is not known, or is none of them any more.
func (p *Provider) appsFor(granted string) []app {
	if a, ok := p.appNamed(granted); ok {
		return []app{a}
	}
	return p.apps
}

// tokenState is what LinkedIn tells about a token, and the app to which it does.
type tokenState struct {
	api.Introspection

	app string
}

// stateOf asks what LinkedIn tells about a token: it tells that to the app that the token
// was granted to. One of another app has no status. The error is that of an app that got
// no answer; another one may have got it.
func (p *Provider) stateOf(ctx context.Context, token core.Secret, granted string) (tokenState, error) {
	var failures []error
	for _, a := range p.appsFor(granted) {
		info, err := p.api.IntrospectToken(ctx, p.cfg.OAuthURL, a.api(), token)
		switch {
		case err != nil:
			failures = append(failures, err)
		case info.Active || info.Status != "":
			return tokenState{Introspection: info, app: a.name}, nil
		}
	}
	return tokenState{}, errors.Join(failures...)
}
