package media

import (
	"sync"
	"time"

	"github.com/crier-social/crier/core"
)

const (
	// groupIdle is how long a group's files are kept that nobody fetches or reads. No
	// attempt at a post leaves them alone for so long: idle are groups whose post is put
	// off for hours, and those that nobody is going to release, such as one that a late
	// Fetch began anew after its release.
	groupIdle  = 30 * time.Minute
	sweepEvery = groupIdle / 3
)

// usage tells how long something has been idle. It may be used concurrently.
type usage struct {
	clock core.Clock

	mu    sync.Mutex
	users int
	since time.Time // when the last user left
}

func (u *usage) begin() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.users++
}

func (u *usage) end() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.users--
	u.since = u.clock.Now()
}

// idle tells whether nobody has used it for groupIdle.
func (u *usage) idle() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.users == 0 && u.clock.Now().Sub(u.since) >= groupIdle
}

// sweep releases idle groups from time to time, until the service is closed.
func (s *Service) sweep() {
	for {
		select {
		case <-s.base.Done():
			return
		case <-s.clock.After(sweepEvery):
			for _, g := range s.takeIdle() {
				g.end()
			}
		}
	}
}

// takeIdle forgets the idle groups and returns them.
func (s *Service) takeIdle() (idle []*group) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, g := range s.groups {
		if g.usage.idle() {
			delete(s.groups, id)
			idle = append(idle, g)
		}
	}
	return idle
}
