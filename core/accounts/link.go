package accounts

import (
	"context"
	"fmt"

	"github.com/crier-social/crier/core"
)

// LinkRequest names what is to be linked.
type LinkRequest struct {
	Platform string
	// RemoteID is the network's id of the author to post as; empty means the
	// person who granted the tokens.
	RemoteID    string
	Credentials core.Credentials
}

// Link asks the network whom the tokens belong to and links that account to the
// profile. An account that is linked already keeps its id, its posts and its
// place as default, and gets the new tokens; the first account of a network
// becomes its default.
func (m *Manager) Link(ctx context.Context, profileID string, r LinkRequest) (core.Account, error) {
	a, err := m.identify(ctx, r)
	if err != nil {
		return core.Account{}, err
	}
	linked, err := m.linkAll(ctx, profileID, []newAccount{{granted(a), lasting(r.Credentials, a)}})
	if err != nil {
		return core.Account{}, err
	}
	return linked[0], nil
}

// identify asks the network whose tokens these are.
func (m *Manager) identify(ctx context.Context, r LinkRequest) (core.Account, error) {
	provider, known := m.registry.Get(r.Platform)
	if !known {
		return core.Account{}, m.unknownNetwork(r.Platform)
	}
	identifier, able := provider.(core.Identifier)
	if !able {
		return core.Account{}, &core.Error{
			Kind: core.KindUnsupported, Op: "accounts.link", Platform: r.Platform, Field: "platform",
			Message: fmt.Sprintf("accounts of %s cannot be linked from tokens", provider.Info().Title),
		}
	}
	a, err := identifier.Identify(ctx, r.Credentials, r.RemoteID)
	if err != nil {
		return core.Account{}, refusedToken(err, provider.Info().Title)
	}
	if a.RemoteID == "" {
		return core.Account{}, &core.Error{
			Kind: core.KindInternal, Op: "accounts.link", Platform: r.Platform,
			Message: "the network did not tell whom the tokens belong to",
		}
	}
	a.Platform = r.Platform
	return a, nil
}

func (m *Manager) unknownNetwork(platform string) *core.Error {
	e := m.registry.UnknownPlatform("platform", platform)
	e.Op = "accounts.link"
	return e
}

// refusedToken tells who is linking an account that the token is of no use. Linking
// again, which the error's kind means everywhere else, would end here once more.
func refusedToken(err error, network string) error {
	if core.KindOf(err) != core.KindAuth {
		return err
	}
	e := *core.AsError(err)
	e.Field = "accessToken"
	e.Help = "Get a new access token from " + network + " and send it as accessToken."
	return &e
}
