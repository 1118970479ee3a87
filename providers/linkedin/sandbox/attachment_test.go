package sandbox_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

const (
	goodSRT      = "1\n00:00:00,000 --> 00:00:02,500\nHello, <b>world</b>\nof two lines\n\n2\n00:00:03,000 --> 00:00:04,000\nAnd again\n"
	goodMetadata = `{"format":"SRT","formattedForEasyReader":true,"largeText":true,"source":"USER_PROVIDED",` +
		`"locale":{"variant":"AMERICAN","country":"US","language":"EN"},"transcriptType":"CLOSED_CAPTION"}`
	bothAttachments = `,"uploadCaptions":true,"uploadThumbnail":true`
)

// formPart is one part of a form.
type formPart struct{ name, contentType, content string }

// formOf is a multipart body with its type.
func formOf(t *testing.T, parts ...formPart) (string, edit) {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="` + p.name + `"; filename="x"`}}
		if p.contentType != "" {
			h.Set("Content-Type", p.contentType)
		}
		w, err := form.CreatePart(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(p.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return body.String(), with("Content-Type", form.FormDataContentType())
}

func metadata(content string) formPart { return formPart{"metadata", "application/json", content} }

func srt(content string) formPart { return formPart{"file", "application/octet-stream", content} }

func TestThumbnailAndCaptions(t *testing.T) {
	t.Parallel()
	b := start(t)
	content := clipOf(80_000)
	place := b.initializeVideo(sandbox.PageURN, len(content), bothAttachments)
	ids := b.fill(place, content)
	missing := func(what string) {
		t.Helper()
		e := b.want(http.StatusBadRequest, "POST", finalizeTarget, finalizeBody(place, ids)).problem(t)
		if e.Code != "MEDIA_ASSET_WAITING_UPLOAD" || !strings.Contains(e.Message, what) {
			t.Errorf("%+v, want %q", e, what)
		}
	}
	missing("thumbnail is not uploaded")
	picture := pngOf(t, 64, 36)
	b.want(http.StatusCreated, "PUT", place.ThumbnailURL, string(picture), partHeaders, with("media-type-family", "STILLIMAGE"))
	missing("captions are not uploaded")
	body, kind := formOf(t, metadata(goodMetadata), srt(goodSRT))
	b.want(http.StatusCreated, "POST", place.CaptionsURL, body, kind, without("X-Restli-Protocol-Version"))
	b.want(http.StatusOK, "POST", finalizeTarget, finalizeBody(place, ids))

	path := "/dms/video/" + strings.TrimPrefix(place.Video, "urn:li:video:")
	state := b.videoState(place.Video)
	if state.Thumbnail != b.url+path+"/thumbnail" || state.Captions != b.url+path+"/captions" {
		t.Errorf("state %+v", state)
	}
	if a := b.want(http.StatusOK, "GET", state.Thumbnail, ""); a.body != string(picture) || a.header.Get("Content-Type") != "image/png" {
		t.Errorf("thumbnail of %s, %d bytes", a.header.Get("Content-Type"), len(a.body))
	}
	a := b.want(http.StatusOK, "GET", state.Captions, "")
	want := "WEBVTT\n\n1\n00:00:00.000 --> 00:00:02.500\nHello, <b>world</b>\nof two lines\n\n2\n00:00:03.000 --> 00:00:04.000\nAnd again\n"
	if diff := cmp.Diff(want, a.body); diff != "" || a.header.Get("Content-Type") != "text/vtt; charset=utf-8" {
		t.Errorf("captions of %s (-want +got):\n%s", a.header.Get("Content-Type"), diff)
	}
	v, _ := b.Video(place.Video)
	v.Captions.SHA256, v.Thumbnail.SHA256 = "", ""
	if diff := cmp.Diff(&sandbox.Captions{Language: "en", Cues: 2, Size: int64(len(goodSRT))}, v.Captions); diff != "" {
		t.Errorf("captions (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&sandbox.Thumbnail{ContentType: "image/png", Width: 64, Height: 36, Size: int64(len(picture))}, v.Thumbnail); diff != "" {
		t.Errorf("thumbnail (-want +got):\n%s", diff)
	}
	b.want(http.StatusBadRequest, "PUT", place.ThumbnailURL, string(picture), partHeaders)
	b.want(http.StatusBadRequest, "POST", place.CaptionsURL, body, kind)
	b.wantStored(3)
}

func TestThumbnailRules(t *testing.T) {
	t.Parallel()
	b := start(t)
	t.Cleanup(func() { b.wantStored(3) }) // one of each that was taken
	picture := string(pngOf(t, 2, 2))
	for _, tt := range []struct {
		name    string
		method  string
		content string
		edits   []edit
		status  int
	}{
		{"PNG", "PUT", picture, nil, 201},
		{"JPEG", "PUT", string(jpegOf(t, 2, 2)), nil, 201},
		{"with the token", "PUT", picture, []edit{token(sandbox.PageToken)}, 201},
		{"with a bad token", "PUT", picture, []edit{token("nobody")}, 401},
		{"by somebody else", "PUT", picture, []edit{token(sandbox.OtherToken)}, 403},
		{"as a video", "PUT", picture, []edit{with("media-type-family", "VIDEO")}, 400},
		{"GIF", "PUT", string(gifOf(t, 1)), nil, 400},
		{"WebP", "PUT", "RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00", nil, 400},
		{"empty", "PUT", "", nil, 400},
		{"POST", "POST", picture, nil, 405},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := b.at(t)
			place := b.initializeVideo(sandbox.PageURN, 80_000, bothAttachments)
			b.want(tt.status, tt.method, place.ThumbnailURL, tt.content, append([]edit{partHeaders}, tt.edits...)...)
			if v, _ := b.Video(place.Video); (v.Thumbnail != nil) != (tt.status == 201) {
				t.Errorf("thumbnail %+v", v.Thumbnail)
			}
		})
	}
}

func TestCaptionsRules(t *testing.T) {
	t.Parallel()
	b := start(t)
	t.Cleanup(func() { b.wantStored(7) }) // one of each that was taken
	other := func(old, replacement string) formPart {
		return metadata(strings.Replace(goodMetadata, old, replacement, 1))
	}
	for _, tt := range []struct {
		name   string
		parts  []formPart
		edits  []edit
		status int
		says   string
	}{
		{"good", []formPart{metadata(goodMetadata), srt(goodSRT)}, nil, 201, ""},
		{"file first", []formPart{srt(goodSRT), metadata(goodMetadata)}, nil, 201, ""},
		{"metadata without a type", []formPart{{"metadata", "", goodMetadata}, srt(goodSRT)}, nil, 201, ""},
		{"shortest metadata", []formPart{metadata(`{"format":"SRT","source":"USER_PROVIDED","transcriptType":"CLOSED_CAPTION","locale":{"language":"DE"}}`), srt(goodSRT)}, nil, 201, ""},
		{"byte order mark and CRLF", []formPart{metadata(goodMetadata), srt("\xef\xbb\xbf" + strings.ReplaceAll(goodSRT, "\n", "\r\n"))}, nil, 201, ""},
		{"no final line end", []formPart{metadata(goodMetadata), srt(strings.TrimSpace(goodSRT))}, nil, 201, ""},
		{"a caption without text", []formPart{metadata(goodMetadata), srt("1\n00:00:00,000 --> 00:00:02,500\n")}, nil, 201, ""},

		{"no token", []formPart{metadata(goodMetadata), srt(goodSRT)}, []edit{without("Authorization")}, 401, ""},
		{"token of somebody else", []formPart{metadata(goodMetadata), srt(goodSRT)}, []edit{token(sandbox.OtherToken)}, 403, ""},
		{"no version", []formPart{metadata(goodMetadata), srt(goodSRT)}, []edit{without("LinkedIn-Version")}, 400, "version"},
		{"no form", []formPart{metadata(goodMetadata), srt(goodSRT)}, []edit{with("Content-Type", "text/plain")}, 415, ""},
		{"another boundary", []formPart{metadata(goodMetadata), srt(goodSRT)}, []edit{with("Content-Type", "multipart/form-data; boundary=x")}, 400, "metadata is required"},
		{"no metadata", []formPart{srt(goodSRT)}, nil, 400, "metadata is required"},
		{"no file", []formPart{metadata(goodMetadata)}, nil, 400, "file is required"},
		{"two files", []formPart{metadata(goodMetadata), srt(goodSRT), srt(goodSRT)}, nil, 400, "not expected"},
		{"another part", []formPart{metadata(goodMetadata), {"extra", "", "x"}, srt(goodSRT)}, nil, 400, "not expected"},
		{"metadata as text", []formPart{{"metadata", "text/plain", goodMetadata}, srt(goodSRT)}, nil, 415, ""},
		{"metadata that is no JSON", []formPart{metadata("{"), srt(goodSRT)}, nil, 400, "data map"},
		{"VTT", []formPart{other("SRT", "VTT"), srt(goodSRT)}, nil, 422, "/format"},
		{"another source", []formPart{other("USER_PROVIDED", "ME"), srt(goodSRT)}, nil, 422, "/source"},
		{"another kind of transcript", []formPart{other("CLOSED_CAPTION", "SUBTITLES"), srt(goodSRT)}, nil, 422, "/transcriptType"},
		{"unknown field", []formPart{other(`"format"`, `"name":"x","format"`), srt(goodSRT)}, nil, 422, "/name"},
		{"no language", []formPart{other(`,"language":"EN"`, ""), srt(goodSRT)}, nil, 422, "/locale/language"},
		{"a language in full", []formPart{other(`"EN"`, `"English"`), srt(goodSRT)}, nil, 400, "language"},
		{"a country in full", []formPart{other(`"US"`, `"America"`), srt(goodSRT)}, nil, 400, "country"},
		{"WebVTT", []formPart{metadata(goodMetadata), srt("WEBVTT\n\n00:00.000 --> 00:02.500\nHi\n")}, nil, 400, "line 1"},
		{"times of WebVTT", []formPart{metadata(goodMetadata), srt("1\n00:00:00.000 --> 00:00:02.500\nHi\n")}, nil, 400, "line 2"},
		{"times that run backwards", []formPart{metadata(goodMetadata), srt("1\n00:00:03,000 --> 00:00:02,500\nHi\n")}, nil, 400, "line 2"},
		{"no times", []formPart{metadata(goodMetadata), srt("1\n")}, nil, 400, "line 1"},
		{"not UTF-8", []formPart{metadata(goodMetadata), srt("1\n00:00:00,000 --> 00:00:02,500\nGr\xfc\xdfe\n")}, nil, 400, "UTF-8"},
		{"empty", []formPart{metadata(goodMetadata), srt("\n\n")}, nil, 400, "there are none"},
		{"an endless line", []formPart{metadata(goodMetadata), srt("1\n00:00:00,000 --> 00:00:02,500\n" + strings.Repeat("x", 70_000))}, nil, 400, "too long"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := b.at(t)
			place := b.initializeVideo(sandbox.PageURN, 80_000, bothAttachments)
			body, kind := formOf(t, tt.parts...)
			a := b.want(tt.status, "POST", place.CaptionsURL, body, append([]edit{kind}, tt.edits...)...)
			if !strings.Contains(a.body, tt.says) {
				t.Errorf("body %s lacks %q", a.body, tt.says)
			}
			if v, _ := b.Video(place.Video); (v.Captions != nil) != (tt.status == 201) {
				t.Errorf("captions %+v", v.Captions)
			}
		})
	}
}

func TestCaptionsArePosted(t *testing.T) {
	t.Parallel()
	b := start(t)
	place := b.initializeVideo(sandbox.PageURN, 80_000, bothAttachments)
	b.want(http.StatusMethodNotAllowed, "PUT", place.CaptionsURL, goodSRT, with("Content-Type", "text/vtt"))
	b.want(http.StatusRequestEntityTooLarge, "PUT", place.ThumbnailURL, strings.Repeat("x", 10*mib+1), partHeaders)
	body, kind := formOf(t, metadata(goodMetadata), srt(strings.Repeat("x", 10*mib+1)))
	b.want(http.StatusRequestEntityTooLarge, "POST", place.CaptionsURL, body, kind)
	body, kind = formOf(t, metadata(goodMetadata+strings.Repeat(" ", 64<<10)), srt(goodSRT))
	b.want(http.StatusBadRequest, "POST", place.CaptionsURL, body, kind)
	b.wantStored(0)
}

// What was not asked for cannot be uploaded.
func TestAttachmentsNobodyAskedFor(t *testing.T) {
	t.Parallel()
	b := start(t)
	place := b.initializeVideo(sandbox.PageURN, 80_000, "")
	path, _, _ := strings.Cut(place.Instructions[0].URL, "/uploaded-video/")
	for _, suffix := range []string{"/uploaded-thumbnail/0?", "/uploaded-thumbnail/0"} {
		b.want(http.StatusForbidden, "PUT", path+suffix, string(pngOf(t, 2, 2)), partHeaders)
	}
}
