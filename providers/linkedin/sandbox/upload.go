package sandbox

import (
	"errors"
	"io"
	"net/http"
	"os"

	"github.com/crier-social/crier/providers/internal/double"
)

// maxUploadSize bounds a file that is sent whole, in bytes. LinkedIn documents no
// such limit for images.
const maxUploadSize = 128 << 20

// maxDrain is how much of a body is read that nobody wanted, so that a client that
// sends first and reads then sees the answer instead of a broken connection.
const maxDrain = 16 << 20

// Transfer is what a request to an upload address carried.
type Transfer struct {
	Asset string `json:"asset"` // URN
	// Role is what was sent: image, document, video (a part of it), thumbnail, captions.
	Role   string `json:"role"`
	Part   int    `json:"part,omitempty"` // of a video, from 1
	Offset int64  `json:"offset"`         // of the part within the video
	Bytes  int64  `json:"bytes"`          // that arrived and were read
}

// receiveUpload takes what comes to an upload address. The address has to be the one
// that was handed out, byte for byte.
func (s *Sandbox) receiveUpload(c *call) (*reply, *problem) {
	place, valid := parseUploadPath(c.http.URL.EscapedPath())
	if !valid {
		return nil, forbiddenUpload()
	}
	switch place.role {
	case string(kindImage), string(kindDocument):
		return s.receiveFile(c, place)
	case string(kindVideo):
		return s.receivePart(c, place)
	case roleThumbnail:
		return s.receiveThumbnail(c, place)
	case roleCaptions:
		return s.receiveCaptions(c, place)
	default:
		return nil, forbiddenUpload()
	}
}

// uploadAsset returns the asset whose upload address the request has. The caller
// holds the lock.
func (s *Sandbox) uploadAsset(c *call, kind assetKind, place uploadPlace) (*asset, *problem) {
	a, known := s.assets[urn{string(kind), place.id}.String()]
	uri := c.http.URL.EscapedPath() + "?" + c.http.URL.RawQuery
	if !known || a.addressOf(place) != uri {
		return nil, forbiddenUpload()
	}
	c.transfer = &Transfer{Asset: a.urn, Role: place.role, Part: place.number}
	if !c.now.Before(a.expires) {
		return nil, &problem{Status: http.StatusBadRequest, Code: "EXPIRED_UPLOAD_URL", Message: "The upload URL is no longer valid"}
	}
	return a, nil
}

// addressOf is the path and query of one of an asset's upload addresses; empty for
// one that was not handed out.
func (a *asset) addressOf(place uploadPlace) string {
	switch {
	case a.video == nil:
		return a.uploadURI
	case place.role == roleThumbnail:
		return a.video.thumbnailURI
	case place.role == roleCaptions:
		return a.video.captionsURI
	case place.number >= 1 && place.number <= len(a.video.parts):
		return a.video.parts[place.number-1].uri
	default:
		return ""
	}
}

func forbiddenUpload() *problem {
	return &problem{Status: http.StatusForbidden, Message: "Signature of the upload URL does not match"}
}

// receiveFile takes the bytes of an image or a document. Every upload to the same
// address replaces the one before, so that of a file sent in chunks only the last
// remains.
func (s *Sandbox) receiveFile(c *call, place uploadPlace) (*reply, *problem) {
	if c.http.Method != http.MethodPut && c.http.Method != http.MethodPost {
		return nil, notAllowed(http.MethodPut)
	}
	if bad := s.authenticate(c); bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	a, bad := s.uploadAsset(c, assetKind(place.role), place)
	if bad == nil && a.uploader != c.token.Person {
		bad = forbiddenUpload()
	}
	s.mu.Unlock()
	if bad != nil {
		return nil, bad
	}
	file, bad := s.stage(c, c.http.Body, maxUploadSize)
	if bad != nil {
		return nil, bad
	}
	facts, err := examineFile(a.kind, file)
	if err != nil {
		file.Discard()
		return nil, s.storageProblem(c, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.assets[a.urn] != a { // forgotten while the bytes were on their way
		file.Discard()
		return nil, forbiddenUpload()
	}
	s.uploads.Keep(a.urn, file) // under the lock: of uploads at the same time, bytes and facts of one remain
	a.facts, a.uploaded, a.looks = facts, s.opts.Clock.Now(), 0
	return &reply{status: http.StatusCreated}, nil
}

// stage stores a file that was sent whole and counts its bytes.
func (s *Sandbox) stage(c *call, r io.Reader, limit int64) (double.File, *problem) {
	counted := &countingReader{r: r}
	file, err := s.uploads.Stage(counted, limit)
	c.transfer.Bytes = counted.n
	switch {
	case errors.Is(err, double.ErrTooLarge):
		return double.File{}, &problem{Status: http.StatusRequestEntityTooLarge, Message: "Request entity too large"}
	case errors.Is(err, double.ErrStorage):
		return double.File{}, s.storageProblem(c, err)
	case err != nil:
		return double.File{}, incompleteUpload()
	}
	return file, nil
}

// storageProblem is the answer when the sandbox itself fails. It names the cause, as
// the client's developer is who can remove it.
func (s *Sandbox) storageProblem(c *call, err error) *problem {
	s.opts.Log.ErrorContext(c.http.Context(), "upload cannot be stored", "error", err)
	return &problem{Status: http.StatusInsufficientStorage, Message: "The sandbox cannot store the upload: " + err.Error()}
}

func incompleteUpload() *problem { return illegalArgument("The upload was not received completely") }

func notAllowed(allowed string) *problem {
	return &problem{Status: http.StatusMethodNotAllowed, Message: "Method Not Allowed; want " + allowed}
}

// examineFile finds out what a staged image or document is.
func examineFile(kind assetKind, file double.File) (fileFacts, error) {
	f, err := os.Open(file.Path)
	if err != nil {
		return fileFacts{}, err
	}
	defer func() { _ = f.Close() }() // it was only read
	var facts fileFacts
	if kind == kindDocument {
		facts = examineDocument(f, file.Size)
	} else {
		facts = examineImage(f, file.Size)
	}
	facts.SHA256, facts.Fingerprint = file.Digest(), file.Digest()
	return facts, nil
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// drain reads what is left of a body.
func drain(r *http.Request) { _, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxDrain)) } // whatever comes, the answer stands
