package gallery

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/store"
)

// TestStoreFailed: an index without room is called a full disk, as a file without room is.
func TestStoreFailed(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err     error
		message string
		help    string
		wait    time.Duration
	}{
		"the index has no room": {fmt.Errorf("create upload: %w", store.ErrFull), "the server's disk is full", "makes room", 30 * time.Second},
		"the index is locked":   {fmt.Errorf("create upload: %w", store.ErrBusy), "another program keeps it locked", "goes on by itself", 30 * time.Second},
		"the index is away":     {fmt.Errorf("create upload: %w", store.ErrUnreachable), "its server does not answer", "goes on by itself", 5 * time.Second},
		"anything else":         {errors.New("no"), "cannot be reached at the moment", "", time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e, ours := errors.AsType[*core.Error](storeFailed(tc.err))
			if !ours || core.CodeOf(e) != core.CodeStoreUnavailable || !strings.Contains(e.Message, tc.message) || !strings.Contains(e.Help, tc.help) {
				t.Fatalf("%+v", e)
			}
			if e.RetryAfter != tc.wait {
				t.Errorf("to be sent again after %v, want %v", e.RetryAfter, tc.wait)
			}
		})
	}
	if err := storeFailed(context.Canceled); !errors.Is(err, context.Canceled) || core.KindOf(err) == core.KindTemporary {
		t.Errorf("a client that has gone: %v", err)
	}
}
