package api_test

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/crier-social/crier/core/coretest"
)

// survives sends a body that nobody should send: whatever it is, the answer is
// no 5xx, as described, and comes at once.
func (s *server) survives(t testing.TB, path string, body []byte, contentType string) {
	t.Helper()
	r := s.with(t).call(http.MethodPost, path, body, header{"Content-Type", contentType}, header{"Prefer", "respond-async"})
	if r.status >= http.StatusInternalServerError {
		t.Errorf("%s was answered with %d: %s\n%.2000q", r, r.status, r.body, body)
	}
}

func TestHostileBodies(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle = true })
	h := coretest.NewHostile(1)
	fields := map[string]string{
		"post": `"a"`, "platforms": `["scripted"]`, "mediaUrls": `["https://cdn.example/1.png"]`, "scheduleDate": `"2027-01-05T09:30:00Z"`,
		"notes": `"n"`, "idempotencyKey": `null`, "accountIds": `[]`, "isVideo": `false`, "validateScheduled": `false`,
	}
	for range 400 {
		s.survives(t, "/post", h.Body(fields, s.network.Info().OptionsKey), "application/json")
	}
	for i := range 100 {
		body, contentType := form(t, part{"post", "", h.Text()}, part{"platforms", "", "scripted"},
			part{"scriptedOptions", "", string(h.Block("altText"))}, part{strings.ToValidUTF8(h.Text(), "?"), strconv.Itoa(i % 2), h.Text()})
		s.survives(t, "/post", body, contentType.value)
	}
	s.call(http.MethodGet, "/history?lastDays=0&limit=1000", nil).want(http.StatusOK)
}

// TestHostileLinks sends what nobody should tell to link an account.
func TestHostileLinks(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle, o.network = true, direct })
	h := coretest.NewHostile(3)
	fields := map[string]string{
		"platform": `"scripted"`, "handle": `"ada.example"`, "appPassword": `"ada-app-password"`, "app": `"direct"`, "id": `"person-1"`, "accessToken": `null`,
	}
	for range 150 {
		s.survives(t, "/profiles/social", h.Body(fields, "scriptedOptions"), "application/json")
	}
	s.call(http.MethodPost, "/profiles/social", told(nil)).want(http.StatusOK)
}

// TestHostileMedia sends the routes of media what nobody should send.
func TestHostileMedia(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle = true })
	h := coretest.NewHostile(2)
	uploadFields := map[string]string{"file": `"aA=="`, "fileName": `"a.png"`, "description": `"d"`}
	resizeFields := map[string]string{
		"mediaUrl": `"sample:dunes"`, "dimensions": `{"width":1}`, "mode": `"crop"`, "effects": `{"blur":1}`, "watermark": `{"url":"sample:dunes"}`,
		"platform": `"scripted"`, "watermarkUrl": `"sample:dunes"`, "convertToJpg": `true`,
	}
	for i := range 50 {
		s.survives(t, "/media/upload", h.Body(uploadFields, "x"), "application/json")
		s.survives(t, "/media/resize", h.Body(resizeFields, "x"), "application/json")
		s.survives(t, "/media/urlExists", h.Body(map[string]string{"mediaUrl": `"sample:dunes"`}, "x"), "application/json")
		body, contentType := form(t, part{"file", strings.ToValidUTF8("x"+h.Text(), "?"), h.Text()}, part{"fileName", "", h.Text()}, part{"description", "", h.Text()})
		s.survives(t, "/media/upload", body, contentType.value)
		for _, path := range []string{
			query("/media/meta", "mediaUrl", h.Text()), query("/media/uploadUrl", "fileName", h.Text(), "contentType", h.Text()),
			query("/media", "limit", strconv.Itoa(1+i), "cursor", h.Text()), "/media/" + url.PathEscape(h.Text()), "/media/file/" + url.PathEscape(h.Text()),
		} {
			if len(path) > 8000 {
				continue // the server refuses such a header before the API sees it
			}
			if r := s.call(http.MethodGet, path, nil); r.status >= http.StatusInternalServerError {
				t.Errorf("%.200s was answered with %d: %s", path, r.status, r.body)
			}
		}
	}
	s.call(http.MethodGet, "/media", nil).want(http.StatusOK)
}

func FuzzUploadForm(f *testing.F) {
	s := newServer(f, func(o *options) { o.idle = true })
	body, contentType := form(f, part{"file", "a.png", "1"}, part{"fileName", "", "b.png"}, part{"description", "", "d"})
	f.Add(body)
	f.Fuzz(func(t *testing.T, body []byte) {
		s.survives(t, "/media/upload", body, contentType.value)
	})
}

func FuzzPost(f *testing.F) {
	s := newServer(f, func(o *options) { o.idle = true })
	for _, seed := range []string{
		`{"post":"a","platforms":["scripted"]}`, `{"post":{"scripted":"a"},"platform":"all","mediaUrl":"https://a.example/b"}`,
		`{"post":"a","platforms":["scripted"],"scheduleDate":"2027-01-05T09:30:00Z","scriptedOptions":{"altText":["x"]}}`,
		`{"randomPost":true,"randomMediaUrl":true,"platforms":"all"}`, `{"post":"a","platforms":[null]}`, `[`, "\xff",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s.survives(t, "/post", body, "application/json")
	})
}

func FuzzForm(f *testing.F) {
	s := newServer(f, func(o *options) { o.idle = true })
	body, contentType := form(f, part{"post", "", "a"}, part{"platforms", "", "scripted"}, part{"media", "a.png", "1"})
	f.Add(body)
	f.Fuzz(func(t *testing.T, body []byte) {
		s.survives(t, "/post", body, contentType.value)
	})
}
