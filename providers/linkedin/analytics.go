package linkedin

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core"
)

// LinkedIn's figures lag by a day or two, hold organic activity only, and count less
// than the export of its site: they are approximate, and shown as they come.

// parallelReads bounds the calls that one question about figures makes side by side.
const parallelReads = 3

var _ core.Analyst = (*Provider)(nil)

// PostAnalytics returns the figures of posts, by URN. What cannot be had is left out
// with a warning; an error means that nothing could be had at all.
func (p *Provider) PostAnalytics(ctx context.Context, s *core.Session, remoteIDs []string) (map[string]core.Analytics, error) {
	token, err := accessToken(ctx, s)
	if err != nil {
		return nil, err
	}
	var urns []string
	for _, id := range remoteIDs {
		if isPost(id) && !slices.Contains(urns, id) {
			urns = append(urns, id)
		}
	}
	if len(urns) == 0 {
		return map[string]core.Analytics{}, nil
	}
	q := inquiry{provider: p, session: s, token: token, author: s.Account.RemoteID}
	read := q.memberPosts
	if s.Account.Kind == core.AccountOrganization {
		read = q.pagePosts
	}
	figures, err := read(ctx, urns)
	return figures, q.explain(ctx, err)
}

// inquiry is one question about figures.
type inquiry struct {
	provider *Provider
	session  *core.Session
	token    core.Secret
	author   string // URN
}

// sideBySide runs tasks, a few at a time. An error of one ends the others: what must
// not do so is kept by the task itself.
func (q inquiry) sideBySide(ctx context.Context, tasks ...func(ctx context.Context) error) error {
	g, within := errgroup.WithContext(ctx)
	g.SetLimit(parallelReads)
	for _, task := range tasks {
		g.Go(func() error { return q.guard(within, task) })
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// guard turns a panic, which nobody else could catch in a goroutine, into an error.
func (q inquiry) guard(ctx context.Context, task func(ctx context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			q.session.Log.ErrorContext(ctx, "a read of figures panicked", "panic", r, "stack", string(debug.Stack()))
			err = &core.Error{
				Kind: core.KindInternal, Op: "linkedin.analytics", Platform: name,
				Message: "an internal error occurred", Err: fmt.Errorf("panic: %v", r),
			}
		}
	}()
	return task(ctx)
}

// gate keeps a call from being made again once its error has shown that it fails for
// everything else too.
type gate struct {
	mu  sync.Mutex
	err error
}

// do makes a call unless that is known to be in vain.
func (g *gate) do(call func() error) error {
	g.mu.Lock()
	err := g.err
	g.mu.Unlock()
	if err != nil {
		return err
	}
	if err = call(); closes(err) {
		g.mu.Lock()
		g.err = err
		g.mu.Unlock()
	}
	return err
}

// closes tells whether an error says nothing of the single thing that was asked for,
// but all of the token, of the app or of the limits.
func closes(err error) bool {
	switch e := core.AsError(err); core.KindOf(err) {
	case core.KindAuth, core.KindRateLimited:
		return true
	case core.KindForbidden:
		return e.Upstream == codeNoScopeText
	default:
		return notOffered(err)
	}
}

// codeNoResource is LinkedIn's code for an address that it does not have, or not for
// this app.
// https://learn.microsoft.com/en-us/linkedin/shared/api-guide/concepts/error-handling
const codeNoResource = "RESOURCE_NOT_FOUND"

// notOffered tells whether LinkedIn does not have a resource for this app, which is
// another thing than not having what was asked for.
func notOffered(err error) bool {
	return core.KindOf(err) == core.KindNotFound && core.AsError(err).Upstream == codeNoResource
}

// explain says why figures could not be read; of an error that is not LinkedIn's,
// nothing more.
func (q inquiry) explain(ctx context.Context, err error) error {
	if _, ok := errors.AsType[*core.Error](err); !ok {
		return err
	}
	return analyticsError(q.provider.explain(ctx, q.session.Account, q.author, q.token, err))
}

// analyticsError says of an error that it kept figures from being read.
func analyticsError(cause error) *core.Error {
	e := *core.AsError(cause)
	e.Platform, e.Err = name, cause
	if notOffered(cause) {
		e.Kind = core.KindForbidden
		e.Message = "LinkedIn does not offer these figures to this app."
		e.Help = "They need the Community Management API in its standard tier: ask for it at https://www.linkedin.com/developers/apps, on the app's page Products."
	}
	switch e.Kind {
	case core.KindForbidden, core.KindNotFound, core.KindInvalid, core.KindUnsupported:
		e.Code, e.Field = core.CodeAnalytics, ""
	case core.KindAuth, core.KindRateLimited, core.KindTemporary, core.KindMedia, core.KindDuplicate, core.KindUncertain, core.KindInternal:
	}
	return &e
}

// missing warns that figures could not be had. field is where they would have been.
func missing(field, what string, cause error) core.Warning {
	e := analyticsError(cause)
	message := "LinkedIn did not tell " + what + ": " + strings.TrimSuffix(e.Message, ".") + "."
	if e.Help != "" {
		message += " " + e.Help
	}
	return core.Warning{Code: core.CodeAnalytics, Field: field, Message: message}
}

// onlyOfPosts warns that an activity has few figures.
func onlyOfPosts(urn string) core.Warning {
	return core.Warning{
		Code:    core.CodeAnalytics,
		Message: urn + " names an activity: LinkedIn tells its comments and reactions alone. Ask for the post by its URN urn:li:share:… or urn:li:ugcPost:… to get the rest.",
	}
}

func isActivity(urn string) bool { return strings.HasPrefix(urn, "urn:li:activity:") }
