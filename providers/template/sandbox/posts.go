package sandbox

import (
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxText   = 280 // characters
	maxAlt    = 400 // characters
	maxImages = 4
	maxBody   = 1 << 20
)

// Post is a post as a reader sees it.
type Post struct {
	ID     string  `json:"id"`
	Author string  `json:"author"`
	Text   string  `json:"text"`
	Images []Image `json:"images"`
}

// Image is a picture of a post.
type Image struct {
	ID  string `json:"id"`
	Alt string `json:"alt"`
}

func (s *Sandbox) putPost(w http.ResponseWriter, r *http.Request, m Member) {
	var in struct {
		Text   string
		Images []Image
	}
	if !s.read(w, r, &in) {
		return
	}
	p := Post{ID: r.PathValue("key"), Author: m.ID, Text: in.Text, Images: in.Images}
	s.mu.Lock()
	wrong := s.wrong(p)
	if wrong == "" && !slices.ContainsFunc(s.posts, func(o Post) bool { return o.ID == p.ID }) {
		s.posts = append(s.posts, p)
	}
	s.mu.Unlock()
	if wrong != "" {
		s.refuse(w, http.StatusUnprocessableEntity, "bad_post", wrong)
		return
	}
	s.show(w, p)
}

// wrong tells why the network does not take a post.
func (s *Sandbox) wrong(p Post) string {
	switch {
	case utf8.RuneCountInString(p.Text) > maxText:
		return "the text is too long"
	case strings.TrimSpace(p.Text) == "" && len(p.Images) == 0:
		return "the post is empty"
	case len(p.Images) > maxImages:
		return "a post has at most four images"
	case slices.ContainsFunc(p.Images, func(i Image) bool { return utf8.RuneCountInString(i.Alt) > maxAlt }):
		return "the description of an image is too long"
	case slices.ContainsFunc(p.Images, func(i Image) bool { return s.images[i.ID].owner != p.Author }):
		return "an image is not the author's"
	case slices.ContainsFunc(s.posts, func(o Post) bool { return o.ID == p.ID && o.Author != p.Author }):
		return "the key is somebody else's"
	}
	return ""
}

func (s *Sandbox) getPost(w http.ResponseWriter, r *http.Request, _ Member) {
	found, ok := s.post(r.PathValue("key"))
	if !ok {
		s.refuse(w, http.StatusNotFound, "no_post", "there is no such post")
		return
	}
	s.show(w, found)
}

// post returns the post of a key.
func (s *Sandbox) post(key string) (Post, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.posts, func(p Post) bool { return p.ID == key })
	if i < 0 {
		return Post{}, false
	}
	return s.posts[i], true
}

func (s *Sandbox) deletePost(w http.ResponseWriter, r *http.Request, m Member) {
	s.mu.Lock()
	before := len(s.posts)
	s.posts = slices.DeleteFunc(s.posts, func(p Post) bool { return p.ID == r.PathValue("key") && p.Author == m.ID })
	gone := len(s.posts) < before
	s.mu.Unlock()
	if !gone {
		s.refuse(w, http.StatusNotFound, "no_post", "there is no such post")
		return
	}
	s.answer(w, http.StatusOK, map[string]bool{"deleted": true})
}

// show answers with a post, and where its page is.
func (s *Sandbox) show(w http.ResponseWriter, p Post) {
	s.answer(w, http.StatusOK, map[string]string{"id": p.ID, "url": s.base + "/members/" + userOf(p.Author) + "/" + p.ID})
}

func userOf(memberID string) string {
	for _, m := range Members() {
		if m.ID == memberID {
			return m.User
		}
	}
	return ""
}
