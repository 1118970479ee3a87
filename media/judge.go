package media

import (
	"cmp"
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/imageproc"
	"github.com/crier-social/crier/media/probe"
	"github.com/crier-social/crier/media/sniff"
)

// maxImageSource is how large a picture may be that is to be made smaller.
const maxImageSource = 64 << 20

// limit is how many bytes are taken, and by whom.
type limit struct {
	bytes int64
	by    taker
}

// limitFor returns how many bytes of a type a need takes, and whether it takes the
// type at all. Of a picture that can be made smaller more is taken than may be sent
// on.
func (s *Service) limitFor(n core.Need, t sniff.Type) (limit, bool) {
	own := limit{s.maxBytes, server}
	if len(n.Accept) == 0 {
		return own, true
	}
	most, wanted := limit{by: taker(n.Network)}, false
	for _, a := range n.Accept {
		if a.Kind != t.Kind {
			continue
		}
		bytes := cmp.Or(a.MaxBytes, s.maxBytes)
		if a.Kind == core.MediaImage && imageproc.Reads(t.MIME) {
			bytes = max(bytes, maxImageSource)
		}
		most.bytes, wanted = max(most.bytes, bytes), true
	}
	if most.bytes >= own.bytes {
		return own, wanted
	}
	return most, wanted
}

// refusal tells a caller why the download was ended, in terms of its own need; nil
// if by that need it should have gone on.
func (s *Service) refusal(n core.Need, over *overLimit) error {
	most, wanted := s.limitFor(n, over.typ)
	switch {
	case !wanted:
		return wrongKind(over.typ, n)
	case over.size > most.bytes:
		return tooLarge(over.size, most, over.exact)
	}
	return nil
}

// convertible lists the types that are not taken as they are, but made into one
// that is.
func convertible(a core.Accept) []string {
	if a.Kind != core.MediaImage || len(a.MIME) == 0 || !writable(a) {
		return nil
	}
	return slices.DeleteFunc(imageproc.Readable(), func(t string) bool { return slices.Contains(a.MIME, t) })
}

// writable tells whether pictures can be made into a type that is taken.
func writable(a core.Accept) bool {
	return len(a.MIME) == 0 || slices.ContainsFunc(a.MIME, imageproc.Writes)
}

// change is what has to be done to a picture.
type change = imageproc.Target

// judge holds a file against a need. It returns what to change about a picture, nil
// if it fits as it is, or an error if it cannot be made to fit.
func judge(n core.Need, f facts) (*change, error) {
	if len(n.Accept) == 0 {
		return nil, nil //nolint:nilnil // nothing to change is the good case
	}
	a, ok := n.AcceptFor(f.Kind)
	if !ok {
		return nil, wrongKind(f.Type, n)
	}
	if n.Video && f.Kind != core.MediaVideo {
		return nil, noVideo(f.Type)
	}
	by := taker(n.Network)
	if f.size < a.MinBytes && takes(a, f.MIME) {
		return nil, tooSmall(f.size, a.MinBytes, by)
	}
	problem := mismatch(a, f, by)
	rotated := f.image.Orientation > 1 && f.image.Frames == 1
	switch {
	case problem == nil && !rotated:
		return nil, nil //nolint:nilnil // as above
	case f.Kind == core.MediaImage && f.image.Frames == 1 && imageproc.Reads(f.MIME) && writable(a):
		return &change{MIME: a.MIME, MaxPixels: a.MaxPixels, MaxBytes: a.MaxBytes}, nil
	}
	return nil, problem
}

// mismatch returns the first thing about a file that is outside what is accepted.
func mismatch(a core.Accept, f facts, by taker) error {
	switch {
	case !takes(a, f.MIME):
		if f.image.Frames > 1 {
			return animatedType(f, a)
		}
		return wrongType(f.Type, []core.Accept{a})
	case over(a.MaxFrames, f.image.Frames):
		return tooManyFrames(f.image.Frames, a, by)
	case over(a.MaxPixels, f.image.Pixels()):
		return tooManyPixels(f.image, a.MaxPixels, by)
	case over(a.MaxBytes, f.size):
		return tooLarge(f.size, limit{a.MaxBytes, by}, true)
	case over(a.MaxDuration, f.video.Duration):
		return tooLong(f.video.Duration, a.MaxDuration, by)
	case f.Kind == core.MediaVideo && probe.VideoReadable(f.MIME) && f.video.Duration < a.MinDuration:
		return tooShort(f.video.Duration, a.MinDuration, by)
	case over(a.MaxPages, f.pages):
		return tooManyPages(f.pages, a.MaxPages, by)
	}
	return nil
}

// takes tells whether a type is taken as it is.
func takes(a core.Accept, mime string) bool {
	return len(a.MIME) == 0 || slices.Contains(a.MIME, mime)
}

// over tells whether a value is above its limit; a limit of 0 is none.
func over[T cmp.Ordered](limit, value T) bool {
	var none T
	return limit != none && value > limit
}
