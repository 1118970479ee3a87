package samples_test

import (
	"bytes"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"github.com/crier-social/crier/media/samples"
	"github.com/crier-social/crier/media/sniff"
)

func TestSamples(t *testing.T) {
	t.Parallel()
	names := samples.Names()
	if len(names) < 3 {
		t.Fatalf("only %d samples: %q", len(names), names)
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, ok := samples.Open(name)
			if !ok {
				t.Fatal("it cannot be opened")
			}
			if got := sniff.Detect(f.Bytes).MIME; got != f.MIME {
				t.Errorf("it says %s and is %s", f.MIME, got)
			}
			decode := jpeg.Decode
			if f.MIME == "image/png" {
				decode = png.Decode
			}
			img, err := decode(bytes.NewReader(f.Bytes))
			if err != nil {
				t.Fatal(err)
			}
			if size := img.Bounds().Size(); size.X != 1200 || size.Y != 627 {
				t.Errorf("size %v, want 1200×627", size)
			}
			if most := 120_000; len(f.Bytes) > most {
				t.Errorf("%d bytes, want at most %d", len(f.Bytes), most)
			}
			if f.AltText == "" || !strings.HasPrefix(f.FileName, name) {
				t.Errorf("alt text %q, file name %q", f.AltText, f.FileName)
			}
		})
	}
}

func TestUnknownSample(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"", "nothing", "../samples.go", "dunes.jpg"} {
		if _, ok := samples.Open(name); ok {
			t.Errorf("there is a sample %q", name)
		}
	}
}
