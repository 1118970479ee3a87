package sandbox_test

import (
	"testing"
	"time"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// FuzzVideoFacts reads any bytes as a video: what passes has all that a player needs,
// and what does not has a reason.
func FuzzVideoFacts(f *testing.F) {
	good := clip{duration: 10 * time.Second, width: 640, height: 360}
	for _, change := range []func(*clip){
		func(*clip) {},
		func(c *clip) { c.tail, c.turned = true, true },
		func(c *clip) { c.fragments = 3 },
		func(c *clip) { c.fragments, c.told = 2, true },
		func(c *clip) { c.brand = "qt  " },
		func(c *clip) { c.wide, c.size = true, 3000 },
		func(c *clip) { c.wide, c.fragments, c.told = true, 3, true },
	} {
		c := good
		change(&c)
		f.Add(c.bytes())
	}
	f.Add([]byte("\x00\x00\x00\x10ftypisom\x00\x00\x00\x00\x00\x00\x00\x01moov\x7f\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, content []byte) {
		got := sandbox.ExamineVideo(content)
		good := got.MIME == "video/mp4" && got.Duration >= 3*time.Second && got.Duration <= 30*time.Minute && got.Width > 0 && got.Height > 0
		if got.Failure == "" && !good || got.Duration < 0 {
			t.Errorf("%+v", got)
		}
	})
}
