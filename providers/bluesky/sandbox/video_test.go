package sandbox_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

// film begins like a file that is told to be an MP4 by its bytes.
const film = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom and so on"

func (b *box) serviceToken(token, method string) string {
	b.t.Helper()
	audience := "did:web:" + strings.ReplaceAll(strings.TrimPrefix(b.url, "http://"), ":", "%3A")
	params := url.Values{"aud": {audience}, "lxm": {method}, "exp": {strconv.FormatInt(b.clock.Now().Add(time.Minute*30).Unix(), 10)}}
	var out struct{ Token string }
	b.want(http.StatusOK, http.MethodGet, "/xrpc/com.atproto.server.getServiceAuth?"+params.Encode(), token, nil).decode(b.t, &out)
	return out.Token
}

type jobView struct {
	ID    string `json:"jobId"`
	State string
	Error string
	Blob  object
}

func (b *box) sendVideo(token, did, body string) answer {
	b.t.Helper()
	got, err := b.try(http.MethodPost, "/xrpc/app.bsky.video.uploadVideo?did="+did+"&name=film.mp4", token, "video/mp4", []byte(body))
	if err != nil {
		b.t.Fatal(err)
	}
	return got
}

func (b *box) job(id string) jobView {
	b.t.Helper()
	var out struct{ JobStatus jobView }
	b.get("app.bsky.video.getJobStatus", url.Values{"jobId": {id}}, &out)
	return out.JobStatus
}

func TestVideo(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.ProcessingPolls = 2 })
	alice := b.alice()
	token := b.serviceToken(alice, "com.atproto.repo.uploadBlob")
	var job jobView
	b.sendVideo(token, sandbox.AliceDID, film).decode(t, &job)
	states := []string{job.State}
	for range 3 {
		job = b.job(job.ID)
		states = append(states, job.State)
	}
	if got := strings.Join(states, " "); got != "JOB_STATE_CREATED JOB_STATE_ENCODING JOB_STATE_ENCODING JOB_STATE_COMPLETED" {
		t.Errorf("states %s", got)
	}
	b.post(alice, "alice.test", "a film", object{"embed": object{"$type": "app.bsky.embed.video", "video": job.Blob, "alt": "me"}})
	again := b.sendVideo(token, sandbox.AliceDID, film)
	if again.status != http.StatusConflict || again.problem() != "already_exists" || !strings.Contains(again.body, job.ID) {
		t.Errorf("status %d: %s", again.status, again.body)
	}
}

func TestVideoIsRefused(t *testing.T) {
	t.Parallel()
	b := start(t)
	alice := b.alice()
	good := b.serviceToken(alice, "com.atproto.repo.uploadBlob")
	for name, tt := range map[string]struct {
		token, did string
		status     int
	}{
		"a token of another method": {b.serviceToken(alice, "app.bsky.video.getUploadLimits"), sandbox.AliceDID, http.StatusUnauthorized},
		"a token of the session":    {alice, sandbox.AliceDID, http.StatusUnauthorized},
		"no token":                  {"", sandbox.AliceDID, http.StatusUnauthorized},
		"somebody else":             {good, sandbox.BobDID, http.StatusBadRequest},
	} {
		if got := b.sendVideo(tt.token, tt.did, film); got.status != tt.status {
			t.Errorf("%s: status %d: %s", name, got.status, got.body)
		}
	}
	var job jobView
	b.sendVideo(good, sandbox.AliceDID, "GIF89a no film").decode(t, &job)
	if job = b.job(job.ID); job.State != "JOB_STATE_FAILED" || job.Error == "" {
		t.Errorf("%+v", job)
	}
	b.clock.Advance(time.Hour)
	if late := b.sendVideo(good, sandbox.AliceDID, film); late.status != http.StatusUnauthorized {
		t.Errorf("a token that has ended: status %d", late.status)
	}
}

func TestVideoLimits(t *testing.T) {
	t.Parallel()
	b := start(t)
	alice := b.alice()
	limits := func() (out struct {
		CanUpload            bool
		RemainingDailyVideos int
	},
	) {
		t.Helper()
		token := b.serviceToken(alice, "app.bsky.video.getUploadLimits")
		b.want(http.StatusOK, http.MethodGet, "/xrpc/app.bsky.video.getUploadLimits", token, nil).decode(t, &out)
		return out
	}
	if got := limits(); !got.CanUpload || got.RemainingDailyVideos != 25 {
		t.Errorf("%+v", got)
	}
	b.sendVideo(b.serviceToken(alice, "com.atproto.repo.uploadBlob"), sandbox.AliceDID, film)
	if got := limits(); got.RemainingDailyVideos != 24 {
		t.Errorf("%+v", got)
	}
	if err := b.ForbidVideos("alice.test", true); err != nil {
		t.Fatal(err)
	}
	if got := limits(); got.CanUpload {
		t.Errorf("%+v", got)
	}
}
