package publish

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
)

// send makes a call that may leave only within its time, counted from when it was noted that it
// may be under way: from then on others conclude from its absence that it never was. What is
// done between the note and the call may take any time, and a machine that is suspended
// meanwhile stops the time limit of a context too, so that the clock is asked last of all.
func (a *attempt) send(ctx context.Context, noted time.Time, fn func(context.Context) (core.Receipt, error)) (core.Receipt, error) {
	left := a.commitTimeout - max(a.clock.Now().Sub(noted), 0)
	if left <= 0 {
		return core.Receipt{}, stoodStill()
	}
	ctx, cancel := context.WithTimeout(ctx, left)
	defer cancel()
	return a.call(ctx, fn)
}

// stoodStill is the error of a call that was not begun since its time was over.
func stoodStill() *core.Error {
	return &core.Error{Kind: core.KindTemporary, Unsent: true, Message: "the server stood still right before the request was to be sent; it was not sent"}
}
