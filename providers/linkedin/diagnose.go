package linkedin

import (
	"context"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/pace"
)

const (
	// diagnoseTimeout bounds the questions that explain a refusal. keepDiagnosis is how
	// long their answers are good for others: for a burst of refusals, and not for so long
	// that one contradicts what was changed on LinkedIn meanwhile.
	diagnoseTimeout = 5 * time.Second
	keepDiagnosis   = 5 * time.Second
	maxDiagnoses    = 1000
)

// diagnosis is what LinkedIn tells about a token and an author. What it does not tell
// is left out.
type diagnosis struct {
	token tokenState // empty: not known
	// foreign tells that the token was granted to none of the operator's apps.
	foreign bool
	scopes  []string   // none: not known
	person  string     // URN of the member who granted the token; empty: not known
	roles   *pageRoles // on the author's page; nil: not known
}

// diagnose asks LinkedIn about a token and the author to be. It only reads, gives up
// after a few seconds, and asks the same once within keepDiagnosis at most.
func (p *Provider) diagnose(ctx context.Context, as core.Account, author string, token core.Secret) diagnosis {
	key := diagnosisKey(token, author)
	if d, ok := p.diagnoses.Get(key); ok {
		return d
	}
	ctx, cancel := context.WithTimeout(ctx, diagnoseTimeout)
	defer cancel()
	d := p.examineToken(ctx, as, token)
	switch accountKind(author) {
	case core.AccountOrganization:
		d.roles = p.allRolesOn(ctx, token, author)
	case core.AccountPerson:
		if who, err := p.member(ctx, token, d.scopes); err == nil {
			d.person = who.urn
		}
	}
	p.diagnoses.Put(key, d, keepDiagnosis)
	return d
}

// diagnosisKey is the key in Provider.diagnoses of a token that is to act for an author.
func diagnosisKey(token core.Secret, author string) string {
	member := pace.MemberOf(token)
	return string(member[:]) + author
}

// examineToken asks for the state and scopes of a token. Of one that LinkedIn tells
// nothing about, the scopes are those that it was linked with.
func (p *Provider) examineToken(ctx context.Context, as core.Account, token core.Secret) diagnosis {
	d := diagnosis{scopes: as.Scopes}
	state, err := p.stateOf(ctx, token, as.App)
	if err != nil && state.app == "" {
		return d
	}
	d.token, d.foreign = state, p.hasApp() && state.app == ""
	if scopes := state.Scopes(); state.Active && len(scopes) > 0 {
		d.scopes = scopes
	}
	return d
}

// allRolesOn reads all of the member's roles on a page; nil when they cannot be read.
func (p *Provider) allRolesOn(ctx context.Context, token core.Secret, urn string) *pageRoles {
	roles, err := p.rolesOn(ctx, token, urn, func(string) bool { return false })
	if err != nil || roles.cut {
		return nil
	}
	slices.Sort(roles.held)
	return &roles
}
