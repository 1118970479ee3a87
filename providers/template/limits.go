package template

import "github.com/crier-social/crier/core"

// What the network takes, each with the page of its documentation that says so.

const (
	maxText   = 280 // characters
	maxImages = 4
	maxAlt    = 400 // characters

	maxImageBytes  = 2_000_000
	maxImagePixels = 4096 * 4096
)

// imageTypes are taken as they are; media converts others where that loses nothing.
func imageTypes() []string { return []string{"image/jpeg", "image/png"} }

// acceptImage is what the network takes of a picture.
func acceptImage() core.Accept {
	return core.Accept{Kind: core.MediaImage, MIME: imageTypes(), MaxBytes: maxImageBytes, MaxPixels: maxImagePixels, MaxFrames: 1}
}
