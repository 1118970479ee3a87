package web

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/accounts"
)

// The names of cookies, each followed by the id of the session.
const (
	browserCookie = "crier-link-"
	noteCookie    = "crier-note-"
)

// noteLife is how long what one page has to tell waits for the next.
const noteLife = 5 * time.Minute

// cookieOf returns what the request has of the browser's cookie of a session.
func cookieOf(r *http.Request) func(sessionID string) string {
	return func(sessionID string) string { return valueOf(r, browserCookie+sessionID) }
}

func valueOf(r *http.Request, name string) string {
	c, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return c.Value
}

// cookie is one that no script sees, and that comes along when a network sends the browser
// back, but not with the forms of other sites.
func (w *Web) cookie(name, value, path string, life time.Duration) *http.Cookie {
	c := &http.Cookie{ //nolint:gosec // Secure wherever browsers come over TLS
		Name: name, Value: value, Path: path, HttpOnly: true, Secure: w.secure, SameSite: http.SameSiteLaxMode,
		MaxAge: int(life / time.Second),
	}
	if life <= 0 {
		c.MaxAge = -1
	}
	return c
}

func (w *Web) keepBrowser(rw http.ResponseWriter, o accounts.Opened) {
	http.SetCookie(rw, w.cookie(browserCookie+o.SessionID, o.Cookie.Reveal(), w.path(), o.Until.Sub(w.Clock.Now())))
}

// note is what one page has to tell on the next.
type note struct {
	Kind  string   `json:"kind"` // of the classes of the stylesheet
	Title string   `json:"title"`
	Lines []string `json:"lines,omitempty"`
	Help  string   `json:"help,omitempty"`
	// Remarks are what a network has told besides.
	Remarks []core.Finding `json:"remarks,omitempty"`
	// Last says that the session has done what it was made for: there is no page but that
	// which shows the note.
	Last bool `json:"last,omitempty"`
	// Brand is the header of that page.
	Brand brand `json:"brand,omitzero"`
}

// IsError is for the template.
func (n note) IsError() bool { return n.Kind == bad }

// The bounds of a note: browsers keep 4,096 bytes of a cookie, name and attributes included,
// and sealing and encoding add a third.
const (
	maxNote    = 2_600 // bytes
	maxRemarks = 8
)

// leave keeps a note for the next page of the session.
func (w *Web) leave(rw http.ResponseWriter, sessionID string, n note) error {
	n.Remarks = n.Remarks[:min(len(n.Remarks), maxRemarks)]
	for {
		var b bytes.Buffer
		encoder := json.NewEncoder(&b)
		encoder.SetEscapeHTML(false) // it is longer, and for nothing here
		if err := encoder.Encode(n); err != nil {
			return fmt.Errorf("encode a note: %w", err)
		}
		plain := b.Bytes()
		if len(plain) > maxNote && n.shorten() {
			continue
		}
		sealed, err := w.Linking.SealNote(sessionID, plain)
		if err != nil {
			return err
		}
		http.SetCookie(rw, w.cookie(noteCookie+sessionID, sealed, w.path(sessionID), noteLife))
		return nil
	}
}

// shorten leaves out the least; false when there is nothing left to leave out.
func (n *note) shorten() bool {
	const least = 200 // letters of a text
	switch {
	case len(n.Remarks) > 0:
		n.Remarks = n.Remarks[:len(n.Remarks)-1]
	case len(n.Lines) > 1:
		n.Lines = n.Lines[:len(n.Lines)-1]
	case len(n.Lines) == 1 && n.Lines[0] != cut(n.Lines[0], least):
		n.Lines = []string{cut(n.Lines[0], least)}
	case n.Help != cut(n.Help, least):
		n.Help = cut(n.Help, least)
	default:
		return false
	}
	return true
}

// take returns the note for this page, and forgets it, unless it is the last.
func (w *Web) take(rw http.ResponseWriter, r *http.Request, sessionID string) *note {
	value := valueOf(r, noteCookie+sessionID)
	if value == "" {
		return nil
	}
	var n note
	plain, good := w.Linking.OpenNote(sessionID, value)
	if good {
		good = json.Unmarshal(plain, &n) == nil // false: of another version
	}
	if !n.Last {
		http.SetCookie(rw, w.cookie(noteCookie+sessionID, "", w.path(sessionID), 0))
	}
	if !good {
		return nil
	}
	return &n
}
