package coretest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

// Behaviour is what becomes of one call to a scripted thing. apply does what the
// call asks for and returns the answer to it; a behaviour calls it at most once,
// and what it returns is what the caller gets.
type Behaviour func(ctx context.Context, apply func() error) error

// Succeed lets the call through.
func Succeed(_ context.Context, apply func() error) error { return apply() }

// Fail answers with a copy of err and applies nothing.
func Fail(err *core.Error) Behaviour {
	return func(context.Context, func() error) error {
		e := *err
		return &e
	}
}

// Answer lets the network refuse with an HTTP status, and with the time to wait
// if it is not 0. Nothing is applied.
func Answer(status int, retryAfter time.Duration) Behaviour {
	return func(context.Context, func() error) error {
		return &refusal{status: status, code: "SCRIPTED", retryAfter: retryAfter}
	}
}

// LoseAnswer applies the call and cuts the connection before the answer.
func LoseAnswer(_ context.Context, apply func() error) error {
	_ = apply() // what it answered is lost with the connection
	return &cut{}
}

// MisleadWith answers with a web page of the status, in the network's place. Nothing is applied.
func MisleadWith(status int) Behaviour {
	return func(context.Context, func() error) error { return &page{status} }
}

// LoseRequest cuts the connection after the request left, before it is applied.
func LoseRequest(context.Context, func() error) error { return &cut{} }

// Refuse lets the connection be refused: the request never left.
func Refuse(context.Context, func() error) error { return &unreachable{} }

// Panic panics with v and applies nothing.
func Panic(v any) Behaviour {
	return func(context.Context, func() error) error { panic(v) }
}

// Gate holds calls until it is opened, so that a test can act in the middle.
type Gate struct {
	// Arrived receives once for every call that reached the gate.
	Arrived <-chan struct{}
	arrived chan struct{}
	open    chan struct{}
	once    sync.Once
}

// gateCapacity is how many calls may arrive at a gate without being waited for.
const gateCapacity = 1024

// NewGate returns a closed gate.
func NewGate() *Gate {
	arrived := make(chan struct{}, gateCapacity)
	return &Gate{Arrived: arrived, arrived: arrived, open: make(chan struct{})}
}

// Await waits until a call has arrived.
func (g *Gate) Await(t testing.TB) {
	t.Helper()
	Receive(t, "a call at the gate", g.Arrived)
}

// Open lets every held and every later call through.
func (g *Gate) Open() { g.once.Do(func() { close(g.open) }) }

// Before is a Behaviour that holds the call before it is applied. When ctx ends
// while it is held, the connection is cut and nothing is applied.
func (g *Gate) Before(ctx context.Context, apply func() error) error {
	if err := g.wait(ctx); err != nil {
		return err
	}
	return apply()
}

// After is a Behaviour that applies the call and holds the answer. When ctx ends
// while it is held, the answer is lost.
func (g *Gate) After(ctx context.Context, apply func() error) error {
	answer := apply()
	if err := g.wait(ctx); err != nil {
		return err
	}
	return answer
}

func (g *Gate) wait(ctx context.Context) error {
	g.arrived <- struct{}{}
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return &cut{cause: context.Cause(ctx)}
	}
}

var (
	_ Behaviour = Succeed
	_ Behaviour = LoseAnswer
	_ Behaviour = LoseRequest
	_ Behaviour = Refuse
	_ Behaviour = (*Gate)(nil).Before
	_ Behaviour = (*Gate)(nil).After
)
