package sandbox

import (
	"errors"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
)

// sealed tells whether the upload takes no more bytes. The caller holds the lock.
func (v *videoUpload) sealed() bool { return v.finalizing || v.finalized != nil }

// finalizedBefore is the answer to what comes after finalizeUpload.
func finalizedBefore(id string) *problem {
	return illegalArgument("The upload of %s was finalized", id)
}

// finalizeVideoUpload serves POST /rest/videos?action=finalizeUpload. It may be
// repeated with the same ids.
func (s *Sandbox) finalizeVideoUpload(c *call) (*reply, *problem) {
	body, bad := c.object(finalizeVideoSchema())
	if bad != nil {
		return nil, bad
	}
	request := mapIn(body, "finalizeUploadRequest")
	ids := stringsIn(request, "uploadedPartIds")
	a, done, bad := s.beginFinalize(c, stringIn(request, "video"), stringIn(request, "uploadToken"), ids)
	if bad != nil {
		return nil, bad
	}
	if !done {
		if bad := s.endFinalize(c, a, ids); bad != nil {
			return nil, bad
		}
	}
	return &reply{status: http.StatusOK}, nil
}

func stringsIn(m map[string]any, name string) []string {
	items, _ := m[name].([]any)
	out := make([]string, len(items))
	for i, item := range items {
		out[i], _ = item.(string)
	}
	return out
}

// beginFinalize checks a request to finalize and closes the upload to further
// bytes. It tells whether the same request has succeeded before.
func (s *Sandbox) beginFinalize(c *call, id, token string, ids []string) (a *asset, done bool, bad *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, bad := checkURN("video", id, string(kindVideo)); bad != nil {
		return nil, false, bad
	}
	a, known := s.assets[id]
	if !known {
		return nil, false, invalidMedia(kindVideo, "video", id)
	}
	if _, bad := s.mayUploadVideo(c.token, a.owner); bad != nil {
		return nil, false, bad
	}
	v := a.video
	switch {
	case v.token != token:
		return nil, false, valueForField("uploadToken", "another value than initializeUpload returned")
	case v.finalizing:
		return nil, false, &problem{Status: http.StatusConflict, Code: "CONFLICT", Message: "The upload is being finalized"}
	case slices.Equal(v.finalized, ids):
		return a, true, nil
	case v.finalized != nil:
		return nil, false, finalizedBefore(id)
	case !c.now.Before(a.expires):
		return nil, false, invalidField("EXPIRED_UPLOAD_URL", "video", "The upload URLs of %s are no longer valid", id)
	}
	if bad := v.checkComplete(ids); bad != nil {
		return nil, false, bad
	}
	v.finalizing = true
	return a, false, nil
}

// checkComplete checks that everything that was announced has arrived and is named,
// in the order of the instructions.
func (v *videoUpload) checkComplete(ids []string) *problem {
	var missing []string
	for _, p := range v.parts {
		if !p.isStored() {
			missing = append(missing, p.byteRange())
		}
	}
	switch {
	case len(missing) > 0:
		return invalidField("MEDIA_ASSET_WAITING_UPLOAD", "uploadedPartIds",
			"%d of %d parts are not uploaded: %s", len(missing), len(v.parts), limitString(strings.Join(missing, ", "), 400))
	case v.thumbnailURI != "" && v.thumbnail == nil:
		return invalidField("MEDIA_ASSET_WAITING_UPLOAD", "video", "The thumbnail is not uploaded")
	case v.captionsURI != "" && v.captions == nil:
		return invalidField("MEDIA_ASSET_WAITING_UPLOAD", "video", "The captions are not uploaded")
	case len(ids) != len(v.parts):
		return valueForField("uploadedPartIds", countOf(len(ids), "id")+" for "+countOf(len(v.parts), "part"))
	}
	for i, p := range v.parts {
		if want := strings.Trim(p.etag, `"`); ids[i] != want {
			return invalidField("INVALID_VALUE_FOR_FIELD", "uploadedPartIds",
				"uploadedPartIds/%d can't be set to %s: it is not the id of part %s", i, show(ids[i]), p.byteRange())
		}
	}
	return nil
}

// endFinalize lets processing look at the file, and the upload be done.
func (s *Sandbox) endFinalize(c *call, a *asset, ids []string) *problem {
	facts, err := s.examineStoredVideo(a)
	s.mu.Lock()
	defer s.mu.Unlock()
	a.video.finalizing = false
	switch {
	case s.assets[a.urn] != a: // forgotten meanwhile
		return invalidMedia(kindVideo, "video", a.urn)
	case errors.Is(err, os.ErrNotExist):
		return droppedUpload()
	case err != nil:
		return s.storageProblem(c, err)
	}
	s.uploads.Arrived(a.urn)
	a.facts, a.uploaded, a.looks = facts, s.opts.Clock.Now(), 0
	a.video.finalized = slices.Clone(ids)
	a.video.digest = sync.OnceValue(func() string { return s.digest(a.urn) })
	return nil
}

func (s *Sandbox) examineStoredVideo(a *asset) (fileFacts, error) {
	f, err := s.uploads.Open(a.urn)
	if err != nil {
		return fileFacts{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	facts := examineVideo(f, a.video.size)
	facts.Fingerprint, err = sampleDigest(f, a.video.size)
	return facts, err
}

// invalidMedia is the 400 about an asset that does not exist or is not the author's.
func invalidMedia(kind assetKind, field, id string) *problem {
	switch kind {
	case kindVideo:
		return invalidField("INVALID_VIDEO_ID", field, "Video id %s is not valid or not owned by the author", id)
	case kindImage:
		return invalidField("INVALID_IMAGE_ID", field, "Image id %s is not valid or not owned by the author", id)
	default:
		return invalidField("INVALID_URN_ID", field, "Document id %s is not valid or not owned by the author", id)
	}
}
