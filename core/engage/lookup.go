package engage

import (
	"context"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// Search looks up whom a post can mention, with the network's default account unless
// another is named.
func (s *Service) Search(ctx context.Context, profileID, platform, accountID string, q core.DirectoryQuery) (Result[[]core.DirectoryEntry], error) {
	var r Result[[]core.DirectoryEntry]
	directory, err := ability[core.Directory](s, platform, "search for people and organizations")
	if err != nil {
		return r, err
	}
	if r.Account, err = s.accountOf(ctx, profileID, platform, accountID); err != nil {
		return r, err
	}
	r.told = &told{}
	r.Value, err = act(ctx, s, r.Target, func(ctx context.Context, session *core.Session) ([]core.DirectoryEntry, error) {
		return directory.Search(ctx, session, q)
	})
	r.Warnings = r.told.all()
	return r, err
}

// Facets lists by what an audience can be chosen on a network.
func (s *Service) Facets(platform string) ([]core.Facet, error) {
	catalog, err := ability[core.Catalog](s, platform, "audience that can be chosen")
	if err != nil {
		return nil, err
	}
	return catalog.Facets(), nil
}

// FacetQuery is a search for the values of a criterion.
type FacetQuery struct {
	Facet string
	Text  string // empty: all
	Limit int
	// AccountID is of the account that asks the network; empty: the network's default one.
	AccountID string
}

// FacetValues returns the values of a criterion that match. Where no account of the network
// is linked, and none is named, these are the ones that are known without asking it.
func (s *Service) FacetValues(ctx context.Context, profileID, platform string, q FacetQuery) (core.Facet, []core.FacetValue, error) {
	catalog, err := ability[core.Catalog](s, platform, "audience that can be chosen")
	if err != nil {
		return core.Facet{}, nil, err
	}
	facet, err := facetNamed(catalog.Facets(), platform, s.registry.Title(platform), q.Facet)
	if err != nil {
		return facet, nil, err
	}
	account, err := s.accountOf(ctx, profileID, platform, q.AccountID)
	linked := true
	if err != nil {
		if core.CodeOf(core.AsError(err)) != core.CodeNotLinked {
			return facet, nil, err
		}
		linked, account.Platform = false, platform
	}
	values, err := call(ctx, s, account, func(ctx context.Context, session *core.Session) ([]core.FacetValue, error) {
		if !linked {
			session = nil
		}
		return catalog.FacetValues(ctx, session, facet.Name, q.Text, q.Limit)
	})
	return facet, values, err
}

// facetNamed finds a criterion; case does not matter.
func facetNamed(facets []core.Facet, platform, title, name string) (core.Facet, error) {
	i := slices.IndexFunc(facets, func(f core.Facet) bool { return strings.EqualFold(f.Name, name) })
	if i >= 0 {
		return facets[i], nil
	}
	names := make([]string, len(facets))
	for i, f := range facets {
		names[i] = f.Name
	}
	return core.Facet{}, &core.Error{
		Kind: core.KindNotFound, Code: core.CodeParameters, Field: "facet", Platform: platform,
		Message: title + " has no audience criterion of this name; it has " + strings.Join(names, ", "),
	}
}
