package coretest

import (
	"context"
	"encoding/json"
	"errors"
	"sync"

	"github.com/crier-social/crier/core"
)

// ErrKilled is what a Checkpoint answers when a test kills the worker at a Save.
var ErrKilled = errors.New("coretest: the worker was killed")

// Checkpoint is a core.Checkpoint in memory that can kill its worker: the Save
// that is chosen, and every later one, fails until Revive.
type Checkpoint struct {
	mu     sync.Mutex
	data   json.RawMessage
	saves  int
	killAt int // number of the Save from which on all fail; 0: none
	keep   bool
	killed bool
	cause  error
}

// NewCheckpoint returns an empty checkpoint.
func NewCheckpoint() *Checkpoint { return &Checkpoint{} }

// Load decodes what was last saved.
func (c *Checkpoint) Load(v any) (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.data == nil {
		return false, nil
	}
	return true, json.Unmarshal(c.data, v)
}

// Save stores v, unless ctx has ended or the worker is to be killed.
func (c *Checkpoint) Save(ctx context.Context, v any) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.saves++
	killed := c.killAt > 0 && c.saves >= c.killAt
	c.killed = c.killed || killed
	if !killed || (c.keep && c.saves == c.killAt) {
		c.data = data
	}
	if killed {
		return c.cause
	}
	return nil
}

// KillBefore makes the n-th Save from now on (1 is the next) fail with cause
// without having stored anything. A nil cause is ErrKilled.
func (c *Checkpoint) KillBefore(n int, cause error) { c.kill(n, false, cause) }

// KillAfter makes the n-th Save from now on store its value and then fail with
// cause: the worker dies between the write and the next step.
func (c *Checkpoint) KillAfter(n int, cause error) { c.kill(n, true, cause) }

func (c *Checkpoint) kill(n int, keep bool, cause error) {
	if cause == nil {
		cause = ErrKilled
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.killAt, c.keep, c.cause = c.saves+n, keep, cause
}

// Revive ends the effect of KillBefore and KillAfter: another worker goes on
// with what is stored.
func (c *Checkpoint) Revive() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.killAt = 0
}

// Killed tells whether a Save has failed because of KillBefore or KillAfter.
func (c *Checkpoint) Killed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.killed
}

// Saves returns how often Save was called, failures included.
func (c *Checkpoint) Saves() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.saves
}

// Data returns what is stored, nil when there is nothing.
func (c *Checkpoint) Data() json.RawMessage {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append(json.RawMessage(nil), c.data...)
}

var _ core.Checkpoint = (*Checkpoint)(nil)
