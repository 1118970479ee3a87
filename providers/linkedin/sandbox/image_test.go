package sandbox_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/crier-social/crier/providers/linkedin/sandbox"
)

type imageState struct {
	ID, Owner, Status string
	DownloadURL       string
}

func (b *box) imageState(urn string, edits ...edit) imageState {
	b.t.Helper()
	var v imageState
	b.want(http.StatusOK, "GET", "/rest/images/"+enc(urn), "", edits...).decode(b.t, &v)
	return v
}

func TestImageBecomesAvailable(t *testing.T) {
	t.Parallel()
	b := start(t)
	u := b.initialize(sandbox.PageURN)
	if want := b.clock.Now().Add(24 * time.Hour).UnixMilli(); u.Expires != want {
		t.Errorf("uploadUrlExpiresAt %d, want %d", u.Expires, want)
	}
	if got := b.imageState(u.Image).Status; got != "WAITING_UPLOAD" {
		t.Errorf("before the upload: %s", got)
	}
	content := pngOf(t, 7, 5)
	if a := b.want(http.StatusCreated, "PUT", u.URL, string(content), with("Content-Type", "application/octet-stream")); a.body != "" {
		t.Errorf("upload answered %q, want nothing", a.body)
	}
	state := b.imageState(u.Image)
	want := imageState{ID: u.Image, Owner: sandbox.PageURN, Status: "AVAILABLE", DownloadURL: state.DownloadURL}
	if diff := cmp.Diff(want, state); diff != "" {
		t.Errorf("state (-want +got):\n%s", diff)
	}
	a := b.want(http.StatusOK, "GET", state.DownloadURL, "", without("Authorization"))
	if a.body != string(content) {
		t.Error("the download differs from the upload")
	}
	for name, want := range map[string]string{"Content-Type": "image/png", "X-Content-Type-Options": "nosniff"} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestProcessingTakesPollsAndTime(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.ProcessingPolls, o.ProcessingTime = 2, time.Minute })
	urn := b.image(sandbox.PageURN, pngOf(t, 2, 2))
	if got := b.imageState(urn).Status; got != "PROCESSING" {
		t.Errorf("first look: %s", got)
	}
	create := body(m{"content": m{"media": m{"id": urn}}})
	if got := b.want(http.StatusBadRequest, "POST", "/rest/posts", create).problem(t).Code; got != "MEDIA_ASSET_WAITING_UPLOAD" {
		t.Errorf("post of an image in processing: code %s", got)
	}
	if got := b.imageState(urn).Status; got != "PROCESSING" {
		t.Errorf("after the polls, before the time: %s", got)
	}
	b.clock.Advance(time.Minute)
	if got := b.imageState(urn).Status; got != "AVAILABLE" {
		t.Errorf("after polls and time: %s", got)
	}
	b.want(http.StatusCreated, "POST", "/rest/posts", create)
}

func TestUploadRules(t *testing.T) {
	t.Parallel()
	content := string(pngOf(t, 2, 2))
	for _, tt := range []struct {
		name   string
		url    func(string) string
		method string
		edits  []edit
		after  time.Duration
		status int
	}{
		{"without a token", nil, "PUT", []edit{without("Authorization")}, 0, 401},
		{"with an expired token", nil, "PUT", []edit{token(sandbox.ExpiredToken)}, 0, 401},
		{"by somebody else", nil, "PUT", []edit{token(sandbox.OtherToken)}, 0, 403},
		{"address decoded once", decodeQuery, "PUT", nil, 0, 403},
		{"address encoded anew", reencode, "PUT", nil, 0, 403},
		{"address shortened", func(s string) string { return s[:len(s)-1] }, "PUT", nil, 0, 403},
		{"unknown image", func(s string) string { return strings.Replace(s, "/C4E22AQ", "/C4E22AX", 1) }, "PUT", nil, 0, 403},
		{"too late", nil, "PUT", nil, 24 * time.Hour, 400},
		{"GET", nil, "GET", nil, 0, 405},
		{"POST", nil, "POST", nil, 0, 201},
		{"without LinkedIn's headers", nil, "PUT", []edit{without("LinkedIn-Version"), without("X-Restli-Protocol-Version")}, 0, 201},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := start(t)
			u := b.initialize(sandbox.PageURN)
			if !strings.Contains(u.URL, "%253D") {
				t.Fatalf("address %q has no sequence that is encoded twice", u.URL)
			}
			b.clock.Advance(tt.after)
			address := u.URL
			if tt.url != nil {
				if address = tt.url(u.URL); address == u.URL {
					t.Fatal("the address did not change")
				}
			}
			b.want(tt.status, tt.method, address, content, tt.edits...)
		})
	}
}

func decodeQuery(address string) string { return strings.ReplaceAll(address, "%253D", "%3D") }

func reencode(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	u.RawQuery = u.Query().Encode()
	return u.String()
}

func TestInitializeRules(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, tt := range []struct {
		name, body string
		edits      []edit
		status     int
		message    string
	}{
		{"owner missing", `{"initializeUploadRequest":{}}`, nil, 422, "ERROR :: /initializeUploadRequest/owner :: field is required"},
		{"unknown field", `{"initializeUploadRequest":{"owner":"` + sandbox.PageURN + `","recipe":1}}`, nil, 422, "/initializeUploadRequest/recipe :: unrecognized"},
		{"foreign person", `{"initializeUploadRequest":{"owner":"` + sandbox.JohnURN + `"}}`, nil, 403, "[/owner]"},
		{"page with a member token", `{"initializeUploadRequest":{"owner":"` + sandbox.PageURN + `"}}`, []edit{token(sandbox.MemberToken)}, 400, "Organization permissions must be used"},
		{"page without a role", `{"initializeUploadRequest":{"owner":"` + sandbox.PageURN + `"}}`, []edit{token(sandbox.OtherToken)}, 403, "role"},
		{"no scope", `{"initializeUploadRequest":{"owner":"` + sandbox.JaneURN + `"}}`, []edit{token(sandbox.LoginToken)}, 403, "Not enough permissions to access: images.ACTION"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := b.do("POST", "/rest/images?action=initializeUpload", tt.body, tt.edits...)
			if a.status != tt.status || !strings.Contains(a.body, tt.message) {
				t.Errorf("status %d, body %s; want %d with %q", a.status, a.body, tt.status, tt.message)
			}
		})
	}
}

func TestImageStatusIsForCommunityApps(t *testing.T) {
	t.Parallel()
	b := start(t)
	member := token(sandbox.MemberToken)
	own := b.image(sandbox.JaneURN, pngOf(t, 2, 2), member)
	page := b.image(sandbox.PageURN, pngOf(t, 2, 2))
	a := b.want(http.StatusForbidden, "GET", "/rest/images/"+enc(own), "", member)
	const text = "Accessing this image resource is forbidden. Please check your permissions for this resource"
	if got := a.problem(t).Message; got != text {
		t.Errorf("message %q, want %q", got, text)
	}
	b.want(http.StatusForbidden, "GET", "/rest/images/"+enc(page), "", token(sandbox.OtherToken))
	b.want(http.StatusNotFound, "GET", "/rest/images/"+enc("urn:li:image:C4E22AQnothing"), "")
	b.want(http.StatusBadRequest, "GET", "/rest/images/"+enc("urn:li:share:1"), "")
	if got := b.imageState(own).Status; got != "AVAILABLE" {
		t.Errorf("own image read with a community token: %s", got)
	}
	var batch struct {
		Results  map[string]imageState
		Statuses map[string]int
		Errors   map[string]errorBody
	}
	b.want(http.StatusOK, "GET", "/rest/images?ids=List("+enc(page)+","+enc("urn:li:image:x")+")", "").decode(t, &batch)
	if diff := cmp.Diff(map[string]int{page: 200, "urn:li:image:x": 404}, batch.Statuses); diff != "" {
		t.Errorf("statuses (-want +got):\n%s", diff)
	}
	if batch.Results[page].Status != "AVAILABLE" || batch.Errors["urn:li:image:x"].Status != 404 {
		t.Errorf("batch %+v", batch)
	}
}

func TestProcessingLooksAtTheBytes(t *testing.T) {
	t.Parallel()
	b := start(t)
	for _, tt := range []struct {
		name    string
		content []byte
		status  string
	}{
		{"PNG", pngOf(t, 3, 2), "AVAILABLE"},
		{"JPEG", jpegOf(t, 3, 2), "AVAILABLE"},
		{"GIF of 250 frames", gifOf(t, 250), "AVAILABLE"},
		{"GIF of 251 frames", gifOf(t, 251), "PROCESSING_FAILED"},
		{"largest", pngHeader(6016, 6009), "AVAILABLE"}, // 36,150,144 pixels
		{"one pixel below the limit", pngHeader(36_152_319, 1), "AVAILABLE"},
		{"at the limit", pngHeader(36_152_320, 1), "PROCESSING_FAILED"},
		{"too large", pngHeader(8000, 8000), "PROCESSING_FAILED"},
		{"overflowing", pngHeader(1<<31-1, 1<<31-1), "PROCESSING_FAILED"},
		{"WebP", []byte("RIFF\x24\x00\x00\x00WEBPVP8 \x18\x00\x00\x00"), "PROCESSING_FAILED"},
		{"SVG", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`), "PROCESSING_FAILED"},
		{"PNG that ends in its header", pngOf(t, 3, 2)[:20], "PROCESSING_FAILED"},
		{"JPEG that is none", []byte("\xff\xd8\xff\xe0nothing"), "PROCESSING_FAILED"},
		{"empty", nil, "PROCESSING_FAILED"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := &box{Sandbox: b.Sandbox, t: t, url: b.url, clock: b.clock}
			urn := b.image(sandbox.PageURN, tt.content)
			if got := b.imageState(urn).Status; got != tt.status {
				t.Errorf("status %s, want %s", got, tt.status)
			}
			want := http.StatusNotFound
			if tt.status == "AVAILABLE" {
				want = http.StatusOK
			}
			b.want(want, "GET", "/dms/image/"+strings.TrimPrefix(urn, "urn:li:image:"), "")
		})
	}
}

func TestLaterUploadsReplaceEarlierOnes(t *testing.T) {
	t.Parallel()
	b := start(t)
	whole := pngOf(t, 200, 100)
	u := b.initialize(sandbox.PageURN)
	half := len(whole) / 2
	b.want(http.StatusCreated, "PUT", u.URL, string(whole[:half]))
	b.want(http.StatusCreated, "PUT", u.URL, string(whole[half:]))
	if got := b.imageState(u.Image).Status; got != "PROCESSING_FAILED" {
		t.Errorf("an image sent in chunks is %s", got)
	}
	b.want(http.StatusCreated, "PUT", u.URL, string(whole))
	if got := b.imageState(u.Image).Status; got != "AVAILABLE" {
		t.Errorf("the whole image is %s", got)
	}
	stored, err := b.Upload(u.Image)
	if err != nil || !bytes.Equal(stored, whole) {
		t.Errorf("stored %d bytes (%v), want %d", len(stored), err, len(whole))
	}
}

func TestAddressesStartWithTheBaseURL(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.BaseURL = "https://sandbox.example/" })
	if got := b.initialize(sandbox.PageURN).URL; !strings.HasPrefix(got, "https://sandbox.example/dms-uploads/") {
		t.Errorf("upload address %s", got)
	}
}

func TestProcessingBeginsAgainWithALaterUpload(t *testing.T) {
	t.Parallel()
	b := start(t, func(o *sandbox.Options) { o.ProcessingPolls = 1 })
	u := b.initialize(sandbox.PageURN)
	for range 2 {
		b.want(http.StatusCreated, "PUT", u.URL, string(pngOf(t, 2, 2)))
		for _, want := range []string{"PROCESSING", "AVAILABLE"} {
			if got := b.imageState(u.Image).Status; got != want {
				t.Errorf("status %s, want %s", got, want)
			}
		}
	}
}

func TestUploadNeverCame(t *testing.T) {
	t.Parallel()
	b := start(t)
	u := b.initialize(sandbox.PageURN)
	b.clock.Advance(24 * time.Hour)
	create := body(m{"content": m{"media": m{"id": u.Image}}})
	if got := b.want(http.StatusBadRequest, "POST", "/rest/posts", create).problem(t).Code; got != "EXPIRED_UPLOAD_URL" {
		t.Errorf("code %s", got)
	}
}

// readFunc is a body that does something when it is read.
type readFunc func([]byte) (int, error)

func (f readFunc) Read(p []byte) (int, error) { return f(p) }

func TestUploadOfAForgottenImage(t *testing.T) {
	t.Parallel()
	b := start(t)
	u := b.initialize(sandbox.PageURN)
	r := httptest.NewRequestWithContext(t.Context(), "PUT", u.URL, readFunc(func(p []byte) (int, error) {
		b.Reset()
		return copy(p, "bytes"), io.EOF
	}))
	r.Header.Set("Authorization", "Bearer "+sandbox.PageToken)
	w := httptest.NewRecorder()
	if b.ServeHTTP(w, r); w.Code != http.StatusForbidden {
		t.Errorf("status %d: %s", w.Code, w.Body)
	}
	b.wantStored(0)
}

func TestUploadsAreBounded(t *testing.T) {
	t.Parallel()
	content := pngOf(t, 20, 20)
	size := len(content)
	b := start(t, func(o *sandbox.Options) { o.MaxUploadBytes = int64(2*size + 1) })
	var urns []string
	for range 3 {
		urns = append(urns, b.image(sandbox.PageURN, content))
	}
	if _, err := b.Upload(urns[0]); err == nil {
		t.Error("the oldest upload is still there")
	}
	for _, urn := range urns[1:] {
		if _, err := b.Upload(urn); err != nil {
			t.Errorf("upload %s: %v", urn, err)
		}
	}
	u := b.initialize(sandbox.PageURN)
	b.want(http.StatusRequestEntityTooLarge, "PUT", u.URL, strings.Repeat("x", 2*size+2))
	if got := b.imageState(u.Image).Status; got != "WAITING_UPLOAD" {
		t.Errorf("after a refused upload: %s", got)
	}
}

func jpegOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := jpeg.Encode(&buf, image.NewGray(image.Rect(0, 0, width, height)), nil); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func gifOf(t *testing.T, frames int) []byte {
	t.Helper()
	animation := &gif.GIF{}
	for range frames {
		animation.Image = append(animation.Image, image.NewPaletted(image.Rect(0, 0, 1, 1), color.Palette{color.Black, color.White}))
		animation.Delay = append(animation.Delay, 1)
	}
	var buf bytes.Buffer
	if err := gif.EncodeAll(&buf, animation); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

// pngHeader is a PNG that claims a size and ends after its header.
func pngHeader(width, height uint32) []byte {
	chunk := []byte("IHDR")
	chunk = binary.BigEndian.AppendUint32(chunk, width)
	chunk = binary.BigEndian.AppendUint32(chunk, height)
	chunk = append(chunk, 8, 0, 0, 0, 0)
	out := []byte("\x89PNG\r\n\x1a\n")
	out = binary.BigEndian.AppendUint32(out, 13)
	out = append(out, chunk...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
}
