package linkedin

import (
	"time"

	"github.com/crier-social/crier/core"
)

// defaultPostsPerDay is how many requests a day self-serve apps have for one member, and
// what services that post to LinkedIn allow. For others LinkedIn documents no number.
// https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/share-on-linkedin
const defaultPostsPerDay = 150

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
	// The size at which a link's or post's single picture fills its place.
	bestImageWidth, bestImageHeight = 1200, 627
)

// The limits of videos. LinkedIn writes them with decimal units; its documentation
// names a largest size of 500 MB in one place and of 5 GB in another, which is why
// Config.MaxVideoBytes replaces it.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api
const (
	minVideoBytes        = 75_000
	defaultMaxVideoBytes = 500_000_000
	minVideoDuration     = 3 * time.Second
	maxVideoDuration     = 30 * time.Minute
)

// The limits of what goes with a video. LinkedIn documents no size of a thumbnail,
// and services that post to it take 10 MB; captions of many hours stay below 1 MB.
const (
	maxThumbnailBytes = 10_000_000
	maxCaptionsBytes  = 2_000_000
)

// The limits of documents.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/documents-api
const (
	maxDocumentBytes = 100_000_000
	maxDocumentPages = 300
)

// The types that LinkedIn takes.
func imageTypes() []string { return []string{"image/jpeg", "image/png", "image/gif"} }
func videoTypes() []string { return []string{"video/mp4"} }
func documentTypes() []string {
	return []string{
		"application/pdf",
		"application/vnd.ms-powerpoint",
		"application/vnd.openxmlformats-officedocument.presentationml.presentation",
		"application/msword",
		"application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	}
}

func acceptImage() core.Accept {
	return core.Accept{
		Kind: core.MediaImage, MIME: imageTypes(),
		MaxBytes: maxImageBytes, MaxPixels: maxPixels, MaxFrames: maxGIFFrames,
	}
}

func acceptVideo(maxBytes int64) core.Accept {
	return core.Accept{
		Kind: core.MediaVideo, MIME: videoTypes(),
		MinBytes: minVideoBytes, MaxBytes: maxBytes,
		MinDuration: minVideoDuration, MaxDuration: maxVideoDuration,
		Help: "Send an MP4 file. Most other ones are turned into one without loss by: ffmpeg -i in.mov -c copy out.mp4",
	}
}

func acceptDocument() core.Accept {
	return core.Accept{
		Kind: core.MediaDocument, MIME: documentTypes(),
		MaxBytes: maxDocumentBytes, MaxPages: maxDocumentPages,
		Help: "Send a PDF, PPT, PPTX, DOC or DOCX file; every office program exports PDF.",
	}
}

func acceptThumbnail() core.Accept {
	return core.Accept{
		Kind: core.MediaImage, MIME: []string{"image/jpeg", "image/png"},
		MaxBytes: maxThumbnailBytes, MaxPixels: maxPixels, MaxFrames: 1,
	}
}

func acceptCaptions() core.Accept {
	return core.Accept{
		Kind: core.MediaCaptions, MIME: []string{"application/x-subrip"}, MaxBytes: maxCaptionsBytes,
		Help: "Send an SRT file. WebVTT and others are turned into one by: ffmpeg -i in.vtt out.srt",
	}
}
