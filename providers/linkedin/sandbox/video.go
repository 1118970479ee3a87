package sandbox

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"
)

// Limits of the Videos API. LinkedIn does not say whether its KB and MB count in
// thousands, so the sandbox takes what either reading allows.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api
const (
	minVideoBytes = 75_000
	// DefaultMaxVideoBytes is the largest video unless an option says otherwise: 500 MB.
	DefaultMaxVideoBytes = 500 << 20
	minVideoDuration     = 3 * time.Second
	maxVideoDuration     = 30 * time.Minute
	defaultPartBytes     = 4 << 20
	// videoUploadTTL is how long the addresses of parts are good.
	videoUploadTTL = 30 * 24 * time.Hour
	// firstVersionOfTemplates is the API version that added templateName and
	// linkbackContext.
	firstVersionOfTemplates = "202602"
)

// videoUpload is what only a video has.
type videoUpload struct {
	size         int64
	token        string
	parts        []*videoPart
	thumbnailURI string // path and query; empty when it was not asked for
	captionsURI  string // likewise
	thumbnail    *attachment
	captions     *attachment
	stored       bool     // the file was begun
	finalizing   bool     // the file is being examined
	finalized    []string // the part ids that were accepted
	digest       func() string
}

// attachment is a file that belongs to a video.
type attachment struct {
	facts    fileFacts
	language string // of captions, in lower case: "en"
	cues     int    // of captions
}

// videoPart is one range of a video.
type videoPart struct {
	number      int // from 1
	first, last int64
	uri         string // path and query, byte for byte
	etag        string // as the header shows it

	mu       sync.Mutex // guards what follows; held while a piece is written, never while one is awaited
	attempts int        // uploads that were begun
	uploads  int        // uploads that were complete
	stored   bool       // the bytes of the latest attempt are all there
}

func (p *videoPart) size() int64 { return p.last - p.first + 1 }

// newParts divides a file into ranges.
func newParts(urn, id string, size, partBytes int64) []*videoPart {
	var parts []*videoPart
	for first := int64(0); first < size; first += partBytes {
		n := len(parts) + 1
		parts = append(parts, &videoPart{
			number: n, first: first, last: min(first+partBytes, size) - 1,
			uri: newUploadURI(id, string(kindVideo), n), etag: newETag(urn, n),
		})
	}
	return parts
}

// newETag is the ETag of a part. LinkedIn's have two forms: the quoted one of HTTP,
// and a path without quotes. Odd parts get the former, even ones the latter.
func newETag(urn string, number int) string {
	sum := sha256.Sum256([]byte(urn + "/" + strconv.Itoa(number)))
	if number%2 == 1 {
		return `"` + hex.EncodeToString(sum[:16]) + `"`
	}
	return "/ambry-videoei/signedId/" + base64.RawURLEncoding.EncodeToString(sum[:24]) + ".bin"
}

// initializedVideo is the answer of initializeUpload.
type initializedVideo struct {
	Video         string              `json:"video"`
	Token         string              `json:"uploadToken"`
	ExpireAt      int64               `json:"uploadUrlsExpireAt"`
	Instructions  []uploadInstruction `json:"uploadInstructions"`
	CaptionsURL   string              `json:"captionsUploadUrl,omitempty"`
	ThumbnailsURL string              `json:"thumbnailUploadUrl,omitempty"`
}

type uploadInstruction struct {
	First     int64  `json:"firstByte"`
	Last      int64  `json:"lastByte"`
	UploadURL string `json:"uploadUrl"`
}

// initializeVideoUpload serves POST /rest/videos?action=initializeUpload.
func (s *Sandbox) initializeVideoUpload(c *call) (*reply, *problem) {
	body, bad := c.object(initializeVideoSchema(c.version()))
	if bad != nil {
		return nil, bad
	}
	request := mapIn(body, "initializeUploadRequest")
	owner := stringIn(request, "owner")
	size, bad := s.checkVideoSize(request)
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	author, bad := s.mayUploadVideo(c.token, owner)
	if bad != nil {
		return nil, bad
	}
	a := s.newVideo(c, author, size)
	if request["uploadThumbnail"] == true {
		a.video.thumbnailURI = newUploadURI(a.id(), roleThumbnail, 0)
	}
	if request["uploadCaptions"] == true {
		a.video.captionsURI = newUploadURI(a.id(), roleCaptions, 0)
	}
	s.addAsset(a)
	return ok(initialized[initializedVideo]{s.instructions(c, a)}), nil
}

func (s *Sandbox) newVideo(c *call, author urn, size int64) *asset {
	id := mediaID("D4E10AQ", s.newID())
	name := urn{string(kindVideo), id}.String()
	a := &asset{
		kind: kindVideo, urn: name, owner: author.String(), uploader: c.token.Person,
		created: c.now, expires: c.now.Add(s.opts.VideoUploadTTL),
		video: &videoUpload{size: size, parts: newParts(name, id, size, s.opts.PartBytes)},
	}
	if author.Kind == "organization" { // people get an empty one: clients must send back either
		a.video.token = randomID(24)
	}
	return a
}

func (a *asset) id() string {
	u, _ := parseURN(a.urn)
	return u.ID
}

func (s *Sandbox) instructions(c *call, a *asset) initializedVideo {
	v := initializedVideo{Video: a.urn, Token: a.video.token, ExpireAt: a.expires.UnixMilli()}
	for _, p := range a.video.parts {
		last := p.last
		if s.opts.LastByteBeyondEnd {
			last = p.first + s.opts.PartBytes - 1
		}
		v.Instructions = append(v.Instructions, uploadInstruction{First: p.first, Last: last, UploadURL: c.base + p.uri})
	}
	if uri := a.video.captionsURI; uri != "" {
		v.CaptionsURL = c.base + uri
	}
	if uri := a.video.thumbnailURI; uri != "" {
		v.ThumbnailsURL = c.base + uri
	}
	return v
}

func (s *Sandbox) checkVideoSize(request map[string]any) (int64, *problem) {
	number, _ := request["fileSizeBytes"].(json.Number) // the schema has checked it
	size, err := number.Int64()
	if largest := min(s.opts.MaxVideoBytes, s.opts.MaxUploadBytes); err != nil || size < minVideoBytes || size > largest {
		return 0, invalidField("INVALID_VALUE_FOR_FIELD", "fileSizeBytes",
			"fileSizeBytes can't be set to %s; a video has %d to %d bytes", limitString(number.String(), 40), minVideoBytes, largest)
	}
	return size, nil
}

// mayUploadVideo checks that a token may upload videos for an owner. Fewer roles on
// a page allow it than allow posting. The caller holds the lock.
func (s *Sandbox) mayUploadVideo(t Token, owner string) (urn, *problem) {
	author, bad := s.mayActAs(t, "owner", owner, methodAction, "videos")
	if bad != nil || author.Kind == "person" {
		return author, bad
	}
	if !s.organizations[author.ID].hasRole(t.Person, s.videoRoles()...) {
		return urn{}, forbiddenAsset(kindVideo)
	}
	return author, nil
}

// videoRoles may upload videos of the page.
func (s *Sandbox) videoRoles() []string {
	if s.opts.ContentAdminsUploadVideos {
		return postingRoles()
	}
	return []string{roleAdministrator, roleSponsorContent}
}

// videoView is what a video shows besides what every asset does.
type videoView struct {
	Duration  int64  `json:"duration,omitempty"` // milliseconds
	Width     int    `json:"aspectRatioWidth,omitempty"`
	Height    int    `json:"aspectRatioHeight,omitempty"`
	Thumbnail string `json:"thumbnail,omitempty"` // address
	Captions  string `json:"captions,omitempty"`  // address
	Failure   string `json:"processingFailureReason,omitempty"`
}

func (a *asset) viewVideo(base string, status assetStatus) videoView {
	switch status {
	case statusFailed:
		return videoView{Failure: a.facts.Failure}
	case statusAvailable:
		v := videoView{Duration: a.facts.Duration.Milliseconds(), Width: a.facts.Width, Height: a.facts.Height}
		if a.video.thumbnail != nil {
			v.Thumbnail = base + downloadPath(a.urn) + "/" + roleThumbnail
		}
		if a.video.captions != nil {
			v.Captions = base + downloadPath(a.urn) + "/" + roleCaptions
		}
		return v
	case statusWaiting, statusProcessing:
	}
	return videoView{}
}

// byteRange shows a part's range in a message.
func (p *videoPart) byteRange() string {
	return fmt.Sprintf("%d (bytes %d-%d)", p.number, p.first, p.last)
}
