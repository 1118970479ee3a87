package providertest

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

// aVerifier is a code verifier of the least length that PKCE has.
// https://www.rfc-editor.org/rfc/rfc7636#section-4.1
const aVerifier = "0123456789012345678901234567890123456789012"

const aDay = 24 * time.Hour

// linker returns the adapter as a Linker, nil if it is none, and keeps the secrets of its
// apps in mind.
func (s *scene) linker() (core.Linker, error) {
	l, ok := s.Provider.(core.Linker)
	switch {
	case !ok:
		return nil, s.skipped(Linker)
	case s.Linking == nil:
		return nil, wrongf("Instance.Linking is missing, which a core.Linker needs")
	case len(l.LinkApps()) == 0:
		return nil, wrongf("LinkApps lists none")
	}
	s.guard(s.Linking.Secrets...)
	s.guard(aVerifier)
	return l, nil
}

// request is a try to link through an app.
func (s *scene) request(a core.LinkApp) core.LinkRequest {
	r := core.LinkRequest{App: a.Name, RedirectURL: s.Linking.RedirectURL, State: "a state, & = + %20"}
	if a.PKCE {
		r.Verifier = aVerifier
	}
	return r
}

// authorize begins a consent, and returns the address of its page.
func (s *scene) authorize(l core.Linker, r core.LinkRequest) (string, error) {
	begun, err := l.Authorize(s.t.Context(), r)
	return begun.URL, err
}

// checkLinkAddress: the address of the consent page asks for what the flow needs, tells no
// secret, and is made without a call.
func checkLinkAddress(s *scene) error {
	l, err := s.linker()
	if l == nil {
		return err
	}
	var ps problems
	seen := map[string]bool{}
	for _, a := range l.LinkApps() {
		ps.when(a.Name == "" || a.Title == "" || len(a.Kinds) == 0, "LinkApps has an incomplete entry: %+v", a)
		ps.when(seen[a.Name], "LinkApps lists %s twice", a.Name)
		seen[a.Name] = true
		s.checkAddress(&ps, l, a)
	}
	_, err = s.authorize(l, core.LinkRequest{App: "an app that is not there", RedirectURL: s.Linking.RedirectURL, State: "s"})
	ps.when(s.hear(err) == nil, "Authorize knows an app that LinkApps does not list")
	ps.when(len(s.Network.Calls()) > 0, "Authorize called the network: %v", s.Network.Calls())
	return ps.err()
}

func (s *scene) checkAddress(ps *problems, l core.Linker, a core.LinkApp) {
	r := s.request(a)
	address, err := s.authorize(l, r)
	if err != nil {
		ps.add("Authorize of %s: %w", a.Name, s.hear(err))
		return
	}
	u, err := url.Parse(address)
	if err != nil {
		ps.add("Authorize of %s is no address: %w", a.Name, err)
		return
	}
	again, err := s.authorize(l, r)
	ps.when(err != nil || again != address, "Authorize of %s is not pure: %s, then %s", a.Name, address, again)
	q := u.Query()
	ps.when(q.Get("response_type") != "code", "Authorize of %s asks for a %q, want a code", a.Name, q.Get("response_type"))
	ps.when(q.Get("redirect_uri") != r.RedirectURL, "Authorize of %s has the redirect %q, want %q", a.Name, q.Get("redirect_uri"), r.RedirectURL)
	ps.when(q.Get("state") != r.State, "Authorize of %s has the state %q, want %q", a.Name, q.Get("state"), r.State)
	ps.when(q.Get("scope") == "", "Authorize of %s asks for no scope", a.Name)
	ps.when(strings.Contains(u.RawQuery, "+"), "Authorize of %s writes spaces as plus signs, which not every network reads: %s", a.Name, u.RawQuery)
	challenged := q.Get("code_challenge") != "" && q.Get("code_challenge_method") == "S256"
	ps.when(a.PKCE != challenged, "Authorize of %s has the challenge %q by %q", a.Name, q.Get("code_challenge"), q.Get("code_challenge_method"))
	for _, secret := range append(slices.Clone(s.Linking.Secrets), aVerifier) {
		ps.when(strings.Contains(address, secret.Reveal()), "Authorize of %s has a secret in it", a.Name)
	}
}

// consent goes to the consent page of an app and comes back.
func (s *scene) consent(l core.Linker, a core.LinkApp, allow bool) (core.LinkReturn, error) {
	address, err := s.authorize(l, s.request(a))
	if err != nil {
		return core.LinkReturn{}, wrongf("Authorize of %s: %w", a.Name, s.hear(err))
	}
	there, err := s.Linking.Consent(address, allow)
	if err != nil {
		return core.LinkReturn{}, wrongf("Authorize of %s is not what the network takes: %w", a.Name, err)
	}
	state, back := s.Linking.Return(there)
	if want := s.request(a).State; state != want {
		return core.LinkReturn{}, wrongf("Authorize of %s lets the state %q come back, want %q", a.Name, state, want)
	}
	s.guard(back.Code)
	return back, nil
}

// link links through an app as a member who allows it.
func (s *scene) link(l core.Linker, a core.LinkApp) (core.Grant, core.LinkReturn, error) {
	back, err := s.consent(l, a, true)
	if err != nil {
		return core.Grant{}, back, err
	}
	g, err := l.Exchange(s.t.Context(), s.request(a), back)
	if err != nil {
		return g, back, wrongf("Exchange of %s: %w", a.Name, s.hear(err))
	}
	s.guard(g.Credentials.AccessToken, g.Credentials.RefreshToken)
	return g, back, nil
}

// checkLinkGrant: a consent becomes credentials, and the accounts that can be posted as.
func checkLinkGrant(s *scene) error {
	l, err := s.linker()
	if l == nil {
		return err
	}
	var ps problems
	for _, a := range l.LinkApps() {
		before := s.count(ClassGrant)
		g, back, err := s.link(l, a)
		if err != nil {
			ps = append(ps, err)
			continue
		}
		ps.when(s.count(ClassGrant) != before+1, "Exchange of %s made %d calls for tokens, want one", a.Name, s.count(ClassGrant)-before)
		c := g.Credentials
		ps.when(c.AccessToken == "" || c.App != a.Name || c.IssuedAt.IsZero(), "Exchange of %s returns incomplete credentials: %+v", a.Name, c)
		ps.when(c.RefreshToken == "" && !c.RefreshExpiresAt.IsZero(), "Exchange of %s tells the end of a refresh token that is not there", a.Name)
		ends := c.ExpiresAt
		if c.RefreshExpiresAt.After(ends) {
			ends = c.RefreshExpiresAt
		}
		ps.when(a.Lasts < 0 || a.Lasts > 0 && ends.Sub(c.IssuedAt) > a.Lasts+aDay, "Exchange of %s grants more than the %v that LinkApps tells: until %v", a.Name, a.Lasts, ends)
		s.checkGranted(&ps, a, g)
		_, err = l.Exchange(s.t.Context(), s.request(a), back)
		ps.when(core.KindOf(s.hear(err)) != core.KindInvalid, "Exchange of %s with a code that was used before returns %w, want an error of kind invalid", a.Name, orNone(err))
	}
	return ps.err()
}

// checkGranted: the accounts are complete, each once, the person first, and the
// credentials are good for them.
func (s *scene) checkGranted(ps *problems, a core.LinkApp, g core.Grant) {
	ps.when(len(g.Accounts) == 0, "Exchange of %s offers no account", a.Name)
	identifier, _ := s.Provider.(core.Identifier)
	seen := map[string]bool{}
	for i, one := range g.Accounts {
		ps.when(one.Platform != s.info.Name || one.RemoteID == "" || one.DisplayName == "" || one.App != a.Name, "Exchange of %s offers an incomplete account: %+v", a.Name, one)
		ps.when(!slices.Contains(a.Kinds, one.Kind), "Exchange of %s offers a %q, which LinkApps does not tell", a.Name, one.Kind)
		ps.when(one.Kind == core.AccountPerson && i > 0, "Exchange of %s offers the person after %d others", a.Name, i)
		ps.when(seen[one.RemoteID], "Exchange of %s offers %s twice", a.Name, one.RemoteID)
		seen[one.RemoteID] = true
		if identifier == nil {
			continue
		}
		got, err := identifier.Identify(s.t.Context(), g.Credentials, one.RemoteID)
		ps.when(s.hear(err) != nil, "Exchange of %s offers %s, of whom Identify says: %w", a.Name, one.RemoteID, err)
		ps.when(err == nil && (got.RemoteID != one.RemoteID || got.Kind != one.Kind || got.DisplayName != one.DisplayName),
			"Exchange of %s offers %+v, whom Identify calls %+v", a.Name, one, got)
	}
}

// checkLinkRefusal: who denies the access is told so, and nothing is asked for in his name.
func checkLinkRefusal(s *scene) error {
	l, err := s.linker()
	if l == nil {
		return err
	}
	var ps problems
	for _, a := range l.LinkApps() {
		back, err := s.consent(l, a, false)
		if err != nil {
			ps = append(ps, err)
			continue
		}
		_, err = l.Exchange(s.t.Context(), s.request(a), back)
		if s.hear(err) == nil {
			ps.add("Exchange of %s takes a refusal for a consent", a.Name)
			continue
		}
		e := core.AsError(err)
		ps.when(e.Kind != core.KindForbidden || core.CodeOf(e) != core.CodeLinkRefused, "Exchange of %s reports a refusal as %s with the code %d", a.Name, e.Kind, core.CodeOf(e))
		ps.when(e.Message == "" || e.Platform != s.info.Name || e.Op == "", "Exchange of %s reports a refusal incompletely: %+v", a.Name, e)
	}
	ps.when(s.count(ClassGrant) > 0, "Exchange asks for tokens although the access was denied")
	return ps.err()
}

// troubles are the ways of failing that say nothing about a code or a refresh token.
func troubles() []failing {
	all := slices.Concat(refusals(), cuts(), misleading())
	return slices.DeleteFunc(all, func(f failing) bool { return f.kind == core.KindAuth || f.kind == core.KindForbidden })
}

func checkLinkErrors(t testing.TB, h Harness) error {
	t.Helper()
	return h.every(t, troubles(), ClassGrant, func(s *scene) (func() error, error) {
		l, err := s.linker()
		if l == nil {
			return nil, err
		}
		a := l.LinkApps()[0]
		back, err := s.consent(l, a, true)
		return func() error {
			_, err := l.Exchange(s.t.Context(), s.request(a), back)
			return err
		}, err
	})
}

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
	g, _, err := s.link(l, l.LinkApps()[i])
	if err == nil && g.Credentials.RefreshToken == "" {
		err = wrongf("Exchange of %s returns no refresh token", s.Linking.Renews)
	}
	return r, g.Credentials, err
}

// checkRefresh: tokens are renewed by one call, what the network does not tell stays, and
// a grant that has ended is told apart.
func checkRefresh(s *scene) error {
	r, before, err := s.refresher()
	if r == nil || err != nil {
		return err
	}
	calls := s.count(ClassGrant)
	after, err := r.Refresh(s.t.Context(), before)
	if err != nil {
		return wrongf("Refresh: %w", s.hear(err))
	}
	s.guard(after.AccessToken, after.RefreshToken)
	var ps problems
	ps.when(s.count(ClassGrant) != calls+1, "Refresh made %d calls, want one", s.count(ClassGrant)-calls)
	ps.when(after.AccessToken == "" || after.AccessToken == before.AccessToken, "Refresh returns no new access token")
	ps.when(after.RefreshToken == "", "Refresh loses the refresh token")
	ps.when(after.App != before.App || !slices.Equal(after.Scopes, before.Scopes), "Refresh changes app or scopes: %+v, then %+v", before, after)
	ps.when(after.RefreshExpiresAt.IsZero() != before.RefreshExpiresAt.IsZero(), "Refresh loses the end of the grant")
	ps.when(after.IssuedAt.Before(before.IssuedAt), "Refresh tells that the new token is older than the old one")
	if identifier, ok := s.Provider.(core.Identifier); ok {
		_, err := identifier.Identify(s.t.Context(), after, "")
		ps.when(s.hear(err) != nil, "Refresh returns a token of which Identify says: %w", err)
	}
	s.checkEnded(&ps, r, after)
	return ps.err()
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
