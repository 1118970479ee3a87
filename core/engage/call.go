package engage

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/crier-social/crier/core"
)

// call asks for an account: its answer may be shared, and warns of what it lacks itself.
func call[T any](ctx context.Context, s *Service, a core.Account, work func(context.Context, *core.Session) (T, error)) (T, error) {
	return act(ctx, s, Target{Account: a}, work)
}

// act does one piece of work for a target: with a session of its own, a time limit, and a
// guard against an adapter that panics. The errors name the network; what the adapter warns
// of is kept with the target. The work is one request of the adapter, so that a refusal proves
// that nothing came of it: if the network refuses the token, and there is another, it is done
// once more.
func act[T any](ctx context.Context, s *Service, t Target, work func(context.Context, *core.Session) (T, error)) (value T, err error) {
	a := t.Account
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	session, end := s.sessions.OpenSession(a)
	defer end()
	session.OnWarning = t.told.add
	given := session.NoteTokens()
	value, err = guarded(ctx, s, session, work)
	if s.renewed(ctx, a, given, err) {
		value, err = guarded(ctx, s, session, work)
		s.renewed(ctx, a, given, err)
	}
	if err != nil {
		return *new(T), s.explained(a, err)
	}
	return value, nil
}

// guarded turns an adapter's panic into an error.
func guarded[T any](ctx context.Context, s *Service, session *core.Session, work func(context.Context, *core.Session) (T, error)) (value T, err error) {
	defer func() {
		if v := recover(); v != nil {
			a := session.Account
			s.log.ErrorContext(ctx, "adapter panicked", "account", a.ID, "platform", a.Platform, "panic", v, "stack", string(debug.Stack()))
			err = &core.Error{Kind: core.KindInternal, Message: "an internal error occurred", Err: fmt.Errorf("panic: %v", v)}
		}
	}()
	return work(ctx, session)
}

// explained returns the errors of work for an account with the network that they concern.
// The originals are not changed: an adapter may share them.
func (s *Service) explained(a core.Account, err error) error {
	if errors.Is(err, context.DeadlineExceeded) && !isKnown(err) {
		err = &core.Error{Kind: core.KindTemporary, Message: fmt.Sprintf("%s did not answer within %v", s.registry.Title(a.Platform), s.timeout), Err: err}
	}
	if !isKnown(err) {
		return err
	}
	out := core.Errors{}
	for _, e := range core.AsErrors(err) {
		if e.Platform == "" {
			c := *e
			c.Platform = a.Platform
			e = &c
		}
		out = append(out, e)
	}
	return out
}

// isKnown tells whether err is of the contract. Anything else is the store's.
func isKnown(err error) bool {
	var one *core.Error
	var list core.Errors
	return errors.As(err, &one) || errors.As(err, &list)
}

// renewed takes note that the network has refused a session's token, and tells whether there
// is another one by now. That it cannot be found out is logged, since what the client asked
// for matters more.
func (s *Service) renewed(ctx context.Context, a core.Account, given *core.GivenToken, err error) bool {
	e, token := core.RefusedToken(err), given.Take()
	if s.tokens == nil || e == nil || token == "" {
		return false
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), renewTimeout)
	defer cancel()
	renewed, err := s.tokens.Refused(ctx, a.ID, token, e.Message)
	if err != nil {
		s.log.ErrorContext(ctx, "a refused token could not be renewed", "account", a.ID, "error", err)
	}
	return renewed && err == nil
}

// ability returns the part of a network's adapter that can do something; what says in
// words what that is: "comments".
func ability[I any](s *Service, platform, what string) (I, error) {
	provider, known := s.registry.Get(platform)
	if !known {
		return *new(I), s.registry.UnknownPlatform("platform", platform)
	}
	able, ok := provider.(I)
	if !ok {
		return able, &core.Error{
			Kind: core.KindUnsupported, Code: core.CodeUnsupported, Platform: platform,
			Message: s.registry.Title(platform) + " has no " + what + " that Crier could use",
			Help:    "GET /providers lists the abilities of each network.",
		}
	}
	return able, nil
}
