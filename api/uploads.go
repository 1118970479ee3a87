package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/crier-social/crier/core"
)

// Uploads keeps the files that clients send. Every file has an owner, the profile that
// sent it; nobody else can name it. Its errors are *core.Error: of KindNotFound for an
// upload that is not there or is another profile's, of KindMedia for a file that
// cannot be taken. Any other error is the storage's.
type Uploads interface {
	// Save stores all of r.
	Save(ctx context.Context, n core.NewUpload, r io.Reader) (core.Upload, error)
	// Reserve makes an upload whose bytes Fill brings: once, before it expires, and by
	// whoever has the ticket.
	Reserve(ctx context.Context, n core.NewUpload) (u core.Upload, ticket string, err error)
	// Fill stores all of r; size is -1 when it is not known. A ticket that is not good
	// is of KindNotFound or KindForbidden.
	Fill(ctx context.Context, id, ticket string, size int64, r io.Reader) (core.Upload, error)
	// Get returns an upload that is ready.
	Get(ctx context.Context, profileID, id string) (core.Upload, error)
	// List returns uploads that are ready, newest first; before continues after the
	// upload of this id.
	List(ctx context.Context, profileID string, limit int, before string) ([]core.Upload, error)
	// Open returns an upload that is ready and has not expired, and its content,
	// whoever owns it. The content may be read until the context ends.
	Open(ctx context.Context, id string) (core.Upload, io.ReadSeekCloser, error)
	Delete(ctx context.Context, profileID, id string) error
	// Keep moves the expiry of uploads to a time that is not earlier.
	Keep(ctx context.Context, profileID string, ids []string, until time.Time) error
	// Usage returns how many bytes the profile's uploads have and may have; 0 is no
	// limit.
	Usage(ctx context.Context, profileID string) (used, quota int64, err error)
}

// filePath is where uploaded files are served.
const filePath = "/media/file/"

// fileURL is the address of an upload's content.
func (a *API) fileURL(id, name string) string {
	address := a.PublicURL + filePath + id
	if name != "" {
		address += "/" + url.PathEscape(name)
	}
	return address
}

// OwnUpload returns what tells which upload an address leads to, on a server that
// clients reach at publicURL. Any other address is not its own.
func OwnUpload(publicURL string) func(address string) (id string, own bool) {
	base, err := url.Parse(strings.TrimRight(publicURL, "/"))
	if err != nil || base.Host == "" {
		return func(string) (string, bool) { return "", false }
	}
	return func(address string) (string, bool) {
		u, err := url.Parse(address)
		if err != nil || !strings.EqualFold(u.Scheme, base.Scheme) || !strings.EqualFold(hostPort(u), hostPort(base)) {
			return "", false
		}
		rest, below := strings.CutPrefix(u.Path, base.Path)
		if !below {
			return "", false
		}
		rest, below = strings.CutPrefix(strings.TrimPrefix(rest, "/api"), filePath)
		id, _, _ := strings.Cut(rest, "/")
		return id, below && id != ""
	}
}

// hostPort is the host of an address with its port, also where that is the usual one.
func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	if strings.EqualFold(u.Scheme, "https") {
		return u.Host + ":443"
	}
	return u.Host + ":80"
}

// canonical returns a reference to media as it is stored: an address of an own upload
// as the upload, which has an owner and needs no request to this very server.
func (a *API) canonical(ref string) string {
	if id, own := a.ownUpload(ref); own {
		return uploadPrefix + id
	}
	return ref
}

// uploadView is an uploaded file as clients see it.
type uploadView struct {
	Status      string    `json:"status"`
	ID          string    `json:"id"`
	URL         string    `json:"url"`
	FileName    string    `json:"fileName"`
	Description string    `json:"description"`
	ContentType string    `json:"contentType"`
	Size        int64     `json:"size"`
	Created     string    `json:"created"`
	Expires     string    `json:"expires,omitempty"`
	Warnings    []warning `json:"warnings,omitempty"`
}

func (a *API) viewOfUpload(u core.Upload) uploadView {
	v := uploadView{
		Status: string(u.State), ID: u.ID, URL: a.fileURL(u.ID, u.Name), FileName: u.Name, Description: u.Description,
		ContentType: u.MIME, Size: u.Size, Created: stamp(u.CreatedAt),
	}
	if !u.ExpiresAt.IsZero() {
		v.Expires = stamp(u.ExpiresAt)
	}
	return v
}

// uploaded answers a request that brought a file.
func (a *API) uploaded(u core.Upload, warnings []warning) answer {
	v := a.viewOfUpload(u)
	v.Status, v.Warnings = statusSuccess, warnings
	return ok(v)
}

// noUploads refuses a request for uploads on a server that keeps none.
func noUploads() *core.Error { return unsupported("", "this server keeps no files") }

// withUploads is a handler that needs uploads.
func (a *API) withUploads(h handler) handler {
	return func(c *gin.Context) answer {
		if a.Uploads == nil {
			return fail("media", noUploads())
		}
		return h(c)
	}
}

// uploadError answers for an upload that the path names: one that is not there is a
// resource that is not there.
func uploadError(action string, err error) answer {
	switch core.KindOf(err) {
	case core.KindNotFound:
		return failWith(http.StatusNotFound, action, err)
	case core.KindForbidden:
		return failWith(http.StatusForbidden, action, err)
	default:
		return fail(action, err)
	}
}
