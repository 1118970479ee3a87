package sandbox

import (
	"net/http"
	"time"
)

// assetStatus is how far an upload has come.
type assetStatus string

const (
	statusWaiting    assetStatus = "WAITING_UPLOAD"
	statusProcessing assetStatus = "PROCESSING"
	statusAvailable  assetStatus = "AVAILABLE"
	statusFailed     assetStatus = "PROCESSING_FAILED"
)

// assetKind is the kind of an asset, as it stands in its URN.
type assetKind string

const (
	kindImage    assetKind = "image"
	kindVideo    assetKind = "video"
	kindDocument assetKind = "document"
)

// asset is an upload that was begun.
type asset struct {
	kind      assetKind
	urn       string
	owner     string // URN
	uploader  string // person id
	uploadURI string // path and query of the upload address, byte for byte; of a video, none
	created   time.Time
	expires   time.Time // when the upload addresses end
	uploaded  time.Time // when the bytes were complete; zero before
	looks     int       // how many times it was found in processing since then
	facts     fileFacts
	video     *videoUpload // of a video
}

// fileFacts is what processing finds out about an upload.
type fileFacts struct {
	MIME     string
	Width    int // pixels; of a video as displayed, of an image as stored
	Height   int
	Duration time.Duration // of a video
	Pages    int           // of a document; 0 when they cannot be counted
	Size     int64         // bytes
	SHA256   string        // hexadecimal; empty for a video
	// Fingerprint tells the bytes from others, to notice a post that is repeated.
	Fingerprint string
	Failure     string // why processing fails; empty when it does not
}

// statusAt tells the state of an asset without counting as a look at it.
func (s *Sandbox) statusAt(a *asset, now time.Time) assetStatus {
	polls, least := s.opts.ProcessingPolls, s.opts.ProcessingTime
	if a.kind == kindVideo {
		polls, least = s.opts.VideoProcessingPolls, s.opts.VideoProcessingTime
	}
	switch {
	case a.uploaded.IsZero():
		return statusWaiting
	case a.looks < polls, now.Sub(a.uploaded) < least:
		return statusProcessing
	case a.facts.Failure != "":
		return statusFailed
	default:
		return statusAvailable
	}
}

// look is statusAt for a client that asks: looking is what makes processing go on
// when a number of polls is set.
func (s *Sandbox) look(a *asset) assetStatus {
	status := s.statusAt(a, s.opts.Clock.Now())
	if status == statusProcessing {
		a.looks++
	}
	return status
}

// forbiddenAsset is what a token gets that may not touch an asset.
func forbiddenAsset(kind assetKind) *problem {
	return &problem{
		Status: http.StatusForbidden, Code: "ACCESS_DENIED",
		Message: "Accessing this " + string(kind) + " resource is forbidden. Please check your permissions for this resource",
	}
}

// readableAsset returns an asset that the token may read: its owner is the member,
// or a page on which the member has a role. Tokens of self-serve apps may read
// videos alone. The caller holds the lock.
func (s *Sandbox) readableAsset(t Token, kind assetKind, id string) (*asset, *problem) {
	if _, bad := checkURN("id", id, string(kind)); bad != nil {
		return nil, bad
	}
	community := t.has(scopePagePost, scopePageRead, scopePageAdmin)
	if !community && (kind != kindVideo || !t.has(scopeMemberPost)) {
		return nil, forbiddenAsset(kind)
	}
	a, known := s.assets[id]
	if !known {
		return nil, notFound("Could not find entity %s", id)
	}
	if a.owner == t.personURN() {
		return a, nil
	}
	owner, _ := parseURN(a.owner)
	if !community || owner.Kind != "organization" || !s.organizations[owner.ID].hasRole(t.Person, postingRoles()...) {
		return nil, forbiddenAsset(kind)
	}
	return a, nil
}

// getAsset serves the GET of one kind of asset.
func getAsset(kind assetKind) endpoint {
	return endpoint{serve: func(s *Sandbox, c *call) (*reply, *problem) {
		s.mu.Lock()
		defer s.mu.Unlock()
		a, bad := s.readableAsset(c.token, kind, c.key)
		if bad != nil {
			return nil, bad
		}
		return ok(s.viewAsset(c, a)), nil
	}}
}

// batchGetAssets serves the BATCH_GET of one kind of asset.
func batchGetAssets(kind assetKind) endpoint {
	return endpoint{params: []string{"ids"}, serve: func(s *Sandbox, c *call) (*reply, *problem) {
		s.mu.Lock()
		defer s.mu.Unlock()
		return c.batch(func(id string) (any, *problem) {
			a, bad := s.readableAsset(c.token, kind, id)
			if bad != nil {
				return nil, bad
			}
			return s.viewAsset(c, a), nil
		})
	}}
}

// assetView is an asset as the API shows it. Images and documents have no more than
// its common part.
type assetView struct {
	ID                 string      `json:"id"`
	Owner              string      `json:"owner"`
	Status             assetStatus `json:"status"`
	DownloadURL        string      `json:"downloadUrl,omitempty"`
	DownloadURLExpires int64       `json:"downloadUrlExpiresAt,omitempty"`
	videoView
}

// downloadTTL is how long the download addresses in answers are said to be good.
const downloadTTL = 24 * time.Hour

func (s *Sandbox) viewAsset(c *call, a *asset) assetView {
	v := assetView{ID: a.urn, Owner: a.owner, Status: s.look(a)}
	if v.Status == statusAvailable {
		v.DownloadURL = c.base + downloadPath(a.urn)
		v.DownloadURLExpires = c.now.Add(downloadTTL).UnixMilli()
	}
	if a.kind == kindVideo {
		v.videoView = a.viewVideo(c.base, v.Status)
	}
	return v
}

// maxAssets bounds the assets that are kept.
const maxAssets = 20_000

// addAsset adds an asset; the oldest goes, with its files, when there are too many.
// The caller holds the lock.
func (s *Sandbox) addAsset(a *asset) {
	s.assets[a.urn] = a
	s.assetOrder = append(s.assetOrder, a)
	if len(s.assetOrder) <= maxAssets {
		return
	}
	oldest := s.assetOrder[0]
	s.assetOrder = s.assetOrder[1:]
	delete(s.assets, oldest.urn)
	for _, key := range []string{oldest.urn, thumbnailKey(oldest.urn), captionsKey(oldest.urn)} {
		s.uploads.Remove(key)
	}
}
