package mongo

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// The pauses between two looks at what is under way.
const (
	firstPause   = 10 * time.Millisecond
	longestPause = 160 * time.Millisecond
)

// patiently repeats the step until it is done, or patience ends. It waits where the step
// finds something under way, and also where it finds nothing in the way any more: what was
// written a moment ago is seen once a majority has it.
func patiently(ctx, patience context.Context, step func() (done bool, err error)) error {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		done, err := step()
		switch {
		case errors.Is(err, errUnderWay):
		case err != nil || done:
			return err
		}
		if err := wait(ctx, patience, pause); err != nil {
			return err
		}
	}
}

// wait returns after the pause; errUnderWay when patience ends before.
func wait(ctx, patience context.Context, pause time.Duration) error {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-patience.Done():
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("mongo: %w", err)
		}
		return errUnderWay
	}
}
