package engage

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// accounts finds the accounts that a request names: the default ones of the platforms, and
// those of accountIds.
func (s *Service) accounts(ctx context.Context, profileID string, ref PostRef) ([]core.Account, error) {
	all, err := s.store.ListAccounts(ctx, profileID)
	if err != nil {
		return nil, err
	}
	var problems core.Errors
	var chosen []core.Account
	add := func(i int) {
		if !slices.ContainsFunc(chosen, func(a core.Account) bool { return a.ID == all[i].ID }) {
			chosen = append(chosen, all[i])
		}
	}
	for i, name := range ref.Platforms {
		field := fmt.Sprintf("platforms[%d]", i)
		if _, known := s.registry.Get(name); !known {
			problems = append(problems, s.registry.UnknownPlatform(field, name))
			continue
		}
		at := slices.IndexFunc(all, func(a core.Account) bool { return a.Platform == name && a.Default })
		if at < 0 {
			problems = append(problems, core.NotLinkedError(field, name))
			continue
		}
		add(at)
	}
	for i, id := range ref.AccountIDs {
		at := slices.IndexFunc(all, func(a core.Account) bool { return a.ID == id })
		if at < 0 {
			problems = append(problems, core.UnknownAccountError(fmt.Sprintf("accountIds[%d]", i), id))
			continue
		}
		add(at)
	}
	if len(chosen) == 0 && len(problems) == 0 {
		problems = append(problems, &core.Error{
			Kind: core.KindInvalid, Field: "platforms", Message: "platforms is missing: name the network, such as " + strings.Join(s.registry.Names(), ", "),
		})
	}
	return chosen, problems.OrNil()
}

// accountOf finds the one account of a network that a request is about: the named one, or
// the network's default.
func (s *Service) accountOf(ctx context.Context, profileID, platform, accountID string) (core.Account, error) {
	if _, known := s.registry.Get(platform); !known {
		return core.Account{}, s.registry.UnknownPlatform("platform", platform)
	}
	all, err := s.linked(ctx, profileID, platform)
	if err != nil {
		return core.Account{}, err
	}
	for _, a := range all {
		if a.ID == accountID || accountID == "" && a.Default {
			return a, nil
		}
	}
	if accountID != "" {
		return core.Account{}, core.UnknownAccountError("accountId", accountID)
	}
	return core.Account{}, core.NotLinkedError("platform", platform)
}
