package linkedin

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/crier-social/crier/core"
)

// The limits of images.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/multiimage-post-api
const (
	maxImages     = 20
	maxPixels     = 36_152_320 - 1 // "fewer than"
	maxGIFFrames  = 250
	maxAltText    = 4086 // characters
	maxTitle      = 400  // characters
	minMultiImage = 2
	// maxImageBytes is ours, since LinkedIn documents none: a photograph with the
	// most pixels that it takes stays below it, and what is larger risks the time
	// limit of an upload without looking any better.
	maxImageBytes = 20 << 20
)

// imageTypes are the types that LinkedIn takes.
func imageTypes() []string { return []string{"image/jpeg", "image/png", "image/gif"} }

func acceptImage() core.Accept {
	return core.Accept{
		Kind: core.MediaImage, MIME: imageTypes(),
		MaxBytes: maxImageBytes, MaxPixels: maxPixels, MaxFrames: maxGIFFrames,
	}
}

const (
	noVideos    = "Video posts on LinkedIn are not supported by this version of Crier."
	noDocuments = "Document posts on LinkedIn are not supported by this version of Crier."
)

// unsupportedKinds says why files are refused whose bytes are no image.
func unsupportedKinds() map[core.MediaKind]string {
	return map[core.MediaKind]string{core.MediaVideo: noVideos, core.MediaDocument: noDocuments}
}

// image is one picture of a post.
type image struct {
	need    core.Need // zero for one that LinkedIn has already
	urn     string    // of one that LinkedIn has already
	field   string
	altText string
	title   string
}

var imageURN = regexp.MustCompile(`^urn:li:image:[A-Za-z0-9_-]+$`)

// planImages turns the media of a draft into images. Entries that cannot be one
// are reported; the images keep their places for the options that refer to them.
func planImages(refs []core.MediaRef) ([]image, core.Errors) {
	var problems core.Errors
	if len(refs) > maxImages {
		problems = append(problems, invalid(refs[maxImages].Field, fmt.Sprintf(
			"LinkedIn takes at most %d images in a post; this one has %d.", maxImages, len(refs))))
	}
	images := make([]image, len(refs))
	for i, ref := range refs {
		if e := checkRef(ref); e != nil {
			problems = append(problems, e)
		}
		images[i] = newImage(i, ref)
	}
	return images, problems
}

func newImage(i int, ref core.MediaRef) image {
	if imageURN.MatchString(ref.URL) {
		return image{urn: ref.URL, field: ref.Field}
	}
	return image{field: ref.Field, need: core.Need{
		Key: fmt.Sprintf("media[%d]", i), URL: ref.URL, Field: ref.Field,
		Accept: []core.Accept{acceptImage()}, Unsupported: unsupportedKinds(),
	}}
}

// checkRef tells why a media entry cannot be an image, as far as it can be known
// without fetching it. The end of an address proves nothing.
func checkRef(ref core.MediaRef) *core.Error {
	if strings.HasPrefix(strings.ToLower(ref.URL), "urn:") {
		return checkURN(ref)
	}
	if strings.TrimSpace(ref.URL) == "" {
		return invalid(ref.Field, "The address of the media file is empty.")
	}
	if ref.Video {
		return unsupported(ref.Field, noVideos)
	}
	return nil
}

func checkURN(ref core.MediaRef) *core.Error {
	switch {
	case imageURN.MatchString(ref.URL):
		return nil
	case strings.HasPrefix(ref.URL, "urn:li:video:"):
		return unsupported(ref.Field, noVideos)
	case strings.HasPrefix(ref.URL, "urn:li:document:"):
		return unsupported(ref.Field, noDocuments)
	case strings.HasPrefix(ref.URL, "urn:li:digitalmediaAsset:"):
		return invalid(ref.Field, "LinkedIn's posts take no assets of its older upload API: upload the file again, or give its address.")
	}
	return invalid(ref.Field, "Not an image on LinkedIn: its URN has the form urn:li:image:…")
}
