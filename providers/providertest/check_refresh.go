package providertest

import (
	"cmp"
	"slices"
	"testing"

	"github.com/crier-social/crier/core"
)

// refresher links through the app whose tokens can be renewed; nil: there is none.
func (s *scene) refresher() (core.Refresher, core.Credentials, error) {
	r, ok := s.Provider.(core.Refresher)
	if !ok {
		return nil, core.Credentials{}, s.skipped(Refresher)
	}
	l, err := s.linker()
	if l == nil {
		return nil, core.Credentials{}, err
	}
	i := slices.IndexFunc(l.LinkApps(), func(a core.LinkApp) bool { return a.Name == s.Linking.Renews })
	if i < 0 {
		return nil, core.Credentials{}, wrongf("LinkApps has no %q, which Linking.Renews names", s.Linking.Renews)
	}
	g, err := s.link(l, l.LinkApps()[i])
	if err == nil && g.Credentials.RefreshToken == "" {
		err = wrongf("Exchange of %s returns no refresh token", s.Linking.Renews)
	}
	return r, g.Credentials, err
}

// checkRefresh: tokens are renewed by one call, what the network does not tell stays, and
// a grant that has ended is told apart; through every app whose tokens can be renewed.
func checkRefresh(s *scene) error {
	r, first, err := s.refresher()
	if r == nil || err != nil {
		return err
	}
	var ps problems
	s.checkRenewal(&ps, r, first)
	l, err := s.linker()
	if l == nil || err != nil {
		return err
	}
	for _, a := range l.LinkApps() {
		if a.Name == s.Linking.Renews {
			continue
		}
		g, err := s.link(l, a)
		if err != nil {
			ps = append(ps, err)
			continue
		}
		if g.Credentials.RefreshToken != "" {
			s.checkRenewal(&ps, r, g.Credentials)
		}
	}
	return ps.err()
}

func (s *scene) checkRenewal(ps *problems, r core.Refresher, before core.Credentials) {
	calls := s.applied(ClassGrant)
	after, err := r.Refresh(s.t.Context(), before)
	if err != nil {
		ps.add("Refresh of %s: %w", before.App, s.hear(err))
		return
	}
	s.guard(after.AccessToken, after.RefreshToken, after.Binding)
	ps.when(s.applied(ClassGrant) != calls+1, "Refresh got tokens %d times, want once", s.applied(ClassGrant)-calls)
	ps.when(after.AccessToken == "" || after.AccessToken == before.AccessToken, "Refresh returns no new access token")
	ps.when(after.RefreshToken == "", "Refresh loses the refresh token")
	ps.when(after.App != before.App || !slices.Equal(after.Scopes, before.Scopes), "Refresh changes app or scopes: %+v, then %+v", before, after)
	ps.when(after.RefreshExpiresAt.IsZero() != before.RefreshExpiresAt.IsZero(), "Refresh loses the end of the grant")
	ps.when(after.IssuedAt.Before(before.IssuedAt), "Refresh tells that the new token is older than the old one")
	// A Refresh that returns no binding leaves it as it is.
	after.Binding = cmp.Or(after.Binding, before.Binding)
	if identifier, ok := s.Provider.(core.Identifier); ok {
		_, err := identifier.Identify(s.t.Context(), after, "")
		ps.when(s.hear(err) != nil, "Refresh returns a token of which Identify says: %w", err)
	}
	s.checkEnded(ps, r, after)
}

// checkEnded: without a refresh token nothing is asked; a revoked one is an end.
func (s *scene) checkEnded(ps *problems, r core.Refresher, c core.Credentials) {
	without := c
	without.RefreshToken = ""
	calls := s.count(ClassGrant)
	_, err := r.Refresh(s.t.Context(), without)
	ps.when(core.KindOf(s.hear(err)) != core.KindAuth, "Refresh without a refresh token returns %w, want an error of kind auth", orNone(err))
	ps.when(s.count(ClassGrant) != calls, "Refresh without a refresh token asks the network")
	s.Linking.Revoke()
	_, err = r.Refresh(s.t.Context(), c)
	ps.when(core.KindOf(s.hear(err)) != core.KindAuth, "Refresh of a revoked grant returns %w, want an error of kind auth", orNone(err))
}

func checkRefreshErrors(t testing.TB, h Harness) error {
	t.Helper()
	return h.every(t, troubles(), ClassGrant, func(s *scene) (func() error, error) {
		r, c, err := s.refresher()
		if r == nil || err != nil {
			return nil, err
		}
		return func() error {
			_, err := r.Refresh(s.t.Context(), c)
			return err
		}, nil
	})
}
