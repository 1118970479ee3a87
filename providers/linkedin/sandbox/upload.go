package sandbox

import (
	"errors"
	"net/http"
)

// maxUploadSize bounds one uploaded file, in bytes. LinkedIn documents no such
// limit for images.
const maxUploadSize = 128 << 20

// receiveUpload takes the bytes of an image. Every upload to the same address
// replaces the one before, so that of a file sent in chunks only the last remains.
func (s *Sandbox) receiveUpload(c *call) (*reply, *problem) {
	r := c.http
	if r.Method != http.MethodPut && r.Method != http.MethodPost {
		return nil, &problem{Status: http.StatusMethodNotAllowed, Message: "Method Not Allowed"}
	}
	id, bad := s.uploadTarget(c)
	if bad != nil {
		return nil, bad
	}
	file, err := s.uploads.Stage(http.MaxBytesReader(nil, r.Body, maxUploadSize))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge), errors.Is(err, errTooLarge):
		return nil, &problem{Status: http.StatusRequestEntityTooLarge, Message: "Request entity too large"}
	case errors.Is(err, errStorage):
		s.opts.Log.ErrorContext(r.Context(), "upload cannot be stored", "error", err)
		return nil, &problem{Status: http.StatusInsufficientStorage, Message: "The sandbox cannot store the upload"}
	case err != nil:
		return nil, illegalArgument("The upload was not received completely")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	img, known := s.images[id]
	if !known { // forgotten while the bytes were on their way
		file.discard()
		return nil, forbiddenUpload()
	}
	s.uploads.Keep(id, file) // under the lock: of uploads at the same time, bytes and facts of one remain
	img.facts, img.uploaded, img.looks = file.facts, s.opts.Clock.Now(), 0
	return &reply{status: http.StatusCreated}, nil
}

// uploadTarget checks address and token of an upload and returns the image's URN.
func (s *Sandbox) uploadTarget(c *call) (string, *problem) {
	if bad := s.authenticate(c); bad != nil {
		return "", bad
	}
	uri := c.http.URL.EscapedPath() + "?" + c.http.URL.RawQuery
	id, ok := uploadID(c.http.URL.EscapedPath())
	s.mu.Lock()
	defer s.mu.Unlock()
	img, known := s.images[urn{"image", id}.String()]
	switch {
	case !ok, !known, img.uploadURI != uri, img.uploader != c.token.Person:
		return "", forbiddenUpload()
	case !c.now.Before(img.expires):
		return "", &problem{Status: http.StatusBadRequest, Code: "EXPIRED_UPLOAD_URL", Message: "The upload URL is no longer valid"}
	}
	return img.urn, nil
}

func forbiddenUpload() *problem {
	return &problem{Status: http.StatusForbidden, Message: "Signature of the upload URL does not match"}
}
