package core

import (
	"context"
	"sync"
)

// GivenToken tells which access token a session has given out. Tokens may be renewed while it
// lasts, and the network refuse the former one late: of several, it is the first that is told,
// because whoever refuses a token that nobody uses any more does no harm.
type GivenToken struct {
	mu    sync.Mutex
	first Secret
}

// NoteTokens lets the session note the tokens that it gives out from now on.
func (s *Session) NoteTokens() *GivenToken {
	g, next := &GivenToken{}, s.Token
	s.Token = func(ctx context.Context) (Secret, error) {
		token, err := next(ctx)
		if err == nil {
			g.note(token)
		}
		return token, err
	}
	if bound := s.Bound; bound != nil {
		s.Bound = func(ctx context.Context) (token, binding Secret, err error) {
			token, binding, err = bound(ctx)
			if err == nil {
				g.note(token)
			}
			return token, binding, err
		}
	}
	return g
}

func (g *GivenToken) note(token Secret) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.first == "" {
		g.first = token
	}
}

// Take returns the first token that was given out since it was called last; empty: none was.
func (g *GivenToken) Take() Secret {
	g.mu.Lock()
	defer g.mu.Unlock()
	token := g.first
	g.first = ""
	return token
}

// RefusedToken returns the error within err by which a network refuses the access token; nil:
// there is none. That there is no token to be had is none.
func RefusedToken(err error) *Error {
	for _, e := range AsErrors(err) {
		if e.Kind == KindAuth && e.Status != 0 {
			return e
		}
	}
	return nil
}
