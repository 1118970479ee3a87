package linkedin

import (
	"cmp"
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

const (
	personPrefix       = "urn:li:person:"
	organizationPrefix = "urn:li:organization:"

	scopeMember       = "w_member_social"
	scopeOrganization = "w_organization_social"
)

var (
	organizationID = regexp.MustCompile(`^(?:urn:li:(?:organization|company):)?(\d{1,18})$`)
	personURN      = regexp.MustCompile(`^urn:li:person:[A-Za-z0-9_-]+$`)
)

// Identify asks LinkedIn whom the tokens belong to. remoteID is empty for the
// member, or names the author to post as: an organization by its id or URN, or
// the member's own URN.
func (p *Provider) Identify(ctx context.Context, c core.Credentials, remoteID string) (core.Account, error) {
	remoteID = strings.TrimSpace(remoteID)
	if m := organizationID.FindStringSubmatch(remoteID); m != nil {
		return p.identifyOrganization(ctx, c, m[1])
	}
	if remoteID != "" && !personURN.MatchString(remoteID) {
		e := invalid("id", "LinkedIn posts as urn:li:person:… or urn:li:organization:…; this is neither.")
		e.Op = "linkedin.identify"
		return core.Account{}, e
	}
	return p.identifyPerson(ctx, c, remoteID)
}

func (p *Provider) identifyPerson(ctx context.Context, c core.Credentials, wanted string) (core.Account, error) {
	scopes, app := p.granted(ctx, c)
	if err := mayPost(scopes, scopeMember); err != nil {
		return core.Account{}, err
	}
	who, err := p.member(ctx, c.AccessToken, scopes)
	if err != nil {
		return core.Account{}, err
	}
	if wanted != "" && wanted != who.urn {
		e := forbidden("id", "The token belongs to "+who.urn+", not to "+wanted+": ids of people differ between LinkedIn apps.")
		e.Help = "Send a token of " + wanted + ", or leave id out to link " + who.urn + "."
		return core.Account{}, e
	}
	return p.account(who, scopes, app), nil
}

func (p *Provider) identifyOrganization(ctx context.Context, c core.Credentials, digits string) (core.Account, error) {
	scopes, app := p.granted(ctx, c)
	if err := mayPost(scopes, scopeOrganization); err != nil {
		return core.Account{}, err
	}
	id, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return core.Account{}, invalid("id", "The id of the organization is not a number that LinkedIn uses.")
	}
	if err := p.checkRole(ctx, c.AccessToken, organizationURN(id)); err != nil {
		return core.Account{}, err
	}
	org, err := p.organization(ctx, c.AccessToken, id)
	if err != nil {
		return core.Account{}, err
	}
	return p.page(org, id, scopes, app), nil
}

// organizationURN returns the URN of an organization.
func organizationURN(id int64) string { return organizationPrefix + strconv.FormatInt(id, 10) }

// pageURL returns the address of an organization's page.
func (p *Provider) pageURL(vanity string, id int64) string {
	return p.cfg.WebURL + "/company/" + cmp.Or(api.Escape(vanity), strconv.FormatInt(id, 10))
}

// checkRole makes sure that the member may publish as the organization. Nothing is known
// of members with more roles than are read.
func (p *Provider) checkRole(ctx context.Context, token core.Secret, urn string) error {
	roles, err := p.rolesOn(ctx, token, urn, maySpeak)
	switch {
	case err != nil:
		return err
	case roles.enough || roles.cut:
		return nil
	case len(roles.held) > 0:
		return forbidden("id", "The member's role on "+urn+" is "+roles.list()+"; posting takes "+postingRoles()+".")
	}
	return forbidden("id", "The member has no role on "+urn+"; posting takes "+postingRoles()+".")
}

// organization reads the page's name. Those who may not read the page as its
// administrators do get what everybody may know.
func (p *Provider) organization(ctx context.Context, token core.Secret, id int64) (api.Organization, error) {
	org, err := p.api.GetOrganization(ctx, token, id)
	switch core.KindOf(err) {
	case "":
		if org.LocalizedName != "" {
			return org, nil
		}
	case core.KindForbidden, core.KindNotFound:
	default:
		return org, err
	}
	public, _, err := p.api.LookUpOrganization(ctx, token, id)
	switch core.KindOf(err) { //nolint:exhaustive // as above
	case core.KindForbidden, core.KindNotFound:
		return org, nil // the role is proven: a page without a name still can be posted to
	}
	return public, err
}

func forbidden(field, message string) *core.Error {
	return &core.Error{
		Kind: core.KindForbidden, Op: "linkedin.identify", Platform: name, Field: field, Message: message,
		Help: "Grant the missing permission on LinkedIn, then link the account with the new token.",
	}
}
