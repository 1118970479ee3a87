package sandbox

import (
	"fmt"
	"time"

	"github.com/crier-social/crier/providers/internal/double"
)

// state is what Options.StateFile keeps.
type state struct {
	Ahead  time.Duration `json:"ahead"` // of the clock
	Issued int           `json:"issued"`
	Grants []savedGrant  `json:"grants"` // oldest first
}

type savedGrant struct {
	ClientID    string    `json:"clientId"`
	Person      string    `json:"person"`
	Scopes      []string  `json:"scopes"`
	At          time.Time `json:"at"`
	Code        string    `json:"code"`
	Redirect    string    `json:"redirect"`
	Spent       bool      `json:"spent"`
	Refresh     string    `json:"refresh,omitempty"`
	RefreshEnds time.Time `json:"refreshEnds,omitzero"`
	Refreshes   int       `json:"refreshes"`
	Revoked     bool      `json:"revoked"`
	Access      []Token   `json:"access"` // oldest first
}

// save keeps the state for the next sandbox. One that cannot be kept costs nothing now. The
// caller holds the lock.
func (s *Sandbox) save() {
	if s.opts.StateFile == "" {
		return
	}
	now := state{Ahead: s.clock.Lead(), Issued: s.issued, Grants: make([]savedGrant, 0, len(s.grants))}
	for _, g := range s.grants {
		saved := savedGrant{
			ClientID: g.clientID, Person: g.person, Scopes: g.scopes, At: g.at, Code: g.code, Redirect: g.redirect, Spent: g.spent,
			Refresh: g.refresh, RefreshEnds: g.refreshEnds, Refreshes: g.refreshes, Revoked: g.revoked,
		}
		for _, value := range g.access {
			saved.Access = append(saved.Access, s.tokens[value])
		}
		now.Grants = append(now.Grants, saved)
	}
	if err := double.SaveState(s.opts.StateFile, now); err != nil {
		s.opts.Log.Warn("the sandbox cannot keep what members have granted: they have to consent again after a restart", "error", err)
	}
}

// restore takes over what the sandbox before has kept. A file that cannot be read is no
// reason not to start. The caller holds the lock.
func (s *Sandbox) restore() {
	kept, err := double.ReadState[state](s.opts.StateFile)
	if err == nil {
		if err = s.clock.Restore(kept.Ahead); err != nil {
			err = fmt.Errorf("%s: %w", s.opts.StateFile, err)
		}
	}
	if err != nil {
		s.opts.Log.Warn("the sandbox cannot read what members have granted: they have to consent again", "error", err)
		return
	}
	s.issued = kept.Issued
	for _, saved := range kept.Grants {
		if _, known := s.people[saved.Person]; !known {
			continue
		}
		s.adopt(saved)
	}
}

func (s *Sandbox) adopt(saved savedGrant) {
	g := &grant{
		clientID: saved.ClientID, person: saved.Person, scopes: saved.Scopes, at: saved.At, code: saved.Code, redirect: saved.Redirect, spent: saved.Spent,
		refresh: saved.Refresh, refreshEnds: saved.RefreshEnds, refreshes: saved.Refreshes, revoked: saved.Revoked,
	}
	s.grants = append(s.grants, g)
	s.byCode[g.code] = g
	if g.refresh != "" {
		s.byRefresh[g.refresh] = g
	}
	for _, t := range saved.Access {
		s.tokens[t.Value] = t
		s.granted[t.Value] = struct{}{}
		g.access = append(g.access, t.Value)
	}
}
