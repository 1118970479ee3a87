package publish

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// allPlatforms is the entry of `platforms` that means every linked network.
const allPlatforms = "all"

// target is one account that a post goes to, with its network's adapter.
type target struct {
	account  core.Account
	provider core.Provider
}

// targets finds the accounts that a request names. Problems are errors of the
// request; the second error is the store's.
func (p *Publisher) targets(ctx context.Context, profileID string, r core.PostRequest) ([]target, core.Errors, error) {
	accounts, err := p.accountsFor(ctx, profileID, r)
	if err != nil {
		return nil, nil, err
	}
	s := selection{registry: p.registry, accounts: accounts}
	for i, name := range r.Platforms {
		s.addPlatform(fmt.Sprintf("platforms[%d]", i), name)
	}
	for i, id := range r.AccountIDs {
		s.addAccount(fmt.Sprintf("accountIds[%d]", i), id)
	}
	if len(s.targets) == 0 && len(s.problems) == 0 {
		s.problems = append(s.problems, &core.Error{
			Kind: core.KindInvalid, Code: core.CodeParameters, Field: "platforms",
			Message: "the post names no network: send platforms, for example " + exampleList(p.registry.Names()) + ", or accountIds",
		})
	}
	return s.targets, s.problems, nil
}

// accountsFor reads the accounts that a request may go to. A profile can have many more
// of them than one that names accounts has use for.
func (p *Publisher) accountsFor(ctx context.Context, profileID string, r core.PostRequest) ([]core.Account, error) {
	const few = 8
	if len(r.Platforms) > 0 || len(r.AccountIDs) > few {
		return p.store.ListAccounts(ctx, profileID)
	}
	var accounts []core.Account
	for _, id := range r.AccountIDs {
		a, err := p.store.GetAccount(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err == nil && a.ProfileID == profileID {
			accounts = append(accounts, a)
		}
	}
	return accounts, nil
}

// selection collects targets without repetition.
type selection struct {
	registry *core.Registry
	accounts []core.Account
	targets  []target
	problems core.Errors
}

func (s *selection) add(a core.Account) bool {
	provider, ok := s.registry.Get(a.Platform)
	if !ok {
		return false
	}
	if !slices.ContainsFunc(s.targets, func(t target) bool { return t.account.ID == a.ID }) {
		s.targets = append(s.targets, target{account: a, provider: provider})
	}
	return true
}

func (s *selection) addPlatform(field, name string) {
	if name == allPlatforms {
		s.addAll(field)
		return
	}
	if _, ok := s.registry.Get(name); !ok {
		s.problems = append(s.problems, s.registry.UnknownPlatform(field, name))
		return
	}
	for _, a := range s.accounts {
		if a.Platform == name && a.Default {
			s.add(a)
			return
		}
	}
	s.problems = append(s.problems, core.NotLinkedError(field, name))
}

// addAll adds the default account of every network.
func (s *selection) addAll(field string) {
	found := false
	for _, a := range s.accounts {
		if a.Default && s.add(a) {
			found = true
		}
	}
	if !found {
		s.problems = append(s.problems, &core.Error{
			Kind: core.KindInvalid, Code: core.CodeNotLinked, Field: field,
			Message: "no account is linked to this profile",
		})
	}
}

func (s *selection) addAccount(field, id string) {
	i := slices.IndexFunc(s.accounts, func(a core.Account) bool { return a.ID == id })
	if i < 0 || !s.add(s.accounts[i]) {
		s.problems = append(s.problems, core.UnknownAccountError(field, id))
	}
}

func exampleList(names []string) string {
	if len(names) == 0 {
		return `["all"]`
	}
	return fmt.Sprintf("[%q]", names[0])
}

// linkProblem tells why an account cannot be posted to without being linked again,
// as far as that is known without asking anybody; nil when nothing speaks against
// it.
func linkProblem(a core.Account, now time.Time) *core.Error {
	reason := ""
	switch {
	case a.Status == core.AccountRelinkRequired:
		reason = cmp.Or(a.StatusReason, "its authorization was lost")
	case endsBefore(a, now):
		reason = "its authorization ended at " + a.ExpiresAt.Format(time.RFC3339)
	default:
		return nil
	}
	return core.RelinkError(a, reason)
}

// endsBefore tells whether the account's authorization will have ended at a time
// and cannot be renewed without its owner.
func endsBefore(a core.Account, at time.Time) bool {
	return !a.ExpiresAt.IsZero() && !a.ExpiresAt.After(at) && !a.RefreshExpiresAt.After(at)
}

// planned is a target with its publication.
type planned struct {
	target
	publication core.Publication
}

// checkable tells whether more can be checked than was planned: the network can be
// asked, or there is media to fetch.
func (p planned) checkable() bool {
	_, asks := p.publication.(core.Preflighter)
	return asks || len(p.publication.Needs()) > 0
}

// plan plans the request for every target and collects all problems.
func (p *Publisher) plan(ctx context.Context, targets []target, r core.PostRequest) ([]planned, core.Errors) {
	var (
		plans    []planned
		problems core.Errors
	)
	for _, t := range targets {
		pub, err := p.planOne(ctx, t, r)
		if err != nil {
			problems = append(problems, p.toldApart(core.AsErrors(err), targets, r)...)
			continue
		}
		plans = append(plans, planned{target: t, publication: pub})
	}
	return plans, problems
}

// planOne plans the request for one target. Its errors name the network.
func (p *Publisher) planOne(ctx context.Context, t target, r core.PostRequest) (pub core.Publication, err error) {
	err = p.guard(ctx, func() (err error) {
		pub, err = t.provider.Plan(ctx, t.account, r.Draft(t.account.Platform))
		return err
	})
	return pub, named(err, t.account.Platform)
}
