package api_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// TestAnnouncedLength refuses a body that is too long by what its header says, without
// waiting for any of it.
func TestAnnouncedLength(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *options) { o.api = func(c *api.Config) { c.MaxUpload = 64_000_000 } })
	tests := map[string]struct {
		method, path, contentType string
		length                    int
		help                      string // part of it
	}{
		"post":       {http.MethodPost, "/post", "application/json", 1<<20 + 1, "as multipart files"},
		"form":       {http.MethodPost, "/post", "multipart/form-data; boundary=b", 64_000_001, "CRIER_MAX_UPLOAD"},
		"upload":     {http.MethodPost, "/media/upload", "multipart/form-data; boundary=b", 64_000_001, "CRIER_MAX_UPLOAD"},
		"in JSON":    {http.MethodPost, "/media/upload", "application/json", 48<<20 + 1, "Send a large file as multipart/form-data"},
		"deletion":   {http.MethodDelete, "/post", "application/json", 1 << 30, ""},
		"validation": {http.MethodPost, "/validate/json", "text/plain", 1 << 40, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.url, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = conn.Close() })
			if err := conn.SetDeadline(time.Now().Add(coretest.Patience)); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nX-Api-Key: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
				tt.method, tt.path, apiKey, tt.contentType, tt.length)
			res, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = res.Body.Close() })
			equal(t, []any{http.StatusRequestEntityTooLarge, true}, []any{res.StatusCode, res.Close})
			var answer struct{ Help string }
			if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || !strings.Contains(answer.Help, tt.help) {
				t.Errorf("help %q, %v, want %q", answer.Help, err, tt.help)
			}
		})
	}
}

func TestContentEncoding(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	form, formType := form(t, part{"post", "", "a"}, part{"platforms", "", "scripted"})
	tests := map[string]struct {
		method, path string
		body         any
		contentType  header
		coding       string
		status       int
	}{
		"compressed":      {http.MethodPost, "/post", "\x1f\x8b\x08", header{"Content-Type", "application/json"}, "gzip", http.StatusUnsupportedMediaType},
		"form":            {http.MethodPost, "/post", form, formType, "br", http.StatusUnsupportedMediaType},
		"deletion":        {http.MethodDelete, "/post", "\x1f\x8b\x08", header{"Content-Type", "application/json"}, "identity, gzip", http.StatusUnsupportedMediaType},
		"validation":      {http.MethodPost, "/validate/json", "{}", header{"Content-Type", "text/plain"}, "x-own", http.StatusUnsupportedMediaType},
		"as it is":        {http.MethodPost, "/post", jsonMap{"post": "b", "platforms": []string{"scripted"}}, header{"Content-Type", "application/json"}, "Identity", http.StatusOK},
		"an empty header": {http.MethodPost, "/validate/json", "{}", header{"Content-Type", "text/plain"}, "", http.StatusOK},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.with(t).call(tt.method, tt.path, tt.body, tt.contentType, header{"Content-Encoding", tt.coding}).want(tt.status)
			if tt.status == http.StatusOK {
				return
			}
			equal(t, problem{Code: core.CodeContentType, Field: "Content-Encoding"}, r.problems()[0])
			equal(t, "identity", r.header.Get("Accept-Encoding"))
			equal(t, "Send the body as it is, without Content-Encoding.", r.text("help"))
		})
	}
}

func TestByteOrderMark(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	const mark = "\ufeff"
	s.call(http.MethodPost, "/post", mark+`{"post":"a","platforms":["scripted"]}`).want(http.StatusOK)
	s.call(http.MethodPost, "/validate/json", mark+`[1]`).want(http.StatusOK)
	equal(t, []string{"a"}, s.timeline())
	s.call(http.MethodPost, "/post", mark+mark+`{"post":"a","platforms":["scripted"]}`).want(http.StatusBadRequest)
	s.call(http.MethodPost, "/post", `{"post":"`+mark+`a","platforms":["scripted"]}`).want(http.StatusOK)
	equal(t, []string{"a", mark + "a"}, s.timeline())
}

// TestHelpNamesTheTypesOfThePath: not every path takes forms.
func TestHelpNamesTheTypesOfThePath(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	plain := header{"Content-Type", "text/plain"}
	for want, r := range map[string]*response{
		"Send `Content-Type: application/json`.": s.call(http.MethodDelete, "/post", "a", plain),
		core.CodeContentType.Info().Help:         s.call(http.MethodPost, "/post", "a", plain),
	} {
		equal(t, want, r.want(http.StatusUnsupportedMediaType).text("help"))
	}
}
