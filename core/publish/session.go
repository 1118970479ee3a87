package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
)

// parallelFetches bounds the downloads of one publication.
const parallelFetches = 4

// sessionHooks is where a session's warnings and progress go.
type sessionHooks struct {
	warn   func(core.Warning)
	report func(core.Activity)
}

// session is what an adapter gets to work with. Group names the files that it
// shares: those of the post.
func (p *Publisher) session(a core.Account, group string, cp core.Checkpoint, hooks sessionHooks) *core.Session {
	s := &core.Session{
		Account:    a,
		Checkpoint: cp,
		Clock:      p.clock,
		Log:        p.log.With("account", a.ID, "platform", a.Platform),
		OnWarning:  hooks.warn,
		OnActivity: hooks.report,
		Token: func(ctx context.Context) (core.Secret, error) {
			token, err := p.tokens.Token(ctx, a.ID)
			return token, ours(err)
		},
	}
	s.Fetch = func(ctx context.Context, n core.Need) (*core.Asset, error) {
		if err := p.media.Authorize(ctx, a.ProfileID, n); err != nil {
			return nil, err
		}
		return p.media.Fetch(ctx, group, n, func(done, total int64) {
			s.Report(core.Activity{Stage: core.StageDownload, Item: n.Field, Done: done, Total: total})
		})
	}
	return s
}

// preflight asks the network what can be asked without changing anything.
func (p *Publisher) preflight(ctx context.Context, pub core.Publication, s *core.Session) error {
	pf, ok := pub.(core.Preflighter)
	if !ok {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, preflightTimeout)
	defer cancel()
	return p.guard(ctx, func() error { return pf.Preflight(ctx, s) })
}

// fetchAll fetches everything that a publication needs, so that a file that
// cannot be had is known before anything is uploaded. It reports all problems.
func (p *Publisher) fetchAll(ctx context.Context, pub core.Publication, s *core.Session) error {
	needs := pub.Needs()
	failures := make([]error, len(needs))
	var g errgroup.Group
	g.SetLimit(parallelFetches)
	for i, n := range needs {
		g.Go(func() error {
			failures[i] = p.guard(ctx, func() error {
				_, err := s.Fetch(ctx, n)
				return err
			})
			return nil
		})
	}
	_ = g.Wait() // the failures are kept in the order of the needs
	var problems core.Errors
	for _, err := range failures {
		if err != nil {
			problems = append(problems, core.AsErrors(err)...)
		}
	}
	return problems.OrNil()
}

// deliveryCheckpoint keeps an adapter's progress in the delivery of an attempt.
type deliveryCheckpoint struct{ *attempt }

// Load decodes what was last saved.
func (c deliveryCheckpoint) Load(v any) (bool, error) {
	return fixedCheckpoint{c.delivery}.Load(v)
}

// Save stores v, unless another worker has taken the delivery up. What was just
// uploaded must be remembered even while the process is stopping, and so must what
// the author was told on the way: steps that are done are not done again.
func (c deliveryCheckpoint) Save(ctx context.Context, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("checkpoint of delivery %s: %w", c.delivery.ID, err)
	}
	ctx, cancel := detached(ctx, bookkeepingTimeout)
	defer cancel()
	return ours(c.update(ctx, func(d *core.Delivery) error {
		if !c.prepares(d) {
			return queue.ErrLeaseLost
		}
		d.Checkpoint = raw
		d.Warnings = c.warnings.all()
		return nil
	}))
}

// fixedCheckpoint lets an adapter read its progress but not change it: that of a
// dry run, or of a delivery whose preparation is over.
type fixedCheckpoint struct{ delivery core.Delivery }

// Load decodes what was last saved.
func (c fixedCheckpoint) Load(v any) (bool, error) {
	if len(c.delivery.Checkpoint) == 0 {
		return false, nil
	}
	if err := json.Unmarshal(c.delivery.Checkpoint, v); err != nil {
		return false, fmt.Errorf("checkpoint of delivery %s: %w", c.delivery.ID, err)
	}
	return true, nil
}

func (fixedCheckpoint) Save(context.Context, any) error {
	return &core.Error{Kind: core.KindInternal, Message: "an internal error occurred", Err: errors.New("a checkpoint was saved outside Prepare")}
}
