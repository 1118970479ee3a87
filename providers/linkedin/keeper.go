package linkedin

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/crier-social/crier/core"
)

// keeper keeps the progress of one call of Prepare. Uploads that run at the same
// time change and save it, and use the session, through it alone.
type keeper struct {
	session *core.Session
	saving  sync.Mutex // held for a whole save, so that none stores an older state over a newer one

	mu    sync.Mutex // guards the state, and the session's reports
	state *progress
}

// change changes the state without saving it.
func (k *keeper) change(fn func(*progress)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	fn(k.state)
}

// save stores the state.
func (k *keeper) save(ctx context.Context) error {
	k.saving.Lock()
	defer k.saving.Unlock()
	k.mu.Lock()
	raw, err := json.Marshal(k.state)
	k.mu.Unlock()
	if err != nil {
		return fmt.Errorf("linkedin: encode the checkpoint: %w", err)
	}
	return k.session.Checkpoint.Save(ctx, json.RawMessage(raw))
}

// update changes the state and saves it.
func (k *keeper) update(ctx context.Context, fn func(*progress)) error {
	k.change(fn)
	return k.save(ctx)
}

// report shows how far the work is.
func (k *keeper) report(a core.Activity) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.session.Report(a)
}

// guard turns a panic into an error: in a goroutine of its own nobody else could.
func (k *keeper) guard(ctx context.Context, field string, work func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			k.session.Log.ErrorContext(ctx, "an upload panicked", "panic", r, "stack", string(debug.Stack()))
			err = &core.Error{
				Kind: core.KindInternal, Op: "linkedin.prepare", Platform: name, Field: field,
				Message: "an internal error occurred", Err: fmt.Errorf("panic: %v", r),
			}
		}
	}()
	return work()
}

// background saves while other work goes on. Changes that come during a save are
// stored together by the next one.
type background struct {
	wake chan struct{} // holds at most one
	done chan struct{}
	err  error // of the save that failed; to be read once done is closed
}

// saveInBackground begins to wait for requests to save. The first save that fails
// is the last; failed is told then, so that no work goes on that nobody will know of.
func (k *keeper) saveInBackground(ctx context.Context, failed func(error)) *background {
	b := &background{wake: make(chan struct{}, 1), done: make(chan struct{})}
	go func() {
		defer close(b.done)
		for range b.wake {
			if b.err = k.guard(ctx, "", func() error { return k.save(ctx) }); b.err != nil {
				failed(b.err)
				return
			}
		}
	}()
	return b
}

// request asks for a save of everything that was changed before.
func (b *background) request() {
	select {
	case b.wake <- struct{}{}:
	default: // one is asked for already, and has not begun
	}
}

// stop waits for the saves that were asked for.
func (b *background) stop() error {
	close(b.wake)
	<-b.done
	return b.err
}
