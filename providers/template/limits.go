package template

import "github.com/crier-social/crier/core"

// What the network takes, each with the page of its documentation that says so.

// What a post has in it.
// https://template.example/docs/posts#limits
const (
	maxText   = 280 // characters
	maxImages = 4
	maxAlt    = 400 // characters
)

// What an image is.
// https://template.example/docs/images#limits
const (
	maxImageBytes  = 2_000_000
	maxImagePixels = 4096 * 4096
)

// imageTypes are taken as they are; media converts others where that loses nothing.
// https://template.example/docs/images#types
func imageTypes() []string { return []string{"image/jpeg", "image/png"} }

// acceptImage is what the network takes of a picture.
func acceptImage() core.Accept {
	return core.Accept{Kind: core.MediaImage, MIME: imageTypes(), MaxBytes: maxImageBytes, MaxPixels: maxImagePixels, MaxFrames: 1}
}
