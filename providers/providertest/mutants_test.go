package providertest_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"maps"
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
