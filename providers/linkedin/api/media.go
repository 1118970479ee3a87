package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

// The states of an uploaded image, video or document.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/documents-api
const (
	MediaWaitingUpload    = "WAITING_UPLOAD"
	MediaProcessing       = "PROCESSING"
	MediaAvailable        = "AVAILABLE"
	MediaProcessingFailed = "PROCESSING_FAILED"
)

// Body is what an upload sends: Open begins it anew for each attempt.
type Body struct {
	Open func(context.Context) (io.ReadCloser, error)
	Size int64 // bytes
}

// uploadPatience is how long an upload may make no progress: as long as the line is
// full, or LinkedIn takes to store what it has.
const uploadPatience = 2 * time.Minute

// ownerRequest is the request of every initializeUpload that takes nothing else.
type ownerRequest struct {
	InitializeUploadRequest struct {
		Owner string `json:"owner"`
	} `json:"initializeUploadRequest"`
}

// initialize asks for a place for a file. It may be repeated: a file that is never
// filled shows nowhere.
func (c *Client) initialize(ctx context.Context, op, collection string, token core.Secret, in, value any) error {
	r := c.call(op, http.MethodPost, collection+"?action=initializeUpload", token)
	r.Repeatable = true
	_, err := c.rest.JSON(ctx, r, in, &struct {
		Value any `json:"value"`
	}{value})
	return err
}

// put sends a file, or a part of one, to an address that LinkedIn named. It may be
// repeated: the last upload counts.
func (c *Client) put(ctx context.Context, op string, token core.Secret, uploadURL string, header http.Header, body Body) (http.Header, error) {
	resp, err := c.rest.Do(ctx, rest.Request{
		Op: "linkedin." + op, Method: http.MethodPut, URL: uploadURL, Token: token, Header: header,
		Body: body.Open, Size: body.Size, Timeout: uploadPatience,
		Repeatable: true, DiscardBody: true,
	})
	if err != nil {
		return nil, err
	}
	return resp.Header, nil
}
