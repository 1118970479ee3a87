package mongo

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

const (
	// slowCall is how long a call may take until the server is asked whether it is there.
	slowCall = 4 * time.Second
	// askTimeout is how long it may take to answer that. It has nothing else to do for it than
	// to answer; but a server that has too much to do is late with that, too, and is slow then,
	// and not away. askPause is the pause between two questions. Both bound how late it is
	// noticed that the server is back.
	askTimeout = 3 * time.Second
	askPause   = 250 * time.Millisecond
	// askingConnections is how many connections there are for the questions. The calls have
	// others: where these are all taken, the server is there nevertheless.
	askingConnections = 2
)

// guard knows whether the server is there. A call that fails because it is not takes seconds:
// the driver waits for another server to take over. So once a call has failed so, or takes
// long, the guard asks the server, and while that does not answer no other call waits for it:
// calls fail at once, until the server answers again. Who makes the calls need not try.
//
// Calls that begin while the first question is not answered wait for what comes of it.
type guard struct {
	ask      func(context.Context) error // whether the server takes commands
	clock    core.Clock
	troubles *troubles

	mu       sync.Mutex
	watching *outage // nil: nothing is known against the server
	closed   bool
	stop     context.CancelFunc // ends the questions; set while watching
	group    sync.WaitGroup
}

// outage is what is known of a server in doubt.
type outage struct {
	known chan struct{} // closed once it is known whether the server is away
	once  sync.Once
	since time.Time
	// away is why calls fail at once, if they do; not to be read before known is closed.
	away error
}

func (o *outage) decide(away error) {
	o.once.Do(func() {
		o.away = away
		close(o.known)
	})
}

// awayError is the error of a call that was not made. It has the text of what the server's
// absence was noticed by, and is no error of the driver itself, so that it is not counted
// as another failure.
type awayError struct {
	since   time.Time
	noticed error // told as text alone, except to Advice
}

func (e *awayError) Error() string {
	return fmt.Sprintf("%v since %s: %s", store.ErrUnreachable, e.since.UTC().Format(time.RFC3339), e.noticed)
}

func (e *awayError) Unwrap() error { return store.ErrUnreachable }

// pass returns when a call may be made; an error when it would be in vain.
func (g *guard) pass(ctx context.Context) error {
	g.mu.Lock()
	o := g.watching
	g.mu.Unlock()
	if o == nil {
		return nil
	}
	select {
	case <-o.known:
	case <-ctx.Done():
		return ctx.Err()
	}
	return o.away
}

// inDoubt tells whether something is known against the server.
func (g *guard) inDoubt() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.watching != nil
}

// doubt has the server asked whether it is there, until it is.
func (g *guard) doubt() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.watching != nil || g.closed {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	o := &outage{known: make(chan struct{}), since: g.clock.Now()}
	g.watching, g.stop = o, stop
	g.group.Go(func() {
		defer stop()
		g.watch(ctx, o)
	})
}

// watch asks until the server answers. It is away if it does not answer soon, or says no.
func (g *guard) watch(ctx context.Context, o *outage) {
	for {
		err := g.askOnce(ctx)
		if err == nil || ctx.Err() != nil {
			break
		}
		g.judge(o, err)
		select {
		case <-time.After(askPause):
		case <-ctx.Done():
		}
	}
	g.mu.Lock()
	g.watching = nil
	g.mu.Unlock()
	if ctx.Err() == nil {
		g.troubles.answered()
	}
	o.decide(nil) // the answer came in time, if nothing else was decided
}

func (g *guard) askOnce(ctx context.Context) error {
	ctx, done := context.WithTimeout(ctx, askTimeout)
	defer done()
	return g.ask(ctx)
}

// judge lets calls fail at once, and notes the trouble. That the server refuses what it is
// asked is told by each call itself.
func (g *guard) judge(o *outage, noticed error) {
	err := classify(noticed)
	if !errors.Is(err, store.ErrUnreachable) {
		o.decide(nil)
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.watching != o { // it has answered at this moment
		return
	}
	g.troubles.failed(err)
	o.decide(&awayError{since: o.since, noticed: noticed})
}

// close ends the questions; nothing is asked any more.
func (g *guard) close() {
	g.mu.Lock()
	g.closed = true
	if g.stop != nil {
		g.stop()
	}
	g.mu.Unlock()
	g.group.Wait()
}
