//go:build interop

package browser_test

import (
	"flag"
	"os"
	"path/filepath"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
)

var update = flag.Bool("update", false, "write the pictures of the documentation anew")

// largestPicture is how large a picture of the documentation may be, in bytes.
const largestPicture = 150_000

// folder is where the documentation keeps its pictures.
const folder = "../../../../docs"

// picture takes a picture of the whole page for the documentation, if one is wanted of it.
func (b *tab) picture(of string) {
	b.t.Helper()
	name := b.look.pictures[of]
	if !*update || name == "" {
		return
	}
	size := call(b, page.GetLayoutMetrics, cdp.Empty{}).CSSContentSize
	beyond := true
	shot := call(b, page.CaptureScreenshot, page.CaptureScreenshotParams{
		CaptureBeyondViewport: &beyond, Clip: &page.Viewport{Width: size.Width, Height: size.Height, Scale: 1},
	}).Data
	if len(shot) > largestPicture {
		b.t.Errorf("the picture %s has %d bytes, more than %d", name, len(shot), largestPicture)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), shot, 0o644); err != nil {
		b.t.Error(err)
	}
}
