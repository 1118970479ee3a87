package sandbox

import (
	"path/filepath"
	"time"

	"github.com/crier-social/crier/providers/internal/double"
)

// state is what outlasts a sandbox: what members have granted, and how far the clock is ahead.
type state struct {
	Ahead    time.Duration           `json:"ahead"`
	Secret   []byte                  `json:"secret"`
	Sessions map[string]savedSession `json:"sessions"`
	Grants   []savedGrant            `json:"grants"`
}

type savedSession struct {
	DID        string    `json:"did"`
	Ends       time.Time `json:"ends"`
	Next       string    `json:"next,omitempty"`
	App        bool      `json:"app"` // began with an app password
	Privileged bool      `json:"privileged"`
}

// save keeps the state for the next sandbox. One that cannot be kept costs nothing now. The
// caller holds the lock.
func (s *Sandbox) save() {
	file := s.stateFile()
	if file == "" {
		return
	}
	now := state{Ahead: s.clock.Lead(), Secret: s.secret, Sessions: map[string]savedSession{}, Grants: s.savedGrants()}
	for id, one := range s.sessions {
		kept := savedSession{DID: one.did, Ends: one.ends, Next: one.next}
		if one.password != nil {
			kept.App, kept.Privileged = true, one.password.privileged
		}
		now.Sessions[id] = kept
	}
	if err := double.SaveState(file, now); err != nil {
		s.opts.Log.Warn("the sandbox cannot keep its sessions: accounts have to be linked again after a restart", "error", err)
	}
}

// restore takes over what the sandbox before has kept. A file that cannot be read is no
// reason not to start. The caller holds the lock.
func (s *Sandbox) restore() {
	kept, err := double.ReadState[state](s.stateFile())
	if err == nil {
		err = s.clock.Restore(kept.Ahead)
	}
	if err != nil {
		s.opts.Log.Warn("the sandbox cannot read its sessions: accounts have to be linked again", "error", err)
		return
	}
	if len(kept.Secret) == 0 {
		return
	}
	s.secret = kept.Secret
	for id, one := range kept.Sessions {
		restored := &session{did: one.DID, ends: one.Ends, next: one.Next}
		if one.App {
			restored.password = &appPassword{privileged: one.Privileged}
		}
		s.sessions[id] = restored
	}
	s.restoreGrants(kept.Grants)
}

// stateFile is where the state is kept; empty: nowhere.
func (s *Sandbox) stateFile() string {
	if s.opts.Dir == "" {
		return ""
	}
	return filepath.Join(s.opts.Dir, "state.json")
}
