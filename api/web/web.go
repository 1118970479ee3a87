// Package web shows the pages on which people link their accounts. They are rendered on the
// server, work without JavaScript, and load nothing from elsewhere.
package web

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
)

//go:embed templates/*.html assets/*
var files embed.FS

// Config is what the pages are made of. Linking is required; the zero value of the rest is
// its default.
type Config struct {
	Linking *accounts.Linking
	Clock   core.Clock
	Log     *slog.Logger
	// PublicURL is the address that browsers reach this server at. Cookies are only sent
	// over TLS where it is one of https.
	PublicURL string
	// Observe is called after each request, for metrics, as that of the API.
	Observe func(route, method string, status int, d time.Duration)
}

// Web answers requests below accounts.LinkPath. It is safe for concurrent use.
type Web struct {
	Config
	secure  bool   // cookies over TLS alone
	base    string // path of the public address, without a slash at its end
	pages   map[string]*template.Template
	assets  map[string]asset
	handler http.Handler
}

// New returns the pages.
func New(c Config) (*Web, error) {
	if c.Linking == nil {
		return nil, errors.New("web: Linking is required")
	}
	if c.Clock == nil {
		c.Clock = core.SystemClock{}
	}
	c.Log = cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	public, err := url.Parse(c.PublicURL)
	if err != nil {
		return nil, fmt.Errorf("web: the public address: %w", err)
	}
	w := &Web{Config: c, secure: public.Scheme == "https", base: strings.TrimRight(public.EscapedPath(), "/")}
	if err := w.parse(); err != nil {
		return nil, err
	}
	w.handler = w.observe(w.headers(w.recover(w.mux())))
	return w, nil
}

// Handler returns the pages as a handler for accounts.LinkPath and all below it.
func (w *Web) Handler() http.Handler { return w.handler }

// The pages, by the names of their templates.
const (
	pageGrid    = "grid"
	pageConnect = "connect"
	pageChoose  = "choose"
	pageUnlink  = "unlink"
	pageMessage = "message"
	pageRelink  = "relink"
)

// parse reads templates and assets.
func (w *Web) parse() error {
	layout, err := template.ParseFS(files, "templates/layout.html")
	if err != nil {
		return fmt.Errorf("web: %w", err)
	}
	w.pages = map[string]*template.Template{}
	for _, name := range []string{pageGrid, pageConnect, pageChoose, pageUnlink, pageMessage, pageRelink} {
		page, err := layout.Clone()
		if err == nil {
			page, err = page.ParseFS(files, "templates/"+name+".html")
		}
		if err != nil {
			return fmt.Errorf("web: %w", err)
		}
		w.pages[name] = page
	}
	w.assets = map[string]asset{}
	for name, contentType := range map[string]string{"style.css": "text/css; charset=utf-8", "icon.svg": "image/svg+xml"} {
		content, err := files.ReadFile("assets/" + name)
		if err != nil {
			return fmt.Errorf("web: %w", err)
		}
		sum := sha256.Sum256(content)
		w.assets[name] = asset{content: content, contentType: contentType, version: hex.EncodeToString(sum[:6])}
	}
	return nil
}

// path is the address of a page, as a path.
func (w *Web) path(parts ...string) string {
	var path strings.Builder
	path.WriteString(w.base + accounts.LinkPath)
	for _, part := range parts {
		path.WriteString("/" + url.PathEscape(part))
	}
	return path.String()
}

// asset is a file that pages load.
type asset struct {
	content     []byte
	contentType string
	version     string // of the content
}

// assetURL is the address of a file, which is another one when the file changes.
func (w *Web) assetURL(name string) string { return w.path(name) + "?v=" + w.assets[name].version }

// assetForever is how long browsers keep a file whose address tells its version.
const assetForever = "public, max-age=31536000, immutable"

func (w *Web) asset(name string) http.HandlerFunc {
	return func(rw http.ResponseWriter, r *http.Request) {
		a := w.assets[name]
		rw.Header().Set("Content-Type", a.contentType)
		rw.Header().Set("Cache-Control", "no-cache")
		if r.URL.Query().Get("v") == a.version {
			rw.Header().Set("Cache-Control", assetForever)
		}
		_, _ = rw.Write(a.content) // a browser that is gone cannot be told
	}
}
