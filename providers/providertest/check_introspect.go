package providertest

import (
	"testing"

	"github.com/crier-social/crier/core"
)

// introspector links through the app whose grants can be revoked; nil: the adapter is none.
func (s *scene) introspector() (core.Introspector, core.Credentials, error) {
	i, ok := s.Provider.(core.Introspector)
	if !ok {
		return nil, core.Credentials{}, s.skipped(Introspector)
	}
	r, c, err := s.refresher()
	if r == nil || err != nil {
		return nil, core.Credentials{}, err
	}
	return i, c, nil
}

// checkIntrospect: a good token is active, a revoked one has ended, and of a token that the
// network says nothing about nothing is known. It only reads.
func checkIntrospect(s *scene) error {
	i, c, err := s.introspector()
	if i == nil || err != nil {
		return err
	}
	before := len(s.Network.Calls())
	var ps problems
	state, err := i.Introspect(s.t.Context(), c)
	ps.when(s.hear(err) != nil || state.Standing != core.TokenActive, "Introspect of a good token returns %+v, %w", state, orNone(err))
	foreign := c
	foreign.AccessToken = "never-issued"
	state, err = i.Introspect(s.t.Context(), foreign)
	ps.when(s.hear(err) != nil || state != core.TokenState{}, "Introspect of a token that was never issued returns %+v, %w", state, orNone(err))
	s.Linking.Revoke()
	state, err = i.Introspect(s.t.Context(), c)
	ps.when(s.hear(err) != nil || state.Standing != core.TokenEnded, "Introspect of a revoked token returns %+v, %w", state, orNone(err))
	ps.when(state.Standing == core.TokenEnded && state.Reason == "", "Introspect does not tell why a token has ended")
	ps.when(len(s.writes(before)) > 0, "Introspect wrote: %v", s.writes(before))
	return ps.err()
}

// checkIntrospectErrors: a network that does not answer has ended nothing.
func checkIntrospectErrors(t testing.TB, h Harness) error {
	t.Helper()
	return h.every(t, troubles(), ClassRead, func(s *scene) (func() error, error) {
		i, c, err := s.introspector()
		if i == nil || err != nil {
			return nil, err
		}
		return func() error {
			state, err := i.Introspect(s.t.Context(), c)
			if state.Standing != core.TokenUnknown {
				return wrongf("Introspect takes trouble for the state %+v", state)
			}
			return err
		}, nil
	})
}
