package providertest_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/providertest"
)

// pasted describes an adapter whose accounts are linked with a token that the person pastes: it
// asks whose that is, and gets none itself. spoil changes its errors.
func pasted(spoil func(error) error) providertest.Harness {
	app := core.LinkApp{
		Name: "pasted", Title: "A token", Direct: true, Kinds: []core.AccountKind{core.AccountPerson},
		Fields: []core.LinkField{{Name: "token", Label: "Token", Help: "Make one in your settings there.", Example: "xxxx", Secret: true}},
	}
	build := breaking(func(m *mutant) {
		m.apps = func([]core.LinkApp) []core.LinkApp { return []core.LinkApp{app} }
		m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, _ core.LinkReturn) (core.Grant, error) {
			c := core.Credentials{AccessToken: r.Answers["token"], App: app.Name, IssuedAt: coretest.Epoch()}
			a, err := m.Provider.Identify(ctx, c, "")
			if core.KindOf(err) == core.KindAuth {
				e := core.AsError(err)
				e.Field, e.Help = "token", "Make a new one."
			}
			a.App = app.Name
			if err != nil {
				return core.Grant{}, spoil(err)
			}
			return core.Grant{Credentials: c, Accounts: []core.Account{a}}, nil
		}
	})
	h := scripted(nil)
	h.New = func(testing.TB, *slog.Logger) *providertest.Instance {
		i := open(build)
		i.Linking.Answers = func(string) map[string]core.Secret { return map[string]core.Secret{"token": coretest.MemberToken} }
		return i
	}
	return h
}

// A pasted token is good enough for every check of linking.
func TestPastedTokenConforms(t *testing.T) {
	t.Parallel()
	h := pasted(func(err error) error { return err })
	for _, c := range providertest.Checks() {
		if !strings.HasPrefix(c.Name, "link/") && !strings.HasPrefix(c.Name, "identify") {
			continue
		}
		if err := c.Run(t, h); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
}

// The errors of the one call, which only reads, are looked at.
func TestPastedTokenErrorsAreChecked(t *testing.T) {
	t.Parallel()
	notices(t, "link/errors", pasted(func(error) error { return errors.New("linking failed") }))
}
