package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/crier-social/crier/providers/internal/double"
)

// stateFile is in Options.Dir.
const stateFile = "state.json"

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
	if s.opts.Dir == "" {
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
	if err := now.write(s.opts.Dir); err != nil {
		s.opts.Log.Warn("the sandbox cannot keep its sessions: accounts have to be linked again after a restart", "error", err)
	}
}

// write replaces the file as a whole.
func (now state) write(dir string) error {
	content, err := json.Marshal(now) //nolint:gosec // for a sandbox, and its owner alone
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	file := filepath.Join(dir, stateFile)
	if err := os.WriteFile(file+".new", content, 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// restore takes over what the sandbox before has kept. A file that cannot be read is no
// reason not to start. The caller holds the lock.
func (s *Sandbox) restore() {
	kept, err := readState(s.opts.Dir)
	if err != nil {
		s.opts.Log.Warn("the sandbox cannot read its sessions: accounts have to be linked again", "error", err)
		return
	}
	if len(kept.Secret) == 0 {
		return
	}
	s.secret = kept.Secret
	s.clock.Set(kept.Ahead)
	for id, one := range kept.Sessions {
		restored := &session{did: one.DID, ends: one.Ends, next: one.Next}
		if one.App {
			restored.password = &appPassword{privileged: one.Privileged}
		}
		s.sessions[id] = restored
	}
	s.restoreGrants(kept.Grants)
}

func readState(dir string) (state, error) {
	if dir == "" {
		return state{}, nil
	}
	content, err := os.ReadFile(filepath.Join(dir, stateFile)) //nolint:gosec // the caller names it
	if errors.Is(err, fs.ErrNotExist) {
		return state{}, nil
	}
	var kept state
	if err == nil {
		err = json.Unmarshal(content, &kept)
	}
	if err != nil {
		return state{}, err
	}
	if kept.Ahead < 0 || kept.Ahead > double.MaxAhead {
		return state{}, fmt.Errorf("the clock is ahead by %v", kept.Ahead)
	}
	return kept, nil
}
