package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/crier-social/crier/core"
)

// VideoRequest describes a video that is about to be uploaded.
// https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/videos-api
type VideoRequest struct {
	Owner         string `json:"owner"` // the author of the post
	FileSizeBytes int64  `json:"fileSizeBytes"`
	// UploadCaptions and UploadThumbnail ask for an address for each.
	UploadCaptions  bool `json:"uploadCaptions"`
	UploadThumbnail bool `json:"uploadThumbnail"`
}

// VideoUpload is the place for one video. Its addresses are signed: to be used byte
// for byte.
type VideoUpload struct {
	Video              string             `json:"video"`              // the URN
	UploadToken        string             `json:"uploadToken"`        // may be empty
	UploadURLsExpireAt int64              `json:"uploadUrlsExpireAt"` // ms since 1970
	UploadInstructions []VideoInstruction `json:"uploadInstructions"`
	CaptionsUploadURL  string             `json:"captionsUploadUrl"`
	ThumbnailUploadURL string             `json:"thumbnailUploadUrl"`
}

// VideoInstruction says where one range of the file goes, both ends included.
type VideoInstruction struct {
	FirstByte int64  `json:"firstByte"`
	LastByte  int64  `json:"lastByte"`
	UploadURL string `json:"uploadUrl"`
}

// Video is an uploaded video.
type Video struct {
	ID     string `json:"id"`
	Owner  string `json:"owner"`
	Status string `json:"status"`
	// ProcessingFailureReason is free text.
	ProcessingFailureReason string `json:"processingFailureReason"`
}

// InitializeVideoUpload asks for a place for a video.
func (c *Client) InitializeVideoUpload(ctx context.Context, token core.Secret, v VideoRequest) (VideoUpload, error) {
	in := struct {
		InitializeUploadRequest VideoRequest `json:"initializeUploadRequest"`
	}{v}
	var out VideoUpload
	err := c.initialize(ctx, "initializeVideoUpload", "videos", token, in, &out)
	return out, err
}

// PutVideoPart uploads one range of a video, without the token: the address alone
// allows it. It returns the part's id for FinalizeVideoUpload, empty if LinkedIn
// gave none: the ETag without the quotes that some have around them.
func (c *Client) PutVideoPart(ctx context.Context, uploadURL string, body Body) (partID string, err error) {
	header, err := c.put(ctx, "putVideoPart", "", uploadURL, http.Header{"Content-Type": {"application/octet-stream"}}, body)
	if err != nil {
		return "", err
	}
	return unquote(header.Get("ETag")), nil
}

// unquote takes the quotes off an ETag; one without is returned as it is.
func unquote(etag string) string {
	if inner, ok := strings.CutPrefix(etag, `"`); ok {
		if inner, ok = strings.CutSuffix(inner, `"`); ok {
			return inner
		}
	}
	return etag
}

// PutVideoThumbnail uploads the picture that a video shows before it plays, without
// the token. It must come before FinalizeVideoUpload.
func (c *Client) PutVideoThumbnail(ctx context.Context, uploadURL string, body Body) error {
	_, err := c.put(ctx, "putVideoThumbnail", "", uploadURL, http.Header{
		"Content-Type":      {"application/octet-stream"},
		"Media-Type-Family": {"STILLIMAGE"},
	}, body)
	return err
}

// FinalizeVideoUpload says that every part is there, with their ids in the order of
// the instructions. It is not repeated: what became of a lost one, GetVideo tells.
func (c *Client) FinalizeVideoUpload(ctx context.Context, token core.Secret, urn, uploadToken string, partIDs []string) error {
	type request struct {
		Video           string   `json:"video"`
		UploadToken     string   `json:"uploadToken"`
		UploadedPartIDs []string `json:"uploadedPartIds"`
	}
	in := struct {
		FinalizeUploadRequest request `json:"finalizeUploadRequest"`
	}{request{urn, uploadToken, partIDs}}
	r := c.call("finalizeVideoUpload", http.MethodPost, "videos?action=finalizeUpload", token)
	r.DiscardBody = true
	_, err := c.rest.JSON(ctx, r, in, nil)
	return err
}

// GetVideo reads the state of a video. A member's token may read his own.
func (c *Client) GetVideo(ctx context.Context, token core.Secret, urn string) (Video, error) {
	var out Video
	err := c.get(ctx, "getVideo", "videos/"+Escape(urn), "", token, &out)
	return out, err
}
