package providertest_test

import (
	"context"

	"github.com/crier-social/crier/core"
)

func (m *mutant) Introspect(ctx context.Context, c core.Credentials) (core.TokenState, error) {
	state, err := m.Provider.Introspect(ctx, c)
	if m.introspect != nil {
		return m.introspect(state, err)
	}
	return state, err
}

// telling returns an Introspect whose answers are changed.
func telling(change func(*core.TokenState)) func(*mutant) {
	return func(m *mutant) {
		m.introspect = func(state core.TokenState, err error) (core.TokenState, error) {
			change(&state)
			return state, err
		}
	}
}

func introspectMutants() map[string]mutation {
	ended := core.TokenState{Standing: core.TokenEnded, Reason: "it has ended"}
	return map[string]mutation{
		"Introspect that never finds an end": {"introspect", telling(func(s *core.TokenState) {
			if s.Standing == core.TokenEnded {
				*s = core.TokenState{Standing: core.TokenActive}
			}
		})},
		"Introspect that does not tell why": {"introspect", telling(func(s *core.TokenState) { s.Reason = "" })},
		"Introspect that takes the unknown for an end": {"introspect", telling(func(s *core.TokenState) {
			if s.Standing == core.TokenUnknown {
				*s = ended
			}
		})},
		"Introspect that takes trouble for an end": {"introspect/errors", func(m *mutant) {
			m.introspect = func(state core.TokenState, err error) (core.TokenState, error) {
				if err != nil {
					return ended, err
				}
				return state, nil
			}
		}},
		"Introspect that is silent about trouble": {"introspect/errors", func(m *mutant) {
			m.introspect = func(state core.TokenState, _ error) (core.TokenState, error) { return state, nil }
		}},
	}
}
