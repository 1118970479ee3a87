package crashtest

import (
	"context"
	"net/http"
	"slices"
	"sync"
)

// landmarks are posts that were accepted and that nobody takes back, so that others can be
// about them.
type landmarks struct {
	mu   sync.Mutex
	list []landmark // in the order of their authors' answers
}

// landmark is such a post: Crier's id of it, and the place of its account.
type landmark struct {
	id    string
	place int
}

// add makes a post a landmark, if it can be one.
func (l *landmarks) add(s *story) {
	if s.id == "" || s.post.Change != ChangeNone || s.post.Also != 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, landmark{s.id, s.post.Account})
}

// latest lists them, the last one first.
func (l *landmarks) latest() []landmark {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := slices.Clone(l.list)
	slices.Reverse(list)
	return list
}

// choose finds the post that this one is to be about: one on the same network that Crier says
// is published. As long as there is none, the post is a text.
func (a *author) choose(ctx context.Context) {
	s := a.story
	if !s.post.about() {
		return
	}
	own := a.outlets[s.post.Account].front
	for _, l := range a.landmarks.latest() {
		if a.outlets[l.place].front != own {
			continue
		}
		if said := a.ask(ctx, l.id); said.Status == statusSuccess && len(said.PostIDs) == 1 {
			s.about, s.aboutRemote = l.id, said.PostIDs[0].ID
			if s.post.Number%2 == 0 {
				s.about = s.aboutRemote // either names it
			}
			return
		}
	}
	s.post.Kind = KindText
}

// ask asks Crier about a post until it is told something.
func (a *author) ask(ctx context.Context, id string) (said told) {
	for ; ctx.Err() == nil; wait(knock) {
		if status, err := a.do(ctx, call{method: http.MethodGet, path: "/post/" + id}, &said); err == nil && status == http.StatusOK {
			return said
		}
	}
	return told{}
}
