package sandbox

import (
	"fmt"
	"slices"
)

// ConsentMode says who decides when an app asks for consent in a browser.
type ConsentMode string

// The modes.
const (
	// ConsentAsk asks as LinkedIn does: not again while the app has a good token for the same scopes.
	ConsentAsk ConsentMode = "ask"
	// ConsentAlways asks in any case.
	ConsentAlways ConsentMode = "always"
	// The others ask nobody: the browser is sent back at once.
	ConsentAllow       ConsentMode = "allow"
	ConsentCancel      ConsentMode = "cancel"
	ConsentCancelLogin ConsentMode = "cancelLogin"
)

// ConsentModes lists every mode.
func ConsentModes() []ConsentMode {
	return []ConsentMode{ConsentAsk, ConsentAlways, ConsentAllow, ConsentCancel, ConsentCancelLogin}
}

// Consent is how consent is given.
type Consent struct {
	Mode ConsentMode `json:"mode"`
	// Person is the id of the member who consents in ConsentAllow; empty: whoever is signed
	// in, or else signs in.
	Person string `json:"person,omitempty"`
}

// SetConsent says who decides from now on when an app asks for consent in a browser.
func (s *Sandbox) SetConsent(c Consent) error {
	if !slices.Contains(ConsentModes(), c.Mode) {
		return fmt.Errorf("mode %q: want one of %v", c.Mode, ConsentModes())
	}
	if c.Person != "" && !s.isMember(c.Person) {
		return fmt.Errorf("person %q does not exist; add the person first", c.Person)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.consent = c
	return nil
}

// ConsentNow is how consent is given at present.
func (s *Sandbox) ConsentNow() Consent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.consent
}

// settled decides an authorization without a page, where none is needed: it returns where
// the browser is sent back to. person is who is signed in; empty: nobody.
func (s *Sandbox) settled(a authorization, person string) (string, bool) {
	mode := s.ConsentNow()
	switch mode.Mode {
	case ConsentCancel:
		return a.cancelConsent(), true
	case ConsentCancelLogin:
		return a.cancelLogin(), true
	case ConsentAllow:
		if mode.Person != "" {
			person = mode.Person
		}
		if person != "" {
			return s.allow(a, person), true
		}
	case ConsentAsk:
		s.mu.Lock()
		good := person != "" && s.hasGoodToken(a.app.ClientID, person, a.scopes)
		s.mu.Unlock()
		if good {
			return s.allow(a, person), true
		}
	case ConsentAlways:
	}
	return "", false
}
