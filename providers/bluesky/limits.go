package bluesky

import (
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/bluesky/richtext"
)

// The limits of a post.
// https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json
const (
	maxTextLength = 300  // graphemes
	maxTextBytes  = 3000 // of UTF-8
	maxLanguages  = 3
	maxTags       = 8
	maxTagLength  = richtext.MaxTagGraphemes
	maxTagBytes   = richtext.MaxTagBytes
)

// maxThread is how many posts a thread may have. A server takes 200 writes at once, of which a post
// is one and what keeps others from quoting it another; and as many posts of one account as this in
// a moment are more than its readers want to see.
// https://docs.bsky.app/docs/api/com-atproto-repo-apply-writes
const maxThread = 50

// The limits of images. Servers take up to twice the bytes of some, but not all of them do.
// https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/embed/images.json
const (
	maxImages     = 4
	maxImageBytes = 1_000_000
	maxPixels     = 64_000_000
	// maxAltText is what Bluesky's own app takes, in graphemes; the protocol knows no limit.
	maxAltText = 2000
)

// The limits of videos. The length is what Bluesky's service takes.
// https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/embed/video.json
// https://docs.bsky.app/docs/tutorials/video
const (
	maxVideoBytes    = 100_000_000
	maxVideoDuration = 3 * time.Minute
	maxVideoAltText  = 1000 // graphemes
	maxCaptions      = 20
	maxCaptionsBytes = 20_000
)

// The types that Bluesky takes.
func imageTypes() []string { return []string{"image/jpeg", "image/png", "image/webp"} }
func videoTypes() []string { return []string{"video/mp4"} }

func acceptImage() core.Accept {
	return core.Accept{
		Kind: core.MediaImage, MIME: imageTypes(), MaxBytes: maxImageBytes, MaxPixels: maxPixels, MaxFrames: 1,
		Help: "Send a JPEG, PNG or WebP file that does not move. An animation can be sent as a video: ffmpeg -i in.gif -vf 'crop=trunc(iw/2)*2:trunc(ih/2)*2' -pix_fmt yuv420p out.mp4",
	}
}

func acceptVideo() core.Accept {
	return core.Accept{
		Kind: core.MediaVideo, MIME: videoTypes(), MaxBytes: maxVideoBytes, MaxDuration: maxVideoDuration,
		Help: "Send an MP4 file. Most other ones are turned into one without loss by: ffmpeg -i in.mov -c copy out.mp4",
	}
}

func acceptCaptions() core.Accept {
	return core.Accept{
		Kind: core.MediaCaptions, MIME: []string{"text/vtt", "application/x-subrip"}, MaxBytes: maxCaptionsBytes,
		Help: "Send a WebVTT or SRT file.",
	}
}
