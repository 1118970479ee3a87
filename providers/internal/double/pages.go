package double

import (
	"bytes"
	"html/template"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"sync"
)

// Pages are what somebody sees of a double in a browser: templates of HTML, in which everything
// that came from outside is escaped, and one style sheet. They are safe for concurrent use.
type Pages struct {
	files  fs.FS
	folder string
	log    *slog.Logger
	parsed func() *template.Template
}

// NewPages returns the pages of a folder: its *.html, which may use funcs and each other, and
// its style.css. They are read when the first one is shown.
func NewPages(files fs.FS, folder string, funcs template.FuncMap, log *slog.Logger) *Pages {
	return &Pages{files: files, folder: folder, log: log, parsed: sync.OnceValue(func() *template.Template {
		return template.Must(template.New("").Funcs(funcs).ParseFS(files, folder+"/*.html"))
	})}
}

// Show answers with a page. The content security policy says what the page may load, and
// where its forms may lead to. A page that cannot be made whole is not begun.
func (p *Pages) Show(w http.ResponseWriter, status int, name string, data any, policy string) {
	var out bytes.Buffer
	if err := p.parsed().ExecuteTemplate(&out, name, data); err != nil {
		p.log.Error("page cannot be rendered", "page", name, "error", err)
		http.Error(w, "the page cannot be shown", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = io.Copy(w, &out) // the client is gone; nobody is left to tell
}

// Style answers with the style sheet.
func (p *Pages) Style(w http.ResponseWriter, _ *http.Request) {
	css, err := fs.ReadFile(p.files, p.folder+"/style.css")
	if err != nil {
		http.Error(w, "no style", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "max-age=60")
	_, _ = w.Write(css) // as above
}
