package linkedin

import (
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// tellGiver is the way out for a person who cannot mend what is wrong.
const tellGiver = "tell whoever gave you the address of this page."

// scopeNotes tells which of the scopes that were asked for are missing, and what that means.
// The person gets what it is for, the operator the way to it.
func (a app) scopeNotes(granted []string) (notes, operator []core.Finding) {
	for _, scope := range a.Scopes {
		if slices.Contains(granted, scope) {
			continue
		}
		loss := a.loss(scope, granted)
		f := core.Finding{
			Check: aboutScopes, Status: core.FindingWarning, Code: core.CodeLinkScope,
			Message: strings.ToUpper(loss[:1]) + loss[1:] + " (LinkedIn did not grant " + scope + ").",
			Help:    "Start again and allow everything that LinkedIn lists. If it is not listed there, " + tellGiver,
		}
		if scope == scopeMember || scope == scopeOrganization {
			f.Status = core.FindingMissing
		}
		notes = append(notes, f)
		f.Message, f.Help, f.URL = "LinkedIn did not grant "+scope+": "+loss+".", a.helpScope(scope), portalURL
		operator = append(operator, f)
	}
	return notes, operator
}

// loss tells what cannot be done without a scope.
func (a app) loss(scope string, granted []string) string {
	switch scope {
	case scopeMember:
		return "you cannot be linked, because nothing could be posted in your name"
	case scopeOrganization:
		return "no page can be linked, because nothing could be posted in its name"
	case scopeOpenID, scopeProfile, scopeBasicProfile:
		if !identifies(granted) {
			return "you cannot be linked, because LinkedIn does not tell who you are"
		}
		return "your name and picture may be missing"
	case scopeAdmin, scopeReadAdmin:
		if !slices.Contains(granted, scopeAdmin) && !slices.Contains(granted, scopeReadAdmin) {
			return "no page can be linked, because LinkedIn does not tell which ones you manage"
		}
		return "figures of pages cannot be read"
	}
	if use := useOf(scope); use != "" {
		return use + " will not work"
	}
	return "what it is for will not work"
}

// useOf tells what an optional scope is for.
func useOf(scope string) string {
	switch scope {
	case scopeReadOrganization, scopeReadMember:
		return "reading posts back"
	case scopeMemberFeed, scopeOrganizationFeed:
		return "writing comments"
	case scopeReadMemberFeed, scopeReadCompanyFeed:
		return "reading comments"
	case scopeMemberFigures:
		return "figures of a person's posts"
	case scopeMemberFollowers:
		return "counting a person's followers"
	case scopeFollowers:
		return "looking up people to mention"
	}
	return ""
}

// productOf names the product that grants the app a scope; empty: not known. What a
// person's posting takes is part of two.
func (a app) productOf(scope string) string {
	switch {
	case scope == scopeOpenID || scope == scopeProfile:
		return productSignIn
	case scope == scopeMember && a.name == appShare:
		return productShare
	case scope == scopeMember || ofCommunity(scope):
		return productCommunity
	}
	return ""
}

// identityProduct names the product by which the scopes let the app read who a member is;
// empty: they do not.
func identityProduct(scopes []string) string {
	switch {
	case slices.Contains(scopes, scopeOpenID):
		return productSignIn
	case slices.Contains(scopes, scopeBasicProfile):
		return productCommunity
	}
	return ""
}

// helpScope tells the operator the way to a scope, or out of asking for it.
func (a app) helpScope(scope string) string {
	without := "leaves it out of " + a.settings + "SCOPES."
	if rest := slices.DeleteFunc(slices.Clone(a.Scopes), func(s string) bool { return s == scope }); a.with(rest).checkScopes() != nil {
		without = "" // without it, nothing could be linked
	}
	if product := a.productOf(scope); product != "" {
		help := "If LinkedIn does not offer it, the operator adds the product " + product + " to " + a.label() + ", under Products of " + portalURL
		if without != "" {
			return help + ", or " + without
		}
		return help + "."
	}
	if without == "" {
		return "The operator has to have it approved for " + a.label() + "."
	}
	return "If LinkedIn does not offer it, the operator " + without
}

func (a app) with(scopes []string) app {
	a.Scopes = scopes
	return a
}

// noPerson tells why the member himself cannot be linked.
func noPerson(e *core.Error) core.Finding {
	return core.Finding{
		Check: aboutAuthor, Status: core.FindingMissing, Code: core.CodeOf(e),
		Message: "You cannot be linked, because LinkedIn does not tell who you are.",
		Help:    "Start again and allow everything that LinkedIn lists. If that does not help, " + tellGiver,
	}
}

// noPages tells why no pages are offered.
func noPages(e *core.Error) core.Finding {
	f := core.Finding{Check: aboutPages, Status: core.FindingUnknown, Code: core.CodeOf(e)}
	if e.Kind == core.KindForbidden {
		f.Status = core.FindingMissing
		f.Message = "Your pages could not be listed: LinkedIn does not let this service see them."
		f.Help = "That is not your fault: if you want to link pages, " + tellGiver
		return f
	}
	f.Message = "Your pages could not be listed: " + sentence(e.Message)
	f.Help = "Start again later for the pages. If it stays like this, " + tellGiver
	return f
}

// forOperator tells the operator why something could not be read that is needed for linking.
// product is the one that grants the scope which that takes, if the token has the scope, so
// that another consent alone does not help; else empty.
func (a app) forOperator(e *core.Error, check, product string) core.Finding {
	f := core.Finding{Check: check, Status: core.FindingMissing, Code: core.CodeOf(e), Message: sentence(e.Message), URL: portalURL}
	switch {
	case e.Kind == core.KindForbidden && product != "":
		f.Help = "Whatever LinkedIn calls missing, the scope that this takes was granted, so that another consent alone does not help: look at the products and the tier of " +
			a.label() + ", under Products of " + portalURL + ". This takes the product " + product + "."
	case e.Kind == core.KindRateLimited:
		f.Help = "Nobody has to mend anything: the account can be linked again once LinkedIn allows calls, after midnight (UTC) at the latest. " +
			"The app's Analytics tab in the developer portal shows how many it may make a day."
	case e.Kind == core.KindTemporary, e.Kind == core.KindUncertain:
		f.Status, f.URL = core.FindingUnknown, statusPageURL
		f.Help = "Nobody has to mend anything: the account can be linked again once LinkedIn works. Its status page tells of its troubles."
	default:
		f.Help = core.HelpOf(e)
	}
	return f
}
