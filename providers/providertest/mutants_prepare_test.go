package providertest_test

import (
	"context"
	"errors"

	"github.com/crier-social/crier/core"
)

func prepareMutants() map[string]mutation {
	return map[string]mutation{
		"Preflight that publishes": {"preflight/writes nothing", func(m *mutant) {
			m.pub.preflight = func(ctx context.Context, p publication, s *core.Session) error {
				_, err := p.Commit(ctx, s)
				return err
			}
		}},
		"Preflight that uploads": {"preflight/writes nothing", func(m *mutant) {
			m.pub.preflight = func(ctx context.Context, p publication, s *core.Session) error {
				_, err := p.Prepare(ctx, s)
				return err
			}
		}},
		"Preflight that swallows errors": {"preflight/errors", func(m *mutant) {
			m.pub.preflight = func(ctx context.Context, p publication, s *core.Session) error {
				_ = p.Preflight(ctx, s) // the fault
				return nil
			}
		}},
		"Prepare that forgets what is uploaded": {"prepare/resumes after a kill", func(m *mutant) {
			m.pub.prepare = func(ctx context.Context, p *publicationMutant, s *core.Session) (core.Progress, error) {
				if p.prepared == 1 {
					s = with(s, forgetful{s.Checkpoint})
				}
				return p.publication.Prepare(ctx, s)
			}
		}},
		"Prepare that works on when it is fenced off": {"prepare/resumes after a kill", func(m *mutant) {
			m.pub.prepare = func(ctx context.Context, p *publicationMutant, s *core.Session) (core.Progress, error) {
				return p.publication.Prepare(ctx, with(s, careless{s.Checkpoint}))
			}
		}},
		"Prepare that uploads again when ready": {"prepare/uploads once", func(m *mutant) {
			m.pub.prepare = func(ctx context.Context, p *publicationMutant, s *core.Session) (core.Progress, error) {
				progress, err := p.publication.Prepare(ctx, s)
				if err == nil && progress.Ready {
					_, err = p.publication.Prepare(ctx, with(s, forgetful{s.Checkpoint}))
				}
				return progress, err
			}
		}},
		"Prepare that saves nothing": {"prepare/uploads once", func(m *mutant) {
			m.pub.prepare = func(ctx context.Context, p *publicationMutant, s *core.Session) (core.Progress, error) {
				return p.publication.Prepare(ctx, with(s, p.own))
			}
		}},
		"Prepare that does not say when to come back": {"prepare/uploads once", func(m *mutant) {
			m.pub.prepare = func(ctx context.Context, p *publicationMutant, s *core.Session) (core.Progress, error) {
				progress, err := p.publication.Prepare(ctx, s)
				progress.After = 0
				return progress, err
			}
		}},
		"Prepare that ignores its context": {"prepare/honours the context", func(m *mutant) {
			m.pub.prepare = func(ctx context.Context, p *publicationMutant, s *core.Session) (core.Progress, error) {
				if ctx.Err() != nil {
					return p.publication.Prepare(context.WithoutCancel(ctx), s)
				}
				return p.publication.Prepare(ctx, s)
			}
		}},
		"Prepare that calls every failure a defect": {"prepare/errors", func(m *mutant) {
			m.pub.prepare = func(ctx context.Context, p *publicationMutant, s *core.Session) (core.Progress, error) {
				progress, err := p.publication.Prepare(ctx, s)
				if err != nil {
					return progress, errors.New("preparing failed")
				}
				return progress, nil
			}
		}},
		"Prepare that publishes": {"prepare/uploads once", func(m *mutant) {
			m.pub.prepare = func(ctx context.Context, p *publicationMutant, s *core.Session) (core.Progress, error) {
				progress, err := p.publication.Prepare(ctx, s)
				if err == nil && progress.Ready {
					_, err = p.publication.Commit(ctx, s)
				}
				return progress, err
			}
		}},
	}
}
