package double

import (
	"net/http"
	"time"

	"github.com/crier-social/crier/core"
)

// Controls are what a test, or somebody at the control API, does to a double: they let requests
// fail, and move its time ahead. A double embeds them. They are safe for concurrent use.
type Controls struct {
	clock  *Clock
	faults *Faults
	moved  func()
}

// NewControls returns the controls of a clock and of faults. moved is called after Advance or
// Reset has moved the clock; nil: nobody is told.
func NewControls(clock *Clock, faults *Faults, moved func()) *Controls {
	if moved == nil {
		moved = func() {}
	}
	return &Controls{clock: clock, faults: faults, moved: moved}
}

// Next arms faults for the next requests that match: each hits Times requests, in the order
// given here. A pattern is a method and a path, both with * for anything: "* *". The query
// belongs to what is matched only when the pattern has a question mark. Requests to the network
// are hit; pages and the control API are not.
func (c *Controls) Next(pattern string, faults ...Fault) error {
	return c.faults.Next(pattern, faults...)
}

// Faults lists the faults that still wait.
func (c *Controls) Faults() []ArmedFault { return c.faults.Armed() }

// ClearFaults disarms every fault.
func (c *Controls) ClearFaults() { c.faults.Clear() }

// Clock is the double's clock, which Advance moves. It is a core.SteadyClock if that is one by
// which it goes.
func (c *Controls) Clock() core.Clock { return c.clock.Steady() }

// Advance moves the clock of the double ahead of the one by which it goes, by more each time,
// until the double is reset: what has an end comes to it, and posts are older. Delays of answers
// that have begun last as long as they would have.
func (c *Controls) Advance(d time.Duration) error {
	if err := c.clock.Advance(d); err != nil {
		return err
	}
	c.moved()
	return nil
}

// Reset disarms every fault, and sets the clock right.
func (c *Controls) Reset() {
	c.ClearFaults()
	c.clock.Set(0)
	c.moved()
}

// Routes adds to the control API what every double has: /sandbox/clock, /sandbox/faults, and
// /sandbox/reset, which calls reset: what the double does with all of itself.
func (c *Controls) Routes(mux *http.ServeMux, reset func()) {
	c.clock.Routes(mux, "/sandbox/clock", c.Advance)
	c.faults.Routes(mux, "/sandbox/faults")
	mux.HandleFunc("POST /sandbox/reset", func(w http.ResponseWriter, _ *http.Request) {
		reset()
		w.WriteHeader(http.StatusNoContent)
	})
}
