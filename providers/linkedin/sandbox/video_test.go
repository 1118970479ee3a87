package sandbox_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const mib = 1 << 20

type instruction struct {
	First int64  `json:"firstByte"`
	Last  int64  `json:"lastByte"`
	URL   string `json:"uploadUrl"`
}

// videoPlace is the answer of initializeUpload.
type videoPlace struct {
	Video        string        `json:"video"`
	Token        *string       `json:"uploadToken"`
	Expire       int64         `json:"uploadUrlsExpireAt"`
	Instructions []instruction `json:"uploadInstructions"`
	CaptionsURL  string        `json:"captionsUploadUrl"`
	ThumbnailURL string        `json:"thumbnailUploadUrl"`
}

func videoRequest(owner string, size int, more string) string {
	return fmt.Sprintf(`{"initializeUploadRequest":{"owner":%q,"fileSizeBytes":%d%s}}`, owner, size, more)
}

func (b *box) initializeVideo(owner string, size int, more string, edits ...edit) videoPlace {
	b.t.Helper()
	a := b.want(http.StatusOK, http.MethodPost, "/rest/videos?action=initializeUpload", videoRequest(owner, size, more), edits...)
	var v struct{ Value videoPlace }
	a.decode(b.t, &v)
	if v.Value.Token == nil {
		b.t.Fatalf("no uploadToken: %s", a.body)
	}
	return v.Value
}

// putPart uploads one part as a client should, and returns its id.
func (b *box) putPart(place videoPlace, i int, content []byte) string {
	b.t.Helper()
	a := b.want(http.StatusOK, http.MethodPut, place.Instructions[i].URL, place.slice(i, content), partHeaders)
	if a.body != "" {
		b.t.Errorf("a part is answered with %q, want nothing", a.body)
	}
	return strings.Trim(a.header.Get("ETag"), `"`)
}

func (v videoPlace) slice(i int, content []byte) string {
	one := v.Instructions[i]
	return string(content[one.First:min(one.Last+1, int64(len(content)))])
}

// partHeaders leaves what a part is sent with.
func partHeaders(r *http.Request) {
	r.Header = http.Header{"Content-Type": {"application/octet-stream"}}
}

func finalizeBody(place videoPlace, ids []string) string {
	return fmt.Sprintf(`{"finalizeUploadRequest":{"video":%q,"uploadToken":%q,"uploadedPartIds":[%s]}}`, place.Video, *place.Token, quoted(ids))
}

func quoted(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = fmt.Sprintf("%q", id)
	}
	return strings.Join(out, ",")
}

const finalizeTarget = "/rest/videos?action=finalizeUpload"

// fill uploads all parts and returns their ids.
func (b *box) fill(place videoPlace, content []byte) []string {
	b.t.Helper()
	var ids []string
	for i := range place.Instructions {
		ids = append(ids, b.putPart(place, i, content))
	}
	return ids
}

// video uploads a whole video and returns its URN.
func (b *box) video(owner string, content []byte, edits ...edit) string {
	b.t.Helper()
	place := b.initializeVideo(owner, len(content), "", edits...)
	ids := b.fill(place, content)
	b.want(http.StatusOK, http.MethodPost, finalizeTarget, finalizeBody(place, ids), edits...)
	return place.Video
}

type videoState struct {
	ID, Owner, Status     string
	Duration              int64
	Width                 int `json:"aspectRatioWidth"`
	Height                int `json:"aspectRatioHeight"`
	Thumbnail             string
	Captions              string
	DownloadURL           string
	Failure               string `json:"processingFailureReason"`
	DownloadURLExpiresAt_ int64  `json:"downloadUrlExpiresAt"`
}

func (b *box) videoState(urn string, edits ...edit) videoState {
	b.t.Helper()
	var v videoState
	b.want(http.StatusOK, http.MethodGet, "/rest/videos/"+enc(urn), "", edits...).decode(b.t, &v)
	return v
}

// at is the same sandbox within a subtest.
func (b *box) at(t *testing.T) *box {
	return &box{Sandbox: b.Sandbox, t: t, url: b.url, dir: b.dir, clock: b.clock}
}

func TestVideosOfAllSizes(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, size := range []int{75_000, 4*mib - 1, 4 * mib, 4*mib + 1, 9 * mib} {
		t.Run(strconv.Itoa(size), func(t *testing.T) {
			t.Parallel()
			b := b.at(t)
			content := clipOf(size)
			if len(content) != size {
				t.Fatalf("%d bytes, want %d", len(content), size)
			}
			place := b.initializeVideo(sandbox.PageURN, size, "")
			want := []instruction{}
			for first := 0; first < size; first += 4 * mib {
				want = append(want, instruction{First: int64(first), Last: int64(min(first+4*mib, size) - 1), URL: place.Instructions[len(want)].URL})
			}
			if diff := cmp.Diff(want, place.Instructions); diff != "" {
				t.Errorf("instructions (-want +got):\n%s", diff)
			}
			if got := b.videoState(place.Video).Status; got != "WAITING_UPLOAD" {
				t.Errorf("before the upload: %s", got)
			}
			ids := b.fill(place, content)
			if got := b.videoState(place.Video).Status; got != "WAITING_UPLOAD" {
				t.Errorf("before finalizeUpload: %s", got)
			}
			if a := b.want(http.StatusOK, http.MethodPost, finalizeTarget, finalizeBody(place, ids)); a.body != "" {
				t.Errorf("finalizeUpload is answered with %q", a.body)
			}
			sum := sha256.Sum256(content)
			v, _ := b.Video(place.Video)
			if v.SHA256 != hex.EncodeToString(sum[:]) || v.Status != "AVAILABLE" || v.Size != int64(size) {
				t.Errorf("video %+v, want %x", v.File, sum)
			}
			a := b.want(http.StatusOK, http.MethodGet, b.videoState(place.Video).DownloadURL, "", without("Authorization"))
			if a.body != string(content) || a.header.Get("Content-Type") != "video/mp4" {
				t.Error("the download differs from the upload")
			}
		})
	}
}

func TestStateOfAVideo(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.VideoProcessingPolls, o.VideoProcessingTime = 2, time.Minute })
	content := clip{duration: 12345 * time.Millisecond, width: 1080, height: 1920, size: 80_000, tail: true}.bytes()
	place := b.initializeVideo(sandbox.JaneURN, len(content), "", token(sandbox.MemberToken))
	if *place.Token != "" {
		t.Errorf("uploadToken of a person: %q, want none", *place.Token)
	}
	if want := b.clock.Now().Add(30 * 24 * time.Hour).UnixMilli(); place.Expire != want {
		t.Errorf("uploadUrlsExpireAt %d, want %d", place.Expire, want)
	}
	b.want(http.StatusOK, http.MethodPost, finalizeTarget, finalizeBody(place, b.fill(place, content)), token(sandbox.MemberToken))
	create := body(m{"author": sandbox.JaneURN, "content": m{"media": m{"id": place.Video}}})
	if got := b.want(http.StatusBadRequest, "POST", "/rest/posts", create).problem(t).Code; got != "MEDIA_ASSET_WAITING_UPLOAD" {
		t.Errorf("post of a video in processing: code %s", got)
	}
	if got := b.videoState(place.Video, token(sandbox.MemberToken)); got.Status != "PROCESSING" || got.DownloadURL != "" || got.Duration != 0 {
		t.Errorf("second look: %+v", got)
	}
	if got := b.videoState(place.Video).Status; got != "PROCESSING" {
		t.Errorf("after the polls, before the time: %s", got)
	}
	b.clock.Advance(time.Minute)
	got := b.videoState(place.Video, token(sandbox.MemberToken))
	want := videoState{
		ID: place.Video, Owner: sandbox.JaneURN, Status: "AVAILABLE", Duration: 12345, Width: 1080, Height: 1920,
		DownloadURL: b.url + "/dms/video/" + strings.TrimPrefix(place.Video, "urn:li:video:"), DownloadURLExpiresAt_: b.clock.Now().Add(24 * time.Hour).UnixMilli(),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	urn := b.want(http.StatusCreated, "POST", "/rest/posts", create).header.Get("x-restli-id")
	if !strings.HasPrefix(urn, "urn:li:ugcPost:") {
		t.Errorf("post %s, want a ugcPost", urn)
	}
	post, _ := b.Post(urn)
	wantMedia := []sandbox.Media{{
		ID: place.Video, Kind: "video", ContentType: "video/mp4", Width: 1080, Height: 1920, Milliseconds: 12345, Size: int64(len(content)),
		DownloadURL: "/dms/video/" + strings.TrimPrefix(place.Video, "urn:li:video:"),
	}}
	if diff := cmp.Diff(wantMedia, post.Media); diff != "" {
		t.Errorf("media (-want +got):\n%s", diff)
	}
}

func TestETagsHaveTwoForms(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.PartBytes = 50_000 })
	content := clipOf(120_000)
	place := b.initializeVideo(sandbox.PageURN, len(content), "")
	if *place.Token == "" {
		t.Error("no uploadToken for a page")
	}
	var tags []string
	for i := range place.Instructions {
		tags = append(tags, b.want(http.StatusOK, "PUT", place.Instructions[i].URL, place.slice(i, content), partHeaders).header.Get("ETag"))
	}
	for i, form := range []string{`"`, "/ambry-videoei/signedId/", `"`} {
		if !strings.HasPrefix(tags[i], form) || strings.HasSuffix(tags[i], form) != (form == `"`) {
			t.Errorf("part %d has the ETag %s", i+1, tags[i])
		}
	}
	if len(tags) != 3 {
		t.Errorf("ETags %q", tags)
	}
}

func TestLastByteBeyondTheEnd(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.LastByteBeyondEnd, o.PartBytes = true, 50_000 })
	content := clipOf(80_000)
	place := b.initializeVideo(sandbox.PageURN, len(content), "")
	if got := place.Instructions[1].Last; got != 99_999 {
		t.Errorf("last byte %d, want 99999", got)
	}
	b.want(http.StatusOK, "POST", finalizeTarget, finalizeBody(place, b.fill(place, content)))
	if got := b.videoState(place.Video).Status; got != "AVAILABLE" {
		t.Errorf("status %s", got)
	}
}

func TestPartsInAnyOrderAndAgain(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.PartBytes = 30_000 })
	content := clipOf(120_000)
	place := b.initializeVideo(sandbox.PageURN, len(content), "")
	b.want(http.StatusOK, "PUT", place.Instructions[1].URL, strings.Repeat("x", 30_000), partHeaders)
	ids := make([]string, 4)
	for _, i := range []int{3, 1, 0, 2} {
		ids[i] = b.putPart(place, i, content)
	}
	b.want(http.StatusOK, "POST", finalizeTarget, finalizeBody(place, ids))
	stored, err := b.Upload(place.Video)
	if err != nil || !bytes.Equal(stored, content) {
		t.Errorf("%d bytes were stored (%v), and they differ", len(stored), err)
	}
	v, _ := b.Video(place.Video)
	got := []int{}
	for _, p := range v.Parts {
		got = append(got, p.Uploads)
	}
	if diff := cmp.Diff([]int{1, 2, 1, 1}, got); diff != "" {
		t.Errorf("uploads of the parts (-want +got):\n%s", diff)
	}
}

func TestVideosAreReadByTheirOwners(t *testing.T) {
	t.Parallel()
	b := start(t)
	content := clipOf(80_000)
	own := b.video(sandbox.JaneURN, content, token(sandbox.MemberToken))
	page := b.video(sandbox.PageURN, content)
	for _, tt := range []struct {
		name, urn, token string
		status           int
	}{
		{"own, self-serve app", own, sandbox.MemberToken, 200},
		{"own, community app", own, sandbox.PageToken, 200},
		{"page's, self-serve app", page, sandbox.MemberToken, 403},
		{"page's, administrator", page, sandbox.PageToken, 200},
		{"page's, somebody else", page, sandbox.OtherToken, 403},
		{"somebody else's", own, sandbox.OtherToken, 403},
		{"no scope", own, sandbox.LoginToken, 403},
		{"unknown", "urn:li:video:D4E10AQnothing", sandbox.PageToken, 404},
		{"an image", "urn:li:image:x", sandbox.PageToken, 400},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.at(t).want(tt.status, "GET", "/rest/videos/"+enc(tt.urn), "", token(tt.token))
			if tt.status == 403 && a.problem(t).Message != "Accessing this video resource is forbidden. Please check your permissions for this resource" {
				t.Errorf("body %s", a.body)
			}
		})
	}
	var batch struct{ Statuses map[string]int }
	b.want(http.StatusOK, "GET", "/rest/videos?ids=List("+enc(own)+","+enc("urn:li:video:x")+")", "").decode(t, &batch)
	if diff := cmp.Diff(map[string]int{own: 200, "urn:li:video:x": 404}, batch.Statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
}

func TestUploadAddressesEncodeTheirSignature(t *testing.T) {
	t.Parallel()
	b := start(t)
	place := b.initializeVideo(sandbox.PageURN, 9*mib, `,"uploadCaptions":true,"uploadThumbnail":true`)
	addresses := []string{place.CaptionsURL, place.ThumbnailURL}
	for _, i := range place.Instructions {
		addresses = append(addresses, i.URL)
	}
	slices.Sort(addresses)
	if n := len(slices.Compact(addresses)); n != 5 {
		t.Errorf("%d addresses, want 5", n)
	}
	for _, address := range addresses {
		if u, err := url.Parse(address); err != nil || !strings.Contains(address, "%253D") || u.Path == "" {
			t.Errorf("address %s (%v)", address, err)
		}
	}
}
