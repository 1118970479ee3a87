package sandbox

import (
	"net/http"
	"time"
)

type imageStatus string

const (
	statusWaiting    imageStatus = "WAITING_UPLOAD"
	statusProcessing imageStatus = "PROCESSING"
	statusAvailable  imageStatus = "AVAILABLE"
	statusFailed     imageStatus = "PROCESSING_FAILED"
)

// image is an upload that was begun.
type image struct {
	urn       string
	owner     string // URN
	uploader  string // person id
	uploadURI string // path and query of the upload address, byte for byte
	created   time.Time
	expires   time.Time
	uploaded  time.Time // of the last PUT; zero before the first
	looks     int       // how many times it was found in processing since then
	facts     fileFacts
}

// statusAt tells the state of an image without counting as a look at it.
func (s *Sandbox) statusAt(img *image, now time.Time) imageStatus {
	switch {
	case img.uploaded.IsZero():
		return statusWaiting
	case img.looks < s.opts.ProcessingPolls, now.Sub(img.uploaded) < s.opts.ProcessingTime:
		return statusProcessing
	case img.facts.Failure != "":
		return statusFailed
	default:
		return statusAvailable
	}
}

// look is statusAt for a client that asks: looking is what makes processing go on
// when Options.ProcessingPolls is set.
func (s *Sandbox) look(img *image) imageStatus {
	status := s.statusAt(img, s.opts.Clock.Now())
	if status == statusProcessing {
		img.looks++
	}
	return status
}

// imageView is an image as the API shows it.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
type imageView struct {
	ID                 string      `json:"id"`
	Owner              string      `json:"owner"`
	Status             imageStatus `json:"status"`
	DownloadURL        string      `json:"downloadUrl,omitempty"`
	DownloadURLExpires int64       `json:"downloadUrlExpiresAt,omitempty"`
}

func (s *Sandbox) viewImage(c *call, img *image) imageView {
	v := imageView{ID: img.urn, Owner: img.owner, Status: s.look(img)}
	if v.Status == statusAvailable {
		v.DownloadURL = c.base + downloadPath(img.urn)
		v.DownloadURLExpires = c.now.Add(s.opts.UploadTTL).UnixMilli()
	}
	return v
}

// forbiddenImage is what a token gets that may not read an image's status; any
// token of a self-serve app does.
func forbiddenImage() *problem {
	return &problem{
		Status: http.StatusForbidden, Code: "ACCESS_DENIED",
		Message: "Accessing this image resource is forbidden. Please check your permissions for this resource",
	}
}

// readableImage returns an image that the token may read: the owner is the member,
// or a page on which the member has a role. The caller holds the lock.
func (s *Sandbox) readableImage(t Token, id string) (*image, *problem) {
	if _, bad := checkURN("id", id, "image"); bad != nil {
		return nil, bad
	}
	if !t.has("w_organization_social", "r_organization_social", "rw_organization_admin") {
		return nil, forbiddenImage()
	}
	img, known := s.images[id]
	if !known {
		return nil, notFound("Could not find entity %s", id)
	}
	if img.owner == t.personURN() {
		return img, nil
	}
	owner, _ := parseURN(img.owner)
	if owner.Kind != "organization" || !s.organizations[owner.ID].hasRole(t.Person, postingRoles()...) {
		return nil, forbiddenImage()
	}
	return img, nil
}

func (s *Sandbox) getImage(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	img, bad := s.readableImage(c.token, c.key)
	if bad != nil {
		return nil, bad
	}
	return ok(s.viewImage(c, img)), nil
}

func (s *Sandbox) batchGetImages(c *call) (*reply, *problem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return c.batch(func(id string) (any, *problem) {
		img, bad := s.readableImage(c.token, id)
		if bad != nil {
			return nil, bad
		}
		return s.viewImage(c, img), nil
	})
}

type initialized struct {
	Value initializedUpload `json:"value"`
}

type initializedUpload struct {
	ExpiresAt int64  `json:"uploadUrlExpiresAt"`
	UploadURL string `json:"uploadUrl"`
	Image     string `json:"image"`
}

// initializeImageUpload serves POST /rest/images?action=initializeUpload.
func (s *Sandbox) initializeImageUpload(c *call) (*reply, *problem) {
	body, bad := c.object(initializeUploadSchema())
	if bad != nil {
		return nil, bad
	}
	owner := stringIn(mapIn(body, "initializeUploadRequest"), "owner")
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, bad := s.mayActAs(c.token, "owner", owner, methodAction, "images"); bad != nil {
		return nil, bad
	}
	id := mediaID("C4E22AQ", s.newID())
	img := &image{
		urn: urn{"image", id}.String(), owner: owner, uploader: c.token.Person,
		created: c.now, expires: c.now.Add(s.opts.UploadTTL), uploadURI: newUploadURI(id),
	}
	s.addImage(img)
	return ok(initialized{initializedUpload{
		ExpiresAt: img.expires.UnixMilli(), UploadURL: c.base + img.uploadURI, Image: img.urn,
	}}), nil
}

// maxImages bounds the images that are kept.
const maxImages = 20_000

// addImage adds an image; the oldest goes, with its file, when there are too many.
// The caller holds the lock.
func (s *Sandbox) addImage(img *image) {
	s.images[img.urn] = img
	s.imageOrder = append(s.imageOrder, img)
	if len(s.imageOrder) > maxImages {
		oldest := s.imageOrder[0]
		s.imageOrder = s.imageOrder[1:]
		delete(s.images, oldest.urn)
		s.uploads.Remove(oldest.urn)
	}
}
