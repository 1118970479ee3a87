package sandbox

import (
	"net/http"
	"os"
	"strings"

	"github.com/crier-social/crier/providers/internal/double"
)

// The roles of what belongs to a video.
const (
	roleThumbnail = "thumbnail"
	roleCaptions  = "captions"
)

// maxThumbnailBytes bounds a thumbnail; LinkedIn does not document a limit.
const maxThumbnailBytes = 10 << 20

func thumbnailKey(urn string) string { return urn + "/" + roleThumbnail }

func captionsKey(urn string) string { return urn + "/" + roleCaptions }

// receiveThumbnail takes the picture that stands for a video. It is a JPEG or PNG,
// and has to come before the upload is finalized. A token is not needed, but one that
// is sent has to be good.
func (s *Sandbox) receiveThumbnail(c *call, place uploadPlace) (*reply, *problem) {
	if c.http.Method != http.MethodPut {
		return nil, notAllowed(http.MethodPut)
	}
	if c.http.Header.Get("Authorization") != "" {
		if bad := s.authenticate(c); bad != nil {
			return nil, bad
		}
	}
	if family := c.http.Header.Get("media-type-family"); family != "" && family != "STILLIMAGE" {
		return nil, illegalArgument("media-type-family %s does not fit a thumbnail", limitString(family, 40))
	}
	a, bad := s.openAttachment(c, place)
	if bad != nil {
		return nil, bad
	}
	file, bad := s.stage(c, c.http.Body, maxThumbnailBytes)
	if bad != nil {
		return nil, bad
	}
	facts, err := examineFile(kindImage, file)
	if err != nil {
		file.Discard()
		return nil, s.storageProblem(c, err)
	}
	if facts.Failure == "" && facts.MIME == "image/gif" {
		facts.Failure = "not a JPEG or PNG image"
	}
	if facts.Failure != "" {
		file.Discard()
		return nil, illegalArgument("The thumbnail cannot be used: %s", facts.Failure)
	}
	return s.attach(a, thumbnailKey(a.urn), file, func() { a.video.thumbnail = &attachment{facts: facts} })
}

// openAttachment returns the video that takes what is sent to an address.
func (s *Sandbox) openAttachment(c *call, place uploadPlace) (*asset, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, bad := s.uploadAsset(c, kindVideo, place)
	switch {
	case bad != nil:
		return nil, bad
	case c.token.Value != "" && a.uploader != c.token.Person:
		return nil, forbiddenUpload()
	case a.video.sealed():
		return nil, finalizedBefore(a.urn)
	}
	return a, nil
}

// attach keeps a file that belongs to a video, in place of an earlier one.
func (s *Sandbox) attach(a *asset, key string, file double.File, set func()) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch { // what happened while the bytes were on their way
	case s.assets[a.urn] != a:
		file.Discard()
		return nil, forbiddenUpload()
	case a.video.sealed():
		file.Discard()
		return nil, finalizedBefore(a.urn)
	}
	s.uploads.Keep(key, file)
	set()
	return &reply{status: http.StatusCreated}, nil
}

// receiveCaptions takes the captions of a video: a form with the parts "metadata" and
// "file", sent with the token and an API version.
func (s *Sandbox) receiveCaptions(c *call, place uploadPlace) (*reply, *problem) {
	if c.http.Method != http.MethodPost {
		return nil, notAllowed(http.MethodPost)
	}
	if bad := s.authenticate(c); bad != nil {
		return nil, bad
	}
	if bad := s.checkVersion(c); bad != nil {
		return nil, bad
	}
	a, bad := s.openAttachment(c, place)
	if bad != nil {
		return nil, bad
	}
	form, bad := s.readCaptionsForm(c)
	if bad != nil {
		return nil, bad
	}
	cues, err := countCues(form.file)
	if err != nil {
		form.file.Discard()
		return nil, illegalArgument("The captions cannot be used: %s", err)
	}
	language := strings.ToLower(stringIn(mapIn(form.metadata, "locale"), "language"))
	facts := fileFacts{MIME: "application/x-subrip", Size: form.file.Size, SHA256: form.file.Digest()}
	return s.attach(a, captionsKey(a.urn), form.file, func() {
		a.video.captions = &attachment{facts: facts, language: language, cues: cues}
	})
}

// countCues checks a file of captions and counts them.
func countCues(file double.File) (int, error) {
	f, err := os.Open(file.Path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = f.Close() }() // it was only read
	return checkSRT(f)
}
