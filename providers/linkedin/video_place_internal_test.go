package linkedin

import (
	"testing"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// Whatever LinkedIn answers, what is accepted covers the file, once and in order.
func FuzzInstructions(f *testing.F) {
	f.Add(int64(9), int64(0), int64(3), int64(4), int64(7), int64(8), int64(8))
	f.Add(int64(9), int64(0), int64(3), int64(4), int64(11), int64(12), int64(15))
	f.Add(int64(9), int64(-1), int64(3), int64(4), int64(1)<<62, int64(8), int64(8))
	f.Fuzz(func(t *testing.T, size, a, b, c, d, e, g int64) {
		place := api.VideoUpload{UploadInstructions: []api.VideoInstruction{{FirstByte: a, LastByte: b}, {FirstByte: c, LastByte: d}, {FirstByte: e, LastByte: g}}}
		v, err := newVideoUpload(core.Need{}, place, size)
		if err != nil {
			return
		}
		next := int64(0)
		for _, p := range v.Parts {
			if p.First != next || p.size() < 1 {
				t.Fatalf("parts %+v", v.Parts)
			}
			next = p.Last + 1
		}
		if next != size {
			t.Fatalf("the parts end at %d of %d", next, size)
		}
	})
}
