package api

import (
	"context"
	"io"
	"net/http"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/rest"
)

// The states of an uploaded image.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
const (
	ImageWaitingUpload    = "WAITING_UPLOAD"
	ImageProcessing       = "PROCESSING"
	ImageAvailable        = "AVAILABLE"
	ImageProcessingFailed = "PROCESSING_FAILED"
)

// ImageUpload is the place for one image.
type ImageUpload struct {
	UploadURL string `json:"uploadUrl"` // signed: to be used byte for byte
	Image     string `json:"image"`     // the URN
}

// Image is an uploaded image.
type Image struct {
	ID     string `json:"id"`
	Owner  string `json:"owner"`
	Status string `json:"status"`
}

// InitializeImageUpload asks for a place for an image of the owner, who must be
// the author of the post. It may be repeated: an image that is never filled
// shows nowhere.
func (c *Client) InitializeImageUpload(ctx context.Context, token core.Secret, owner string) (ImageUpload, error) {
	var in struct {
		InitializeUploadRequest struct {
			Owner string `json:"owner"`
		} `json:"initializeUploadRequest"`
	}
	in.InitializeUploadRequest.Owner = owner
	var out struct {
		Value ImageUpload `json:"value"`
	}
	r := c.call("initializeImageUpload", http.MethodPost, "images?action=initializeUpload", token)
	r.Repeatable = true
	_, err := c.rest.JSON(ctx, r, in, &out)
	return out.Value, err
}

// PutImage uploads the whole image with one PUT. Unlike the parts of a video, an
// image wants the token. It may be repeated: the last upload counts.
func (c *Client) PutImage(ctx context.Context, token core.Secret, uploadURL, mime string, size int64,
	open func(context.Context) (io.ReadCloser, error),
) error {
	_, err := c.rest.Do(ctx, rest.Request{
		Op: "linkedin.putImage", Method: http.MethodPut, URL: uploadURL, Token: token,
		Header: http.Header{"Content-Type": {mime}},
		Body:   open, Size: size, Timeout: uploadTimeout,
		Repeatable: true, DiscardBody: true,
	})
	return err
}

// GetImage reads the state of an image. Tokens that can post as a member only
// are refused with 403.
func (c *Client) GetImage(ctx context.Context, token core.Secret, urn string) (Image, error) {
	var out Image
	err := c.get(ctx, "getImage", "images/"+Escape(urn), "", token, &out)
	return out, err
}
