package providertest_test

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// mutant is the scripted network's adapter with one fault built in. Every nil
// field leaves a method as it is.
type mutant struct {
	*coretest.Provider

	info     func(core.Info) core.Info
	plan     func(context.Context, *mutant, core.Account, core.Draft) (core.Publication, error)
	identify func(core.Account, error) (core.Account, error)
	remove   func(*mutant, context.Context, *core.Session, string) error
	apps     func([]core.LinkApp) []core.LinkApp
	begin    beginFunc
	document func([]byte) []byte
	exchange exchangeFunc
	refresh  refreshFunc
	// introspect changes what Introspect returns.
	introspect func(core.TokenState, error) (core.TokenState, error)
	// pub breaks a publication that Plan returned.
	pub publicationMutant
}

func (m *mutant) Info() core.Info {
	if m.info != nil {
		return m.info(m.Provider.Info())
	}
	return m.Provider.Info()
}

func (m *mutant) Plan(ctx context.Context, as core.Account, d core.Draft) (core.Publication, error) {
	plan := func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
		return m.Provider.Plan(ctx, as, d)
	}
	if m.plan != nil {
		plan = m.plan
	}
	pub, err := plan(ctx, m, as, d)
	if err != nil {
		return nil, err
	}
	broken := m.pub
	broken.publication, broken.own = pub.(publication), coretest.NewCheckpoint()
	return &broken, nil
}

func (m *mutant) Identify(ctx context.Context, c core.Credentials, remoteID string) (core.Account, error) {
	a, err := m.Provider.Identify(ctx, c, remoteID)
	if m.identify != nil {
		return m.identify(a, err)
	}
	return a, err
}

func (m *mutant) Delete(ctx context.Context, s *core.Session, remoteID string) error {
	if m.remove != nil {
		return m.remove(m, ctx, s, remoteID)
	}
	return m.Provider.Delete(ctx, s, remoteID)
}

// publication is what the scripted network's publications can do.
type publication interface {
	core.Publication
	core.Preflighter
	core.Reconciler
	core.Repeatable
	core.Previewer
	core.Finisher
}

type (
	needsFunc     func(publication) []core.Need
	preflightFunc func(context.Context, publication, *core.Session) error
	prepareFunc   func(context.Context, *publicationMutant, *core.Session) (core.Progress, error)
	commitFunc    func(context.Context, publication, *core.Session) (core.Receipt, error)
	reconcileFunc func(context.Context, publication, *core.Session, time.Time) (core.Receipt, bool, error)
	followUpFunc  func(context.Context, publication, *core.Session, core.FollowUpName, core.Receipt) (map[string]any, error)
	findFunc      func(context.Context, publication, *core.Session, core.FollowUpName, core.Receipt, time.Time) (map[string]any, bool, error)
)

// publicationMutant is a publication with one fault built in.
type publicationMutant struct {
	publication

	needs     needsFunc
	preflight preflightFunc
	prepare   prepareFunc
	commit    commitFunc
	reconcile reconcileFunc
	followUps func(publication) []core.FollowUpName
	followUp  followUpFunc
	find      findFunc

	prepared int                  // calls of Prepare so far
	own      *coretest.Checkpoint // in the memory of this process
}

func (p *publicationMutant) Needs() []core.Need {
	if p.needs != nil {
		return p.needs(p.publication)
	}
	return p.publication.Needs()
}

func (p *publicationMutant) Preflight(ctx context.Context, s *core.Session) error {
	if p.preflight != nil {
		return p.preflight(ctx, p.publication, s)
	}
	return p.publication.Preflight(ctx, s)
}

func (p *publicationMutant) Prepare(ctx context.Context, s *core.Session) (core.Progress, error) {
	p.prepared++
	if p.prepare != nil {
		return p.prepare(ctx, p, s)
	}
	return p.publication.Prepare(ctx, s)
}

func (p *publicationMutant) Commit(ctx context.Context, s *core.Session) (core.Receipt, error) {
	if p.commit != nil {
		return p.commit(ctx, p.publication, s)
	}
	return p.publication.Commit(ctx, s)
}

func (p *publicationMutant) Reconcile(ctx context.Context, s *core.Session, since time.Time) (core.Receipt, bool, error) {
	if p.reconcile != nil {
		return p.reconcile(ctx, p.publication, s, since)
	}
	return p.publication.Reconcile(ctx, s, since)
}

func (p *publicationMutant) FollowUps() []core.FollowUpName {
	if p.followUps != nil {
		return p.followUps(p.publication)
	}
	return p.publication.FollowUps()
}

func (p *publicationMutant) FollowUp(ctx context.Context, s *core.Session, name core.FollowUpName, r core.Receipt) (map[string]any, error) {
	if p.followUp != nil {
		return p.followUp(ctx, p.publication, s, name, r)
	}
	return p.publication.FollowUp(ctx, s, name, r)
}

func (p *publicationMutant) FindFollowUp(ctx context.Context, s *core.Session, name core.FollowUpName, r core.Receipt, since time.Time) (map[string]any, bool, error) {
	if p.find != nil {
		return p.find(ctx, p.publication, s, name, r, since)
	}
	return p.publication.FindFollowUp(ctx, s, name, r, since)
}

// breaking returns a wrap that builds a fault in.
func breaking(build func(*mutant)) wrap {
	return func(p core.Provider) core.Provider {
		m := &mutant{Provider: p.(*coretest.Provider)}
		build(m)
		return m
	}
}

// spoilErrors returns a Commit whose errors are changed.
func spoilErrors(spoil func(context.Context, *core.Session, *core.Error)) commitFunc {
	return func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
		r, err := p.Commit(ctx, s)
		if err == nil {
			return r, nil
		}
		e := *core.AsError(err)
		spoil(ctx, s, &e)
		return core.Receipt{}, &e
	}
}

// forgetful is a checkpoint that an adapter never finds anything in.
type forgetful struct{ core.Checkpoint }

func (forgetful) Load(any) (bool, error) { return false, nil }

// careless is a checkpoint whose failures an adapter does not look at.
type careless struct{ core.Checkpoint }

func (c careless) Save(ctx context.Context, v any) error {
	_ = c.Checkpoint.Save(ctx, v) // the fault
	return nil
}

// with returns a session that differs in its checkpoint.
func with(s *core.Session, c core.Checkpoint) *core.Session {
	changed := *s
	changed.Checkpoint = c
	return &changed
}

// mutation is a fault and the check that has to notice it, perhaps among others.
type mutation struct {
	check string
	build func(*mutant)
}
