package providertest_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/providertest"
)

// ClientDocument is the scripted network's, changed.
func (m *mutant) ClientDocument() []byte {
	if m.document != nil {
		return m.document(m.Provider.ClientDocument())
	}
	return m.Provider.ClientDocument()
}

// fields returns a LinkApps in which one app has other fields.
func fields(app string, change func(a *core.LinkApp)) func(*mutant) {
	return func(m *mutant) {
		m.apps = func(apps []core.LinkApp) []core.LinkApp {
			for i := range apps {
				if apps[i].Name == app {
					change(&apps[i])
				}
			}
			return apps
		}
	}
}

// right returns the answers of the member in the place of any others.
func right(r core.LinkRequest) core.LinkRequest {
	if r.Answers != nil {
		r.Answers = coretest.Answers(coretest.DirectApp())
	}
	return r
}

// documented returns a ClientDocument that is changed.
func documented(change func([]byte) []byte) func(*mutant) {
	return func(m *mutant) { m.document = change }
}

func answerMutants() map[string]mutation {
	return map[string]mutation{
		"LinkApps with a direct app that asks nothing": {"link/fields", fields(coretest.LinkApp().Name, func(a *core.LinkApp) { a.Direct, a.PKCE = true, false })},
		"LinkApps with a direct app with PKCE":         {"link/fields", fields(coretest.DirectAppName, func(a *core.LinkApp) { a.PKCE = true })},
		"LinkApps with a field that is a key":          {"link/fields", fields(coretest.DirectAppName, func(a *core.LinkApp) { a.Fields[0].Name = "accessToken" })},
		"LinkApps with a field of two words":           {"link/fields", fields(coretest.DirectAppName, func(a *core.LinkApp) { a.Fields[0].Name = "your handle" })},
		"LinkApps with a field twice":                  {"link/fields", fields(coretest.DirectAppName, func(a *core.LinkApp) { a.Fields[1] = a.Fields[0] })},
		"LinkApps with a field without help":           {"link/fields", fields(coretest.AskingAppName, func(a *core.LinkApp) { a.Fields[0].Help = "" })},
		"LinkApps with a secret that all know":         {"link/fields", fields(coretest.AskingAppName, func(a *core.LinkApp) { a.Fields[0].Secret = true })},
		"LinkApps with a field that nobody answers":    {"link/fields", fields(coretest.AskingAppName, func(a *core.LinkApp) { a.Fields[0].Name = "town" })},

		"Authorize that names no field": {"link/answers", failingIn(func(_ core.LinkRequest, e *core.Error) { e.Field = "" })},
		"Exchange that names another field": {"link/answers", failingIn(func(r core.LinkRequest, e *core.Error) {
			if r.App == coretest.DirectAppName {
				e.Field = coretest.FieldHandle
			}
		})},
		"Exchange that calls wrong answers trouble": {"link/answers", failingIn(func(_ core.LinkRequest, e *core.Error) { e.Kind = core.KindTemporary })},
		"Exchange that says the password again": {"link/answers", failingIn(func(r core.LinkRequest, e *core.Error) {
			e.Message += " " + r.Answers[coretest.FieldPassword].Reveal()
		})},
		"Exchange that takes every answer": {"link/answers", func(m *mutant) {
			m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
				return m.Provider.Exchange(ctx, right(r), back)
			}
		}},
		"Authorize that takes every answer": {"link/answers", func(m *mutant) {
			m.begin = func(m *mutant, r core.LinkRequest) (core.Authorization, error) {
				return m.Provider.Authorize(context.Background(), right(r))
			}
		}},
		"Exchange that does not tell the handle": {"link/grant", granting(func(g *core.Grant) { g.Accounts[0].Username = "" })},
		"Exchange that loses the binding":        {"link/grant", granting(func(g *core.Grant) { g.Credentials.Binding = "" })},
		"Authorize that keeps nothing":           {"link/grant", beginning(func(_ core.LinkRequest, begun *core.Authorization) { begun.Kept = "" })},
		"Exchange that needs nothing kept": {"link/kept", func(m *mutant) {
			var kept core.Secret
			beginning(func(_ core.LinkRequest, begun *core.Authorization) { kept = begun.Kept })(m)
			m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
				r.Kept = kept
				return m.Provider.Exchange(ctx, r, back)
			}
		}},
		"Exchange that tells what is kept": {"link/kept", func(m *mutant) {
			var kept core.Secret
			failingIn(func(_ core.LinkRequest, e *core.Error) { e.Message += " " + kept.Reveal() })(m)
			beginning(func(_ core.LinkRequest, begun *core.Authorization) { kept = begun.Kept })(m)
		}},
		"Exchange of the last app that tries twice": {"link/errors", func(m *mutant) {
			m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
				g, err := m.Provider.Exchange(ctx, r, back)
				if core.KindOf(err) == core.KindTemporary && r.App == coretest.DirectAppName {
					return m.Provider.Exchange(ctx, r, back)
				}
				return g, err
			}
		}},
		"Exchange of a direct app that signs in twice": {"link/grant", func(m *mutant) {
			m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
				if r.App == coretest.DirectAppName {
					_, _ = m.Provider.Exchange(ctx, r, back)
				}
				return m.Provider.Exchange(ctx, r, back)
			}
		}},
		"Exchange that asks no issuer": {"link/issuer", func(m *mutant) {
			m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
				back.Issuer = m.Provider.Info().Website
				return m.Provider.Exchange(ctx, r, back)
			}
		}},
		"Exchange that takes no issuer for the right one": {"link/issuer", func(m *mutant) {
			m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
				if back.Issuer == "" {
					back.Issuer = m.Provider.Info().Website
				}
				return m.Provider.Exchange(ctx, r, back)
			}
		}},
		"Exchange that asks the network before the issuer": {"link/issuer", func(m *mutant) {
			m.exchange = func(ctx context.Context, m *mutant, r core.LinkRequest, back core.LinkReturn) (core.Grant, error) {
				asked := back
				asked.Issuer = m.Provider.Info().Website
				g, err := m.Provider.Exchange(ctx, r, asked)
				if back != asked {
					return m.Provider.Exchange(ctx, r, back)
				}
				return g, err
			}
		}},
		"Refresh that spoils the binding": {"refresh", renewing(func(_ core.Credentials, a *core.Credentials) {
			if a.Binding != "" {
				a.Binding = "spoilt"
			}
		})},
		"Refresh that fails through one app": {"refresh", func(m *mutant) {
			m.refresh = func(ctx context.Context, m *mutant, c core.Credentials) (core.Credentials, error) {
				if c.App == coretest.DirectAppName {
					c.RefreshToken = "none"
				}
				return m.Provider.Refresh(ctx, c)
			}
		}},

		"ClientDocument that is none":   {"link/client document", documented(func([]byte) []byte { return nil })},
		"ClientDocument that is a page": {"link/client document", documented(func([]byte) []byte { return []byte("<!doctype html>") })},
		"ClientDocument with a key":     {"link/client document", documented(func([]byte) []byte { return []byte(`{"jwks":{"keys":[{"kty":"EC","d":"x"}]}}`) })},
		"ClientDocument with a secret":  {"link/client document", documented(func([]byte) []byte { return []byte(`{"note":"scripted-app-secret"}`) })},
		"ClientDocument that keeps moving": {"link/client document", func(m *mutant) {
			n := 0
			m.document = func([]byte) []byte {
				n++
				return fmt.Appendf(nil, `{"n":%d}`, n)
			}
		}},
	}
}

// TestDocumentedElsewhere: an adapter that has no document in the harness shows one with other
// settings, and that is the one that is looked at.
func TestDocumentedElsewhere(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		document string
		good     bool
	}{
		"good":       {`{"client_name":"Crier"}`, true},
		"no JSON":    {`Crier`, false},
		"with a key": {`{"jwks":{"keys":[{"d":"x"}]}}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := scripted(nil)
			h.New = func(testing.TB, *slog.Logger) *providertest.Instance {
				i := open(breaking(documented(func([]byte) []byte { return nil })))
				elsewhere := &mutant{Provider: coretest.NewProvider(coretest.Config{})}
				documented(func([]byte) []byte { return []byte(tt.document) })(elsewhere)
				i.Linking.Documented = elsewhere
				return i
			}
			for _, c := range providertest.Checks() {
				if c.Name != "link/client document" {
					continue
				}
				if err := c.Run(t, h); (err == nil) != tt.good {
					t.Errorf("it says %v", err)
				}
			}
		})
	}
}
