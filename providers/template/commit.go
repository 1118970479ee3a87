package template

import (
	"context"
	"errors"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/providers/template/api"
)

// Commit makes the post visible with exactly one request; Reconcile finds out what became of
// one whose answer was lost.

// Commit publishes.
func (p *publication) Commit(ctx context.Context, s *core.Session) (core.Receipt, error) {
	done, err := p.prepared(s)
	if err != nil {
		return core.Receipt{}, err
	}
	token, err := s.Token(ctx)
	if err != nil {
		return core.Receipt{}, err
	}
	published, err := p.provider.api.PutPost(ctx, token, done.Key, p.post(done))
	if err != nil {
		return core.Receipt{}, err
	}
	return receipt(published), nil
}

// Reconcile asks for the post by its key, which is this server's own: no other post has it, and
// whoever sends it again makes no second post.
func (p *publication) Reconcile(ctx context.Context, s *core.Session, _ time.Time) (core.Receipt, bool, error) {
	done, err := p.prepared(s)
	if err != nil {
		return core.Receipt{}, false, err
	}
	token, err := s.Token(ctx)
	if err != nil {
		return core.Receipt{}, false, err
	}
	found, err := p.provider.api.GetPost(ctx, token, done.Key)
	switch {
	case core.KindOf(err) == core.KindNotFound:
		return core.Receipt{}, false, nil
	case err != nil:
		return core.Receipt{}, false, err
	}
	return receipt(found), true, nil
}

// Repeatable tells that the key makes one post of a request that arrives twice: a lost answer is
// looked for at once, and need not be waited for. Leave it out where there is no such key.
func (*publication) Repeatable() bool { return true }

// prepared is what Prepare has saved.
func (p *publication) prepared(s *core.Session) (progress, error) {
	var done progress
	saved, err := s.Checkpoint.Load(&done)
	if err == nil && (!saved || done.Key == "") {
		err = &core.Error{Kind: core.KindInternal, Op: name + ".commit", Platform: name, Message: "an internal error occurred", Err: errors.New("Commit before Prepare")}
	}
	return done, err
}

func receipt(p api.Published) core.Receipt { return core.Receipt{RemoteID: p.ID, URL: p.URL} }

var (
	_ core.Publication = (*publication)(nil)
	_ core.Reconciler  = (*publication)(nil)
	_ core.Repeatable  = (*publication)(nil)
	_ core.Previewer   = (*publication)(nil)
)
