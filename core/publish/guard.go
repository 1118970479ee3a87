package publish

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// guard calls an adapter and turns its panic into an error of KindInternal: one
// adapter's defect must not take the server down.
func (p *Publisher) guard(ctx context.Context, call func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			p.log.ErrorContext(ctx, "adapter panicked", "panic", v, "stack", string(debug.Stack()))
			err = &core.Error{Kind: core.KindInternal, Message: "an internal error occurred", Err: fmt.Errorf("panic: %v", v)}
		}
	}()
	return call()
}

// isBareDeadline tells whether an error is the end of a time limit that nobody has put into
// words.
func isBareDeadline(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) && !errors.As(err, new(*core.Error)) &&
		!errors.As(err, new(core.Errors)) && !errors.As(err, new(*storeError))
}

// tookTooLong is the error of a network that did not answer within a time limit.
func tookTooLong(err error) *core.Error {
	return &core.Error{Kind: core.KindTemporary, Message: "the network took too long", Err: err}
}

// storeError marks a failure of this server's own store, which says nothing about
// the network or the post. It passes through the adapter when that asks for a token
// or saves a checkpoint.
type storeError struct{ err error }

func (e *storeError) Error() string { return e.err.Error() }
func (e *storeError) Unwrap() error { return e.err }

// ours marks err as the store's unless it is an answer: an error of the contract, a
// lost lease, or the end of a context.
func ours(err error) error {
	var e *core.Error
	if err == nil || errors.As(err, &e) || errors.Is(err, queue.ErrLeaseLost) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &storeError{err}
}

// named returns err as core.Errors that name the network they concern. The
// originals are not changed: an adapter may share them. Errors that belong to
// the store or the queue, and the end of a context, pass unchanged.
func named(err error, platform string) error {
	var one *core.Error
	var list core.Errors
	if err == nil || !errors.As(err, &one) && !errors.As(err, &list) {
		return err
	}
	out := core.Errors{}
	for _, e := range core.AsErrors(err) {
		if e.Platform == "" {
			c := *e
			c.Platform = platform
			e = &c
		}
		out = append(out, e)
	}
	return out
}
