package double

import (
	"log/slog"
	"net/http"

	"github.com/crier-social/crier/core/markup"
)

// Pages are what somebody sees of a double in a browser: HTML, in which everything that came
// from outside is escaped, and one style sheet. They are safe for concurrent use.
type Pages struct {
	style []byte
	log   *slog.Logger
}

// NewPages returns pages with a style sheet.
func NewPages(style []byte, log *slog.Logger) *Pages { return &Pages{style, log} }

// Show answers with the page that write makes. The content security policy says what the page
// may load, and where its forms may lead to. A page that cannot be made whole is not begun.
func (p *Pages) Show(w http.ResponseWriter, status int, write func(*markup.Writer), policy string) {
	var page markup.Writer
	write(&page)
	content, err := page.Bytes()
	if err != nil {
		p.log.Error("page cannot be rendered", "error", err)
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
	_, _ = w.Write(content) // the client is gone; nobody is left to tell
}

// Style answers with the style sheet.
func (p *Pages) Style(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/css; charset=utf-8")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "max-age=60")
	_, _ = w.Write(p.style) // as above
}
