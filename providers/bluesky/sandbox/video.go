package sandbox

import (
	"net/http"
	"strings"
)

// Limits of the video service. https://docs.bsky.app/docs/tutorials/video
const (
	maxVideoBytes   = 100_000_000
	dailyVideos     = 25
	dailyVideoBytes = 10_000_000_000
)

const (
	methodUploadBlob   = "com.atproto.repo.uploadBlob"
	methodUploadLimits = "app.bsky.video.getUploadLimits"
)

// States of a job.
const (
	stateCreated   = "JOB_STATE_CREATED"
	stateEncoding  = "JOB_STATE_ENCODING"
	stateCompleted = "JOB_STATE_COMPLETED"
	stateFailed    = "JOB_STATE_FAILED"
)

// job is a video that is being processed.
type job struct {
	id, did string
	file    *upload
	polls   int // left until it is done
	total   int
	failure string // why processing fails
}

// jobStatus is a job as methods answer it.
type jobStatus struct {
	ID       string      `json:"jobId"`
	DID      string      `json:"did"`
	State    string      `json:"state"`
	Progress int         `json:"progress,omitempty"`
	Blob     *blobAnswer `json:"blob,omitempty"`
	Error    string      `json:"error,omitempty"`
	Message  string      `json:"message,omitempty"`
}

// byService finds the account of a service token. The caller holds the lock.
func (s *Sandbox) byService(c *call, audience, method string) (*account, *problem) {
	scheme, token, bad := authorization(c.http)
	if bad != nil {
		return nil, bad
	}
	if scheme != schemeBearer {
		return nil, unauthorized("AuthMissing", "Authentication Required")
	}
	a, bad := s.verifyService(token, audience, method, c.now)
	if bad != nil {
		return nil, bad
	}
	c.who = a
	if !a.active() {
		return nil, unauthorized("AccountDeactivated", "Account is not active")
	}
	return a, nil
}

// getUploadLimits tells what somebody may still upload today.
// https://docs.bsky.app/docs/api/app-bsky-video-get-upload-limits
func (s *Sandbox) getUploadLimits(c *call) (any, *problem) {
	a, bad := s.byService(c, serviceDID(c.base), methodUploadLimits)
	if bad != nil {
		return nil, bad
	}
	type limits struct {
		May     bool   `json:"canUpload"`
		Videos  int    `json:"remainingDailyVideos"`
		Bytes   int64  `json:"remainingDailyBytes"`
		Message string `json:"message,omitempty"`
		Error   string `json:"error,omitempty"`
	}
	out := limits{May: true, Videos: dailyVideos, Bytes: dailyVideoBytes}
	if s.noVideos[a.did] {
		return limits{Message: "User has reached the daily limit of videos", Error: "upload_limit_reached"}, nil
	}
	day := c.now.UTC().Format("2006-01-02")
	for _, j := range s.jobs {
		if j.did == a.did && j.file.at.UTC().Format("2006-01-02") == day {
			out.Videos--
			out.Bytes -= j.file.size
		}
	}
	out.May = out.Videos > 0 && out.Bytes > 0
	return out, nil
}

// uploadVideo takes a video and begins to process it. The token is one by which the service may
// upload the result to the account's server.
// https://docs.bsky.app/docs/api/app-bsky-video-upload-video
func (s *Sandbox) uploadVideo(c *call) (any, *problem) {
	s.mu.Lock()
	a, bad := s.byService(c, serviceDID(c.base), methodUploadBlob)
	s.mu.Unlock()
	switch {
	case bad != nil:
		return nil, bad
	case c.param("did") != a.did:
		return nil, invalid("did: it is not the account of the token")
	case c.param("name") == "":
		return nil, invalid("name: it is missing")
	case !strings.HasPrefix(c.http.Header.Get("Content-Type"), "video/mp4"):
		return nil, invalid("Content-Type: want video/mp4")
	case c.http.ContentLength > maxVideoBytes:
		return nil, tooLarge()
	}
	u, bad := s.receive(http.MaxBytesReader(nil, c.http.Body, maxVideoBytes), "video/mp4", c.now)
	if bad != nil {
		return nil, bad
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if u.size == 0 {
		return nil, invalid("the video has no bytes")
	}
	return s.beginJob(a, u)
}

// beginJob processes a video. One that is known is not processed again: the answer is an error
// that names the job, as the genuine service has it.
func (s *Sandbox) beginJob(a *account, u *upload) (any, *problem) {
	for _, j := range s.jobs {
		if j.did == a.did && j.file.cid == u.cid && j.failure == "" {
			answer := j.status(a, stateCompleted)
			if j.polls > 0 {
				answer = j.status(a, stateEncoding)
			} else {
				s.finishJob(a, j)
			}
			answer.Error, answer.Message = "already_exists", "Video already processed"
			return jsonReply(http.StatusConflict, http.Header{"Access-Control-Allow-Origin": {"*"}}, answer), nil
		}
	}
	j := &job{id: newID("", 12), did: a.did, file: u, polls: s.opts.ProcessingPolls, total: s.opts.ProcessingPolls}
	if u.mime != "video/mp4" {
		j.failure = "the file is no MP4 video"
	}
	s.jobs = append(s.jobs, j)
	return j.status(a, stateCreated), nil
}

func (j *job) status(a *account, state string) jobStatus {
	out := jobStatus{ID: j.id, DID: j.did, State: state}
	switch state {
	case stateEncoding:
		out.Progress = 100 * (j.total - j.polls) / (j.total + 1)
	case stateCompleted:
		out.Progress = 100
		blob := a.blobs[j.file.cid]
		if blob == nil {
			blob = j.file
		}
		answer := blob.answer()
		out.Blob = &answer
	case stateFailed:
		out.Error, out.Message = "processing_failed", j.failure
	}
	return out
}

// finishJob uploads the result to the account's server. The caller holds the lock.
func (s *Sandbox) finishJob(a *account, j *job) {
	if a.blobs[j.file.cid] == nil {
		file := *j.file
		a.blobs[file.cid] = &file
	}
	a.blobs[j.file.cid].at = s.clock.Now()
}

// getJobStatus tells how far a video is. https://docs.bsky.app/docs/api/app-bsky-video-get-job-status
func (s *Sandbox) getJobStatus(c *call) (any, *problem) {
	id, bad := c.need("jobId")
	if bad != nil {
		return nil, bad
	}
	type answer struct {
		Job jobStatus `json:"jobStatus"`
	}
	for _, j := range s.jobs {
		if j.id != id {
			continue
		}
		a := s.accounts[j.did]
		if j.polls > 0 {
			j.polls--
			return answer{j.status(a, stateEncoding)}, nil
		}
		if j.failure != "" {
			return answer{j.status(a, stateFailed)}, nil
		}
		s.finishJob(a, j)
		return answer{j.status(a, stateCompleted)}, nil
	}
	return nil, &problem{status: http.StatusNotFound, name: "NotFound", message: "job not found"}
}

// FailVideos makes the processing of the account's videos fail that are not done.
func (s *Sandbox) FailVideos(account, why string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.find(account)
	if a == nil {
		return unknownAccount(account)
	}
	for _, j := range s.jobs {
		if j.did == a.did && a.blobs[j.file.cid] == nil {
			j.failure = why
		}
	}
	return nil
}

// ForbidVideos says whether an account has used up what it may upload today.
func (s *Sandbox) ForbidVideos(account string, forbidden bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.find(account)
	if a == nil {
		return unknownAccount(account)
	}
	s.noVideos[a.did] = forbidden
	return nil
}
