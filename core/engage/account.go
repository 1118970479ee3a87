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
			problems = append(problems, unknownPlatform(field, name, s.registry))
			continue
		}
		at := slices.IndexFunc(all, func(a core.Account) bool { return a.Platform == name && a.Default })
		if at < 0 {
			problems = append(problems, notLinked(field, name))
			continue
		}
		add(at)
	}
	for i, id := range ref.AccountIDs {
		at := slices.IndexFunc(all, func(a core.Account) bool { return a.ID == id })
		if at < 0 {
			problems = append(problems, unknownAccount(fmt.Sprintf("accountIds[%d]", i), id))
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
		return core.Account{}, unknownPlatform("platform", platform, s.registry)
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
		return core.Account{}, unknownAccount("accountId", accountID)
	}
	return core.Account{}, notLinked("platform", platform)
}

func unknownPlatform(field, name string, registry *core.Registry) *core.Error {
	e := &core.Error{
		Kind: core.KindInvalid, Code: core.CodeUnknownPlatform, Field: field,
		Message: fmt.Sprintf("there is no network %q on this server; it has %s", name, strings.Join(registry.Names(), ", ")),
	}
	if similar, found := registry.Similar(name); found {
		e.Message = fmt.Sprintf("there is no network %q on this server; did you mean %q?", name, similar)
	}
	return e
}

func notLinked(field, platform string) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeNotLinked, Field: field, Platform: platform,
		Message: "no " + platform + " account is linked to this profile",
	}
}

func unknownAccount(field, id string) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeAccountNotFound, Field: field,
		Message: fmt.Sprintf("no account of this profile has the id %q", id),
	}
}
