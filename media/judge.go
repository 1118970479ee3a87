package media

import (
	"slices"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/media/imageproc"
	"github.com/crier-social/crier/media/sniff"
)

// maxImageSource is how large a picture may be that is to be made smaller.
const maxImageSource = 64 << 20

// limitFor returns how many bytes of a type a need takes, and whether it takes the
// type at all. Of a picture that can be made smaller more is taken than may be sent
// on.
func (s *Service) limitFor(n core.Need, t sniff.Type) (int64, bool) {
	if len(n.Accept) == 0 {
		return s.maxBytes, true
	}
	most, wanted := int64(0), false
	for _, a := range n.Accept {
		if a.Kind != t.Kind {
			continue
		}
		limit := a.MaxBytes
		if limit == 0 {
			limit = s.maxBytes
		}
		if a.Kind == core.MediaImage && imageproc.Reads(t.MIME) {
			limit = max(limit, maxImageSource)
		}
		most, wanted = max(most, limit), true
	}
	return min(most, s.maxBytes), wanted
}

// refusal tells a caller why the download was ended, in terms of its own need; nil
// if by that need it should have gone on.
func (s *Service) refusal(n core.Need, over *overLimit) error {
	limit, wanted := s.limitFor(n, over.typ)
	switch {
	case !wanted:
		return wrongKind(over.typ, n)
	case over.size > limit:
		return tooLarge(over.size, limit, over.exact)
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
	if f.size < a.MinBytes {
		return nil, tooSmall(f.size, a.MinBytes)
	}
	problem := mismatch(a, f)
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
func mismatch(a core.Accept, f facts) error {
	pixels := f.image.Pixels()
	switch {
	case len(a.MIME) > 0 && !slices.Contains(a.MIME, f.MIME):
		if f.image.Frames > 1 {
			return animatedType(f, a)
		}
		return wrongType(f.Type, []core.Accept{a})
	case a.MaxFrames > 0 && f.image.Frames > a.MaxFrames:
		return tooManyFrames(f.image.Frames, a.MaxFrames)
	case a.MaxPixels > 0 && pixels > a.MaxPixels:
		return tooManyPixels(f.image, a.MaxPixels)
	case a.MaxBytes > 0 && f.size > a.MaxBytes:
		return tooLarge(f.size, a.MaxBytes, true)
	}
	return nil
}
