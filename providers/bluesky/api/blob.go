package api

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

// Blob names a file of a repository.
// https://atproto.com/specs/data-model#blob-type
type Blob struct {
	Type     string `json:"$type"` // "blob"
	Ref      Link   `json:"ref"`
	MIMEType string `json:"mimeType"`
	Size     int64  `json:"size"`
}

// Link is the content's hash.
// https://atproto.com/specs/data-model#link-and-cid-formats
type Link struct {
	CID string `json:"$link"`
}

// File is content to be uploaded. Open opens it anew for each attempt.
type File struct {
	MIME string
	Size int64 // bytes
	Open func(ctx context.Context) (io.ReadCloser, error)
}

// uploadTimeout is how long a server may work on a file once it has all of it.
const uploadTimeout = 3 * time.Minute

// UploadBlob sends a file to a server that keeps posts. The same file is the same blob:
// the call may be repeated. A blob that no record names is removed after a while, after an
// hour at the earliest.
// https://docs.bsky.app/docs/api/com-atproto-repo-upload-blob
func (c *Client) UploadBlob(ctx context.Context, s Server, f File) (Blob, error) {
	var out struct {
		Blob Blob `json:"blob"`
	}
	r := s.upload("com.atproto.repo.uploadBlob", f)
	_, err := c.rest.JSON(ctx, r, nil, &out)
	return out.Blob, err
}

// upload is a call whose input is a file.
func (s Server) upload(nsid string, f File) rest.Request {
	r := s.request(http.MethodPost, nsid)
	r.Header.Set("Content-Type", f.MIME)
	r.Body, r.Size, r.Timeout, r.Repeatable = f.Open, f.Size, uploadTimeout, true
	return r
}

// ServiceAuth asks for a token with which the account can be spoken for at another
// service, aud, to which it is good for one method alone.
// https://docs.bsky.app/docs/api/com-atproto-server-get-service-auth
func (c *Client) ServiceAuth(ctx context.Context, s Server, aud, method string, expires time.Time) (Auth, error) {
	var out struct {
		Token core.Secret `json:"token"`
	}
	params := url.Values{"aud": {aud}, "lxm": {method}, "exp": {strconv.FormatInt(expires.Unix(), 10)}}
	err := c.query(ctx, s, "com.atproto.server.getServiceAuth", params, &out)
	return Auth{Token: out.Token}, err
}
