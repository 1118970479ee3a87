package bluesky_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/bluesky"
	"github.com/crier-social/crier/providers/bluesky/blueskytest"
	"github.com/crier-social/crier/providers/bluesky/sandbox"
)

const (
	uploadVideo  = "POST /xrpc/app.bsky.video.uploadVideo"
	jobStatus    = "GET /xrpc/app.bsky.video.getJobStatus"
	uploadLimits = "GET /xrpc/app.bsky.video.getUploadLimits"
)

func filmDraft() core.Draft {
	return core.Draft{
		Text: "A film", Media: coretest.MediaRefs(film().URL),
		Options: json.RawMessage(`{"altText":["Somebody walks"],"captions":"` + subtitles().URL + `","languages":["de","en"]}`),
	}
}

// newVideoFixture has the video service look at a video some times before it is done.
func newVideoFixture(t *testing.T, polls int) *fixture {
	t.Helper()
	return newFixture(t, blueskytest.WithOptions(func(o *sandbox.Options) { o.ProcessingPolls = polls }))
}

// By the service or without it, the record is the same.
func TestVideo(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]bluesky.Config{"by the service": {}, "without it": {NoVideoService: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t, 3)
			transport := &http.Transport{}
			t.Cleanup(transport.CloseIdleConnections)
			f.provider = newProvider(t, f.URL, c, transport, f.clock, nil)
			_, record := f.publish(f.alice, filmDraft(), nil, film(), subtitles())
			vtt := strings.ReplaceAll(string(subtitles().Data), ",", ".")
			want := object(t, `{"$type":"app.bsky.embed.video","alt":"Somebody walks","aspectRatio":{"width":1280,"height":720},
				"video":`+blob("video/mp4", len(film().Data))+`,"captions":[{"lang":"de","file":`+blob("text/vtt", len("WEBVTT\n\n")+len(vtt))+`}]}`)
			if diff := cmp.Diff(any(want), value(t, record)["embed"]); diff != "" {
				t.Error(diff)
			}
			if n := f.count("app.bsky.video.uploadVideo"); (n == 0) != c.NoVideoService {
				t.Errorf("%d calls of the video service", n)
			}
			if !strings.Contains(f.said(), "The captions were changed to fit: converted from SRT to WebVTT") {
				t.Errorf("warnings %q", f.said())
			}
		})
	}
}

// What the service says of a video, and what it says of itself.
func TestVideoTrouble(t *testing.T) {
	t.Parallel()
	bad := sandbox.Respond(http.StatusOK, `{"jobId":"j","did":"`+sandbox.AliceDID+`","state":"JOB_STATE_FAILED","error":"encoding","message":"No video\nstream"}`)
	for name, tc := range map[string]struct {
		call  string
		fault sandbox.Fault
		kind  core.Kind
		says  string
	}{
		"a video that cannot be processed":      {jobStatus, bad, core.KindMedia, `"No video stream"`},
		"refused at once":                       {uploadVideo, bad, core.KindMedia, `"No video stream"`},
		"another's word for the token":          {uploadVideo, sandbox.Fail(401, "BadJwt", "could not verify the service token"), core.KindTemporary, "could not verify"},
		"nothing that names the work":           {uploadVideo, sandbox.Respond(http.StatusOK, `{}`), core.KindTemporary, "did not say"},
		"a conflict that names no work":         {uploadVideo, sandbox.Fail(409, "conflict", ""), core.KindTemporary, "did not say"},
		"its own trouble":                       {jobStatus, sandbox.Fault{Action: sandbox.ActionRespond, Status: 502, Times: 9}, core.KindTemporary, "Bluesky has a problem"},
		"a token that the server does not give": {"GET /xrpc/com.atproto.server.getServiceAuth", sandbox.Fail(403, "ScopeMissingError", `Missing required scope "rpc"`), core.KindForbidden, "Missing required scope"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t, 2)
			f.Next(t, tc.call, tc.fault)
			s := f.session(f.alice, film(), subtitles())
			err := f.prepare(f.plan(f.alice, filmDraft()), s)
			e := core.AsError(err)
			if e.Kind != tc.kind || e.Field != "mediaUrls[0]" && tc.kind == core.KindMedia || !strings.Contains(e.Message, tc.says) {
				t.Fatalf("%+v", e)
			}
			f.Sandbox.ClearFaults()
			pub := f.plan(f.alice, filmDraft()) // a retry begins anew
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			if _, err := pub.Commit(t.Context(), s); err != nil {
				t.Error(err)
			}
		})
	}
}

// A service that has lost the work is given the video again, which counts as a failure: one
// that always loses it is not given it for ever.
func TestVideoThatTheServiceLost(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sandbox.Fault{
		"not found": sandbox.Fail(404, "NotFound", "no such job"),
		"invalid":   sandbox.Fail(400, "InvalidRequest", "no such job"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t, 2)
			f.Next(t, jobStatus, fault)
			s := f.session(f.alice, film(), subtitles())
			err := f.prepare(f.plan(f.alice, filmDraft()), s)
			if e := core.AsError(err); e.Kind != core.KindTemporary || !strings.Contains(e.Message, "sent again") {
				t.Fatalf("%v", err)
			}
			pub := f.plan(f.alice, filmDraft())
			if err := f.prepare(pub, s); err != nil {
				t.Fatal(err)
			}
			if n := f.count("app.bsky.video.uploadVideo"); n != 2 {
				t.Errorf("%d uploads, want 2", n)
			}
			if _, err := pub.Commit(t.Context(), s); err != nil {
				t.Error(err)
			}
		})
	}
}

// A video that was sent long ago is sent again, and nobody takes it for ready before that is
// worked on.
func TestVideoThatIsOldIsAwaitedAgain(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t, 0)
	s := f.session(f.alice, film(), subtitles())
	if err := f.prepare(f.plan(f.alice, filmDraft()), s); err != nil {
		t.Fatal(err)
	}
	f.clock.Advance(31 * time.Minute)
	working := sandbox.Respond(http.StatusOK, `{"jobId":"again","state":"JOB_STATE_ENCODING"}`)
	f.Next(t, uploadVideo, working)
	working.Times = 9
	f.Next(t, jobStatus, working)
	for range 3 {
		progress, err := f.plan(f.alice, filmDraft()).Prepare(t.Context(), s)
		if err != nil || progress.Ready {
			t.Fatalf("%+v, %v", progress, err)
		}
	}
	if n := f.count("app.bsky.video.getJobStatus"); n != 3 {
		t.Errorf("asked %d times, want 3: once for the first, twice for this one", n)
	}
}

// A service that names a video as done which it does not bring to the account's server (any
// more) does not keep the post from going out: Crier brings it there.
func TestVideoThatTheServiceDoesNotBring(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t, 0)
	gone := `{"$type":"blob","ref":{"$link":"bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"},"mimeType":"video/mp4","size":9}`
	known := sandbox.Respond(http.StatusConflict, `{"jobId":"old","state":"JOB_STATE_COMPLETED","error":"already_exists","blob":`+gone+`}`)
	known.Times = 9
	f.Next(t, uploadVideo, known)
	s := f.session(f.alice, film(), subtitles())
	pub := f.plan(f.alice, filmDraft())
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	if _, err := pub.Commit(t.Context(), s); !core.AsError(err).Refused() || core.KindOf(err) != core.KindTemporary {
		t.Fatalf("Commit: %v", err)
	}
	if err := f.prepare(pub, s); err != nil {
		t.Fatal(err)
	}
	if _, err := pub.Commit(t.Context(), s); err != nil {
		t.Error(err)
	}
	if n := f.count("app.bsky.video.uploadVideo"); n != 1 {
		t.Errorf("%d calls of the service, want 1", n)
	}
}

// A service that never comes to an end is given up.
func TestVideoThatTakesTooLong(t *testing.T) {
	t.Parallel()
	f := newVideoFixture(t, 1_000_000)
	began := f.clock.Now()
	err := f.prepare(f.plan(f.alice, filmDraft()), f.session(f.alice, film(), subtitles()))
	if e := core.AsError(err); e.Kind != core.KindTemporary || !strings.Contains(e.Message, "30 minutes") {
		t.Errorf("%v", err)
	}
	if took := f.clock.Now().Sub(began); took < 30*time.Minute || took > 32*time.Minute {
		t.Errorf("given up after %s", took)
	}
}

// What the service takes of the account is asked before anything is uploaded.
func TestVideoLimits(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		answer string
		kind   core.Kind
		says   string // in the error, or in a warning
	}{
		"taken":           {`{"canUpload":true,"remainingDailyVideos":25,"remainingDailyBytes":10000000000}`, "", ""},
		"not told":        {`{"canUpload":true}`, "", ""},
		"refused":         {`{"canUpload":false,"error":"unconfirmed_email","message":"Confirm your email"}`, core.KindForbidden, "Confirm your email"},
		"no bytes left":   {`{"canUpload":true,"remainingDailyBytes":10}`, "", "may have to wait"},
		"no videos left":  {`{"canUpload":true,"remainingDailyVideos":0}`, "", "may have to wait"},
		"a token refused": {"", core.KindTemporary, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newVideoFixture(t, 0)
			fault := sandbox.Respond(http.StatusOK, tc.answer)
			if tc.answer == "" {
				fault = sandbox.Fail(401, "BadJwtAudience", "x")
				fault.Times = 9
			}
			f.Next(t, uploadLimits, fault)
			err := f.plan(f.alice, filmDraft()).(core.Preflighter).Preflight(t.Context(), f.session(f.alice, film()))
			if core.KindOf(err) != tc.kind || err != nil && !strings.Contains(core.AsError(err).Message, tc.says) {
				t.Fatalf("%v", err)
			}
			if tc.answer == "" && !strings.Contains(core.AsError(err).Help, "CRIER_BLUESKY_VIDEO_URL=off") {
				t.Errorf("help %q", core.AsError(err).Help)
			}
			if err == nil && (f.said() == "") != (tc.says == "") || err == nil && !strings.Contains(f.said(), tc.says) {
				t.Errorf("warnings %q", f.said())
			}
			if n := f.count("app.bsky.video.uploadVideo"); n != 0 {
				t.Errorf("%d uploads", n)
			}
		})
	}
}

// What a file is, its bytes tell: what goes with a video alone is left out, and what is too
// long for one is refused early and late.
func TestFileThatTurnsOutToBeSomethingElse(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	picture := coretest.Picture(film().URL, 3, 4)
	_, record := f.publish(f.alice, filmDraft(), nil, picture, subtitles())
	if embed := value(t, record)["embed"].(map[string]any); embed["$type"] != "app.bsky.embed.images" || !strings.Contains(f.said(), "captions goes with a video") {
		t.Errorf("%v; %s", embed, f.said())
	}
	long := filmDraft()
	long.Options = json.RawMessage(`{"altText":["` + strings.Repeat("a", 1001) + `"]}`)
	s := f.session(f.alice, film())
	for name, err := range map[string]error{
		"Preflight": f.plan(f.alice, long).(core.Preflighter).Preflight(t.Context(), s),
		"Prepare":   f.prepare(f.plan(f.alice, long), s),
	} {
		if e := core.AsError(err); e.Kind != core.KindInvalid || e.Field != "blueSkyOptions.altText[0]" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Captions that are too long as WebVTT are refused by name.
func TestCaptionsThatAreTooLong(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	long := subtitles()
	long.Data = append([]byte("1\n00:00:00,000 --> 00:00:01,000\n"), []byte(strings.Repeat("a", 19_965))...)
	if len(long.Data) > 20_000 {
		t.Fatalf("%d bytes are refused before", len(long.Data))
	}
	err := f.prepare(f.plan(f.alice, filmDraft()), f.session(f.alice, film(), long))
	if e := core.AsError(err); e.Kind != core.KindMedia || e.Field != "blueSkyOptions.captions" || e.Help == "" {
		t.Errorf("%v", err)
	}
}
