package sandbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

func TestProcessingLooksAtTheVideo(t *testing.T) {
	t.Parallel()
	b := start(t)
	good := clip{duration: 10 * time.Second, width: 640, height: 360, size: 80_000}
	with := func(change func(*clip)) []byte {
		c := good
		change(&c)
		return c.bytes()
	}
	cutOff := with(func(c *clip) { c.size = 90_000 })[:80_000]
	for _, tt := range []struct {
		name    string
		content []byte
		failure string // part of it; empty: none
	}{
		{"good", good.bytes(), ""},
		{"index at the end", with(func(c *clip) { c.tail = true }), ""},
		{"turned", with(func(c *clip) { c.turned, c.width, c.height = true, 360, 640 }), ""},
		{"in fragments", with(func(c *clip) { c.fragments = 5 }), ""},
		{"in fragments, duration unknown", with(func(c *clip) { c.fragments, c.unknown = 5, true }), ""},
		{"in fragments, duration told", with(func(c *clip) { c.fragments, c.told = 5, true }), ""},
		{"with wide fields", with(func(c *clip) { c.wide, c.tail = true, true }), ""},
		{"with wide fields, turned", with(func(c *clip) { c.wide, c.turned, c.width, c.height = true, true, 360, 640 }), ""},
		{"with wide fields, in fragments", with(func(c *clip) { c.wide, c.fragments = true, 5 }), ""},
		{"with wide fields, duration told", with(func(c *clip) { c.wide, c.fragments, c.told = true, 5, true }), ""},
		{"of another brand", with(func(c *clip) { c.brand = "mp42" }), ""},
		{"shortest", with(func(c *clip) { c.duration = 3 * time.Second }), ""},
		{"too short", with(func(c *clip) { c.duration = 2999 * time.Millisecond }), "shorter than 3 seconds"},
		{"longest", with(func(c *clip) { c.duration = 30 * time.Minute }), ""},
		{"too long", with(func(c *clip) { c.duration = 30*time.Minute + time.Millisecond }), "longer than 30 minutes"},
		{"too long in fragments", with(func(c *clip) { c.duration, c.fragments = 31*time.Minute, 4 }), "longer than 30 minutes"},
		{"QuickTime", with(func(c *clip) { c.brand = "qt  " }), "QuickTime"},
		{"old QuickTime", append(mp4Box("wide"), good.bytes()...), "QuickTime"},
		{"sound", with(func(c *clip) { c.handler = "soun" }), "no video track"},
		{"a sound file", with(func(c *clip) { c.brand = "M4A " }), "not supported"},
		{"without pixels", with(func(c *clip) { c.width = 0 }), "no pixels"},
		{"no index", append(mp4Box("ftyp", []byte("isom"), words(0)), mp4Box("mdat", make([]byte, 80_000))...), "no index"},
		{"cut off", cutOff, "ends early"},
		{"damaged", append(good.bytes(), 0, 0, 0, 7, 'f', 'r', 'e', 'e'), "damaged"},
		{"WebM", append([]byte("\x1aE\xdf\xa3"), make([]byte, 80_000)...), "not supported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := b.at(t)
			got := b.videoState(b.video(sandbox.PageURN, tt.content))
			if tt.failure == "" {
				if got.Status != "AVAILABLE" || got.Width != 640 || got.Height != 360 || got.Failure != "" {
					t.Errorf("%+v", got)
				}
				return
			}
			if got.Status != "PROCESSING_FAILED" || !strings.Contains(got.Failure, tt.failure) || got.DownloadURL != "" {
				t.Errorf("%+v, want %q", got, tt.failure)
			}
		})
	}
}
