package providertest_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

func infoMutants() map[string]mutation {
	return map[string]mutation{
		"Info without a title": {"info", func(m *mutant) {
			m.info = func(i core.Info) core.Info { i.Title = ""; return i }
		}},
		"Info that changes": {"info", func(m *mutant) {
			var asked atomic.Int64
			m.info = func(i core.Info) core.Info { i.Limits.Videos = int(asked.Add(1)); return i }
		}},
		"Info that others can change": {"info", func(m *mutant) {
			shared := m.Provider.Info().Options
			m.info = func(i core.Info) core.Info { i.Options = shared; return i }
		}},
	}
}

func planMutants() map[string]mutation {
	return map[string]mutation{
		"Info that promises longer texts": {"plan/limits", func(m *mutant) {
			m.info = func(i core.Info) core.Info { i.Limits.TextLength++; return i }
		}},
		"Info that promises more pictures": {"plan/limits", func(m *mutant) {
			m.info = func(i core.Info) core.Info { i.Limits.Images++; return i }
		}},
		"an option that nobody documents the use of": {"plan/golden", func(m *mutant) {
			m.info = func(i core.Info) core.Info {
				i.Options = append(i.Options, core.OptionInfo{Name: "more", Type: "string", Help: "More."})
				return i
			}
		}},
		"Plan that calls the network": {"plan/pure", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				_, _ = m.Provider.Identify(ctx, core.Credentials{AccessToken: coretest.MemberToken}, "")
				return m.Provider.Plan(ctx, as, d)
			}
		}},
		"Plan that answers differently": {"plan/pure", func(m *mutant) {
			var planned atomic.Int64
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				d.Text += strings.Repeat("!", int(planned.Add(1)))
				return m.Provider.Plan(ctx, as, d)
			}
		}},
		"Plan that changes the draft": {"plan/pure", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				pub, err := m.Provider.Plan(ctx, as, d)
				if len(d.Options) > 0 {
					d.Options[len(d.Options)-1] = ' '
				}
				return pub, err
			}
		}},
		"Plan that ignores the options": {"plan/golden", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				d.Options = nil
				return m.Provider.Plan(ctx, as, d)
			}
		}},
		"Plan that ignores unknown options": {"plan/unknown options", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				pub, err := m.Provider.Plan(ctx, as, d)
				known := slices.DeleteFunc(core.AsErrors(err), func(e *core.Error) bool { return e.Code == core.CodeUnknownOption })
				if err == nil || len(known) > 0 {
					return pub, err
				}
				d.Options = nil
				return m.Provider.Plan(ctx, as, d)
			}
		}},
		"Plan that lets every draft pass": {"plan/rejected", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				pub, err := m.Provider.Plan(ctx, as, d)
				if err == nil {
					return pub, nil
				}
				return m.Provider.Plan(ctx, as, core.Draft{Text: "something else"})
			}
		}},
		"Plan that names no field": {"plan/malformed options", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				pub, err := m.Provider.Plan(ctx, as, d)
				if err != nil {
					return nil, &core.Error{Kind: core.KindInvalid, Message: "something is wrong"}
				}
				return pub, nil
			}
		}},
		"Plan that panics on depth": {"plan/hostile input", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				if strings.Contains(string(d.Options), "[[[[") {
					panic("too deep")
				}
				return m.Provider.Plan(ctx, as, d)
			}
		}},
		"Plan whose errors are its own fault": {"plan/rejected", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				pub, err := m.Provider.Plan(ctx, as, d)
				if err != nil {
					return nil, errors.New("something is wrong")
				}
				return pub, nil
			}
		}},
		"Needs without the nested file": {"plan/needs", func(m *mutant) {
			m.pub.needs = func(p publication) []core.Need {
				return slices.DeleteFunc(p.Needs(), func(n core.Need) bool { return n.Key == "thumbnail" })
			}
		}},
		"Needs that accept anything": {"plan/needs", func(m *mutant) {
			m.pub.needs = func(p publication) []core.Need {
				needs := p.Needs()
				for i := range needs {
					needs[i].Accept = nil
				}
				return needs
			}
		}},
		"Needs out of order": {"plan/needs", func(m *mutant) {
			m.pub.needs = func(p publication) []core.Need {
				needs := p.Needs()
				slices.Reverse(needs)
				return needs
			}
		}},
	}
}
