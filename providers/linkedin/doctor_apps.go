package linkedin

import (
	"context"
	"net"
	"net/url"
	"strings"

	"github.com/crier-social/crier/core"
)

// appFindings examines the apps that a token may have been granted to: all of them, where
// that is not known.
func (p *Provider) appFindings(ctx context.Context, granted string) []core.Finding {
	if !p.hasApp() {
		return []core.Finding{appUnknown(), p.quotas()}
	}
	var found []core.Finding
	for _, a := range p.appsFor(granted) {
		found = append(found, p.credentials(ctx, a))
	}
	return append(found, p.quotas())
}

// appUnknown is the finding of a server without an app.
func appUnknown() core.Finding {
	return core.Finding{
		Check: aboutApp, Status: core.FindingWarning, URL: portalURL,
		Message: "No app is known to Crier: accounts can be linked from tokens only, LinkedIn does not tell what those may do, and refusals are explained less well. Posting does not need it.",
		Help: "Set CRIER_LINKEDIN_CLIENT_ID and CRIER_LINKEDIN_CLIENT_SECRET to those that the developer portal shows under Auth, " +
			"or CRIER_LINKEDIN_COMMUNITY_CLIENT_ID and CRIER_LINKEDIN_COMMUNITY_CLIENT_SECRET for an app with the " + productCommunity + ".",
	}
}

// credentials finds out whether LinkedIn knows an app. Which products it has LinkedIn tells
// nobody: they show when somebody links an account.
func (p *Provider) credentials(ctx context.Context, a app) core.Finding {
	f := core.Finding{Check: aboutApp, Status: core.FindingOK, URL: portalURL}
	_, err := p.api.IntrospectToken(ctx, p.cfg.OAuthURL, a.api(), probeToken)
	switch {
	case err == nil:
		f.Message = "LinkedIn accepts client id and secret of " + a.label() + ". " + a.purpose()
	case answered(err) && core.KindOf(err) != core.KindRateLimited:
		f.Status = core.FindingMissing
		f.Message = "LinkedIn does not accept client id and secret of " + a.label() + "."
		f.Help = "Compare " + a.settings + "CLIENT_ID and " + a.settings + "CLIENT_SECRET with those that the developer portal shows under Auth."
	default:
		f.Status = core.FindingUnknown
		f.Message = "Whether LinkedIn accepts client id and secret of " + a.label() + " could not be found out: " + sentence(core.AsError(err).Message)
	}
	return f
}

// purpose tells what is linked through an app, and what the app has to have for it.
func (a app) purpose() string {
	text := "Members who link accounts through it are asked for " + strings.Join(a.Scopes, ", ") +
		", which takes " + strings.Join(a.products, " and ") + " under Products of the app."
	if a.renews {
		return text + " Where LinkedIn gives it refresh tokens, accounts are renewed for a year."
	}
	return text + " It gets no refresh tokens: accounts have to be linked again every 60 days."
}

// setUp examines what the operator has set up, apart from any account.
func (p *Provider) setUp(ctx context.Context) []core.Finding {
	found := p.appFindings(ctx, "")
	if p.hasApp() {
		found = append(found, p.redirect())
	}
	return found
}

// redirect names the address that has to be registered with every app. LinkedIn tells
// nobody which ones are.
// https://learn.microsoft.com/en-us/linkedin/shared/authentication/authorization-code-flow
func (p *Provider) redirect() core.Finding {
	f := core.Finding{
		Check: aboutRedirect, Status: core.FindingOK, URL: portalURL,
		Message: "To link accounts in a browser, exactly " + p.cfg.RedirectURL + " has to be registered with each app: Auth, Authorized redirect URLs.",
	}
	switch u, err := url.Parse(p.cfg.RedirectURL); {
	case p.cfg.RedirectURL == "":
		f.Status = core.FindingWarning
		f.Message = "Accounts cannot be linked in a browser: this server does not know its own address."
		f.Help = "Set CRIER_PUBLIC_URL to the address at which browsers reach this server."
	case err != nil || u.Scheme == "https" || isLocal(u.Hostname()):
	default:
		f.Status = core.FindingWarning
		f.Message += " LinkedIn takes only addresses that begin with https://."
		f.Help = "Set CRIER_PUBLIC_URL to the https address at which browsers reach this server."
	}
	return f
}

// isLocal tells whether a host is this machine, for which LinkedIn is known to take http.
func isLocal(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
