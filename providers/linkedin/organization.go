package linkedin

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

const asOrganizationField = optionsKey + ".asOrganization"

// planAuthor returns the author of the post: the account, or the organization that the
// option names.
func planAuthor(raw json.RawMessage, account string) (string, *core.Error) {
	if len(raw) == 0 {
		return account, nil
	}
	const what = "the id of an organization, such as 1234, or its URN, urn:li:organization:1234"
	given, e := textOf(raw, asOrganizationField, what)
	if e != nil {
		return account, e
	}
	urn, ok := organizationOf(given)
	if !ok {
		return account, invalid(asOrganizationField, asOrganizationField+" must be "+what+".")
	}
	if accountKind(account) == core.AccountOrganization && account != urn {
		e := invalid(asOrganizationField, "The account posts as "+account+" and not as "+urn+": asOrganization goes with the account of a person.")
		e.Help = "Leave asOrganization out, name the account of a member who administers the organization in accountIds, or link the organization as an account of its own."
		return account, e
	}
	return urn, nil
}

// organizationOf returns the URN of the organization that a number or a URN names, in
// the one form that LinkedIn takes.
func organizationOf(id string) (string, bool) {
	m := organizationID.FindStringSubmatch(id)
	if m == nil {
		return "", false
	}
	digits := strings.TrimLeft(m[1], "0")
	return organizationPrefix + digits, digits != ""
}

// checkOrganization looks whether the member may post as the organization that the post
// names as its author. Nothing but a clear answer counts, since LinkedIn looks again.
func (p *publication) checkOrganization(ctx context.Context, s *core.Session) error {
	if p.author == s.Account.RemoteID {
		return nil
	}
	if granted := s.Account.Scopes; len(granted) > 0 && !slices.Contains(granted, scopeOrganization) {
		e := notAsOrganization("The account's token lacks the scope " + scopeOrganization + ", which posting as " + p.author + " takes.")
		e.Help = "Grant " + scopeOrganization + ", then link the account again."
		return e
	}
	token, err := s.Token(ctx)
	if err != nil {
		return err
	}
	roles, err := p.provider.rolesOn(ctx, token, p.author, maySpeak)
	switch {
	case err != nil: // above all, a token that may post but not read roles
		s.Log.InfoContext(ctx, "the member's roles on the organization are not known", "error", err)
		return ctx.Err()
	case roles.enough || roles.cut:
		return nil
	case len(roles.held) > 0:
		return notAsOrganization("The member's role on " + p.author + " is " + roles.list() + "; posting takes " + postingRoles() + ".")
	}
	return notAsOrganization("The member has no role on " + p.author + "; posting takes " + postingRoles() + ".")
}

func notAsOrganization(message string) *core.Error {
	return &core.Error{
		Kind: core.KindForbidden, Op: "linkedin.preflight", Platform: name, Field: asOrganizationField,
		Message: message, Help: "Have an administrator of the organization give the member one of these roles, or name another organization.",
	}
}
