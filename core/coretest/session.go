package coretest

import (
	"context"
	"log/slog"
	"testing"

	"github.com/crier-social/crier/core"
)

// NewSession returns a session of the account, for calling an adapter directly.
// Unless changed, its token is the first member's, its checkpoint is empty, its
// clock stands still, it logs nothing, it has no files, no page can be read, and the
// profile has published nothing.
func NewSession(t testing.TB, account core.Account, changes ...func(*core.Session)) *core.Session {
	t.Helper()
	s := &core.Session{
		Account:    account,
		Checkpoint: NewCheckpoint(),
		Clock:      NewClock(Epoch()),
		Log:        slog.New(slog.DiscardHandler),
	}
	WithToken(MemberToken)(s)
	WithAssets(NewAssets())(s)
	WithPages(nil)(s)
	WithPublished(nil)(s)
	for _, change := range changes {
		change(s)
	}
	return s
}

// WithToken gives the session an access token.
func WithToken(token core.Secret) func(*core.Session) {
	return func(s *core.Session) {
		s.Token = func(ctx context.Context) (core.Secret, error) { return token, ctx.Err() }
	}
}

// WithBinding gives the session what its access token is bound to.
func WithBinding(binding core.Secret) func(*core.Session) {
	return func(s *core.Session) {
		s.Bound = func(ctx context.Context) (core.Secret, core.Secret, error) {
			token, err := s.Token(ctx)
			return token, binding, err
		}
	}
}

// WithAssets lets the session fetch its files from a.
func WithAssets(a *Assets) func(*core.Session) {
	return func(s *core.Session) {
		s.Fetch = func(ctx context.Context, n core.Need) (*core.Asset, error) {
			return a.Fetch(ctx, s.Account.ID, n, nil)
		}
	}
}

// WithCheckpoint lets the session go on with a checkpoint.
func WithCheckpoint(c core.Checkpoint) func(*core.Session) {
	return func(s *core.Session) { s.Checkpoint = c }
}

// WithClock gives the session a clock.
func WithClock(c core.Clock) func(*core.Session) {
	return func(s *core.Session) { s.Clock = c }
}

// WithLog lets the session log.
func WithLog(log *slog.Logger) func(*core.Session) {
	return func(s *core.Session) { s.Log = log }
}

// WithPages lets the session read these pages, by address; every other one fails with
// KindMedia.
func WithPages(pages map[string]core.Page) func(*core.Session) {
	return func(s *core.Session) {
		s.Page = func(ctx context.Context, address string) (*core.Page, error) {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if page, there := pages[address]; there {
				return &page, nil
			}
			return nil, &core.Error{Kind: core.KindMedia, Code: core.CodeLinkPreview, Message: "no page at " + address}
		}
	}
}

// WithPublished lets the session find posts of the profile: the network's ids by this
// server's.
func WithPublished(remoteIDs map[string]string) func(*core.Session) {
	return func(s *core.Session) {
		s.Published = func(ctx context.Context, postID string) (string, error) {
			if id, there := remoteIDs[postID]; there {
				return id, ctx.Err()
			}
			return "", &core.Error{Kind: core.KindNotFound, Message: "no post has the id " + postID}
		}
	}
}
