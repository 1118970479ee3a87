package providertest_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/providertest"
)

func TestMutantsAreCaught(t *testing.T) {
	t.Parallel()
	tests := map[string]mutation{}
	for _, group := range []map[string]mutation{
		infoMutants(), planMutants(), prepareMutants(), commitMutants(), followUpMutants(), reconcileMutants(), accountMutants(), linkMutants(),
		answerMutants(), introspectMutants(), optionMutants(),
	} {
		maps.Copy(tests, group)
	}
	checks := map[string]providertest.Check{}
	for _, c := range providertest.Checks() {
		checks[c.Name] = c
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check, ok := checks[tt.check]
			if !ok {
				t.Fatalf("there is no check %q", tt.check)
			}
			h := scripted(breaking(tt.build))
			h.Update = false
			err := check.Run(t, h)
			if err == nil {
				t.Fatalf("the check %q does not notice", tt.check)
			}
			t.Logf("noticed: %.300s", err.Error())
		})
	}
}

// TestEveryCheckNoticesSomething makes sure that no check of the suite is
// without a mutant that it catches, so that none can have become empty.
func TestEveryCheckNoticesSomething(t *testing.T) {
	t.Parallel()
	t.Run("abilities", func(t *testing.T) {
		t.Parallel()
		h := scripted(nil)
		h.Abilities = h.Abilities[1:]
		notices(t, "abilities", h)
		h = scripted(func(p core.Provider) core.Provider { return struct{ core.Provider }{p} })
		notices(t, "abilities", h)
	})
	t.Run("harness", func(t *testing.T) {
		t.Parallel()
		h := scripted(nil)
		h.Files = h.Files[1:]
		notices(t, "harness", h)
	})
	for _, check := range []string{"prepare/resumes after a cut", "prepare/resumes after a failed look"} {
		t.Run(check, func(t *testing.T) {
			t.Parallel()
			notices(t, check, scripted(breaking(func(m *mutant) {
				m.pub.prepare = func(ctx context.Context, p *publicationMutant, s *core.Session) (core.Progress, error) {
					if p.prepared == 1 {
						s = with(s, forgetful{s.Checkpoint})
					}
					return p.publication.Prepare(ctx, s)
				}
			})))
		})
	}
	t.Run("the adapter's own log", func(t *testing.T) {
		t.Parallel()
		h := scripted(nil)
		h.New = func(_ testing.TB, log *slog.Logger) *providertest.Instance {
			return open(breaking(func(m *mutant) {
				m.pub.commit = func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
					token, _ := s.Token(ctx)
					log.DebugContext(ctx, "calling", "authorization", token.Reveal())
					return p.Commit(ctx, s)
				}
			}))
		}
		notices(t, "commit/one write", h)
	})
	for name, call := range map[string]func(*providertest.Clients) *http.Client{
		"a stranger who is called unguarded": func(c *providertest.Clients) *http.Client { return c.HTTP },
		"strangers whom nobody calls":        nil,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notices(t, "strangers", strangersOf(call))
		})
	}
	t.Run("clients that nobody watches", func(t *testing.T) {
		t.Parallel()
		h := scripted(nil)
		h.Strangers = true
		notices(t, "strangers", h)
	})
	t.Run("golden file", func(t *testing.T) {
		t.Parallel()
		h := scripted(nil)
		h.Update = false
		h.Golden[0].Draft.Text += "!"
		notices(t, "plan/golden", h)
		h.Golden[0] = providertest.Golden{Name: "missing", Draft: core.Draft{Text: "x", Options: json.RawMessage(`{}`)}}
		notices(t, "plan/golden", h)
	})
}

// Who calls strangers guarded, and the servers of the settings as he likes, is left in peace.
func TestGuardedStrangersConform(t *testing.T) {
	t.Parallel()
	h := strangersOf(func(c *providertest.Clients) *http.Client { return c.Guarded })
	for _, check := range providertest.Checks() {
		if check.Name == "strangers" || check.Name == "identify" {
			if err := check.Run(t, h); err != nil {
				t.Errorf("%s: %v", check.Name, err)
			}
		}
	}
}

// strangersOf is the scripted network, each account of which names a server that the adapter
// calls with one of its clients; nil: with none.
func strangersOf(by func(*providertest.Clients) *http.Client) providertest.Harness {
	h := scripted(nil)
	h.Strangers = true
	h.New = func(t testing.TB, _ *slog.Logger) *providertest.Instance {
		t.Helper()
		clients := providertest.NewClients(silence{}, "https://api.scripted.example/")
		instance := open(breaking(func(m *mutant) {
			m.identify = func(a core.Account, err error) (core.Account, error) {
				call(t, clients.HTTP, "https://api.scripted.example/me")
				if by != nil {
					call(t, by(clients), "https://api.scripted.example.stranger.example/me")
				}
				return a, err
			}
		}))
		instance.Clients = clients
		return instance
	}
	return h
}

// silence answers everything with nothing.
type silence struct{}

func (silence) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody, Request: r}, nil
}

func call(t testing.TB, c *http.Client, address string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close() // it has none
}

// notices runs one check, which has to fail.
func notices(t *testing.T, name string, h providertest.Harness) {
	t.Helper()
	for _, c := range providertest.Checks() {
		if c.Name == name {
			err := c.Run(t, h)
			if err == nil {
				t.Errorf("the check %q does not notice", name)
			}
			return
		}
	}
	t.Errorf("there is no check %q", name)
}
