package sandbox

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gabriel-vasile/mimetype"

	"github.com/crier-social/crier/providers/bluesky/sandbox/lexicon"
	"github.com/crier-social/crier/providers/internal/double"
)

// upload is a file that somebody has sent.
type upload struct {
	cid, mime string
	size      int64
	at        time.Time
	used      bool // by a record, at some time
}

// blobAnswer is a reference to an upload. https://atproto.com/specs/data-model#blob-type
type blobAnswer struct {
	Type string `json:"$type"`
	Ref  struct {
		Link string `json:"$link"`
	} `json:"ref"`
	MimeType string `json:"mimeType"`
	Size     int64  `json:"size"`
}

func (u *upload) answer() blobAnswer {
	out := blobAnswer{Type: "blob", MimeType: u.mime, Size: u.size}
	out.Ref.Link = u.cid
	return out
}

// uploadBlob takes a file. https://docs.bsky.app/docs/api/com-atproto-repo-upload-blob
func (s *Sandbox) uploadBlob(c *call) (any, *problem) {
	if bad := s.mayUpload(c); bad != nil {
		return nil, bad
	}
	kind := c.http.Header.Get("Content-Type")
	switch {
	case c.http.Body == nil || c.http.Body == http.NoBody || c.http.ContentLength == 0:
		return nil, invalid("A request body is expected but none was provided")
	case kind == "":
		return nil, invalid("Request encoding (Content-Type) required but not provided")
	case c.http.ContentLength > s.opts.MaxBlobBytes:
		return nil, tooLarge()
	}
	u, bad := s.receive(c.http.Body, kind, c.now)
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return struct {
		Blob blobAnswer `json:"blob"`
	}{s.keep(c.who, u).answer()}, nil
}

// mayUpload checks the state of who is calling.
func (s *Sandbox) mayUpload(c *call) *problem {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.who.barred() {
		return takendown()
	}
	return c.mayWrite()
}

// receive keeps the bytes of a file.
func (s *Sandbox) receive(from io.Reader, kind string, now time.Time) (*upload, *problem) {
	got, err := s.store(from)
	switch {
	case errors.Is(err, double.ErrTooLarge), isTooLarge(err):
		return nil, tooLarge()
	case errors.Is(err, double.ErrCut):
		return nil, invalid("request aborted")
	case err != nil:
		s.opts.Log.Warn("an upload cannot be kept", "error", err)
		return nil, broken()
	}
	return &upload{cid: got.cid, mime: sniff(got.head, kind), size: got.size, at: now}, nil
}

func isTooLarge(err error) bool {
	_, large := errors.AsType[*http.MaxBytesError](err)
	return large
}

// keep makes a file one of an account's. The caller holds the lock.
func (s *Sandbox) keep(a *account, u *upload) *upload {
	if old := a.blobs[u.cid]; old != nil && !s.lapsed(old, u.at) {
		old.at = u.at
		return &upload{cid: u.cid, mime: u.mime, size: u.size}
	}
	a.blobs[u.cid] = u
	return u
}

// sniffed are the types that are told by the bytes, whatever the client says of them.
var sniffed = []string{
	"image/png", "image/jpeg", "image/gif", "image/webp", "image/avif", "image/heic", "image/heif", "image/bmp", "image/tiff",
	"video/mp4", "video/quicktime", "video/webm", "video/x-matroska", "application/pdf", "application/zip",
}

func sniff(head []byte, told string) string {
	found, _, _ := strings.Cut(mimetype.Detect(head).String(), ";")
	if slices.Contains(sniffed, found) {
		return found
	}
	return told
}

// lapsed tells whether a file has gone that no record had in time.
func (s *Sandbox) lapsed(u *upload, now time.Time) bool {
	return !u.used && s.opts.BlobTTL > 0 && !now.Before(u.at.Add(s.opts.BlobTTL))
}

// checkBlobs checks that the files of a record are there, and makes them stay.
func (s *Sandbox) checkBlobs(a *account, value map[string]any, now time.Time) *problem {
	for _, ref := range lexicon.Blobs(value) {
		u := a.blobs[ref.CID]
		switch {
		case u == nil || s.lapsed(u, now):
			return named("BlobNotFound", "Could not find blob: "+ref.CID)
		case u.mime != ref.MimeType:
			return named("InvalidMimeType", "Referenced Mimetype does not match stored blob. Expected: "+u.mime+", Got: "+ref.MimeType)
		case u.size != ref.Size:
			return named("InvalidSize", "Referenced Size does not match stored blob. Expected: "+
				strconv.FormatInt(u.size, 10)+", Got: "+strconv.FormatInt(ref.Size, 10))
		}
	}
	return nil
}

// keepBlobs makes the files of a record stay. The caller holds the lock.
func (a *account) keepBlobs(value map[string]any) {
	for _, ref := range lexicon.Blobs(value) {
		if u := a.blobs[ref.CID]; u != nil {
			u.used = true
		}
	}
}

// dropBlobs forgets the files of records that have gone, unless another one has them. The
// caller holds the lock.
func (s *Sandbox) dropBlobs(a *account, gone ...*record) {
	unused := map[string]bool{}
	for _, r := range gone {
		for _, ref := range lexicon.Blobs(r.value) {
			unused[ref.CID] = true
		}
	}
	if len(unused) == 0 {
		return
	}
	for _, records := range a.records {
		for _, r := range records {
			for _, ref := range lexicon.Blobs(r.value) {
				delete(unused, ref.CID)
			}
		}
	}
	for cid := range unused {
		delete(a.blobs, cid)
		s.forget(cid)
	}
}

// forget removes the bytes of a file that nobody has any more. The caller holds the lock.
func (s *Sandbox) forget(cid string) {
	for _, a := range s.order {
		if a.blobs[cid] != nil {
			return
		}
	}
	s.blobs.Remove(cid)
}

// getBlob answers with the bytes of a file.
// https://docs.bsky.app/docs/api/com-atproto-sync-get-blob
func (s *Sandbox) getBlob(c *call) (any, *problem) {
	a, bad := s.repoOf(c)
	if bad != nil {
		return nil, bad
	}
	cid, bad := c.need("cid")
	if bad != nil {
		return nil, bad
	}
	u := a.blobs[cid]
	if u == nil || !u.used {
		return nil, invalid("Blob not found")
	}
	file, err := s.blobs.Open(cid)
	if err != nil {
		return nil, invalid("Blob not found")
	}
	defer func() { _ = file.Close() }() // it was only read
	body, err := io.ReadAll(file)
	if err != nil {
		return nil, broken()
	}
	kind := u.mime
	if strings.HasPrefix(kind, "text/") && !strings.Contains(kind, ";") {
		kind += "; charset=utf-8"
	}
	c.header.Set("Content-Type", kind)
	c.header.Set("X-Content-Type-Options", "nosniff")
	c.header.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	return &reply{status: http.StatusOK, header: c.header, body: body}, nil
}

// repoOf returns the account whose repository a call names, if it may be read.
func (s *Sandbox) repoOf(c *call) (*account, *problem) {
	did, bad := c.need("did")
	if bad != nil {
		return nil, bad
	}
	a := s.accounts[did]
	switch {
	case a == nil || a.status == StatusDeleted:
		return nil, named("RepoNotFound", "Could not find repo for DID: "+did)
	case a.barred():
		return nil, named("RepoTakendown", "Repo has been takendown: "+did)
	case a.status == StatusDeactivated:
		return nil, named("RepoDeactivated", "Repo has been deactivated: "+did)
	}
	return a, nil
}

// listBlobs answers the files that records have.
// https://docs.bsky.app/docs/api/com-atproto-sync-list-blobs
func (s *Sandbox) listBlobs(c *call) (any, *problem) {
	a, bad := s.repoOf(c)
	if bad != nil {
		return nil, bad
	}
	limit, bad := c.limit(500, 1000)
	if bad != nil {
		return nil, bad
	}
	used := map[string]*upload{}
	for cid, u := range a.blobs {
		if u.used {
			used[cid] = u
		}
	}
	out := struct {
		Cursor string   `json:"cursor,omitempty"`
		CIDs   []string `json:"cids"`
	}{CIDs: []string{}}
	for _, cid := range page(used, c.param("cursor"), true, limit) {
		out.CIDs, out.Cursor = append(out.CIDs, cid), cid
	}
	return out, nil
}
