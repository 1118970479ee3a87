package linkedin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/pace"
)

// The questions of an examination, as Finding.Check names them.
const (
	aboutConnection = "connection"
	aboutVersion    = "api version"
	aboutApp        = "app"
	aboutQuota      = "quota"
	aboutCalls      = "calls"
	aboutRedirect   = "redirect address"
	aboutToken      = "token"
	aboutRenewal    = "renewal"
	aboutAuthor     = "author"
	aboutRole       = "page role"
	aboutScopes     = "scopes"
)

const (
	statusPageURL = "https://www.linkedin-apistatus.com"
	// probeToken is nobody's: what LinkedIn says about it proves the app's secret.
	probeToken = core.Secret("crier-examination")
	// expiryNotice is how long before its end a token is warned of.
	expiryNotice = 7 * 24 * time.Hour
)

// Examine asks LinkedIn whether the operator's app and, if there is a session, an
// account have what Crier makes use of. It changes nothing there.
func (p *Provider) Examine(ctx context.Context, s *core.Session) []core.Finding {
	if s == nil {
		_, reachErr := p.api.GetUserInfo(ctx, "") // whoever answers, refuses
		return append([]core.Finding{p.connection(reachErr), p.versionByTable()}, p.setUp(ctx)...)
	}
	x := &examination{provider: p, session: s, author: s.Account.RemoteID}
	return x.run(ctx)
}

// answered tells whether an error is LinkedIn's answer, as opposed to none, or to that
// of a LinkedIn in trouble.
func answered(err error) bool {
	if err == nil {
		return true
	}
	e := core.AsError(err)
	return e.Status != 0 && e.Kind != core.KindTemporary
}

func (p *Provider) connection(err error) core.Finding {
	f := core.Finding{Check: aboutConnection, Status: core.FindingOK, Message: "LinkedIn answers at " + p.cfg.APIURL + "."}
	e := core.AsError(err)
	switch {
	case errors.Is(err, pace.ErrHeld):
		f.Status, f.Message = core.FindingUnknown, sentence(e.Message)
		return f
	case answered(err):
		return f
	}
	f.Status, f.URL = core.FindingMissing, statusPageURL
	if e.Status >= http.StatusInternalServerError {
		f.Message = fmt.Sprintf("LinkedIn has a problem of its own: it answers with status %d.", e.Status)
		f.Help = "Look whether LinkedIn knows of it, and try again later."
		return f
	}
	f.Message = "LinkedIn cannot be reached at " + p.cfg.APIURL + ": " + sentence(e.Message)
	f.Help = "Check that the server may connect to that address, by way of its proxy if it has one (HTTPS_PROXY)."
	return f
}

// versionByTable judges the version of the API by what is published of it.
func (p *Provider) versionByTable() core.Finding {
	f := core.Finding{Check: aboutVersion, Status: core.FindingOK}
	end, published := p.VersionEnd()
	f.Message = fmt.Sprintf("Version %s of the API is in use, and served until %s", p.APIVersion(), end.Format(time.DateOnly))
	if !published {
		f.Message += " at least"
	}
	f.Message += "."
	if notice, needed := p.VersionNotice(p.clock.Now()); needed {
		f.Status, f.Message = core.FindingWarning, sentence(notice)
		if _, lost := p.versions.gaveUp(); lost {
			f.Status, f.Help = core.FindingMissing, helpOtherVersion
		}
		f.URL = "https://learn.microsoft.com/en-us/linkedin/marketing/integrations/migrations"
	}
	return f
}

// versionAsked judges it by how LinkedIn answered a call in it.
func (p *Provider) versionAsked(err error) core.Finding {
	f := p.versionByTable()
	if core.CodeOf(core.AsError(err)) == core.CodeUpstreamVersion {
		e := core.AsError(err)
		f.Status, f.Message, f.Help = core.FindingMissing, e.Message, e.Help
	}
	return f
}

// examination is that of one account.
type examination struct {
	provider *Provider
	session  *core.Session
	author   string
	token    core.Secret
	diagnosis
}

// run asks one question after the other. Without a token that LinkedIn accepts there is
// nothing more to ask.
func (x *examination) run(ctx context.Context) []core.Finding {
	p := x.provider
	var err error
	if x.token, err = x.session.Token(ctx); err != nil {
		_, reachErr := p.api.GetUserInfo(ctx, "")
		found := append([]core.Finding{p.connection(reachErr), p.versionByTable()}, p.appFindings(ctx, x.session.Account.App)...)
		return append(found, x.lostToken(err))
	}
	_, err = p.api.OrganizationACLs(ctx, x.token, 0, 1)
	if e := core.RefusedToken(err); e != nil {
		x.session.Refuse(x.token, e.Message)
	}
	found := append([]core.Finding{p.connection(err), p.versionAsked(err)}, p.appFindings(ctx, x.session.Account.App)...)
	if !answered(err) && core.KindOf(err) != core.KindRateLimited {
		return found
	}
	x.diagnosis = p.examineToken(ctx, x.session.Account, x.token)
	found = append(found, x.tokenFinding(err))
	if core.KindOf(err) == core.KindAuth || core.CodeOf(core.AsError(err)) == core.CodeUpstreamVersion {
		return found
	}
	found = append(found, x.renewal())
	found = append(found, x.heldCalls()...)
	identity := x.identity(ctx)
	found = append(found, identity, x.scopesFinding())
	if identity.Check == aboutAuthor && identity.Status == core.FindingMissing {
		return found // what another member may do says nothing
	}
	return append(found, x.purposes(ctx)...)
}

// tokenFinding tells whether LinkedIn accepts the token, and for how long.
func (x *examination) tokenFinding(err error) core.Finding {
	switch e := core.AsError(err); {
	case core.KindOf(err) == core.KindAuth:
		return core.Finding{Check: aboutToken, Status: core.FindingMissing, Message: e.Message, Help: core.RelinkError(x.session.Account, "").Help}
	case core.KindOf(err) == core.KindRateLimited && !x.diagnosis.token.Active:
		return core.Finding{Check: aboutToken, Status: core.FindingUnknown, Message: "Whether LinkedIn accepts the account's token could not be found out: " + sentence(e.Message)}
	}
	f := core.Finding{Check: aboutToken, Status: core.FindingOK, Message: "LinkedIn accepts the account's token."}
	end := x.session.Account.ExpiresAt
	if x.diagnosis.token.ExpiresAt > 0 {
		end = time.Unix(x.diagnosis.token.ExpiresAt, 0)
	}
	switch now := x.provider.clock.Now(); {
	case end.IsZero():
		f.Message = "LinkedIn accepts the account's token; when it ends is not known. LinkedIn's tokens live 60 days."
	case now.Add(expiryNotice).After(end) && !x.renewed():
		f.Status = core.FindingWarning
		f.Message = "The account's token ends at " + end.UTC().Format(time.RFC3339) + "."
		f.Help = core.RelinkError(x.session.Account, "").Help
	default:
		f.Message = fmt.Sprintf("LinkedIn accepts the account's token, for %d days more.", int(end.Sub(now).Hours()/24))
	}
	if x.foreign && f.Status == core.FindingOK {
		f.Status = core.FindingWarning
		f.Message += " It was granted to another app than " + x.provider.clientIDs() + " names, so that LinkedIn does not tell what it may do."
		f.Help = "Link the account again through an app of this server, or set CRIER_LINKEDIN_CLIENT_ID and CRIER_LINKEDIN_CLIENT_SECRET to those of the other, or those of CRIER_LINKEDIN_COMMUNITY_ if it has the " + productCommunity + "."
	}
	return f
}

// scopesFinding tells what the token may do.
func (x *examination) scopesFinding() core.Finding {
	if len(x.scopes) == 0 {
		return core.Finding{
			Check: aboutScopes, Status: core.FindingUnknown, Message: "Which scopes the token has is not known.",
			Help: "LinkedIn tells it once CRIER_LINKEDIN_CLIENT_ID or CRIER_LINKEDIN_COMMUNITY_CLIENT_ID names the app of the token.",
		}
	}
	return core.Finding{Check: aboutScopes, Status: core.FindingOK, Message: "The token has the scopes " + strings.Join(x.scopes, ", ") + "."}
}

// identity tells whether the token may speak for the author.
func (x *examination) identity(ctx context.Context) core.Finding {
	if accountKind(x.author) == core.AccountOrganization {
		return x.pageRole(ctx)
	}
	f := core.Finding{Check: aboutAuthor, Status: core.FindingOK, Message: "The token belongs to " + x.author + "."}
	who, err := x.provider.member(ctx, x.token, x.scopes)
	switch {
	case err != nil:
		f.Status = core.FindingUnknown
		f.Message = "Whom the token belongs to could not be found out: " + sentence(core.AsError(err).Message)
		f.Help = core.AsError(err).Help
	case who.urn != x.author:
		f.Status = core.FindingMissing
		f.Message, f.Help = diagnosis{person: who.urn}.wrongAuthor(x.author)
	default:
		x.person = who.urn
	}
	return f
}

func (x *examination) pageRole(ctx context.Context) core.Finding {
	f := core.Finding{Check: aboutRole, Status: core.FindingOK}
	need := requirementOf("createPost", core.AccountOrganization)
	roles, err := x.provider.rolesOn(ctx, x.token, x.author, func(string) bool { return false })
	if err != nil || roles.cut {
		f.Status = core.FindingUnknown
		f.Message = "The member's role on the page could not be found out."
		if err != nil {
			f.Message += " " + sentence(core.AsError(err).Message)
			f.Help = core.AsError(err).Help
		}
		return f
	}
	x.roles = &roles
	switch {
	case !need.hasRole(roles.held):
		f.Status = core.FindingMissing
		f.Message, f.Help = x.lacksRole(need)
	case !slices.ContainsFunc(roles.held, mayShowVideo):
		f.Status = core.FindingWarning
		f.Message = "The member's role on the page is " + roles.list() + ": it allows posts, but LinkedIn may refuse videos, for which only " + videoRoles() + " is known to suffice."
		f.Help = helpWithRole
	default:
		f.Message = "The member's role on the page is " + roles.list() + "."
	}
	return f
}
