package api

import (
	"context"
	"net/http"

	"github.com/crier-social/crier/core"
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
// the author of the post.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
func (c *Client) InitializeImageUpload(ctx context.Context, token core.Secret, owner string) (ImageUpload, error) {
	var in ownerRequest
	in.InitializeUploadRequest.Owner = owner
	var out ImageUpload
	err := c.initialize(ctx, "initializeImageUpload", "images", token, in, &out)
	return out, err
}

// PutImage uploads the whole image with one PUT. Unlike the parts of a video, an
// image wants the token.
func (c *Client) PutImage(ctx context.Context, token core.Secret, uploadURL, mime string, body Body) error {
	_, err := c.put(ctx, "putImage", token, uploadURL, http.Header{"Content-Type": {mime}}, body)
	return err
}

// GetImage reads the state of an image. Tokens that can post as a member only
// are refused with 403.
func (c *Client) GetImage(ctx context.Context, token core.Secret, urn string) (Image, error) {
	var out Image
	err := c.get(ctx, "getImage", "images/"+Escape(urn), "", token, &out)
	return out, err
}
