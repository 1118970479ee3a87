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
// becomes its default. The findings tell what the new tokens lack.
func (m *Manager) Link(ctx context.Context, profileID string, r LinkRequest) (core.Account, []core.Finding, error) {
	a, err := m.identify(ctx, r)
	if err != nil {
		return core.Account{}, nil, err
	}
	var notes []core.Finding
	if !m.renewable(a.Platform, credentials{Credentials: r.Credentials}) && m.renews(ctx, profileID, a) {
		notes = []core.Finding{poorer()}
	}
	linked, err := m.linkAll(ctx, profileID, []newAccount{{granted(a), lasting(r.Credentials, a)}})
	if err != nil {
		return core.Account{}, nil, err
	}
	return linked[0], notes, nil
}

// renews tells whether an account is linked already with tokens that Crier renews. It is
// for a warning alone: what cannot be read is none.
func (m *Manager) renews(ctx context.Context, profileID string, a core.Account) bool {
	old, err := m.store.FindAccount(ctx, profileID, a.Platform, a.RemoteID)
	if err != nil || old.Status != core.AccountActive {
		return false
	}
	stored, err := m.store.GetCredentials(ctx, old.ID)
	if err != nil {
		return false
	}
	c, err := m.unseal(old.ID, stored)
	return err == nil && m.renewable(old.Platform, c)
}

// poorer warns of tokens that end where those before them went on.
func poorer() core.Finding {
	return core.Finding{
		Status: core.FindingWarning, Code: core.CodeParameters,
		Message: "The account had tokens that were renewed by themselves; these have replaced them, and cannot be renewed.",
		Help:    "Send refreshToken along with accessToken, or link the account again on its page, before they end.",
	}
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
	e.Help = "Get a new access token from " + network + " and send it as accessToken; one that has ended is not renewed before it is linked."
	return &e
}
