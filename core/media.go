package core

import (
	"context"
	"io"
	"time"
)

// MediaKind is a class of media.
type MediaKind string

// The kinds of media.
const (
	MediaImage    MediaKind = "image"
	MediaVideo    MediaKind = "video"
	MediaDocument MediaKind = "document"
	MediaCaptions MediaKind = "captions"
)

// Need is one remote file that a publication wants, and what the network takes.
type Need struct {
	Key   string // unique within the publication: "media[0]", "thumbnail"
	URL   string
	Field string // JSON path in the request, for errors
	// Network is whose limits Accept holds, as its owner writes it; for errors.
	Network string
	// Accept lists what may be sent, one entry for each kind. What is of an
	// accepted kind but outside its limits is converted or scaled where that
	// loses nothing that matters, and refused otherwise.
	Accept []Accept
	// Unsupported says, for kinds that are not accepted, what cannot be done with
	// them: a whole sentence for the client. A file of such a kind is refused with
	// it as KindUnsupported, and one of any other kind as KindMedia.
	Unsupported map[MediaKind]string
	// Video is the client's word that the file is a video, whatever its address says:
	// a file of another kind is refused.
	Video bool
}

// Accept is what a network takes of one kind of media. A zero limit is no limit.
type Accept struct {
	Kind        MediaKind
	MIME        []string // types taken as they are: "image/jpeg"
	MinBytes    int64
	MaxBytes    int64
	MaxPixels   int64 // width × height, inclusive
	MaxFrames   int   // of an animation
	MinDuration time.Duration
	MaxDuration time.Duration
	MaxPages    int
	// Help is the way out for a file of the kind but of another type, and for an animation
	// where none is taken.
	Help string
}

// AcceptFor returns the entry for a kind.
func (n Need) AcceptFor(kind MediaKind) (Accept, bool) {
	for _, a := range n.Accept {
		if a.Kind == kind {
			return a, true
		}
	}
	return Accept{}, false
}

// Asset is a file with its facts, fit for the Need it was fetched for. The facts
// are final; the bytes of a video may still be on their way here.
type Asset struct {
	Kind   MediaKind
	MIME   string // read from the bytes
	Name   string // file name, as far as the source tells one
	Size   int64  // bytes, of the whole file
	Width  int    // pixels, as displayed
	Height int
	Frames int // of an animation; 1 for a still
	// Duration is how long a video plays.
	Duration time.Duration
	// VideoCodec is how a video is encoded, as its container calls it: "avc1", "hvc1".
	VideoCodec string
	Pages      int // of a document; 0 = unknown
	// Changes tells what was changed to make the file fit: "converted from image/webp".
	Changes []string
	// Open starts reading. It may be called several times and concurrently.
	Open func(ctx context.Context) (AssetReader, error)
}

// AssetReader reads an asset at any place, so that parts can be sent again. Reads
// wait for bytes that are still arriving, until the context of Open ends; when these
// turn out not to come, they fail with the *Error that says why. It is used by one
// goroutine at a time, except for ReadAt.
type AssetReader interface {
	io.ReaderAt
	io.ReadSeekCloser
}
