package accounts

import (
	"context"
	"fmt"
	"time"

	"github.com/crier-social/crier/core"
)

// examineTimeout bounds an examination. It asks a dozen questions at most.
const examineTimeout = 45 * time.Second

// Sessions opens sessions for work on what an account has on its network.
// *publish.Publisher is one.
type Sessions interface {
	OpenSession(a core.Account) (s *core.Session, end func())
}

// CheckerConfig is what a Checker works with.
type CheckerConfig struct {
	Accounts *Manager
	Registry *core.Registry
	Sessions Sessions
}

// Checker asks networks whether an app or an account has what it takes, and what was
// used of what they allow. It may be used concurrently.
type Checker struct {
	accounts *Manager
	registry *core.Registry
	sessions Sessions
}

// NewChecker returns a Checker.
func NewChecker(c CheckerConfig) *Checker {
	return &Checker{accounts: c.Accounts, registry: c.Registry, sessions: c.Sessions}
}

// Account examines an account of the profile, and the operator's app with it. An account
// that does not exist is an error of KindNotFound with CodeAccountNotFound.
func (c *Checker) Account(ctx context.Context, profileID, id string) (core.Account, []core.Finding, error) {
	a, err := c.accounts.Get(ctx, profileID, id)
	if err != nil {
		return core.Account{}, nil, err
	}
	physician, err := c.physician(a.Platform)
	if err != nil {
		return core.Account{}, nil, err
	}
	s, end := c.sessions.OpenSession(a)
	defer end()
	ctx, cancel := context.WithTimeout(ctx, examineTimeout)
	defer cancel()
	return a, physician.Examine(ctx, s), nil
}

// Platform examines the operator's app of a network.
func (c *Checker) Platform(ctx context.Context, platform string) ([]core.Finding, error) {
	physician, err := c.physician(platform)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, examineTimeout)
	defer cancel()
	return physician.Examine(ctx, nil), nil
}

// physician returns the adapter of a network that can be examined.
func (c *Checker) physician(platform string) (core.Physician, error) {
	provider, known := c.registry.Get(platform)
	if !known {
		return nil, &core.Error{
			Kind: core.KindNotFound, Code: core.CodeUnknownPlatform, Op: "accounts.check", Field: "platform",
			Message: fmt.Sprintf("there is no network %q on this server", platform),
		}
	}
	physician, able := provider.(core.Physician)
	if !able {
		return nil, &core.Error{
			Kind: core.KindUnsupported, Op: "accounts.check", Platform: platform,
			Message: provider.Info().Title + " cannot be examined",
		}
	}
	return physician, nil
}

// Usage tells what was used today of the calls that the account's network allows; false
// where they are not counted, or nobody can tell whose they are.
func (c *Checker) Usage(ctx context.Context, a core.Account) (core.Usage, bool) {
	provider, _ := c.registry.Get(a.Platform)
	meter, able := provider.(core.Meter)
	if !able {
		return core.Usage{}, false
	}
	s, end := c.sessions.OpenSession(a)
	defer end()
	u, err := meter.Usage(ctx, s)
	return u, err == nil
}
