package probe

import (
	"fmt"
	"io"
	"time"
)

// ErrNoPictures is the damage of a video that has no picture track: sound alone, for
// example.
var ErrNoPictures = fmt.Errorf("%w: it has no picture track", ErrDamaged)

// Video is what there is to know about a video.
type Video struct {
	Width, Height int // pixels as displayed, the rotation applied
	Rotation      int // clockwise: 0, 90, 180 or 270; Width and Height have it in them
	Duration      time.Duration
	// Codec is how the pictures are encoded, as the container calls it: "avc1", "hvc1",
	// "hev1", "vp09", "av01".
	Codec string
	// AudioCodec is how the sound is encoded; empty for a silent video.
	AudioCodec string
	// Fragmented tells that the video is made of fragments with tables of their own.
	Fragmented bool
}

// VideoReadable tells whether ReadVideo knows the format.
func VideoReadable(mime string) bool {
	switch mime {
	case "video/mp4", "video/quicktime", "video/x-m4v", "video/3gpp", "video/3gpp2":
		return true
	}
	return false
}

// ReadVideo reads the facts of a video of the given type, which VideoReadable admits.
// A file that is malformed, or does not end where its boxes do, has an error that
// holds ErrDamaged; one without pictures, ErrNoPictures. Errors of r are returned as
// they are.
//
// r may be a file that is still arriving: it is read in few blocks of at most 4 KiB,
// from the front to the back, and the tables and the pictures themselves are not read.
// Fragments are looked at only where nothing before them tells how long they play;
// that a file whose head tells it lacks some at its end is not found out.
func ReadVideo(r io.ReaderAt, size int64, mime string) (Video, error) {
	if !VideoReadable(mime) {
		return Video{}, damaged("%s is not a format that can be read", mime)
	}
	f := &film{boxes: newBoxes(r, size)}
	if err := f.read(); err != nil {
		return Video{}, err
	}
	return f.facts()
}

// facts sums up what was read.
func (f *film) facts() (Video, error) {
	if !f.hasMovie {
		return Video{}, damaged("its header is missing")
	}
	pictures := f.first("vide")
	if pictures == nil {
		return Video{}, ErrNoPictures
	}
	v := Video{
		Rotation: pictures.rotation, Codec: pictures.codec, Fragmented: f.fragmented,
		Width: pictures.width, Height: pictures.height, Duration: f.duration(),
	}
	if v.Width <= 0 || v.Height <= 0 {
		v.Width, v.Height = pictures.codedWidth, pictures.codedHeight
	}
	if v.Rotation == 90 || v.Rotation == 270 {
		v.Width, v.Height = v.Height, v.Width
	}
	if sound := f.first("soun"); sound != nil {
		v.AudioCodec = sound.codec
	}
	switch {
	case !f.hasData && !f.fragmented:
		return Video{}, cutOff()
	case v.Width <= 0 || v.Height <= 0:
		return Video{}, damaged("the picture has no size")
	case v.Codec == "":
		return Video{}, damaged("it does not tell how the pictures are encoded")
	case v.Duration <= 0:
		return Video{}, damaged("it does not tell how long it plays")
	}
	return v, nil
}

// first returns the first track of a kind that is to be played, or else the first one
// of the kind.
func (f *film) first(handler string) *track {
	var found *track
	for _, t := range f.tracks {
		if t.handler == handler && (found == nil || t.enabled && !found.enabled) {
			found = t
		}
	}
	return found
}

// duration returns the longest of what the header says and what the fragments play;
// where neither says anything, the longest of the tracks.
func (f *film) duration() time.Duration {
	longest := max(f.length, f.extended)
	for _, t := range f.tracks {
		longest = max(longest, t.fragments.length(t.length > 0))
	}
	if longest > 0 {
		return longest
	}
	for _, t := range f.tracks {
		longest = max(longest, t.length)
	}
	return longest
}
