// Package sandbox is a double of the network that enforces its rules: what the tests run
// against, and `crier serve --sandbox`. It knows nothing of the adapter, and the adapter
// nothing of it.
package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/crier-social/crier/core"
)

// Member is somebody with an account.
type Member struct{ ID, User, Name, Password string }

// Ann is a member of every sandbox.
func Ann() Member {
	return Member{ID: "member-1", User: "ann", Name: "Ann Example", Password: "password of ann"}
}

// Ben is another one.
func Ben() Member {
	return Member{ID: "member-2", User: "ben", Name: "Ben Example", Password: "password of ben"}
}

// Members lists them.
func Members() []Member { return []Member{Ann(), Ben()} }

// Knows tells whether an author is one of every sandbox.
func Knows(remoteID string) bool {
	return slices.ContainsFunc(Members(), func(m Member) bool { return m.ID == remoteID })
}

const (
	maxText  = 280
	maxImage = 2_000_000 // bytes
	maxBody  = 1 << 20
)

// Post is a post as a reader sees it.
type Post struct {
	ID, Author, Text string
	Images           []string // ids
}

// Sandbox is the network. It is safe for concurrent use.
type Sandbox struct {
	*http.ServeMux

	clock core.Clock

	mu     sync.Mutex
	calls  int
	images map[string]string // who uploaded them, by id
	posts  []Post
}

// New returns a network on which nothing was published. A nil clock is the system's.
func New(clock core.Clock) *Sandbox {
	s := &Sandbox{ServeMux: http.NewServeMux(), clock: cmp.Or[core.Clock](clock, core.SystemClock{}), images: map[string]string{}}
	s.HandleFunc("POST /sign-in", s.signIn)
	s.member("GET /me", s.me)
	s.member("POST /images", s.uploadImage)
	s.member("PUT /posts/{key}", s.putPost)
	s.member("GET /posts/{key}", s.getPost)
	s.member("DELETE /posts/{key}", s.deletePost)
	return s
}

// Close has nothing to end.
func (s *Sandbox) Close() error { return nil }

// Clock is the one that New got.
func (s *Sandbox) Clock() core.Clock { return s.clock }

// Token is a member's.
func (s *Sandbox) Token(memberID string) core.Secret { return core.Secret("token-of-" + memberID) }

// Posts returns what can be seen, oldest first.
func (s *Sandbox) Posts() []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.posts)
}

// member serves requests with a token.
func (s *Sandbox) member(pattern string, serve func(http.ResponseWriter, *http.Request, Member)) {
	s.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		i := slices.IndexFunc(Members(), func(m Member) bool { return s.Token(m.ID).Reveal() == token })
		if i < 0 {
			s.refuse(w, http.StatusUnauthorized, "bad_token", "this token is nobody's")
			return
		}
		serve(w, r, Members()[i])
	})
}

func (s *Sandbox) signIn(w http.ResponseWriter, r *http.Request) {
	var in struct{ User, Password string }
	if !s.read(w, r, &in) {
		return
	}
	i := slices.IndexFunc(Members(), func(m Member) bool { return m.User == in.User })
	switch {
	case i < 0:
		s.refuse(w, http.StatusUnauthorized, "unknown_user", "no member has this name")
		return
	case Members()[i].Password != in.Password:
		s.refuse(w, http.StatusUnauthorized, "wrong_password", "this is not the member's password")
		return
	}
	s.answer(w, http.StatusOK, map[string]string{"token": s.Token(Members()[i].ID).Reveal()})
}

func (s *Sandbox) me(w http.ResponseWriter, _ *http.Request, m Member) {
	s.answer(w, http.StatusOK, map[string]string{"id": m.ID, "user": m.User, "name": m.Name})
}

func (s *Sandbox) uploadImage(w http.ResponseWriter, r *http.Request, m Member) {
	size, err := io.Copy(io.Discard, io.LimitReader(r.Body, maxImage+1))
	kind := r.Header.Get("Content-Type")
	switch {
	case err != nil || size == 0:
		s.refuse(w, http.StatusBadRequest, "bad_request", "the image did not arrive whole")
		return
	case kind != "image/jpeg" && kind != "image/png":
		s.refuse(w, http.StatusUnsupportedMediaType, "bad_type", "images are JPEG or PNG")
		return
	case size > maxImage:
		s.refuse(w, http.StatusRequestEntityTooLarge, "too_large", "images have at most 2 MB")
		return
	}
	s.mu.Lock()
	id := fmt.Sprintf("image-%d", len(s.images)+1)
	s.images[id] = m.ID
	s.mu.Unlock()
	s.answer(w, http.StatusCreated, map[string]string{"id": id})
}

func (s *Sandbox) putPost(w http.ResponseWriter, r *http.Request, m Member) {
	var in struct {
		Text   string
		Images []struct{ ID, Alt string }
	}
	if !s.read(w, r, &in) {
		return
	}
	p := Post{ID: r.PathValue("key"), Author: m.ID, Text: in.Text}
	for _, image := range in.Images {
		p.Images = append(p.Images, image.ID)
	}
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
	known := slices.Collect(maps.Keys(s.images))
	switch {
	case utf8.RuneCountInString(p.Text) > maxText:
		return "the text is too long"
	case strings.TrimSpace(p.Text) == "" && len(p.Images) == 0:
		return "the post is empty"
	case len(p.Images) > 4:
		return "a post has at most four images"
	case slices.ContainsFunc(p.Images, func(id string) bool { return !slices.Contains(known, id) || s.images[id] != p.Author }):
		return "an image is not the author's"
	case slices.ContainsFunc(s.posts, func(o Post) bool { return o.ID == p.ID && o.Author != p.Author }):
		return "the key is somebody else's"
	}
	return ""
}

func (s *Sandbox) getPost(w http.ResponseWriter, r *http.Request, _ Member) {
	s.mu.Lock()
	i := slices.IndexFunc(s.posts, func(p Post) bool { return p.ID == r.PathValue("key") })
	var found Post
	if i >= 0 {
		found = s.posts[i]
	}
	s.mu.Unlock()
	if i < 0 {
		s.refuse(w, http.StatusNotFound, "no_post", "there is no such post")
		return
	}
	s.show(w, found)
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

func (s *Sandbox) show(w http.ResponseWriter, p Post) {
	s.answer(w, http.StatusOK, map[string]string{"id": p.ID, "url": "https://template.example/posts/" + p.ID})
}

func (s *Sandbox) read(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody)).Decode(into); err != nil {
		s.refuse(w, http.StatusBadRequest, "bad_request", "the request is not JSON")
		return false
	}
	return true
}

func (s *Sandbox) refuse(w http.ResponseWriter, status int, code, message string) {
	s.answer(w, status, map[string]string{"error": code, "message": message})
}

func (s *Sandbox) answer(w http.ResponseWriter, status int, body any) {
	s.mu.Lock()
	s.calls++
	id := fmt.Sprintf("call-%d", s.calls)
	s.mu.Unlock()
	w.Header().Set("X-Request-Id", id)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // nobody is left to tell
}
