package api

import (
	"cmp"
	"context"
	"net/http"
	"strings"

	"github.com/crier-social/crier/core"
)

// FileKind is a kind of file that is sent whole.
type FileKind string

// The kinds, as the names of the calls have them.
const (
	Image    FileKind = "Image"
	Document FileKind = "Document"
)

func (k FileKind) collection() string { return strings.ToLower(string(k)) + "s" }

// Place is where one file goes.
type Place struct {
	UploadURL string // signed: to be used byte for byte
	URN       string
}

// File is an uploaded file.
type File struct {
	ID     string `json:"id"`
	Owner  string `json:"owner"`
	Status string `json:"status"`
}

// InitializeUpload asks for a place for a file of the owner, who must be the author of
// the post.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/images-api
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/documents-api
func (c *Client) InitializeUpload(ctx context.Context, token core.Secret, kind FileKind, owner string) (Place, error) {
	var in ownerRequest
	in.InitializeUploadRequest.Owner = owner
	var out struct {
		UploadURL string `json:"uploadUrl"`
		Image     string `json:"image"`
		Document  string `json:"document"`
	}
	err := c.initialize(ctx, "initialize"+string(kind)+"Upload", kind.collection(), token, in, &out)
	return Place{UploadURL: out.UploadURL, URN: cmp.Or(out.Image, out.Document)}, err
}

// PutFile uploads the whole file with one PUT. Unlike the parts of a video, it wants
// the token.
func (c *Client) PutFile(ctx context.Context, token core.Secret, kind FileKind, uploadURL, mime string, body Body) error {
	_, err := c.put(ctx, "put"+string(kind), token, uploadURL, http.Header{"Content-Type": {mime}}, body)
	return err
}

// GetFile reads the state of a file. Tokens that can post as a member only are refused
// with 403.
func (c *Client) GetFile(ctx context.Context, token core.Secret, kind FileKind, urn string) (File, error) {
	var out File
	err := c.get(ctx, "get"+string(kind), kind.collection()+"/"+Escape(urn), "", token, &out)
	return out, err
}
