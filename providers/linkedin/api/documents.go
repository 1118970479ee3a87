package api

import (
	"context"
	"net/http"

	"github.com/crier-social/crier/core"
)

// DocumentUpload is the place for one document.
type DocumentUpload struct {
	UploadURL string `json:"uploadUrl"` // signed: to be used byte for byte
	Document  string `json:"document"`  // the URN
}

// Document is an uploaded document.
type Document struct {
	ID     string `json:"id"`
	Owner  string `json:"owner"`
	Status string `json:"status"`
}

// InitializeDocumentUpload asks for a place for a document of the owner, who must
// be the author of the post.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/documents-api
func (c *Client) InitializeDocumentUpload(ctx context.Context, token core.Secret, owner string) (DocumentUpload, error) {
	var in ownerRequest
	in.InitializeUploadRequest.Owner = owner
	var out DocumentUpload
	err := c.initialize(ctx, "initializeDocumentUpload", "documents", token, in, &out)
	return out, err
}

// PutDocument uploads the whole document with one PUT, which wants the token.
func (c *Client) PutDocument(ctx context.Context, token core.Secret, uploadURL, mime string, body Body) error {
	_, err := c.put(ctx, "putDocument", token, uploadURL, http.Header{"Content-Type": {mime}}, body)
	return err
}

// GetDocument reads the state of a document. Tokens that can post as a member only
// are refused with 403.
func (c *Client) GetDocument(ctx context.Context, token core.Secret, urn string) (Document, error) {
	var out Document
	err := c.get(ctx, "getDocument", "documents/"+Escape(urn), "", token, &out)
	return out, err
}
