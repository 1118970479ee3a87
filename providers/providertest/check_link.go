package providertest

import (
	"maps"
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

// request is a try to link through an app, with the member's answers.
func (s *scene) request(a core.LinkApp) core.LinkRequest {
	r := core.LinkRequest{App: a.Name, RedirectURL: s.Linking.RedirectURL, State: "a state, & = + %20"}
	if a.PKCE {
		r.Verifier = aVerifier
	}
	if len(a.Fields) > 0 && s.Linking.Answers != nil {
		r.Answers = maps.Clone(s.Linking.Answers(a.Name))
		s.guardAnswers(a, r.Answers)
	}
	return r
}

// guardAnswers keeps those answers in mind that nobody may be told.
func (s *scene) guardAnswers(a core.LinkApp, answers map[string]core.Secret) {
	for _, f := range a.Fields {
		if f.Secret {
			s.guard(answers[f.Name])
		}
	}
}

// checkLinkAddress: the address of the consent page asks for what the flow needs, tells no
// secret, and is made without a call, unless the app has to ask the person first.
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
		if len(a.Fields) == 0 {
			s.checkAddress(&ps, l, a)
		}
	}
	_, err = l.Authorize(s.t.Context(), core.LinkRequest{App: "an app that is not there", RedirectURL: s.Linking.RedirectURL, State: "s"})
	ps.when(s.hear(err) == nil, "Authorize knows an app that LinkApps does not list")
	ps.when(len(s.Network.Calls()) > 0, "Authorize called the network: %v", s.Network.Calls())
	for _, a := range l.LinkApps() {
		if len(a.Fields) > 0 && !a.Direct {
			s.checkAskedAddress(&ps, l, a)
		}
	}
	return ps.err()
}

func (s *scene) checkAddress(ps *problems, l core.Linker, a core.LinkApp) {
	r := s.request(a)
	begun, err := l.Authorize(s.t.Context(), r)
	if err != nil {
		ps.add("Authorize of %s: %w", a.Name, s.hear(err))
		return
	}
	u, err := url.Parse(begun.URL)
	if err != nil {
		ps.add("Authorize of %s is no address: %w", a.Name, err)
		return
	}
	again, err := l.Authorize(s.t.Context(), r)
	ps.when(err != nil || again != begun, "Authorize of %s is not pure: %s, then %s", a.Name, begun.URL, again.URL)
	q := u.Query()
	ps.when(q.Get("response_type") != "code", "Authorize of %s asks for a %q, want a code", a.Name, q.Get("response_type"))
	ps.when(q.Get("redirect_uri") != r.RedirectURL, "Authorize of %s has the redirect %q, want %q", a.Name, q.Get("redirect_uri"), r.RedirectURL)
	ps.when(q.Get("state") != r.State, "Authorize of %s has the state %q, want %q", a.Name, q.Get("state"), r.State)
	ps.when(q.Get("scope") == "", "Authorize of %s asks for no scope", a.Name)
	challenged := q.Get("code_challenge") != "" && q.Get("code_challenge_method") == "S256"
	ps.when(a.PKCE != challenged, "Authorize of %s has the challenge %q by %q", a.Name, q.Get("code_challenge"), q.Get("code_challenge_method"))
	s.checkTells(ps, a, r, begun)
}

// checkAskedAddress: what an app that asks first has told the network need not be in the
// address; the ways there and back are checked with the grant.
func (s *scene) checkAskedAddress(ps *problems, l core.Linker, a core.LinkApp) {
	r := s.request(a)
	begun, err := l.Authorize(s.t.Context(), r)
	if err != nil {
		ps.add("Authorize of %s: %w", a.Name, s.hear(err))
		return
	}
	u, err := url.Parse(begun.URL)
	ps.when(err != nil || !u.IsAbs() || u.Host == "", "Authorize of %s is no address: %s", a.Name, begun.URL)
	s.checkTells(ps, a, r, begun)
}

// checkTells: the browser learns no secret.
func (s *scene) checkTells(ps *problems, a core.LinkApp, r core.LinkRequest, begun core.Authorization) {
	secrets := append(slices.Clone(s.Linking.Secrets), aVerifier, begun.Kept)
	for _, f := range a.Fields {
		if f.Secret {
			secrets = append(secrets, r.Answers[f.Name])
		}
	}
	for _, secret := range secrets {
		ps.when(secret != "" && strings.Contains(begun.URL, secret.Reveal()), "Authorize of %s has a secret in it", a.Name)
	}
	_, query, _ := strings.Cut(begun.URL, "?")
	ps.when(strings.Contains(query, "+"), "Authorize of %s writes spaces as plus signs, which not every network reads: %s", a.Name, query)
}

// consent goes to the consent page of an app and comes back. The request is the one for
// Exchange; of an app that is Direct, it is all that there is.
func (s *scene) consent(l core.Linker, a core.LinkApp, allow bool) (core.LinkRequest, core.LinkReturn, error) {
	r := s.request(a)
	if a.Direct {
		return r, core.LinkReturn{}, nil
	}
	begun, err := l.Authorize(s.t.Context(), r)
	if err != nil {
		return r, core.LinkReturn{}, wrongf("Authorize of %s: %w", a.Name, s.hear(err))
	}
	s.guard(begun.Kept)
	r.Answers, r.Kept = nil, begun.Kept
	there, err := s.Linking.Consent(begun.URL, allow)
	if err != nil {
		return r, core.LinkReturn{}, wrongf("Authorize of %s is not what the network takes: %w", a.Name, err)
	}
	state, back := s.Linking.Return(there)
	if state != r.State {
		return r, core.LinkReturn{}, wrongf("Authorize of %s lets the state %q come back, want %q", a.Name, state, r.State)
	}
	s.guard(back.Code)
	return r, back, nil
}

// linked is what it took to link through an app, and what came of it.
type linked struct {
	core.Grant

	request core.LinkRequest
	back    core.LinkReturn
}

// link links through an app as a member who allows it.
func (s *scene) link(l core.Linker, a core.LinkApp) (linked, error) {
	r, back, err := s.consent(l, a, true)
	if err != nil {
		return linked{}, err
	}
	g, err := l.Exchange(s.t.Context(), r, back)
	if err != nil {
		return linked{}, wrongf("Exchange of %s: %w", a.Name, s.hear(err))
	}
	s.guard(g.Credentials.AccessToken, g.Credentials.RefreshToken, g.Credentials.Binding)
	return linked{g, r, back}, nil
}

// checkLinkGrant: a consent, or what the person has told, becomes credentials, and the
// accounts that can be posted as.
func checkLinkGrant(s *scene) error {
	l, err := s.linker()
	if l == nil {
		return err
	}
	var ps problems
	for _, a := range l.LinkApps() {
		before := s.applied(ClassGrant)
		g, err := s.link(l, a)
		if err != nil {
			ps = append(ps, err)
			continue
		}
		got := s.applied(ClassGrant) - before
		ps.when(got > 1 || got == 0 && !a.Direct, "Exchange of %s got tokens %d times, want once", a.Name, got)
		c := g.Credentials
		ps.when(c.AccessToken == "" || c.App != a.Name || c.IssuedAt.IsZero(), "Exchange of %s returns incomplete credentials: %+v", a.Name, c)
		ps.when(c.RefreshToken == "" && !c.RefreshExpiresAt.IsZero(), "Exchange of %s tells the end of a refresh token that is not there", a.Name)
		ends := c.ExpiresAt
		if c.RefreshExpiresAt.After(ends) {
			ends = c.RefreshExpiresAt
		}
		ps.when(a.Lasts < 0 || a.Lasts > 0 && ends.Sub(c.IssuedAt) > a.Lasts+aDay, "Exchange of %s grants more than the %v that LinkApps tells: until %v", a.Name, a.Lasts, ends)
		s.checkGranted(&ps, a, g.Grant)
		if a.Direct {
			continue
		}
		_, err = l.Exchange(s.t.Context(), g.request, g.back)
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
		ps.when(identifies(a) && one.Kind == core.AccountPerson && one.Username == "", "Exchange of %s does not tell the Username of %s, which answers a field when the account is linked again", a.Name, one.RemoteID)
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
		if a.Direct {
			continue // nobody is asked
		}
		r, back, err := s.consent(l, a, false)
		if err != nil {
			ps = append(ps, err)
			continue
		}
		_, err = l.Exchange(s.t.Context(), r, back)
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
	var ps problems
	for i, name := range h.linkApps(t) {
		err := h.every(t, troubles(), h.linkClass(t, i), func(s *scene) (func() error, error) {
			l, err := s.linker()
			if l == nil {
				return nil, err
			}
			r, back, err := s.consent(l, l.LinkApps()[i], true)
			return func() error {
				_, err := l.Exchange(s.t.Context(), r, back)
				return err
			}, err
		})
		if err != nil {
			ps.add("Exchange of %s: %w", name, err)
		}
	}
	return ps.err()
}

// linkClass is the class of the calls with which an app links: one that is Direct may be told a
// token, and ask no more than whose it is.
func (h Harness) linkClass(t testing.TB, app int) Class {
	t.Helper()
	class := ClassGrant
	_ = h.with(t, func(s *scene) error {
		l, err := s.linker()
		if l == nil {
			return err // as the check itself will find
		}
		a := l.LinkApps()[app]
		if _, err := s.link(l, a); err == nil && a.Direct && s.count(ClassGrant) == 0 {
			class = ClassRead
		}
		return nil
	})
	return class
}

// linkApps names the apps of the adapter; none: it is no Linker.
func (h Harness) linkApps(t testing.TB) []string {
	t.Helper()
	var names []string
	_ = h.with(t, func(s *scene) error {
		l, err := s.linker()
		if l == nil {
			return err // as the check of each app will find
		}
		for _, a := range l.LinkApps() {
			names = append(names, a.Name)
		}
		return nil
	})
	return names
}
