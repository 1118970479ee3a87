// Package sandbox is a double of the network that enforces its rules: what the tests run
// against, and `crier serve --sandbox`. It knows nothing of the adapter, and the adapter
// nothing of it.
//
// It keeps everything in memory: who ends it loses what was published. A sandbox that is to
// outlast that keeps its state in core.SandboxOptions.Dir, as Bluesky's does with
// double.SaveState. Package double has more of what sandboxes are made of.
package sandbox

import (
	"cmp"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/internal/double"
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

// Sandbox is the network. It is safe for concurrent use.
type Sandbox struct {
	*http.ServeMux
	*double.Controls

	base   string
	clock  *double.Clock
	faults *double.Faults
	pages  *double.Pages

	mu     sync.Mutex
	calls  int
	images map[string]upload // by id
	posts  []Post
}

// New returns a network on which nothing was published.
func New(o core.SandboxOptions) *Sandbox {
	s := &Sandbox{
		ServeMux: http.NewServeMux(), base: strings.TrimSuffix(o.URL, "/"),
		clock:  double.NewClock(cmp.Or[core.Clock](o.Clock, core.SystemClock{})),
		faults: double.NewFaults("PUT /posts/*", double.Actions()...),
		pages:  double.NewPages(pageFiles, "page", nil, cmp.Or(o.Log, slog.New(slog.DiscardHandler))),
		images: map[string]upload{},
	}
	s.Controls = double.NewControls(s.clock, s.faults, o.OnClock)
	s.api("POST /sign-in", s.signIn)
	s.member("GET /me", s.me)
	s.member("POST /images", s.uploadImage)
	s.member("PUT /posts/{key}", s.putPost)
	s.member("GET /posts/{key}", s.getPost)
	s.member("DELETE /posts/{key}", s.deletePost)
	s.HandleFunc("GET /members/{user}", s.memberPage)
	s.HandleFunc("GET /members/{user}/{key}", s.postPage)
	s.HandleFunc("GET /images/{id}", s.imageFile)
	s.HandleFunc("GET /sandbox/style.css", s.pages.Style)
	s.Handle("/sandbox/", s.control())
	s.HandleFunc("/", s.nothing)
	return s
}

// control is what a test in any language prepares the sandbox with and looks into it by, which
// a page of another origin may not use.
func (s *Sandbox) control() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /sandbox/posts", double.Show(func() []Post { return double.List(s.Posts()) }))
	s.Routes(mux, s.Reset)
	return double.SameOrigin(mux)
}

// Reset forgets what was published, disarms the faults and sets the clock right.
func (s *Sandbox) Reset() {
	s.ClearFaults()
	s.mu.Lock()
	s.images, s.posts = map[string]upload{}, nil
	s.mu.Unlock()
	s.Controls.Reset()
}

// Close has nothing to end.
func (s *Sandbox) Close() error { return nil }

// Token is a member's.
func (s *Sandbox) Token(memberID string) core.Secret { return core.Secret("token-of-" + memberID) }

// Posts returns what can be seen, oldest first.
func (s *Sandbox) Posts() []Post {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.posts)
}

// api serves requests to the network, which faults can hit.
func (s *Sandbox) api(pattern string, serve http.HandlerFunc) {
	s.Handle(pattern, s.faults.Around(s.clock, serve))
}

// member serves requests with a token.
func (s *Sandbox) member(pattern string, serve func(http.ResponseWriter, *http.Request, Member)) {
	s.api(pattern, func(w http.ResponseWriter, r *http.Request) {
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
	s.answer(w, http.StatusOK, map[string]string{"id": m.ID, "user": m.User, "name": m.Name, "url": s.base + "/members/" + m.User})
}

func (s *Sandbox) nothing(w http.ResponseWriter, _ *http.Request) {
	s.refuse(w, http.StatusNotFound, "no_such_call", "the network has no such call")
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
