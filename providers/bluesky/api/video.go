package api

import (
	"context"
	"net/http"
	"net/url"
)

// The methods of the video service that another service has to vouch for.
const (
	MethodUploadBlob      = "com.atproto.repo.uploadBlob"
	MethodGetUploadLimits = "app.bsky.video.getUploadLimits"
)

// The states of the work on a video. Any other one means that it goes on.
const (
	VideoCompleted = "JOB_STATE_COMPLETED"
	VideoFailed    = "JOB_STATE_FAILED"
)

// VideoJob is the service's work on a video.
// https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/video/defs.json
type VideoJob struct {
	ID       string `json:"jobId"`
	State    string `json:"state"`
	Progress int    `json:"progress"` // percent
	Blob     *Blob  `json:"blob"`     // of a video that is done
	Error    string `json:"error"`
	Message  string `json:"message"`
}

// videoAnswer is a job, either wrapped, as its lexicon says, or bare, as the service answers.
type videoAnswer struct {
	VideoJob

	Wrapped *VideoJob `json:"jobStatus"`
}

func (a videoAnswer) job() VideoJob {
	if a.Wrapped != nil {
		return *a.Wrapped
	}
	return a.VideoJob
}

// UploadVideo sends a video to the service, which brings it to the account's server when it
// is done: Auth is for MethodUploadBlob there. A video that it has is not worked on again.
// https://docs.bsky.app/docs/tutorials/video
func (c *Client) UploadVideo(ctx context.Context, s Server, did, name string, f File) (VideoJob, error) {
	r := s.upload("app.bsky.video.uploadVideo", f)
	r.URL += "?" + url.Values{"did": {did}, "name": {name}}.Encode()
	r.Takes = []int{http.StatusConflict} // names the job that there is
	var out videoAnswer
	_, err := c.rest.JSON(ctx, r, nil, &out)
	return out.job(), err
}

// VideoJobStatus tells how far the work on a video is.
func (c *Client) VideoJobStatus(ctx context.Context, s Server, id string) (VideoJob, error) {
	var out videoAnswer
	err := c.query(ctx, s, "app.bsky.video.getJobStatus", url.Values{"jobId": {id}}, &out)
	return out.job(), err
}

// UploadLimits is what the video service takes of an account today.
type UploadLimits struct {
	CanUpload       bool   `json:"canUpload"`
	RemainingVideos *int   `json:"remainingDailyVideos"`
	RemainingBytes  *int64 `json:"remainingDailyBytes"`
	Message         string `json:"message"`
	Error           string `json:"error"`
}

// GetUploadLimits tells what the video service takes of the account: Auth is for
// MethodGetUploadLimits of the service.
func (c *Client) GetUploadLimits(ctx context.Context, s Server) (UploadLimits, error) {
	var out UploadLimits
	r := s.request(http.MethodGet, MethodGetUploadLimits)
	r.Repeatable = true
	_, err := c.rest.JSON(ctx, r, nil, &out)
	return out, err
}
