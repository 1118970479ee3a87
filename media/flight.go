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
// least one caller waits for it, and its result stays until the end. Work may be
// ready before it ends: from then on it goes on by itself. What failed or was given
// up is forgotten, so that the next caller begins anew.
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
	ready   chan struct{} // closed when the value can be used
	done    chan struct{} // closed when err is final
	err     error
	cancel  context.CancelCauseFunc
	waiters int // guarded by flights.mu
}

// work produces a value. It calls ready, once at most, when the value can be used
// before the work is done.
type work[T result] func(ctx context.Context, value T, ready func()) error

func newFlights[T result](base context.Context, owner *sync.WaitGroup, log *slog.Logger) *flights[T] {
	return &flights[T]{base: base, owner: owner, log: log, byKey: map[string]*flight[T]{}}
}

// join returns the flight of the key, beginning it if there is none, and counts the
// caller among those who wait for it: leave must follow. The owner's WaitGroup must
// be held by the caller.
func (fs *flights[T]) join(key string, begin func() T, run work[T]) (*flight[T], error) {
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
	f := &flight[T]{value: begin(), ready: make(chan struct{}), done: make(chan struct{}), cancel: cancel, waiters: 1}
	fs.byKey[key] = f
	fs.owner.Go(func() {
		err := guarded(ctx, fs.log, func() error {
			return run(ctx, f.value, func() { close(f.ready) })
		})
		if err != nil && ctx.Err() != nil {
			err = interrupted(context.Cause(ctx))
		}
		fs.finish(key, f, err)
	})
	return f, nil
}

// guarded runs work; a panic becomes an error of those who want its result instead
// of the end of the process.
func guarded(ctx context.Context, log *slog.Logger, run func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			log.ErrorContext(ctx, "fetching a file panicked", "panic", r, "stack", string(debug.Stack()))
			err = &core.Error{Kind: core.KindInternal, Op: op, Message: "an internal error occurred", Err: fmt.Errorf("panic: %v", r)}
		}
	}()
	return run()
}

// finish records the end of the work. Who waits for work that failed learns of it
// when what it held is free again.
func (fs *flights[T]) finish(key string, f *flight[T], err error) {
	f.err = err
	f.cancel(nil)
	if !fs.keep(key, f) {
		f.value.discard()
		close(f.done)
	}
}

// keep ends a flight whose result stays, and forgets any other.
func (fs *flights[T]) keep(key string, f *flight[T]) bool {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f.err != nil || fs.byKey[key] != f {
		fs.forget(key, f)
		return false
	}
	close(f.done)
	return true
}

// leave ends a caller's interest. Work that is not ready, and that nobody waits for,
// is given up.
func (fs *flights[T]) leave(key string, f *flight[T]) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if f.waiters--; f.waiters > 0 || closed(f.ready) || closed(f.done) {
		return
	}
	fs.forget(key, f)
	f.cancel(context.Canceled)
}

// closed tells whether a channel is closed on which nothing is ever sent.
func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
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
		if closed(f.done) {
			ended = append(ended, f)
		} else {
			f.cancel(errReleased)
		}
	}
	fs.byKey, fs.ended = nil, true
	return ended
}

// wait returns nil once the value can be used, the error of work that failed before,
// or an error when ctx ends first. On each signal of wake, which may be nil, onWake
// runs.
func (f *flight[T]) wait(ctx context.Context, wake <-chan struct{}, onWake func()) error {
	for {
		select {
		case <-f.ready:
			last(wake, onWake)
			return nil
		case <-f.done:
			last(wake, onWake)
			return f.err
		case <-wake:
			onWake()
		case <-ctx.Done():
			return interrupted(context.Cause(ctx))
		}
	}
}

// last heeds a signal that came together with the end.
func last(wake <-chan struct{}, onWake func()) {
	select {
	case <-wake:
		onWake()
	default:
	}
}
