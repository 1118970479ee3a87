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

func tooLong(c image.Config) *core.Error {
	return mediaError(core.CodeImageTooLarge,
		fmt.Sprintf("the picture is %d×%d, no side may be longer than %d pixels", c.Width, c.Height, maxSide), nil)
}

func animated(mime string, frames int) *core.Error {
	e := mediaError(core.CodeMediaType, fmt.Sprintf("the file is an animation of %d frames (%s); only still pictures can be edited", frames, mime), nil)
	e.Help = "Send a single frame of it, or post the animation as it is."
	return e
}

func tooLargeResult(size image.Point, most int64) *core.Error {
	return &core.Error{
		Kind: core.KindInvalid, Code: core.CodeParameters, Op: "imageproc", Field: "dimensions",
		Message: fmt.Sprintf("the picture would become %d×%d; at most %d pixels a side and %.1f million in all are possible",
			size.X, size.Y, MaxEditSide, millions(most)),
		Help: "Ask for a smaller size; where only one of width and height is given, the other follows from the picture.",
	}
}
