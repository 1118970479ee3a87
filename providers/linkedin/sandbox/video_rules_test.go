package sandbox_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

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
