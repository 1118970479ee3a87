package bluesky

import (
	"context"
	"fmt"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/api"
)

// The questions of an examination, as Finding.Check names them.
const (
	aboutAppView     = "AppView"
	aboutDirectory   = "identity directory"
	aboutVideo       = "video service"
	aboutVideoLimits = "video limits"
	aboutServer      = "account's server"
	aboutToken       = "token"
	aboutAccount     = "account"
	aboutScopes      = "scopes"
	aboutHandle      = "handle"
)

const (
	statusPageURL = "https://status.bsky.app"
	helpConnect   = "Check that this server may connect to that address, by way of its proxy if it has one (HTTPS_PROXY)."
)

var _ core.Physician = (*Provider)(nil)

// Examine asks the services whether they can be reached and, if there is a session, the
// account's server whether it can be posted to. It changes nothing.
func (p *Provider) Examine(ctx context.Context, s *core.Session) []core.Finding {
	if s == nil {
		found := []core.Finding{p.directoryFinding(ctx), p.appViewFinding(ctx)}
		return append(append(found, p.videoFindings(ctx)...), p.signInFinding())
	}
	x := examination{provider: p, session: s}
	return x.run(ctx)
}

// answered tells whether an error is the answer of whoever was asked, as opposed to none, or to
// that of somebody in trouble.
func answered(err error) bool {
	if err == nil {
		return true
	}
	e := core.AsError(err)
	return e.Status != 0 && e.Kind != core.KindTemporary
}

// reach tells whether an address answers. without is what does not work if it does not.
func reach(check, who, address, version string, err error, without string) core.Finding {
	f := core.Finding{Check: check, Status: core.FindingOK, Message: who + " answers at " + address + "."}
	if version != "" {
		f.Message = who + " answers at " + address + ", with version " + quotable(version) + "."
	}
	if answered(err) {
		return f
	}
	f.Status, f.URL = core.FindingMissing, statusPageURL
	if e := core.AsError(err); e.Status != 0 {
		f.Message = fmt.Sprintf("%s at %s has a problem of its own: it answers with status %d. %s", who, address, e.Status, without)
		f.Help = "Try again later."
		return f
	}
	f.Message = who + " cannot be reached at " + address + ": " + sentence(core.AsError(err).Message) + " " + without
	f.Help = helpConnect
	return f
}

func (p *Provider) directoryFinding(ctx context.Context) core.Finding {
	version, err := p.known.DirectoryHealth(ctx, p.cfg.PLCURL)
	return reach(aboutDirectory, "The directory of identities", p.cfg.PLCURL, version, err,
		"Without it no account can be linked, and none found that is mentioned.")
}

// appViewFinding asks the AppView for its version and, since any server has one, for no posts,
// which an AppView refuses in words that others do not have.
func (p *Provider) appViewFinding(ctx context.Context) core.Finding {
	version, err := p.known.Health(ctx, p.appView())
	f := reach(aboutAppView, "Bluesky's AppView", p.cfg.AppViewURL, version, err, withoutAppView)
	if f.Status == core.FindingMissing {
		f.Status = core.FindingWarning
		return f
	}
	_, err = p.known.GetPosts(ctx, p.appView(), nil)
	switch e := core.AsError(p.viewError(err)); {
	case err == nil, e.Kind == core.KindInvalid, e.Kind == core.KindRateLimited:
	default:
		f.Status, f.Message, f.Help = core.FindingWarning, e.Message+" "+withoutAppView, e.Help
	}
	return f
}

const withoutAppView = "Without it posts are published, but there are no figures, and nobody can list comments or be looked up."

// videoFindings tells whether the service that prepares videos can be reached.
func (p *Provider) videoFindings(ctx context.Context) []core.Finding {
	if p.cfg.NoVideoService {
		return []core.Finding{{
			Check: aboutVideo, Status: core.FindingOK,
			Message: "Videos are sent to the account's own server, as CRIER_BLUESKY_VIDEO_URL=off says.",
		}}
	}
	version, err := p.known.Health(ctx, api.Server{URL: p.cfg.VideoURL})
	return []core.Finding{reach(aboutVideo, "The service for videos", p.cfg.VideoURL, version, err,
		"Without it no video can be published; CRIER_BLUESKY_VIDEO_URL=off sends videos to the account's own server.")}
}

// examination is that of one account.
type examination struct {
	provider *Provider
	session  *core.Session
	server   api.Server
	info     api.SessionInfo
}

// run asks one question after the other. Without a token that the account's server accepts
// there is nothing more to ask it.
func (x *examination) run(ctx context.Context) []core.Finding {
	p := x.provider
	found := []core.Finding{p.directoryFinding(ctx), p.appViewFinding(ctx)}
	var err error
	if x.server, err = p.server(ctx, x.session); err != nil {
		return append(found, x.lostToken(err))
	}
	version, err := p.api.Health(ctx, api.Server{URL: x.server.URL})
	reached := reach(aboutServer, "The account's server", x.server.URL, version, err, "Nothing can be posted.")
	found = append(found, reached)
	if reached.Status != core.FindingOK {
		return found
	}
	x.info, err = p.api.GetSession(ctx, x.server)
	if e := core.RefusedToken(err); e != nil {
		x.session.Refuse(x.server.Auth.Token, e.Message)
	}
	found = append(append(found, x.tokenFinding(err), x.identity(ctx)), x.renewal(ctx)...)
	if err != nil {
		return found
	}
	return append(append(found, x.account(), x.kind(ctx)), x.videos(ctx)...)
}

// lostToken is the finding of an account without a token.
func (x *examination) lostToken(err error) core.Finding {
	e := core.AsError(err)
	f := core.Finding{Check: aboutToken, Status: core.FindingMissing, Message: sentence(e.Message), Help: e.Help}
	switch {
	case core.KindOf(err) == core.KindAuth && f.Help == "":
		f.Help = core.RelinkError(x.session.Account, "").Help
	case core.KindOf(err) == core.KindAuth:
	case x.session.Account.App == appOAuth && core.CodeOf(e) != core.CodeLinkSetup:
		// Whoever waits for a renewal is not told why the last one failed, other than in words.
		f.Status = core.FindingUnknown
		f.Help = "It is tried again. If CRIER_PUBLIC_URL or the master key is another than when the account was linked, that does not help: the operator puts it back, or the account is linked again."
	default:
		f.Status = core.FindingUnknown
	}
	return f
}

// tokenFinding tells whether the account's server accepts the token, and for whom.
func (x *examination) tokenFinding(err error) core.Finding {
	as := x.session.Account
	switch {
	case core.KindOf(err) == core.KindAuth:
		return core.Finding{
			Check: aboutToken, Status: core.FindingMissing, Message: sentence(core.AsError(err).Message),
			Help: core.RelinkError(as, "").Help,
		}
	case err != nil:
		return core.Finding{
			Check: aboutToken, Status: core.FindingUnknown,
			Message: "Whether the account's server accepts the token could not be found out: " + sentence(core.AsError(err).Message),
			Help:    core.AsError(err).Help,
		}
	case x.info.DID != as.RemoteID:
		return core.Finding{
			Check: aboutToken, Status: core.FindingMissing, Help: core.RelinkError(as, "").Help,
			Message: "The token belongs to another account, " + quotable(x.info.DID) + ".",
		}
	}
	return core.Finding{Check: aboutToken, Status: core.FindingOK, Message: "The account's server accepts the token."}
}

// identity tells whether the handle and the document of the account name each other, and the
// server that the tokens are for.
func (x *examination) identity(ctx context.Context) core.Finding {
	did := x.session.Account.RemoteID
	who, err := x.provider.people.Anew().Lookup(ctx, did)
	f := core.Finding{Check: aboutHandle, Status: core.FindingOK, Message: "The handle " + who.Handle + " and the account " + did + " name each other."}
	switch {
	case core.KindOf(err) == core.KindTemporary || core.KindOf(err) == core.KindRateLimited:
		f.Status = core.FindingUnknown
		f.Message = "Who the account is could not be found out: " + sentence(core.AsError(err).Message)
	case err != nil:
		f.Status, f.Message, f.Help = core.FindingMissing, sentence(core.AsError(err).Message), core.AsError(err).Help
	case who.PDS != x.server.URL:
		f.Status = core.FindingMissing
		f.Message = "The account has moved to the server " + who.PDS + "; it was linked on " + x.server.URL + "."
		f.Help = core.RelinkError(x.session.Account, "").Help
	case who.Handle == "":
		f.Status = core.FindingWarning
		f.Message = "No handle of the account leads to it: readers see it as handle.invalid. It can be posted to nevertheless."
		f.Help = "Its owner sets the handle in the app under Settings, Account, Handle; a domain of one's own has to name " + did + "."
	}
	x.session.Name(who.Handle)
	return f
}
