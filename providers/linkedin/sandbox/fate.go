package sandbox

import "time"

// The states of a post's life.
const (
	lifecyclePublished = "PUBLISHED"
	lifecycleRequested = "PUBLISH_REQUESTED"
	lifecycleFailed    = "PUBLISH_FAILED"
)

// fate is what becomes of a post after its create was answered with 201.
type fate struct {
	shown    time.Time // when readers see it
	rejected time.Time // when LinkedIn takes it away; zero: never
}

// fateOf is the fate of a post that is being created.
func (s *Sandbox) fateOf(c *call) fate {
	f := fate{shown: c.now.Add(s.opts.PublishTime)}
	if c.rejected != nil {
		f.rejected = c.now.Add(*c.rejected)
	}
	return f
}

// stateAt is the lifecycle state at a time.
func (p *post) stateAt(now time.Time) string {
	switch {
	case !p.fate.rejected.IsZero() && !now.Before(p.fate.rejected):
		return lifecycleFailed
	case now.Before(p.fate.shown):
		return lifecycleRequested
	}
	return lifecyclePublished
}

// reviewAt is the review status that goes with the state.
func (p *post) reviewAt(now time.Time) string {
	switch p.stateAt(now) {
	case lifecycleFailed:
		return "FAILED"
	case lifecycleRequested:
		return "PROCESSING"
	}
	return "PUBLISHED"
}

// Reject makes LinkedIn refuse a post that it has accepted, and tells whether there is
// such a post.
func (s *Sandbox) Reject(urn string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, known := s.postsByURN[urn]
	if known {
		p.fate.rejected = s.opts.Clock.Now()
	}
	return known
}
