package linkedin

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

const (
	helpWithScope   = "If LinkedIn does not offer the scope to your app, ask for the product %s: open " + portalURL + ", choose the app, then Products. A token with other scopes ends the member's earlier ones of the same app."
	helpWithProduct = "Open " + portalURL + ", choose the app, then Products, and ask for %s; once it is approved, link the account again."
)

// explain finds out why LinkedIn refused a call for an author, by asking it: whom the
// token belongs to, what it may do, and which role the member has. What cannot be found
// out is told as LinkedIn told it.
func (p *Provider) explain(ctx context.Context, as core.Account, author string, token core.Secret, err error) error {
	e, ok := unclear(err)
	if !ok {
		return err
	}
	d := p.diagnose(ctx, as, author, token)
	message, help := d.conclude(author, requirementOf(strings.TrimPrefix(e.Op, name+"."), accountKind(author)), e)
	if message == "" {
		return err
	}
	told := *e
	told.Message, told.Help, told.Field = message, help, ""
	if author != as.RemoteID {
		told.Field = optionsKey + ".asOrganization"
	}
	return &told
}

// unclear returns the refusal within an error, if it is one of LinkedIn's for want of a
// permission.
func unclear(err error) (*core.Error, bool) {
	all := core.AsErrors(err)
	if len(all) != 1 || all[0].Kind != core.KindForbidden || all[0].Platform != name || all[0].Status == 0 {
		return nil, false
	}
	return all[0], true
}

// conclude says in plain words what is missing, and the way out; empty when what is
// known does not tell.
func (d diagnosis) conclude(author string, need requirement, e *core.Error) (message, help string) {
	switch {
	case d.person != "" && d.person != author:
		return d.wrongAuthor(author)
	case len(d.scopes) > 0 && !need.hasScope(d.scopes):
		return d.lacksScope(need)
	case d.roles != nil && !need.hasRole(d.roles.held):
		return d.lacksRole(need)
	case len(d.scopes) > 0 && e.Upstream == codeNoScopeText:
		return d.lacksProduct(need, e)
	case d.complete(author):
		return d.lacksNothing(author, need, e)
	}
	return "", ""
}

// complete tells whether enough is known to say that nothing is missing.
func (d diagnosis) complete(author string) bool {
	return len(d.scopes) > 0 && (d.person == author || d.roles != nil)
}

// lacksNothing quotes a refusal of a call that has all it takes. A call that takes more
// than that is for its caller to explain.
func (d diagnosis) lacksNothing(author string, need requirement, e *core.Error) (message, help string) {
	words, ok := errors.AsType[unexplained](e.Err)
	if !ok {
		return "", ""
	}
	has := "the token has the scope " + need.anyScope()
	if d.roles != nil {
		has += " and the member the role " + d.roles.list() + " on the page"
	}
	return "LinkedIn refused, though " + has + ", which " + need.doing + " takes" + quote(string(words)),
		"LinkedIn says no more. Look there whether " + author + " may still do this, and whether what was named is its own."
}

// productFor is the product that grants what is needed. What a person's posting takes is
// part of two: an app whose token has scopes of the larger one has that.
func (d diagnosis) productFor(need requirement) string {
	if need.product == productShare && slices.ContainsFunc(d.scopes, ofCommunity) {
		return productCommunity
	}
	return need.product
}

// ofCommunity tells whether a scope is one that only the Community Management API grants.
// https://learn.microsoft.com/en-us/linkedin/marketing/increasing-access
func ofCommunity(scope string) bool {
	switch scope {
	case scopeMemberFeed, scopeReadMemberFeed, scopeOrganizationFeed, scopeReadCompanyFeed, scopeOrganization,
		scopeReadOrganization, scopeMemberFigures, scopeMemberFollowers, scopeFollowers, scopeAdmin, scopeReadAdmin,
		scopeBasicProfile:
		return true
	}
	return false
}

func (d diagnosis) wrongAuthor(author string) (message, help string) {
	return "The token belongs to " + d.person + ", not to " + author + ": ids of people differ between LinkedIn apps.",
		"Link the account again with a token that " + author + " granted to the app, or without an id: then it is linked as " + d.person + "."
}

func (d diagnosis) lacksScope(need requirement) (message, help string) {
	return "The token lacks the scope " + need.anyScope() + ", which " + need.doing + " takes; it has " + strings.Join(d.scopes, ", ") + ".",
		"Grant " + need.anyScope() + ", then link the account again. " + strings.Replace(helpWithScope, "%s", d.productFor(need), 1)
}

func (d diagnosis) lacksRole(need requirement) (message, help string) {
	message = "The member has no role on the page"
	if len(d.roles.held) > 0 {
		message = "The member's role on the page is " + d.roles.list()
	}
	return message + "; " + need.doing + " takes " + need.anyRole() + ".", helpWithRole
}

func (d diagnosis) lacksProduct(need requirement, e *core.Error) (message, help string) {
	resource := "this part of its API"
	if denied, ok := errors.AsType[deniedResource](e.Err); ok && denied != "" {
		resource = string(denied)
	}
	return "The token has the scope for " + need.doing + ", but LinkedIn does not let the app use " + resource +
			": its product " + d.productFor(need) + " is not approved, or not for this.",
		strings.Replace(helpWithProduct, "%s", d.productFor(need), 1)
}
