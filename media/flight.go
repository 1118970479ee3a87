package media

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/crier-social/crier/core"
)

// errReleased ends work whose group was released.
var errReleased = errors.New("the group was released")

// result is what a flight produces.
type result interface {
	// discard frees what the result holds; it is called once, after the work ended.
	discard()
}

// flights is work by key that callers share: each is begun once, goes on while at
// least one caller waits for it, and its result stays until the end. What failed or
// was given up is forgotten, so that the next caller begins anew.
type flights[T result] struct {
	base  context.Context //nolint:containedctx // the life of the owner
	owner *sync.WaitGroup
	log   *slog.Logger

	mu    sync.Mutex
	ended bool
	byKey map[string]*flight[T]
}

// flight is one piece of shared work.
type flight[T result] struct {
	value   T
	done    chan struct{} // closed when err is final
	err     error
	cancel  context.CancelCauseFunc
	waiters int // guarded by flights.mu
}

func newFlights[T result](base context.Context, owner *sync.WaitGroup, log *slog.Logger) *flights[T] {
	return &flights[T]{base: base, owner: owner, log: log, byKey: map[string]*flight[T]{}}
}

// join returns the flight of the key, beginning it if there is none, and counts the
// caller among those who wait for it: leave must follow. The owner's WaitGroup must
// be held by the caller.
func (fs *flights[T]) join(key string, begin func() T, run func(context.Context, T) error) (*flight[T], error) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.ended {
		return nil, interrupted(errReleased)
	}
	if f := fs.byKey[key]; f != nil {
		f.waiters++
		return f, nil
	}
	ctx, cancel := context.WithCancelCause(fs.base)
	f := &flight[T]{value: begin(), done: make(chan struct{}), cancel: cancel, waiters: 1}
	fs.byKey[key] = f
	fs.owner.Go(func() {
		err := fs.guarded(ctx, f.value, run)
		fs.finish(key, f, err)
	})
	return f, nil
}

// guarded runs the work; a panic becomes an error of the callers instead of the end
// of the process.
func (fs *flights[T]) guarded(ctx context.Context, value T, run func(context.Context, T) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			fs.log.ErrorContext(ctx, "fetching a file panicked", "panic", r, "stack", string(debug.Stack()))
			err = &core.Error{Kind: core.KindInternal, Op: op, Message: "an internal error occurred", Err: fmt.Errorf("panic: %v", r)}
		}
	}()
	err = run(ctx, value)
	if err != nil && ctx.Err() != nil {
		return interrupted(context.Cause(ctx))
	}
	return err
}

// finish records the end of the work.
func (fs *flights[T]) finish(key string, f *flight[T], err error) {
	fs.mu.Lock()
	kept := err == nil && fs.byKey[key] == f
	if !kept {
		fs.forget(key, f)
	}
	f.err = err
	f.cancel(nil)
	close(f.done)
	fs.mu.Unlock()
	if !kept {
		f.value.discard()
	}
}

// leave ends a caller's interest. Unfinished work that nobody waits for is given up.
func (fs *flights[T]) leave(key string, f *flight[T]) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f.waiters--; f.waiters > 0 {
		return
	}
	select {
	case <-f.done:
	default:
		fs.forget(key, f)
		f.cancel(context.Canceled)
	}
}

// forget makes the next caller begin anew. The lock is held.
func (fs *flights[T]) forget(key string, f *flight[T]) {
	if fs.byKey[key] == f {
		delete(fs.byKey, key)
	}
}

// end gives up all work and discards all results.
func (fs *flights[T]) end() {
	for _, f := range fs.close() {
		f.value.discard()
	}
}

// close gives up all work and returns what had ended; finish discards the rest.
func (fs *flights[T]) close() (ended []*flight[T]) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.byKey {
		select {
		case <-f.done:
			ended = append(ended, f)
		default:
			f.cancel(errReleased)
		}
	}
	fs.byKey, fs.ended = nil, true
	return ended
}

// wait returns the outcome of the work, or an error when ctx ends first. On each
// signal of wake, which may be nil, onWake runs.
func (f *flight[T]) wait(ctx context.Context, wake <-chan struct{}, onWake func()) error {
	for {
		select {
		case <-f.done:
			select {
			case <-wake: // the last signal came together with the end
				onWake()
			default:
			}
			return f.err
		case <-wake:
			onWake()
		case <-ctx.Done():
			return interrupted(context.Cause(ctx))
		}
	}
}
