package main

import (
	"strconv"
	"testing"

	"github.com/crier-social/crier/media/mediatest"
)

// TestVideosArriveWhole posts videos of sizes around that of a part, and of the least
// and the largest size, and compares what the network has with the source.
func TestVideosArriveWhole(t *testing.T) {
	t.Parallel()
	sizes := []int64{75_000, partSize - 1, partSize, partSize + 1, 9 << 20, 50_000_000}
	if !raceEnabled { // which would only make it slow
		sizes = append(sizes, 500_000_000)
	}
	for _, size := range sizes {
		t.Run(strconv.FormatInt(size, 10), func(t *testing.T) {
			t.Parallel()
			c := newVideoCrash(t, size, partSize, mediatest.Behaviour{})
			c.checkVideo(c.begin())
			parts := int((size + partSize - 1) / partSize)
			if there, sent := c.received(); there != parts || sent != parts {
				t.Errorf("%d parts arrived, in %d transmissions; want %d, each once", there, sent, parts)
			}
		})
	}
}
