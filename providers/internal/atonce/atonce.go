// Package atonce prepares what is to be written within one call, as a comment is, and not by
// the engine in its own time.
package atonce

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
)

// maxWait is how long may be waited in all for what a network has to do first.
const maxWait = 20 * time.Second

// Prepare prepares a comment until it is ready, or gives up within a short time. Its errors are
// those of op; one that a context ended with says that nothing was sent.
func Prepare(ctx context.Context, s *core.Session, op string, prepare func(context.Context, *core.Session) (core.Progress, error)) error {
	for left := maxWait; ; {
		progress, err := prepare(ctx, s)
		if err != nil || progress.Ready {
			return outOfTime(s, op, err)
		}
		if left -= progress.After; left < 0 {
			return &core.Error{
				Kind: core.KindTemporary, Op: op, Platform: s.Account.Platform, RetryAfter: progress.After,
				Message: "The comment was not sent: " + strings.TrimSuffix(progress.Note, ".") + ".",
			}
		}
		select {
		case <-ctx.Done():
			return outOfTime(s, op, ctx.Err())
		case <-s.Clock.After(progress.After):
		}
	}
}

// outOfTime turns the end of a context into an error that tells what became of the comment.
func outOfTime(s *core.Session, op string, err error) error {
	if _, known := errors.AsType[*core.Error](err); known || (!errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, context.Canceled)) {
		return err
	}
	return &core.Error{
		Kind: core.KindTemporary, Op: op, Platform: s.Account.Platform, Err: err,
		Message: "The time was up before the comment was ready; it was not sent.",
	}
}

// Memory is a checkpoint of a single call.
type Memory struct{ Saved json.RawMessage }

var _ core.Checkpoint = (*Memory)(nil)

// Load decodes what was saved.
func (m *Memory) Load(v any) (bool, error) {
	if m.Saved == nil {
		return false, nil
	}
	return true, json.Unmarshal(m.Saved, v)
}

// Save keeps v.
func (m *Memory) Save(_ context.Context, v any) (err error) {
	m.Saved, err = json.Marshal(v)
	return err
}
