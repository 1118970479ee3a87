package publish

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/queue"
	"github.com/crier-social/crier/core/store"
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
			return token, tokenTrouble(err)
		},
		Bound: func(ctx context.Context) (token, binding core.Secret, err error) {
			token, binding, err = p.tokens.Bound(ctx, a.ID)
			return token, binding, tokenTrouble(err)
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
	s.Page = p.page
	s.Published = func(ctx context.Context, postID string) (string, error) { return p.publishedAs(ctx, a, postID) }
	return s
}

// OpenSession returns a session for work on what the account has on its network, and a
// function that ends it. It has no checkpoint.
func (p *Publisher) OpenSession(a core.Account) (s *core.Session, end func()) {
	group := "session-" + core.NewID(p.clock.Now())
	return p.session(a, group, nil, sessionHooks{}), func() { p.media.Release(group) }
}

func (p *Publisher) page(ctx context.Context, address string) (*core.Page, error) {
	if p.pages == nil {
		return nil, &core.Error{Kind: core.KindMedia, Code: core.CodeLinkPreview, Message: "this server does not read web pages"}
	}
	return p.pages.Page(ctx, address)
}

// publishedAs returns what a post of the account's profile was published as on the
// account's network, by this account if it was.
func (p *Publisher) publishedAs(ctx context.Context, a core.Account, postID string) (string, error) {
	o, err := p.Get(ctx, a.ProfileID, postID)
	if errors.Is(err, store.ErrNotFound) {
		return "", &core.Error{Kind: core.KindNotFound, Message: "no post of this profile has the id " + strconv.Quote(postID)}
	}
	if err != nil {
		return "", ours(err)
	}
	remoteID := ""
	for _, d := range o.Deliveries {
		if d.Platform != a.Platform || d.State != core.DeliveryPublished || !d.DeletedAt.IsZero() || d.Receipt.RemoteID == "" {
			continue
		}
		if remoteID == "" || d.AccountID == a.ID {
			remoteID = d.Receipt.RemoteID
		}
	}
	if remoteID == "" {
		return "", &core.Error{Kind: core.KindInvalid, Message: "the post " + postID + " is not published on " + a.Platform}
	}
	return remoteID, nil
}

// preflight asks the network what can be asked without changing anything. That its time ends
// is a trouble of the network's, which passes.
func (p *Publisher) preflight(ctx context.Context, pub core.Publication, s *core.Session) error {
	pf, ok := pub.(core.Preflighter)
	if !ok {
		return nil
	}
	asking, cancel := context.WithTimeout(ctx, preflightTimeout)
	defer cancel()
	err := p.guard(asking, func() error { return pf.Preflight(asking, s) })
	if ctx.Err() == nil && isBareDeadline(err) {
		return tookTooLong(err)
	}
	return err
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
