package providertest

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/crier-social/crier/core"
)

// identifies tells whether a field of the app is answered by an account's Username.
func identifies(a core.LinkApp) bool {
	return slices.ContainsFunc(a.Fields, func(f core.LinkField) bool { return f.Identifies })
}

// fieldName is how the name of a field is written: it is a key of requests.
var fieldName = regexp.MustCompile(`^[a-z][A-Za-z0-9]{0,39}$`)

// takenKeys are the keys that a request to link an account has besides the fields, or that
// every request may have.
func takenKeys() []string {
	return []string{
		"platform", "accessToken", "refreshToken", "expiresIn", "refreshTokenExpiresIn", "id", "app",
		"profileKey", "profileKeys", "source",
	}
}

// checkLinkFields: what a person is asked for is told in full, and can be a key of a request.
func checkLinkFields(s *scene) error {
	l, err := s.linker()
	if l == nil {
		return err
	}
	var ps problems
	for _, a := range l.LinkApps() {
		ps.when(a.Direct && len(a.Fields) == 0, "LinkApps has %s, which is Direct and asks for nothing", a.Name)
		ps.when(a.Direct && a.PKCE, "LinkApps has %s, which is Direct and has no code to challenge", a.Name)
		if len(a.Fields) > 0 && (s.Linking.Answers == nil || s.Linking.Wrong == nil) {
			ps.add("Linking.Answers and Linking.Wrong are missing, which the fields of %s need", a.Name)
			continue
		}
		seen := map[string]bool{}
		for _, f := range a.Fields {
			ps.when(!fieldName.MatchString(f.Name), "LinkApps has a field of %s with the name %q, which is no key of a request: a small letter, then letters and digits", a.Name, f.Name)
			ps.when(slices.Contains(takenKeys(), f.Name), "LinkApps has a field of %s with a name that POST /profiles/social uses itself: %s (as %s): name it otherwise, such as token", a.Name, f.Name, strings.Join(takenKeys(), ", "))
			ps.when(seen[f.Name], "LinkApps has the field %s of %s twice", f.Name, a.Name)
			seen[f.Name] = true
			ps.when(f.Label == "" || f.Help == "" || f.Example == "", "LinkApps tells too little of the field %s of %s: %+v", f.Name, a.Name, f)
			ps.when(f.Secret && f.Identifies, "LinkApps has the secret %s of %s answered by what everybody sees", f.Name, a.Name)
			ps.when(s.Linking.Answers(a.Name)[f.Name] == "", "Linking.Answers has none to %s of %s", f.Name, a.Name)
			ps.when(s.Linking.Wrong(a.Name, f.Name) == "", "Linking.Wrong has no answer to %s of %s", f.Name, a.Name)
		}
	}
	return ps.err()
}

// checkLinkAnswers: a wrong answer is refused with the name of the field that is to be
// answered otherwise, and not said again.
func checkLinkAnswers(s *scene) error {
	l, err := s.linker()
	if l == nil {
		return err
	}
	var ps problems
	asked := false
	for _, a := range l.LinkApps() {
		for _, f := range a.Fields {
			asked = true
			s.checkWrongAnswer(&ps, l, a, f)
		}
	}
	if !asked {
		s.t.Logf("not checked: no app of %s has Fields", s.info.Name)
	}
	ps.when(s.applied(ClassGrant) > 0, "Exchange gets tokens for wrong answers")
	return ps.err()
}

func (s *scene) checkWrongAnswer(ps *problems, l core.Linker, a core.LinkApp, f core.LinkField) {
	r := s.request(a)
	r.Answers[f.Name] = s.Linking.Wrong(a.Name, f.Name)
	s.guardAnswers(a, r.Answers)
	method, step := "Authorize", func() error { _, err := l.Authorize(s.t.Context(), r); return err }
	if a.Direct {
		method, step = "Exchange", func() error { _, err := l.Exchange(s.t.Context(), r, core.LinkReturn{}); return err }
	}
	err := s.hear(step())
	if err == nil {
		ps.add("%s of %s takes a wrong %s", method, a.Name, f.Name)
		return
	}
	e := core.AsError(err)
	refused := []core.Kind{core.KindInvalid, core.KindAuth, core.KindForbidden}
	ps.when(!slices.Contains(refused, e.Kind), "%s of %s reports a wrong %s as %s", method, a.Name, f.Name, e.Kind)
	ps.when(e.Field != f.Name, "%s of %s reports a wrong %s with the field %q", method, a.Name, f.Name, e.Field)
	ps.when(e.Message == "" || core.HelpOf(e) == "" || e.Platform != s.info.Name || e.Op == "", "%s of %s reports a wrong %s incompletely: %+v", method, a.Name, f.Name, e)
}

// checkLinkKept: what Authorize wants kept is what Exchange needs.
func checkLinkKept(s *scene) error {
	l, err := s.linker()
	if l == nil {
		return err
	}
	var ps problems
	for _, a := range l.LinkApps() {
		if a.Direct {
			continue
		}
		r, back, err := s.consent(l, a, true)
		if err != nil {
			ps = append(ps, err)
			continue
		}
		if r.Kept == "" {
			s.t.Logf("not checked: %s of %s wants nothing kept", a.Name, s.info.Name)
			continue
		}
		r.Kept = ""
		_, err = l.Exchange(s.t.Context(), r, back)
		ps.when(s.hear(err) == nil, "Exchange of %s does without what Authorize wanted to be kept", a.Name)
	}
	return ps.err()
}

// checkLinkIssuer: where the network tells who sent the browser back, nobody else can have
// done it.
// https://www.rfc-editor.org/rfc/rfc9207#section-2.4
func checkLinkIssuer(s *scene) error {
	l, err := s.linker()
	if l == nil {
		return err
	}
	var ps problems
	for _, a := range l.LinkApps() {
		for _, issuer := range []string{"https://somebody-else.example", ""} {
			if a.Direct {
				continue
			}
			r, back, err := s.consent(l, a, true)
			if err != nil {
				ps = append(ps, err)
				continue
			}
			if back.Issuer == "" {
				s.t.Logf("not checked: %s does not tell who sends browsers back to %s", s.info.Name, a.Name)
				continue
			}
			back.Issuer = issuer
			_, err = l.Exchange(s.t.Context(), r, back)
			ps.when(s.hear(err) == nil, "Exchange of %s takes a code that came back from the issuer %q", a.Name, issuer)
		}
	}
	ps.when(s.count(ClassGrant) > 0, "Exchange shows somebody else's code to the network")
	return ps.err()
}

// checkClientDocument: what the network reads of the operator's app is JSON, the same at each
// time, and has no secret.
func checkClientDocument(s *scene) error {
	p, ok := s.Provider.(core.ClientDocument)
	if !ok {
		return s.skipped(ClientDocument)
	}
	if s.Linking != nil && s.Linking.Documented != nil {
		p = s.Linking.Documented
	}
	document := p.ClientDocument()
	if document == nil {
		return wrongf("ClientDocument returns none; Linking.Documented is an adapter that has one")
	}
	var ps problems
	var decoded map[string]any
	ps.when(json.Unmarshal(document, &decoded) != nil, "ClientDocument is no JSON object: %s", document)
	ps.when(!bytes.Equal(document, p.ClientDocument()), "ClientDocument changes from one time to the next")
	if s.Linking != nil {
		for _, secret := range s.Linking.Secrets {
			ps.when(strings.Contains(string(document), secret.Reveal()), "ClientDocument has a secret of an app in it")
		}
	}
	for _, key := range privateKeys(decoded) {
		ps.add("ClientDocument tells the private %q", key)
	}
	return ps.err()
}

// privateKeys lists the members of a document, at any depth, that only its owner may know:
// those of private keys, and a client's secret.
// https://www.rfc-editor.org/rfc/rfc7518#section-6
func privateKeys(v any) []string {
	var found []string
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if slices.Contains([]string{"d", "p", "q", "dp", "dq", "qi", "oth", "k", "client_secret"}, key) {
				found = append(found, key)
			}
			found = append(found, privateKeys(value)...)
		}
	case []any:
		for _, value := range v {
			found = append(found, privateKeys(value)...)
		}
	}
	return found
}
