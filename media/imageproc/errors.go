package imageproc

import (
	"fmt"
	"image"

	"github.com/crier-social/crier/core"
)

func mediaError(code core.Code, message string, cause error) *core.Error {
	return &core.Error{Kind: core.KindMedia, Code: code, Op: "imageproc", Message: message, Err: cause}
}

func damaged(cause error) *core.Error {
	e := mediaError(core.CodeMediaURL, "the picture is damaged or not complete", cause)
	e.Help = "Check that the file opens in a viewer, and send it again."
	return e
}

func tooManyPixels(c image.Config, most int64) *core.Error {
	return mediaError(core.CodeImageTooLarge,
		fmt.Sprintf("the picture has %d×%d pixels, %.1f million; at most %.1f million can be converted",
			c.Width, c.Height, millions(int64(c.Width)*int64(c.Height)), millions(most)), nil)
}

func millions(n int64) float64 { return float64(n) / 1e6 }
