package core_test

import (
	"context"
	"errors"
	"testing"

	"github.com/crier-social/crier/core"
)

func TestNoteTokens(t *testing.T) {
	t.Parallel()
	answers := []core.Secret{"a", "b", "", "c"}
	s := &core.Session{Token: func(context.Context) (core.Secret, error) {
		token := answers[0]
		answers = answers[1:]
		if token == "" {
			return "never given", errors.New("none")
		}
		return token, nil
	}}
	given := s.NoteTokens()
	if got := given.Take(); got != "" {
		t.Error("a token was noted that was not given")
	}
	for _, want := range []core.Secret{"a", "b"} {
		if got, err := s.Token(t.Context()); err != nil || got != want {
			t.Errorf("another token, %v", err)
		}
	}
	if first, again := given.Take(), given.Take(); first != "a" || again != "" {
		t.Error("not the first token, or not once")
	}
	if _, err := s.Token(t.Context()); err == nil {
		t.Error("a token was given that is not there")
	}
	if _, err := s.Token(t.Context()); err != nil || given.Take() != "c" {
		t.Errorf("not the next token, %v", err)
	}
}

func TestRefusedToken(t *testing.T) {
	t.Parallel()
	refusal := &core.Error{Kind: core.KindAuth, Status: 401}
	for name, tc := range map[string]struct {
		err  error
		want *core.Error
	}{
		"nothing":     {nil, nil},
		"a plain one": {errors.New("broken"), nil},
		"no token":    {&core.Error{Kind: core.KindAuth}, nil},
		"forbidden":   {&core.Error{Kind: core.KindForbidden, Status: 403}, nil},
		"refused":     {refusal, refusal},
		"among more":  {core.Errors{{Kind: core.KindMedia}, refusal}, refusal},
		"as a cause":  {errors.Join(errors.New("while asking"), refusal), refusal},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := core.RefusedToken(tc.err); got != tc.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
