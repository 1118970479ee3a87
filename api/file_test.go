package api_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
)

// keepFile stores a file for the profile, as an upload does.
func (s *server) keepFile(owner, name, content string) core.Upload {
	s.t.Helper()
	u, err := s.uploads.Save(s.t.Context(), core.NewUpload{ProfileID: owner, Name: name}, strings.NewReader(content))
	if err != nil {
		s.t.Fatal(err)
	}
	return u
}

// TestFileHeaders serves what strangers uploaded: browsers show pictures and videos,
// save the rest, and run nothing.
func TestFileHeaders(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle = true })
	page := `<!DOCTYPE html><html><script>alert(1)</script></html>`
	mp4 := "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x00\x08mdat"
	tests := map[string]struct{ name, content, contentType, disposition string }{
		"PNG":              {"a.png", string(picture()), "image/png", "inline; filename=a.png"},
		"name with accent": {"é \"1\".png", string(picture()), "image/png", "inline; filename*=utf-8''%C3%A9%201.png"},
		"MP4":              {"a.mp4", mp4, "video/mp4", "inline; filename=a.mp4"},
		"PDF":              {"a.pdf", "%PDF-1.4\n", "application/pdf", "attachment; filename=a.pdf"},
		"HTML":             {"a.html", page, "application/octet-stream", "attachment; filename=a.html"},
		"HTML as PNG":      {"a.png", page, "application/octet-stream", "attachment; filename=a.html"},
		"SVG":              {"a.svg", `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, "application/octet-stream", "attachment; filename=a.svg"},
		"XML":              {"a.xml", `<?xml version="1.0"?><a/>`, "application/octet-stream", "attachment; filename=a.xml"},
		"script":           {"a.js", "#!/usr/bin/env node\nalert(1)", "application/octet-stream", "attachment; filename=a.js"},
		"text":             {"a.txt", "plain", "application/octet-stream", "attachment; filename=a.txt"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := s.with(t)
			u := s.keepFile(s.profile.ID, tt.name, tt.content)
			for _, path := range []string{"/media/file/" + u.ID, "/api/media/file/" + u.ID + "/any%20name.html"} {
				r := s.send(t.Context(), http.MethodGet, path, nil).want(http.StatusOK)
				h := r.header
				equal(t, []string{tt.contentType, tt.disposition, "nosniff", "default-src 'none'; sandbox", "cross-origin", "no-referrer", "public, max-age=86400", `"` + u.ID + `"`},
					[]string{
						h.Get("Content-Type"), h.Get("Content-Disposition"), h.Get("X-Content-Type-Options"), h.Get("Content-Security-Policy"),
						h.Get("Cross-Origin-Resource-Policy"), h.Get("Referrer-Policy"), h.Get("Cache-Control"), h.Get("ETag"),
					})
				equal(t, tt.content, string(r.body))
			}
		})
	}
}

func TestFileRequests(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle = true })
	u := s.keepFile(s.profile.ID, "a.txt", "0123456789")
	path := "/media/file/" + u.ID + "/" + u.Name
	tests := map[string]struct {
		method  string
		headers []header
		status  int
		body    string
	}{
		"whole":                  {http.MethodGet, nil, 200, "0123456789"},
		"head":                   {http.MethodHead, nil, 200, ""},
		"range":                  {http.MethodGet, []header{{"Range", "bytes=2-4"}}, 206, "234"},
		"end":                    {http.MethodGet, []header{{"Range", "bytes=-3"}}, 206, "789"},
		"if range":               {http.MethodGet, []header{{"Range", "bytes=2-4"}, {"If-Range", `"` + u.ID + `"`}}, 206, "234"},
		"if range of another":    {http.MethodGet, []header{{"Range", "bytes=2-4"}, {"If-Range", `"other"`}}, 200, "0123456789"},
		"known already":          {http.MethodGet, []header{{"If-None-Match", `"` + u.ID + `"`}}, 304, ""},
		"another is known":       {http.MethodGet, []header{{"If-None-Match", `"other"`}}, 200, "0123456789"},
		"with a key":             {http.MethodGet, []header{{"Authorization", "Bearer wrong"}}, 200, "0123456789"},
		"beyond the end":         {http.MethodGet, []header{{"Range", "bytes=99-"}}, 416, ""},
		"only if it was another": {http.MethodGet, []header{{"If-Match", `"other"`}}, 412, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.with(t).send(t.Context(), tt.method, path, nil, tt.headers...).want(tt.status)
			if tt.status >= 400 {
				equal(t, []string{"", "no-store", "application/json; charset=utf-8"},
					[]string{r.header.Get("ETag"), r.header.Get("Cache-Control"), r.header.Get("Content-Type")})
				return
			}
			equal(t, tt.body, string(r.body))
		})
	}
}

func TestFileIsNotThere(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.idle = true })
	s.send(t.Context(), http.MethodGet, "/media/file/..%2f..%2fetc/passwd", nil).want(http.StatusNotFound)
	for _, path := range []string{"/media/file/none", "/media/file/..", "/media/file/%00/a", "/media/file/" + strings.Repeat("0", 32)} {
		r := s.send(t.Context(), http.MethodGet, path, nil).want(http.StatusNotFound)
		equal(t, core.CodeMediaURL, r.problems()[0].Code)
	}
	u := s.keepFile(s.profile.ID, "a.txt", "text")
	path := "/media/file/" + u.ID
	s.clock.Advance(u.ExpiresAt.Sub(s.clock.Now()) - time.Hour)
	equal(t, "public, max-age=3600", s.send(t.Context(), http.MethodGet, path, nil).want(http.StatusOK).header.Get("Cache-Control"))
	s.clock.Advance(time.Hour)
	s.send(t.Context(), http.MethodGet, path, nil).want(http.StatusNotFound)
	s.call(http.MethodGet, "/media/"+u.ID, nil).want(http.StatusNotFound)
}
