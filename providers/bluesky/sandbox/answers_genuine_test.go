//go:build interop

package sandbox_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/bluesky/pdstest"
)

// A genuine server still answers what is recorded.
func TestAnswersOfAGenuineServer(t *testing.T) {
	t.Parallel()
	server := pdstest.Start(t)
	if diff := cmp.Diff(recorded(t), play(t, server.URL)); diff != "" {
		t.Errorf("recorded (-), genuine (+):\n%s", diff)
	}
}
