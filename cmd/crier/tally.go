package main

import (
	"fmt"
	"sync"

	"github.com/crier-social/crier/core"
)

// tally counts what is sent under a name, and shows it.
type tally struct {
	name  string
	shown progress

	mu          sync.Mutex
	done, total int64 // bytes
	whole       bool  // all of it was sent once, though it may be sent again
}

// add tells how far the sending is.
func (t *tally) add(done, total int64) {
	t.mu.Lock()
	t.done, t.total = done, total
	t.whole = t.whole || done >= total
	t.mu.Unlock()
	t.shown.sent(t.name, done, total)
}

// interrupted says what it means that a request was broken off before its answer,
// for what it was to make.
func (t *tally) interrupted(what string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.done < t.total && !t.whole {
		return fmt.Errorf("%w after %s of %s were sent; there is no %s", errInterrupted, core.FormatBytes(t.done), core.FormatBytes(t.total), what)
	}
	return fmt.Errorf("%w before the server had answered; whether there is a %s now, `crier %s` tells", errInterrupted, what, listing(what))
}

// listing is the command that lists what requests make.
func listing(what string) string {
	if what == "post" {
		return "history"
	}
	return "media list"
}
