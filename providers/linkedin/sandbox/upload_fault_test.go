package sandbox_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

// smallParts makes videos of a few parts without many bytes.
func smallParts(o *sandbox.Options) { o.PartBytes = 50_000 }

func TestFaultsOfParts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		fault    sandbox.Fault
		status   int // 0: the connection breaks
		attempts int // at the second part
		stored   bool
		bytes    int64 // that the journal tells
	}{
		{"error", sandbox.Respond(500, ""), 500, 0, false, 0},
		{"gateway", sandbox.Respond(503, "<html>"), 503, 0, false, 0},
		{"rate limit", sandbox.RateLimit(), 429, 0, false, 0},
		{"cut before", sandbox.CutBefore(), 0, 0, false, 0},
		{"cut at the first byte", sandbox.CutDuring(0), 0, 1, false, 0},
		{"cut in the middle", sandbox.CutDuring(20_000), 0, 1, false, 20_000},
		{"cut at the last byte", sandbox.CutDuring(50_000), 0, 1, true, 50_000},
		{"cut after", sandbox.CutAfter(), 0, 1, true, 50_000},
		{"addresses expire", sandbox.ExpireUpload(), 400, 0, false, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t, smallParts)
			b.next("PUT */uploaded-video/2", tt.fault)
			content := clipOf(120_000)
			place := b.initializeVideo(sandbox.PageURN, len(content), "")
			b.putPart(place, 0, content)
			a, err := b.try("PUT", place.Instructions[1].URL, place.slice(1, content), partHeaders)
			if (err != nil) != (tt.status == 0) || a.status != tt.status {
				t.Fatalf("answer %+v, error %v; want %d", a, err, tt.status)
			}
			v, _ := b.Video(place.Video)
			if p := v.Parts[1]; p.Attempts != tt.attempts || p.Stored != tt.stored {
				t.Errorf("part %+v", p)
			}
			calls := b.WriteCalls()
			last := calls[len(calls)-1]
			if last.Fault != tt.fault.Action {
				t.Errorf("journal %+v", last)
			}
			want := &sandbox.Transfer{Asset: place.Video, Role: "video", Part: 2, Offset: 50_000, Bytes: tt.bytes}
			switch {
			case tt.fault.Action == sandbox.ActionExpireUpload:
				want.Offset = 0 // only the address was looked at
			case tt.attempts == 0:
				want = nil
			}
			if diff := cmp.Diff(want, last.Transfer); diff != "" {
				t.Errorf("transfer (-want +got):\n%s", diff)
			}
			if tt.fault.Action == sandbox.ActionExpireUpload {
				if a.problem(t).Code != "EXPIRED_UPLOAD_URL" {
					t.Errorf("body %s", a.body)
				}
				return
			}
			b.want(http.StatusOK, "POST", finalizeTarget, finalizeBody(place, b.fill(place, content)))
			if stored, err := b.Upload(place.Video); err != nil || !bytes.Equal(stored, content) {
				t.Errorf("what is stored differs (%v)", err)
			}
		})
	}
}

// A refused part is read nevertheless, so that its client sees the answer.
func TestALargePartSeesItsRefusal(t *testing.T) {
	t.Parallel()
	b := start(t)
	content := clipOf(4 * mib)
	place := b.initializeVideo(sandbox.PageURN, len(content), "")
	b.next("PUT *", sandbox.Respond(500, `{"status":500}`), sandbox.RateLimit())
	for _, status := range []int{500, 429, 200} {
		b.want(status, "PUT", place.Instructions[0].URL, string(content), partHeaders)
	}
	b.want(http.StatusBadRequest, "PUT", place.Instructions[0].URL, string(content)+"x", partHeaders)
}

func TestAnUnfinishedRepetitionLeavesAPartMissing(t *testing.T) {
	t.Parallel()
	b := start(t, smallParts)
	content := clipOf(120_000)
	place := b.initializeVideo(sandbox.PageURN, len(content), "")
	ids := b.fill(place, content)
	b.next("PUT *", sandbox.CutDuring(10))
	if _, err := b.try("PUT", place.Instructions[0].URL, strings.Repeat("x", 50_000), partHeaders); err == nil {
		t.Fatal("the connection was not cut")
	}
	e := b.want(http.StatusBadRequest, "POST", finalizeTarget, finalizeBody(place, ids)).problem(t)
	if !strings.Contains(e.Message, "1 of 3 parts are not uploaded: 1 (bytes 0-49999)") {
		t.Errorf("%+v", e)
	}
	b.putPart(place, 0, content)
	b.want(http.StatusOK, "POST", finalizeTarget, finalizeBody(place, ids))
}

func TestPartsNeedALength(t *testing.T) {
	t.Parallel()
	b := start(t)
	place := b.initializeVideo(sandbox.PageURN, 80_000, "")
	r := httptest.NewRequestWithContext(t.Context(), "PUT", place.Instructions[0].URL, bytes.NewReader(clipOf(80_000)))
	r.ContentLength = -1
	w := httptest.NewRecorder()
	if b.ServeHTTP(w, r); w.Code != http.StatusLengthRequired {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
}

// pausedBody is a body that waits in its middle.
type pausedBody struct {
	first, rest     []byte
	paused, proceed chan struct{}
}

func newPausedBody(content []byte) *pausedBody {
	half := len(content) / 2
	return &pausedBody{first: content[:half], rest: content[half:], paused: make(chan struct{}), proceed: make(chan struct{})}
}

func (p *pausedBody) Read(b []byte) (int, error) {
	if len(p.first) > 0 {
		n := copy(b, p.first)
		p.first = p.first[n:]
		return n, nil
	}
	if p.paused != nil {
		close(p.paused)
		p.paused = nil
		<-p.proceed
	}
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// serveSlowly begins an upload of a part that waits in its middle. What it returns
// lets it go on, and returns the status.
func (b *box) serveSlowly(address string, content []byte) (finish func() int) {
	b.t.Helper()
	body := newPausedBody(content)
	r := httptest.NewRequestWithContext(b.t.Context(), "PUT", address, body)
	r.ContentLength = int64(len(content))
	paused, w, done := body.paused, httptest.NewRecorder(), make(chan struct{})
	go func() {
		defer close(done)
		b.ServeHTTP(w, r)
	}()
	<-paused
	return func() int {
		close(body.proceed)
		<-done
		return w.Code
	}
}

// A thumbnail that is on its way while the video is finalized, or forgotten, comes
// too late.
func TestThumbnailsThatComeTooLate(t *testing.T) {
	t.Parallel()
	b := start(t)
	content, first, second := clipOf(80_000), pngOf(t, 2, 2), pngOf(t, 4, 4)
	place := b.initializeVideo(sandbox.PageURN, len(content), `,"uploadThumbnail":true`)
	b.want(http.StatusCreated, "PUT", place.ThumbnailURL, string(first), partHeaders)
	finish := b.serveSlowly(place.ThumbnailURL, second)
	b.want(http.StatusOK, "POST", finalizeTarget, finalizeBody(place, b.fill(place, content)))
	if status := finish(); status != http.StatusBadRequest {
		t.Errorf("after the video was finalized: status %d", status)
	}
	if v, _ := b.Video(place.Video); v.Thumbnail.Width != 2 {
		t.Errorf("thumbnail %+v, want the first one", v.Thumbnail)
	}
	place = b.initializeVideo(sandbox.PageURN, len(content), `,"uploadThumbnail":true`)
	finish = b.serveSlowly(place.ThumbnailURL, second)
	b.Reset()
	if status := finish(); status != http.StatusForbidden {
		t.Errorf("after the video was forgotten: status %d", status)
	}
	b.wantStored(0)
}

// While one part is on its way, others arrive: none waits for another.
func TestPartsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	b := start(t, smallParts)
	content := clipOf(120_000)
	place := b.initializeVideo(sandbox.PageURN, len(content), "")
	var finish []func() int
	for i := range place.Instructions {
		finish = append(finish, b.serveSlowly(place.Instructions[i].URL, []byte(place.slice(i, content))))
	}
	if v, _ := b.Video(place.Video); v.Parts[0].Attempts+v.Parts[1].Attempts+v.Parts[2].Attempts != 3 {
		t.Errorf("parts %+v", v.Parts)
	}
	for _, one := range finish {
		if status := one(); status != http.StatusOK {
			t.Errorf("status %d", status)
		}
	}
	b.want(http.StatusOK, "POST", finalizeTarget, finalizeBody(place, b.ids(place)))
	if stored, err := b.Upload(place.Video); err != nil || !bytes.Equal(stored, content) {
		t.Errorf("what is stored differs (%v)", err)
	}
}

// ids are the ids of the parts as the sandbox knows them.
func (b *box) ids(place videoPlace) []string {
	b.t.Helper()
	v, _ := b.Video(place.Video)
	out := make([]string, len(v.Parts))
	for i, p := range v.Parts {
		out[i] = strings.Trim(p.ETag, `"`)
	}
	return out
}

// Of two uploads of one part, the one that began last counts, also when the other
// one goes on after it.
func TestALaterUploadOfAPartWins(t *testing.T) {
	t.Parallel()
	b := start(t, smallParts)
	content := clipOf(80_000)
	place := b.initializeVideo(sandbox.PageURN, len(content), "")
	finish := b.serveSlowly(place.Instructions[0].URL, bytes.Repeat([]byte("x"), 50_000))
	ids := b.fill(place, content)
	if status := finish(); status != http.StatusConflict {
		t.Errorf("the earlier upload is answered with %d", status)
	}
	b.want(http.StatusOK, "POST", finalizeTarget, finalizeBody(place, ids))
	if stored, err := b.Upload(place.Video); err != nil || !bytes.Equal(stored, content) {
		t.Errorf("what is stored differs (%v)", err)
	}
}

func TestPartsOfAForgottenVideo(t *testing.T) {
	t.Parallel()
	b := start(t, smallParts)
	content := clipOf(80_000)
	place := b.initializeVideo(sandbox.PageURN, len(content), "")
	finish := b.serveSlowly(place.Instructions[0].URL, []byte(place.slice(0, content)))
	b.Reset()
	finish()
	b.want(http.StatusForbidden, "PUT", place.Instructions[1].URL, place.slice(1, content), partHeaders)
	if e := b.want(http.StatusBadRequest, "POST", finalizeTarget, finalizeBody(place, nil)).problem(t); e.Code != "INVALID_VIDEO_ID" {
		t.Errorf("%+v", e)
	}
	b.wantStored(0)
}

// When there is no room, complete files go before those that are arriving.
func TestVideosAreBounded(t *testing.T) {
	t.Parallel()
	b := start(t, smallParts, func(o *sandbox.Options) { o.MaxUploadBytes = 300_000 })
	content := clipOf(100_000)
	arriving := b.initializeVideo(sandbox.PageURN, len(content), "")
	ids := []string{b.putPart(arriving, 0, content), ""}
	first, second := b.video(sandbox.PageURN, content), b.video(sandbox.PageURN, content)
	third := b.video(sandbox.PageURN, content)
	for urn, kept := range map[string]bool{first: false, second: true, third: true} {
		if _, err := b.Upload(urn); (err == nil) != kept {
			t.Errorf("%s: %v, want it kept: %v", urn, err, kept)
		}
	}
	if v, _ := b.Video(first); v.SHA256 != "" || v.Status != "AVAILABLE" {
		t.Errorf("a video without its file: %+v", v.File)
	}
	b.want(http.StatusNotFound, "GET", "/dms/video/"+strings.TrimPrefix(first, "urn:li:video:"), "")
	ids[1] = b.putPart(arriving, 1, content)
	b.want(http.StatusOK, "POST", finalizeTarget, finalizeBody(arriving, ids))

	four := make([]videoPlace, 4)
	for i := range four {
		four[i] = b.initializeVideo(sandbox.PageURN, len(content), "")
		b.putPart(four[i], 0, content)
	}
	e := b.want(http.StatusBadRequest, "PUT", four[0].Instructions[1].URL, four[0].slice(1, content), partHeaders).problem(t)
	if e.Code != "EXPIRED_UPLOAD_URL" {
		t.Errorf("%+v", e)
	}
	b.want(http.StatusBadRequest, "POST", "/rest/videos?action=initializeUpload", videoRequest(sandbox.PageURN, 300_001, ""))
}

// A sandbox that cannot write says so, and why.
func TestAFolderThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	b := start(t, smallParts, func(o *sandbox.Options) {
		o.Dir = filepath.Join(o.Dir, "file")
		if err := os.WriteFile(o.Dir, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	})
	video := b.initializeVideo(sandbox.PageURN, 80_000, "")
	for name, a := range map[string]answer{
		"image": b.do("PUT", b.initialize(sandbox.PageURN).URL, "x"),
		"part":  b.do("PUT", video.Instructions[0].URL, video.slice(0, clipOf(80_000)), partHeaders),
	} {
		if a.status != http.StatusInsufficientStorage || !strings.Contains(a.problem(t).Message, b.dir+": not a directory") {
			t.Errorf("%s: status %d, %s", name, a.status, a.body)
		}
	}
}

func TestManyClientsUploadVideos(t *testing.T) {
	t.Parallel()
	b := start(t, smallParts)
	content := clipOf(400_000)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			place := b.initializeVideo(sandbox.PageURN, len(content), "")
			var parts sync.WaitGroup
			for i := range place.Instructions {
				parts.Go(func() {
					for range 2 {
						if a, err := b.try("PUT", place.Instructions[i].URL, place.slice(i, content), partHeaders); err != nil || a.status != http.StatusOK {
							t.Errorf("part %d: %+v, %v", i, a, err)
						}
						b.Videos()
					}
				})
			}
			parts.Wait()
			a, err := b.try("POST", finalizeTarget, finalizeBody(place, b.ids(place)))
			if err != nil || a.status != http.StatusOK {
				t.Errorf("finalize: %+v, %v", a, err)
			}
			if stored, err := b.Upload(place.Video); err != nil || !bytes.Equal(stored, content) {
				t.Errorf("what is stored differs (%v)", err)
			}
		})
	}
	group.Wait()
}

func TestUploadAddressesExpire(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		ttl    time.Duration // Options.UploadTTL
		video  time.Duration // Options.VideoUploadTTL
		after  time.Duration
		status int
	}{
		{"in time", 0, 0, 30*24*time.Hour - 1, 200},
		{"late", 0, 0, 30 * 24 * time.Hour, 400},
		{"one time for all", time.Minute, 0, time.Minute, 400},
		{"a time of its own", time.Minute, time.Hour, time.Minute, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t, func(o *sandbox.Options) { o.UploadTTL, o.VideoUploadTTL, o.EveryVersion = tt.ttl, tt.video, true })
			place := b.initializeVideo(sandbox.PageURN, 80_000, "")
			b.clock.Advance(tt.after)
			b.want(tt.status, "PUT", place.Instructions[0].URL, string(clipOf(80_000)), partHeaders)
		})
	}
}
