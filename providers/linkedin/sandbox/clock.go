package sandbox

import (
	"time"

	"github.com/crier-social/crier/core"
)

// Advance moves the clock of the sandbox ahead of Options.Clock, by more each time, until
// Reset: tokens, codes and versions end, and posts are older. Delays of answers that have
// begun last as long as they would have.
func (s *Sandbox) Advance(d time.Duration) error {
	err := s.advance(d)
	if err == nil {
		s.clockMoved()
	}
	return err
}

func (s *Sandbox) advance(d time.Duration) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	defer s.save()
	return s.clock.Advance(d)
}

// clockMoved is called without the lock.
func (s *Sandbox) clockMoved() {
	if s.opts.OnClock != nil {
		s.opts.OnClock()
	}
}

// Clock is the sandbox's clock, which Advance moves. It is a core.SteadyClock if Options.Clock
// is one.
func (s *Sandbox) Clock() core.Clock { return s.clock.Steady() }
