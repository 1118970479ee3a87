package sandbox

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
)

// What somebody sees in a browser: the posts of a member, and each by itself.

func (s *Sandbox) memberPage(w http.ResponseWriter, r *http.Request) {
	i := slices.IndexFunc(Members(), func(m Member) bool { return m.User == r.PathValue("user") })
	if i < 0 {
		http.Error(w, "There is nobody of this name.", http.StatusNotFound)
		return
	}
	m := Members()[i]
	posts := slices.DeleteFunc(s.Posts(), func(p Post) bool { return p.Author != m.ID })
	slices.Reverse(posts)
	s.page(w, m, posts...)
}

func (s *Sandbox) postPage(w http.ResponseWriter, r *http.Request) {
	p, ok := s.post(r.PathValue("key"))
	i := slices.IndexFunc(Members(), func(m Member) bool { return m.ID == p.Author && m.User == r.PathValue("user") })
	if !ok || i < 0 {
		http.Error(w, "There is no such post.", http.StatusNotFound)
		return
	}
	s.page(w, Members()[i], p)
}

func (s *Sandbox) page(w http.ResponseWriter, m Member, posts ...Post) {
	name := html.EscapeString(m.Name)
	var b strings.Builder
	fmt.Fprintf(&b, "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>%s</title>\n<h1>%s</h1>\n", name, name)
	for _, p := range posts {
		fmt.Fprintf(&b, "<article><p style=\"white-space:pre-wrap\">%s</p>", html.EscapeString(p.Text))
		for _, i := range p.Images {
			fmt.Fprintf(&b, "<img src=\"%s/images/%s\" alt=\"%s\" width=\"320\">", html.EscapeString(s.base), html.EscapeString(i.ID), html.EscapeString(i.Alt))
		}
		b.WriteString("</article>\n")
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'")
	_, _ = w.Write([]byte(b.String())) // nobody is left to tell
}

func (s *Sandbox) imageFile(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	found, ok := s.images[r.PathValue("id")]
	s.mu.Unlock()
	if !ok {
		http.Error(w, "There is no such image.", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", found.kind)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(found.data) // nobody is left to tell
}
