package gallery_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/gallery"
)

// TestSweepInTurn: Run sweeps when it is this process's turn, and looks again whether it is.
func TestSweepInTurn(t *testing.T) {
	t.Parallel()
	var mine atomic.Bool
	e := setup(t, func(c *gallery.Config) { c.Turn = func(context.Context) bool { return mine.Load() } })
	_, err := e.Save(t.Context(), core.NewUpload{ProfileID: "alice", KeepFor: day}, strings.NewReader("content"))
	must(t, err)
	e.clock.Advance(2 * day)
	turns := e.clock.Follow(nil)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { e.Run(ctx); close(done) }()
	defer func() { stop(); <-done }()
	turns.Next(t)
	if used, err := e.index.UploadUsage(t.Context(), "alice"); err != nil || used == 0 {
		t.Errorf("it swept although it was not its turn: %d bytes left, %v", used, err)
	}
	mine.Store(true)
	e.clock.Advance(gallery.SweepEvery)
	turns.Next(t)
	e.wantEmpty(t, "alice")
}
