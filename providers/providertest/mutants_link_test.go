package providertest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

type (
	beginFunc    func(*mutant, core.LinkRequest) (core.Authorization, error)
	exchangeFunc func(context.Context, *mutant, core.LinkRequest, core.LinkReturn) (core.Grant, error)
	refreshFunc  func(context.Context, *mutant, core.Credentials) (core.Credentials, error)
)

func (m *mutant) LinkApps() []core.LinkApp {
	apps := m.Provider.LinkApps()
	if m.apps != nil {
		return m.apps(apps)
	}
	return apps
}

func (m *mutant) Authorize(ctx context.Context, r core.LinkRequest) (core.Authorization, error) {
	if m.begin != nil {
		return m.begin(m, r)
	}
	return m.Provider.Authorize(ctx, r)
}

func (m *mutant) Exchange(ctx context.Context, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
	if m.exchange != nil {
		return m.exchange(ctx, m, r, back)
	}
	return m.Provider.Exchange(ctx, r, back)
}

func (m *mutant) Refresh(ctx context.Context, c core.Credentials) (core.Credentials, error) {
	if m.refresh != nil {
		return m.refresh(ctx, m, c)
	}
	return m.Provider.Refresh(ctx, c)
}

// beginning returns an Authorize whose answer is changed.
func beginning(change func(r core.LinkRequest, begun *core.Authorization)) func(*mutant) {
	return func(m *mutant) {
		m.begin = func(m *mutant, r core.LinkRequest) (core.Authorization, error) {
			begun, err := m.Provider.Authorize(context.Background(), r)
			if err == nil {
				change(r, &begun)
			}
			return begun, err
		}
	}
}

// rewritten returns an Authorize whose address is changed.
func rewritten(old, with string) func(*mutant) {
	return beginning(func(_ core.LinkRequest, begun *core.Authorization) {
		begun.URL = strings.ReplaceAll(begun.URL, old, with)
	})
}

// granting returns an Exchange whose grant is changed.
func granting(change func(*core.Grant)) func(*mutant) {
	return func(m *mutant) {
		m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
			g, err := m.Provider.Exchange(ctx, r, back)
			if err == nil {
				change(&g)
			}
			return g, err
		}
	}
}

// renewing returns a Refresh whose credentials are changed.
func renewing(change func(before core.Credentials, after *core.Credentials)) func(*mutant) {
	return func(m *mutant) {
		m.refresh = func(ctx context.Context, m *mutant, c core.Credentials) (core.Credentials, error) {
			after, err := m.Provider.Refresh(ctx, c)
			if err == nil {
				change(c, &after)
			}
			return after, err
		}
	}
}

// failingAs returns an Exchange and a Refresh whose errors are changed.
func failingAs(change func(code core.Secret, e *core.Error) error) func(*mutant) {
	return func(m *mutant) {
		m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
			g, err := m.Provider.Exchange(ctx, r, back)
			if err != nil {
				return g, change(back.Code, core.AsError(err))
			}
			return g, nil
		}
		m.refresh = func(ctx context.Context, m *mutant, c core.Credentials) (core.Credentials, error) {
			after, err := m.Provider.Refresh(ctx, c)
			if err != nil {
				return after, change(c.RefreshToken, core.AsError(err))
			}
			return after, nil
		}
	}
}

// failingIn returns an Authorize and an Exchange whose errors are changed.
func failingIn(change func(r core.LinkRequest, e *core.Error)) func(*mutant) {
	return func(m *mutant) {
		m.begin = func(m *mutant, r core.LinkRequest) (core.Authorization, error) {
			begun, err := m.Provider.Authorize(context.Background(), r)
			if err != nil {
				e := core.AsError(err)
				change(r, e)
				return begun, e
			}
			return begun, nil
		}
		m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
			g, err := m.Provider.Exchange(ctx, r, back)
			if err != nil {
				e := core.AsError(err)
				change(r, e)
				return g, e
			}
			return g, nil
		}
	}
}

func linkMutants() map[string]mutation {
	return map[string]mutation{
		"LinkApps that lists none":             {"link/address", func(m *mutant) { m.apps = func([]core.LinkApp) []core.LinkApp { return nil } }},
		"LinkApps that repeats itself":         {"link/address", func(m *mutant) { m.apps = func(a []core.LinkApp) []core.LinkApp { return slices.Concat(a, a) } }},
		"LinkApps without titles":              {"link/address", func(m *mutant) { m.apps = func(a []core.LinkApp) []core.LinkApp { a[0].Title = ""; return a } }},
		"LinkApps that tells too short a life": {"link/grant", func(m *mutant) { m.apps = func(a []core.LinkApp) []core.LinkApp { a[0].Lasts = time.Hour; return a } }},
		"LinkApps that is silent about PKCE":   {"link/address", func(m *mutant) { m.apps = func(a []core.LinkApp) []core.LinkApp { a[0].PKCE = false; return a } }},
		"Authorize without a state":            {"link/address", rewritten("state=", "status=")},
		"Authorize with another redirect":      {"link/address", rewritten("callback", "callback%2F")},
		"Authorize without scopes":             {"link/address", rewritten("scope=", "scopes=")},
		"Authorize that asks for a token":      {"link/address", rewritten("response_type=code", "response_type=token")},
		"Authorize with plus signs for spaces": {"link/address", rewritten("%20", "+")},
		"Authorize with a plain challenge":     {"link/address", rewritten("S256", "plain")},
		"Authorize that tells the verifier":    {"link/address", beginning(func(r core.LinkRequest, begun *core.Authorization) { begun.URL += "&verifier=" + r.Verifier })},
		"Authorize that tells what is kept":    {"link/address", beginning(func(_ core.LinkRequest, begun *core.Authorization) { begun.URL += "&kept=" + begun.Kept.Reveal() })},
		"Authorize that leads nowhere": {"link/address", beginning(func(r core.LinkRequest, begun *core.Authorization) {
			if r.App == coretest.AskingAppName {
				begun.URL = "/consent"
			}
		})},
		"Authorize that differs every time": {"link/address", func(m *mutant) {
			n := 0
			beginning(func(_ core.LinkRequest, begun *core.Authorization) {
				n++
				begun.URL += strings.Repeat("&n=1", n)
			})(m)
		}},
		"Authorize that asks the network": {"link/address", func(m *mutant) {
			m.begin = func(m *mutant, r core.LinkRequest) (core.Authorization, error) {
				_, _ = m.Provider.Identify(context.Background(), core.Credentials{AccessToken: coretest.MemberToken}, "")
				return m.Provider.Authorize(context.Background(), r)
			}
		}},
		"Authorize that knows every app": {"link/address", func(m *mutant) {
			m.begin = func(m *mutant, r core.LinkRequest) (core.Authorization, error) {
				r.App = coretest.LinkApp().Name
				return m.Provider.Authorize(context.Background(), r)
			}
		}},

		"Exchange without the app":           {"link/grant", granting(func(g *core.Grant) { g.Credentials.App = "" })},
		"Exchange without a time":            {"link/grant", granting(func(g *core.Grant) { g.Credentials.IssuedAt = core.Credentials{}.IssuedAt })},
		"Exchange that offers nobody":        {"link/grant", granting(func(g *core.Grant) { g.Accounts = nil })},
		"Exchange that offers one twice":     {"link/grant", granting(func(g *core.Grant) { g.Accounts = slices.Concat(g.Accounts, g.Accounts) })},
		"Exchange that offers pages first":   {"link/grant", granting(func(g *core.Grant) { slices.Reverse(g.Accounts) })},
		"Exchange without names":             {"link/grant", granting(func(g *core.Grant) { g.Accounts[0].DisplayName = "" })},
		"Exchange that offers another kind":  {"link/grant", granting(func(g *core.Grant) { g.Accounts[0].Kind = "robot" })},
		"Exchange that offers somebody else": {"link/grant", granting(func(g *core.Grant) { g.Accounts[0].RemoteID = "person-2" })},
		"Exchange that tries twice": {"link/errors", func(m *mutant) {
			m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
				g, err := m.Provider.Exchange(ctx, r, back)
				if core.KindOf(err) == core.KindTemporary {
					return m.Provider.Exchange(ctx, r, back)
				}
				return g, err
			}
		}},
		"Exchange that is content with any code": {"link/grant", func(m *mutant) {
			var last core.Grant
			m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
				if g, err := m.Provider.Exchange(ctx, r, back); err == nil {
					last = g
				}
				return last, nil
			}
		}},
		"Exchange that tells the code": {"link/grant", failingAs(func(code core.Secret, e *core.Error) error {
			e.Message += " " + code.Reveal()
			return e
		})},
		"Exchange that takes a refusal for a defect": {"link/refusal", failingAs(func(_ core.Secret, e *core.Error) error {
			e.Kind, e.Code = core.KindInternal, 0
			return e
		})},
		"Exchange that asks after a refusal": {"link/refusal", func(m *mutant) {
			m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
				if back.Error != "" {
					_, _ = m.Provider.Exchange(ctx, r, core.LinkReturn{Code: "none"})
				}
				return m.Provider.Exchange(ctx, r, back)
			}
		}},
		"Exchange that links in spite of a refusal": {"link/refusal", func(m *mutant) {
			m.exchange = func(context.Context, *mutant, core.LinkRequest, core.LinkReturn) (core.Grant, error) {
				return core.Grant{}, nil
			}
		}},
		"Exchange that calls every failure a defect": {"link/errors", failingAs(func(core.Secret, *core.Error) error { return errors.New("linking failed") })},

		"Refresh that does nothing": {"refresh", func(m *mutant) {
			m.refresh = func(_ context.Context, _ *mutant, c core.Credentials) (core.Credentials, error) { return c, nil }
		}},
		"Refresh that keeps the old token":     {"refresh", renewing(func(b core.Credentials, a *core.Credentials) { a.AccessToken = b.AccessToken })},
		"Refresh that loses the refresh token": {"refresh", renewing(func(_ core.Credentials, a *core.Credentials) { a.RefreshToken = "" })},
		"Refresh that loses the end of the grant": {"refresh", renewing(func(_ core.Credentials, a *core.Credentials) {
			a.RefreshExpiresAt = core.Credentials{}.RefreshExpiresAt
		})},
		"Refresh that forgets the app":                {"refresh", renewing(func(_ core.Credentials, a *core.Credentials) { a.App = "" })},
		"Refresh that forgets the scopes":             {"refresh", renewing(func(_ core.Credentials, a *core.Credentials) { a.Scopes = nil })},
		"Refresh that takes every end for trouble":    {"refresh", failingAs(func(_ core.Secret, e *core.Error) error { e.Kind = core.KindTemporary; return e })},
		"Refresh that takes every trouble for an end": {"refresh/errors", failingAs(func(_ core.Secret, e *core.Error) error { e.Kind = core.KindAuth; return e })},
		"Refresh that tells the refresh token": {"refresh", failingAs(func(token core.Secret, e *core.Error) error {
			e.Message += " " + token.Reveal()
			return e
		})},
		"Refresh that tries twice": {"refresh/errors", func(m *mutant) {
			m.refresh = func(ctx context.Context, m *mutant, c core.Credentials) (core.Credentials, error) {
				after, err := m.Provider.Refresh(ctx, c)
				if core.KindOf(err) == core.KindTemporary {
					return m.Provider.Refresh(ctx, c)
				}
				return after, err
			}
		}},
		"Refresh that asks without a refresh token": {"refresh", func(m *mutant) {
			m.refresh = func(ctx context.Context, m *mutant, c core.Credentials) (core.Credentials, error) {
				if c.RefreshToken == "" {
					c.RefreshToken = "none"
				}
				return m.Provider.Refresh(ctx, c)
			}
		}},
	}
}
