package sandbox

import (
	"embed"
	"net/http"
	"slices"
)

//go:embed page
var pageFiles embed.FS

// policy keeps scripts out, and pictures from elsewhere.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

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
	s.showPage(w, m, posts...)
}

func (s *Sandbox) postPage(w http.ResponseWriter, r *http.Request) {
	p, ok := s.post(r.PathValue("key"))
	i := slices.IndexFunc(Members(), func(m Member) bool { return m.ID == p.Author && m.User == r.PathValue("user") })
	if !ok || i < 0 {
		http.Error(w, "There is no such post.", http.StatusNotFound)
		return
	}
	s.showPage(w, Members()[i], p)
}

func (s *Sandbox) showPage(w http.ResponseWriter, m Member, posts ...Post) {
	s.pages.Show(w, http.StatusOK, "posts.html", struct {
		Name  string
		Posts []Post
	}{m.Name, posts}, policy)
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
