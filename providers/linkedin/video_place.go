package linkedin

import (
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/linkedin/api"
)

// newVideoUpload reads LinkedIn's instructions for a file of that many bytes. The
// last range may end beyond the file.
func newVideoUpload(n core.Need, place api.VideoUpload, size int64) (*videoUpload, error) {
	v := &videoUpload{URN: place.Video, Token: place.UploadToken, Size: size}
	if place.UploadURLsExpireAt > 0 {
		v.ExpiresAt = time.UnixMilli(place.UploadURLsExpireAt).UTC()
	}
	next := int64(0)
	for _, in := range place.UploadInstructions {
		p := videoPart{First: in.FirstByte, Last: min(in.LastByte, size-1), URL: in.UploadURL}
		if p.First != next || p.Last < p.First {
			return nil, incoherent(n)
		}
		v.Parts = append(v.Parts, p)
		next = p.Last + 1
	}
	if next != size {
		return nil, incoherent(n)
	}
	return v, nil
}

// incoherent is the error of an answer that cannot be followed; another one may be.
func incoherent(n core.Need) error {
	return &core.Error{
		Kind: core.KindTemporary, Op: "linkedin.initializeVideoUpload", Platform: name, Field: n.Field,
		Message: "LinkedIn named parts that do not make up the file.",
	}
}
