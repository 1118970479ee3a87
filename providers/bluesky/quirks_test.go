package bluesky_test

import (
	"testing"

	"github.com/crier-social/crier/providers/providertest"
)

func TestQuirks(t *testing.T) {
	t.Parallel()
	providertest.Quirks(t, "QUIRKS.md", 21)
}
