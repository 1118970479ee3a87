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
	return &box{Sandbox: b.Sandbox, t: t, url: b.url, clock: b.clock}
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

func TestInitializeVideoRules(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.MaxVideoBytes = 5_000_000_000 })
	err := b.AddOrganization(sandbox.Organization{ID: 77, Name: "Roles", Roles: []sandbox.RoleAssignment{
		{Person: sandbox.JaneID, Role: "CONTENT_ADMIN"}, {Person: sandbox.JohnID, Role: "DIRECT_SPONSORED_CONTENT_POSTER"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	const roles, forbidden = "urn:li:organization:77", "Accessing this video resource is forbidden. Please check your permissions for this resource"
	for _, tt := range []struct {
		name, body string
		edits      []edit
		status     int
		message    string
	}{
		{"smallest", videoRequest(sandbox.PageURN, 75_000, ""), nil, 200, `"lastByte":74999`},
		{"too small", videoRequest(sandbox.PageURN, 74_999, ""), nil, 400, "fileSizeBytes can't be set to 74999"},
		{"beyond 32 bits", videoRequest(sandbox.PageURN, 4_200_000_000, ""), nil, 200, `"lastByte":4199999999`},
		{"too large", videoRequest(sandbox.PageURN, 5_000_000_001, ""), nil, 400, "fileSizeBytes can't be set to 5000000001"},
		{"negative", videoRequest(sandbox.PageURN, -1, ""), nil, 400, "fileSizeBytes"},
		{"no size", `{"initializeUploadRequest":{"owner":"` + sandbox.PageURN + `"}}`, nil, 422, "/initializeUploadRequest/fileSizeBytes :: field is required"},
		{"size in words", `{"initializeUploadRequest":{"owner":"` + sandbox.PageURN + `","fileSizeBytes":"80000"}}`, nil, 422, "cannot be coerced to Long"},
		{"half a byte", `{"initializeUploadRequest":{"owner":"` + sandbox.PageURN + `","fileSizeBytes":80000.5}}`, nil, 422, "cannot be coerced to Long"},
		{"unknown field", videoRequest(sandbox.PageURN, 80_000, `,"fileName":"a.mp4"`), nil, 422, "/initializeUploadRequest/fileName :: unrecognized"},
		{"every field", videoRequest(sandbox.PageURN, 80_000, `,"purpose":"ORGANIC","templateName":"t","linkbackContext":{"a":1},"mediaLibraryMetadata":{"assetName":"n"}`), nil, 200, "uploadInstructions"},
		{
			"a field before its version", videoRequest(sandbox.PageURN, 80_000, `,"templateName":"t"`),
			[]edit{with("LinkedIn-Version", "202601")},
			422, "/initializeUploadRequest/templateName :: unrecognized",
		},
		{"nothing asked for", videoRequest(sandbox.PageURN, 80_000, `,"uploadCaptions":false,"uploadThumbnail":false`), nil, 200, ""},
		{"captions", videoRequest(sandbox.PageURN, 80_000, `,"uploadCaptions":true`), nil, 200, "captionsUploadUrl"},
		{"thumbnail", videoRequest(sandbox.PageURN, 80_000, `,"uploadThumbnail":true`), nil, 200, "thumbnailUploadUrl"},
		{"a word for a truth", videoRequest(sandbox.PageURN, 80_000, `,"uploadCaptions":"true"`), nil, 422, "cannot be coerced to Boolean"},
		{"content admin", videoRequest(roles, 80_000, ""), nil, 403, forbidden},
		{"sponsored content poster", videoRequest(roles, 80_000, ""), []edit{token(sandbox.OtherToken)}, 200, "urn:li:video:"},
		{"no role", videoRequest(sandbox.PageURN, 80_000, ""), []edit{token(sandbox.OtherToken)}, 403, "role"},
		{"foreign person", videoRequest(sandbox.JohnURN, 80_000, ""), nil, 403, "[/owner]"},
		{"page with a member token", videoRequest(sandbox.PageURN, 80_000, ""), []edit{token(sandbox.MemberToken)}, 400, "Organization permissions must be used"},
		{"no scope", videoRequest(sandbox.JaneURN, 80_000, ""), []edit{token(sandbox.LoginToken)}, 403, "Not enough permissions to access: videos.ACTION"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.at(t).do("POST", "/rest/videos?action=initializeUpload", tt.body, tt.edits...)
			if a.status != tt.status || !strings.Contains(a.body, tt.message) {
				t.Errorf("status %d, body %s; want %d with %q", a.status, a.body, tt.status, tt.message)
			}
			for _, extra := range []string{"captionsUploadUrl", "thumbnailUploadUrl"} {
				if strings.Contains(a.body, extra) != (tt.message == extra) {
					t.Errorf("%s in %s", extra, a.body)
				}
			}
		})
	}
}

func TestContentAdminsMayBeAdmitted(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.ContentAdminsUploadVideos = true })
	roles := []sandbox.RoleAssignment{{Person: sandbox.JaneID, Role: "CONTENT_ADMIN"}}
	if err := b.AddOrganization(sandbox.Organization{ID: 77, Name: "Roles", Roles: roles}); err != nil {
		t.Fatal(err)
	}
	b.initializeVideo("urn:li:organization:77", 80_000, "")
}

func TestPartRules(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(address string, content string) (string, string)
		method string
		edits  []edit
		status int
		says   string
	}{
		{name: "as it should be", status: 200},
		{name: "with a token", edits: []edit{token(sandbox.PageToken)}, status: 400, says: "takes no Authorization header"},
		{name: "one byte less", change: func(u, c string) (string, string) { return u, c[1:] }, status: 400, says: "takes 50000 bytes, not 49999"},
		{name: "one byte more", change: func(u, c string) (string, string) { return u, c + "x" }, status: 400, says: "takes 50000 bytes, not 50001"},
		{name: "empty", change: func(u, _ string) (string, string) { return u, "" }, status: 400, says: "not 0"},
		{name: "address decoded", change: func(u, c string) (string, string) { return decodeQuery(u), c }, status: 403, says: "Signature"},
		{name: "address encoded anew", change: func(u, c string) (string, string) { return reencode(u), c }, status: 403, says: "Signature"},
		{name: "address of another part", change: func(u, c string) (string, string) {
			return strings.Replace(u, "uploaded-video/1", "uploaded-video/2", 1), c
		}, status: 403, says: "Signature"},
		{name: "part that there is not", change: func(u, c string) (string, string) {
			return strings.Replace(u, "uploaded-video/1", "uploaded-video/9", 1), c
		}, status: 403},
		{name: "another role", change: func(u, c string) (string, string) {
			return strings.Replace(u, "uploaded-video/1", "uploaded-thumbnail/0", 1), c
		}, status: 403},
		{name: "an image's role", change: func(u, c string) (string, string) {
			return strings.Replace(u, "uploaded-video/1", "uploaded-image/0", 1), c
		}, status: 401},
		{name: "unknown role", change: func(u, c string) (string, string) {
			return strings.Replace(u, "uploaded-video/1", "uploaded-podcast/0", 1), c
		}, status: 403},
		{name: "POST", method: "POST", status: 405},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t, func(o *sandbox.Options) { o.PartBytes = 50_000 })
			content := clipOf(100_000)
			place := b.initializeVideo(sandbox.PageURN, len(content), "")
			address, bytes := place.Instructions[0].URL, place.slice(0, content)
			if tt.change != nil {
				address, bytes = tt.change(address, bytes)
			}
			if tt.method == "" {
				tt.method = "PUT"
			}
			a := b.want(tt.status, tt.method, address, bytes, append([]edit{partHeaders}, tt.edits...)...)
			if !strings.Contains(a.body, tt.says) {
				t.Errorf("body %s lacks %q", a.body, tt.says)
			}
			if v, _ := b.Video(place.Video); v.Parts[0].Stored != (tt.status == 200) {
				t.Errorf("part %+v", v.Parts[0])
			}
		})
	}
}

func TestATokenOnPartsMayBeTolerated(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.AuthorizationOnParts = true })
	content := clipOf(80_000)
	place := b.initializeVideo(sandbox.PageURN, len(content), "")
	b.want(http.StatusOK, "PUT", place.Instructions[0].URL, string(content), token(sandbox.PageToken))
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

func TestFinalizeRules(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		skip   int // the part that is not uploaded; 0: none
		change func(place *videoPlace, ids []string) []string
		edits  []edit
		after  time.Duration
		status int
		code   string
		says   string
	}{
		{name: "as it should be", status: 200},
		{name: "too early", skip: 2, status: 400, code: "MEDIA_ASSET_WAITING_UPLOAD", says: "1 of 3 parts are not uploaded: 2 (bytes 50000-99999)"},
		{name: "out of order", change: func(_ *videoPlace, ids []string) []string { slices.Reverse(ids); return ids }, status: 400, code: "INVALID_VALUE_FOR_FIELD", says: "uploadedPartIds/0"},
		{name: "one id less", change: func(_ *videoPlace, ids []string) []string { return ids[:2] }, status: 400, code: "INVALID_VALUE_FOR_FIELD", says: "2 ids for 3 parts"},
		{name: "one id more", change: func(_ *videoPlace, ids []string) []string { return append(ids, ids[0]) }, status: 400, code: "INVALID_VALUE_FOR_FIELD", says: "4 ids for 3 parts"},
		{name: "with quotes", change: func(_ *videoPlace, ids []string) []string { ids[2] = `"` + ids[2] + `"`; return ids }, status: 400, code: "INVALID_VALUE_FOR_FIELD", says: "uploadedPartIds/2"},
		{name: "another id", change: func(_ *videoPlace, ids []string) []string { ids[1] = strings.ToUpper(ids[1]); return ids }, status: 400, code: "INVALID_VALUE_FOR_FIELD", says: "uploadedPartIds/1"},
		{name: "another token", change: func(p *videoPlace, ids []string) []string { p.Token = new(""); return ids }, status: 400, code: "INVALID_VALUE_FOR_FIELD", says: "uploadToken"},
		{name: "unknown video", change: func(p *videoPlace, ids []string) []string { p.Video += "x"; return ids }, status: 400, code: "INVALID_VIDEO_ID"},
		{name: "an image", change: func(p *videoPlace, ids []string) []string { p.Video = "urn:li:image:x"; return ids }, status: 400, code: "INVALID_URN_TYPE"},
		{name: "by somebody else", edits: []edit{token(sandbox.OtherToken)}, status: 403, code: "ACCESS_DENIED"},
		{name: "too late", after: 30 * 24 * time.Hour, status: 400, code: "EXPIRED_UPLOAD_URL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t, func(o *sandbox.Options) { o.PartBytes = 50_000 })
			content := clipOf(120_000)
			place := b.initializeVideo(sandbox.PageURN, len(content), "")
			video, ids := place.Video, []string{}
			for i := range place.Instructions {
				if i+1 == tt.skip {
					ids = append(ids, "none")
					continue
				}
				ids = append(ids, b.putPart(place, i, content))
			}
			if tt.change != nil {
				ids = tt.change(&place, ids)
			}
			b.clock.Advance(tt.after)
			a := b.want(tt.status, "POST", finalizeTarget, finalizeBody(place, ids), tt.edits...)
			if tt.status != 200 {
				if e := a.problem(t); e.Code != tt.code || !strings.Contains(e.Message, tt.says) {
					t.Errorf("%+v, want %s with %q", e, tt.code, tt.says)
				}
			}
			v, _ := b.Video(video)
			if want := map[bool]string{true: "AVAILABLE", false: "WAITING_UPLOAD"}[tt.status == 200]; v.Status != want {
				t.Errorf("status %s, want %s", v.Status, want)
			}
		})
	}
}

func TestFinalizeAgain(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.PartBytes = 50_000 })
	content := clipOf(120_000)
	place := b.initializeVideo(sandbox.PageURN, len(content), "")
	ids := b.fill(place, content)
	for range 2 {
		b.want(http.StatusOK, "POST", finalizeTarget, finalizeBody(place, ids))
	}
	a := b.want(http.StatusBadRequest, "POST", finalizeTarget, finalizeBody(place, ids[:1])).problem(t)
	if a.Code != "ILLEGAL_ARGUMENT" || !strings.Contains(a.Message, "was finalized") {
		t.Errorf("%+v", a)
	}
	b.want(http.StatusBadRequest, "PUT", place.Instructions[0].URL, place.slice(0, content), partHeaders)
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

func TestProcessingLooksAtTheVideo(t *testing.T) {
	t.Parallel()
	b := start(t)
	good := clip{duration: 10 * time.Second, width: 640, height: 360, size: 80_000}
	with := func(change func(*clip)) []byte {
		c := good
		change(&c)
		return c.bytes()
	}
	cutOff := with(func(c *clip) { c.size = 90_000 })[:80_000]
	for _, tt := range []struct {
		name    string
		content []byte
		failure string // part of it; empty: none
	}{
		{"good", good.bytes(), ""},
		{"index at the end", with(func(c *clip) { c.tail = true }), ""},
		{"turned", with(func(c *clip) { c.turned, c.width, c.height = true, 360, 640 }), ""},
		{"in fragments", with(func(c *clip) { c.fragments = 5 }), ""},
		{"in fragments, duration told", with(func(c *clip) { c.fragments, c.told = 5, true }), ""},
		{"of another brand", with(func(c *clip) { c.brand = "mp42" }), ""},
		{"shortest", with(func(c *clip) { c.duration = 3 * time.Second }), ""},
		{"too short", with(func(c *clip) { c.duration = 2999 * time.Millisecond }), "shorter than 3 seconds"},
		{"longest", with(func(c *clip) { c.duration = 30 * time.Minute }), ""},
		{"too long", with(func(c *clip) { c.duration = 30*time.Minute + time.Millisecond }), "longer than 30 minutes"},
		{"too long in fragments", with(func(c *clip) { c.duration, c.fragments = 31*time.Minute, 4 }), "longer than 30 minutes"},
		{"QuickTime", with(func(c *clip) { c.brand = "qt  " }), "QuickTime"},
		{"old QuickTime", append(mp4Box("wide"), good.bytes()...), "QuickTime"},
		{"sound", with(func(c *clip) { c.handler = "soun" }), "no video track"},
		{"a sound file", with(func(c *clip) { c.brand = "M4A " }), "not supported"},
		{"without pixels", with(func(c *clip) { c.width = 0 }), "no pixels"},
		{"no index", append(mp4Box("ftyp", []byte("isom"), words(0)), mp4Box("mdat", make([]byte, 80_000))...), "no index"},
		{"cut off", cutOff, "ends early"},
		{"damaged", append(good.bytes(), 0, 0, 0, 7, 'f', 'r', 'e', 'e'), "damaged"},
		{"WebM", append([]byte("\x1aE\xdf\xa3"), make([]byte, 80_000)...), "not supported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := b.at(t)
			got := b.videoState(b.video(sandbox.PageURN, tt.content))
			if tt.failure == "" {
				if got.Status != "AVAILABLE" || got.Width != 640 || got.Height != 360 || got.Failure != "" {
					t.Errorf("%+v", got)
				}
				return
			}
			if got.Status != "PROCESSING_FAILED" || !strings.Contains(got.Failure, tt.failure) || got.DownloadURL != "" {
				t.Errorf("%+v, want %q", got, tt.failure)
			}
		})
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
