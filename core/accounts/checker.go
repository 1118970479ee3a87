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
	// Posts counts an account's posts of the day; nil: nobody does.
	Posts func(context.Context, core.Account) (Allowance, error)
}

// Allowance is how many posts an account may make in a day.
type Allowance struct {
	Limit    int // 0: any number
	Used     int // today
	ResetsAt time.Time
}

// Checker asks networks whether an app or an account has what it takes, and what was
// used of what they allow. It may be used concurrently.
type Checker struct {
	accounts *Manager
	registry *core.Registry
	sessions Sessions
	posts    func(context.Context, core.Account) (Allowance, error)
}

// NewChecker returns a Checker.
func NewChecker(c CheckerConfig) *Checker {
	return &Checker{accounts: c.Accounts, registry: c.Registry, sessions: c.Sessions, posts: c.Posts}
}

// Account examines an account of the profile, and the operator's app with it. A token that
// the network refuses is renewed, where that goes, and the account examined again. An account
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
	ctx, cancel := context.WithTimeout(ctx, examineTimeout)
	defer cancel()
	x := c.examine(ctx, physician, a)
	if x.refused != "" {
		// What the error tells is noted in the account, which the second look shows.
		_, _ = c.accounts.Refused(ctx, id, x.refused, x.reason)
		if a, err = c.accounts.Get(ctx, profileID, id); err != nil {
			return core.Account{}, nil, err
		}
		x = c.examine(ctx, physician, a)
	}
	a = c.accounts.named(ctx, a, x.username)
	return a, append(x.found, c.allowance(ctx, a)...), nil
}

// examined is what an examination has told.
type examined struct {
	found    []core.Finding
	refused  core.Secret // the token that the network refused, if it did
	reason   string      // why
	username string      // what the network calls the account; empty: it does not tell
}

// examine has an account examined once.
func (c *Checker) examine(ctx context.Context, physician core.Physician, a core.Account) examined {
	var x examined
	s, end := c.sessions.OpenSession(a)
	defer end()
	s.OnRefused = func(token core.Secret, why string) { x.refused, x.reason = token, why }
	s.OnNamed = func(username string) { x.username = username }
	x.found = physician.Examine(ctx, s)
	return x
}

// aboutPosts is the check of how many posts an account may still make today.
const aboutPosts = "posts of the day"

// allowance tells how many posts the account may still make today, where that is limited.
func (c *Checker) allowance(ctx context.Context, a core.Account) []core.Finding {
	if c.posts == nil {
		return nil
	}
	day, err := c.posts(ctx, a)
	switch {
	case err != nil:
		return []core.Finding{{
			Check: aboutPosts, Status: core.FindingUnknown,
			Message: "How many posts the account has made today could not be found out: " + core.AsError(err).Message,
		}}
	case day.Limit == 0:
		return nil
	case day.Used < day.Limit:
		return []core.Finding{{
			Check: aboutPosts, Status: core.FindingOK,
			Message: fmt.Sprintf("The account has made %d of %d posts today.", day.Used, day.Limit),
		}}
	}
	return []core.Finding{{
		Check: aboutPosts, Status: core.FindingWarning,
		Message: fmt.Sprintf("The account has made its %d posts of today; the next goes out after %s.", day.Limit, day.ResetsAt.Format(time.RFC3339)),
		Help:    "Posts that wait go out by themselves then; new ones can be scheduled for that time.",
	}}
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
