package double_test

import (
	"bytes"
	"html/template"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/crier-social/crier/providers/internal/double"
)

// Pages are whole or an error, and what came from outside is escaped.
func TestPages(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	pages := double.NewPages(fstest.MapFS{
		"page/post.html":  {Data: []byte(`{{template "head.html"}}<p>{{loud .Text}}</p>`)},
		"page/head.html":  {Data: []byte(`<!doctype html>`)},
		"page/style.css":  {Data: []byte("p {}")},
		"page/other.tmpl": {Data: []byte("{{")},
	}, "page", template.FuncMap{"loud": strings.ToUpper}, slog.New(slog.NewTextHandler(&log, nil)))

	w := httptest.NewRecorder()
	pages.Show(w, http.StatusNotFound, "post.html", struct{ Text string }{"<script>"}, "default-src 'none'")
	if got, want := w.Body.String(), "<!doctype html><p>&lt;SCRIPT&gt;</p>"; w.Code != http.StatusNotFound || got != want {
		t.Errorf("%d %s, want %s", w.Code, got, want)
	}
	if got := w.Header().Get("Content-Security-Policy"); got != "default-src 'none'" {
		t.Errorf("policy %q", got)
	}

	w = httptest.NewRecorder()
	pages.Show(w, http.StatusOK, "post.html", struct{}{}, "")
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "doctype") || !strings.Contains(log.String(), "post.html") {
		t.Errorf("a page without its data: %d %s, log %s", w.Code, w.Body, &log)
	}

	w = httptest.NewRecorder()
	pages.Style(w, nil)
	if got := w.Header().Get("Content-Type"); w.Body.String() != "p {}" || got != "text/css; charset=utf-8" {
		t.Errorf("%s of type %s", w.Body, got)
	}
}

// Addresses begin with what the double was told, or with what the client has called.
func TestBaseURL(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ told, called, want string }{
		{"https://told.example/", "http://called.example/x", "https://told.example"},
		{"", "http://called.example:81/x", "http://called.example:81"},
		{"", "https://called.example/x", "https://called.example"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, tc.called, nil)
		if got := double.BaseURL(tc.told, r); got != tc.want {
			t.Errorf("told %q, called %q: %q, want %q", tc.told, tc.called, got, tc.want)
		}
	}
}
