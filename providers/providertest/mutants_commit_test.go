package providertest_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

func commitMutants() map[string]mutation {
	return map[string]mutation{
		"Commit that writes twice": {"commit/one write", func(m *mutant) {
			m.pub.commit = func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
				if r, err := p.Commit(ctx, s); err != nil {
					return r, err
				}
				return p.Commit(ctx, s)
			}
		}},
		"Commit that uploads": {"commit/one write", func(m *mutant) {
			m.pub.commit = func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
				_, _ = p.Prepare(ctx, with(s, forgetful{coretest.NewCheckpoint()}))
				return p.Commit(ctx, s)
			}
		}},
		"Commit that retries": {"commit/errors", func(m *mutant) {
			m.pub.commit = func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
				r, err := p.Commit(ctx, s)
				if core.KindOf(err) == core.KindTemporary {
					return p.Commit(ctx, s)
				}
				return r, err
			}
		}},
		"Commit without the descriptions": {"commit/describes files", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				d.Options = bytes.Replace(d.Options, []byte(`"altText":["one","two"]`), []byte(`"altText":[]`), 1)
				return m.Provider.Plan(ctx, as, d)
			}
		}},
		"Commit with a receipt of nothing": {"commit/one write", func(m *mutant) {
			m.pub.commit = func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
				_, err := p.Commit(ctx, s)
				return core.Receipt{RemoteID: "post-0", URL: "https://scripted.example/"}, err
			}
		}},
		"Commit that does nothing": {"commit/one write", func(m *mutant) {
			m.pub.commit = func(context.Context, publication, *core.Session) (core.Receipt, error) {
				return core.Receipt{RemoteID: "post-1", URL: "https://scripted.example/"}, nil
			}
		}},
		"Commit that takes any answer for a success": {"commit/proof", func(m *mutant) {
			m.pub.commit = func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
				r, err := p.Commit(ctx, s)
				if err != nil && core.AsError(err).Status == http.StatusOK {
					return core.Receipt{}, nil
				}
				return r, err
			}
		}},
		"Commit that claims that such an answer proves the opposite": {"commit/proof", func(m *mutant) {
			m.pub.commit = spoilErrors(func(_ context.Context, _ *core.Session, e *core.Error) { e.Unsent = e.Status == http.StatusOK })
		}},
		"Commit of the wrong kind": {"commit/errors", func(m *mutant) {
			m.pub.commit = spoilErrors(func(_ context.Context, _ *core.Session, e *core.Error) { e.Kind = core.KindTemporary })
		}},
		"Commit whose errors have no request id": {"commit/errors", func(m *mutant) {
			m.pub.commit = spoilErrors(func(_ context.Context, _ *core.Session, e *core.Error) { e.RequestID = "" })
		}},
		"Commit that does not say how long to wait": {"commit/errors", func(m *mutant) {
			m.pub.commit = spoilErrors(func(_ context.Context, _ *core.Session, e *core.Error) { e.RetryAfter = 0 })
		}},
		"Commit that claims a lost request was never sent": {"commit/errors", func(m *mutant) {
			m.pub.commit = spoilErrors(func(_ context.Context, _ *core.Session, e *core.Error) { e.Unsent = e.Kind == core.KindTemporary })
		}},
		"Commit that claims the same at its deadline": {"commit/deadline", func(m *mutant) {
			m.pub.commit = spoilErrors(func(ctx context.Context, _ *core.Session, e *core.Error) { e.Unsent = ctx.Err() != nil })
		}},
		"Commit that does not know what was never sent": {"commit/unreachable", func(m *mutant) {
			m.pub.commit = spoilErrors(func(_ context.Context, _ *core.Session, e *core.Error) { e.Unsent = false })
		}},
		"Commit with the token in its error": {"commit/errors", func(m *mutant) {
			m.pub.commit = spoilErrors(func(ctx context.Context, s *core.Session, e *core.Error) {
				token, _ := s.Token(ctx)
				e.Err = errors.New("Authorization: Bearer " + token.Reveal())
			})
		}},
		"Commit with the token in its log": {"commit/one write", func(m *mutant) {
			m.pub.commit = func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
				token, _ := s.Token(ctx)
				s.Log.DebugContext(ctx, "calling", "authorization", token.Reveal())
				return p.Commit(ctx, s)
			}
		}},
		"Commit without asking for a token": {"commit/without a token", func(m *mutant) {
			m.pub.commit = func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
				coretest.WithToken(coretest.MemberToken)(s)
				return p.Commit(ctx, s)
			}
		}},
		"publications that share their state": {"commit/concurrently", func(m *mutant) {
			var last atomic.Pointer[publication]
			m.pub.prepare = func(ctx context.Context, p *publicationMutant, s *core.Session) (core.Progress, error) {
				last.CompareAndSwap(nil, &p.publication)
				return p.publication.Prepare(ctx, s)
			}
			m.pub.commit = func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
				if first := last.Load(); first != nil {
					p = *first
				}
				return p.Commit(ctx, s)
			}
		}},
	}
}

func reconcileMutants() map[string]mutation {
	return map[string]mutation{
		"Reconcile that never finds": {"reconcile/finds a lost post", func(m *mutant) {
			m.pub.reconcile = func(context.Context, publication, *core.Session, time.Time) (core.Receipt, bool, error) {
				return core.Receipt{}, false, nil
			}
		}},
		"Reconcile that takes the newest post": {"reconcile/takes no foreign post", func(m *mutant) {
			m.pub.reconcile = func(context.Context, publication, *core.Session, time.Time) (core.Receipt, bool, error) {
				posts := m.Timeline()
				return core.Receipt{RemoteID: posts[len(posts)-1].RemoteID, URL: "https://scripted.example/"}, true, nil
			}
		}},
		"Reconcile that looks at the text alone": {"reconcile/takes no foreign post", func(m *mutant) {
			m.pub.reconcile = func(_ context.Context, p publication, _ *core.Session, _ time.Time) (core.Receipt, bool, error) {
				for _, post := range m.Timeline() {
					if post.Text == p.Preview().Text {
						return core.Receipt{RemoteID: post.RemoteID, URL: "https://scripted.example/"}, true, nil
					}
				}
				return core.Receipt{}, false, nil
			}
		}},
		"Reconcile that publishes blindly": {"reconcile/finds a lost post", func(m *mutant) {
			m.pub.reconcile = func(ctx context.Context, p publication, s *core.Session, _ time.Time) (core.Receipt, bool, error) {
				r, err := p.Commit(ctx, s)
				return r, err == nil, err
			}
		}},
		"Reconcile that takes silence for absence": {"reconcile/does not guess", func(m *mutant) {
			m.pub.reconcile = func(ctx context.Context, p publication, s *core.Session, since time.Time) (core.Receipt, bool, error) {
				r, found, err := p.Reconcile(ctx, s, since)
				if err != nil {
					return core.Receipt{}, false, nil
				}
				return r, found, nil
			}
		}},
		"Reconcile that takes any 404 for absence": {"reconcile/believes the network alone", func(m *mutant) {
			m.pub.reconcile = func(ctx context.Context, p publication, s *core.Session, since time.Time) (core.Receipt, bool, error) {
				r, found, err := p.Reconcile(ctx, s, since)
				if err != nil && core.AsError(err).Status == http.StatusNotFound {
					return core.Receipt{}, false, nil
				}
				return r, found, err
			}
		}},
		"Reconcile that takes any 404 for a refusal": {"reconcile/believes the network alone", func(m *mutant) {
			m.pub.reconcile = func(ctx context.Context, p publication, s *core.Session, since time.Time) (core.Receipt, bool, error) {
				r, found, err := p.Reconcile(ctx, s, since)
				if err != nil && core.AsError(err).Status == http.StatusNotFound {
					return r, found, &core.Error{Kind: core.KindInvalid, Message: "refused"}
				}
				return r, found, err
			}
		}},
		"Reconcile that never asks what is taken": {"reconcile/leaves what is taken", func(m *mutant) {
			m.pub.reconcile = func(ctx context.Context, p publication, s *core.Session, since time.Time) (core.Receipt, bool, error) {
				s.Taken = nil
				return p.Reconcile(ctx, s, since)
			}
		}},
	}
}

func accountMutants() map[string]mutation {
	return map[string]mutation{
		"Delete that does nothing": {"delete", func(m *mutant) {
			m.remove = func(*mutant, context.Context, *core.Session, string) error { return nil }
		}},
		"Delete that fails on what is gone": {"delete", func(m *mutant) {
			var gone atomic.Bool
			m.remove = func(m *mutant, ctx context.Context, s *core.Session, remoteID string) error {
				if gone.Swap(true) {
					return &core.Error{Kind: core.KindNotFound, Message: "it is gone"}
				}
				return m.Provider.Delete(ctx, s, remoteID)
			}
		}},
		"Delete that takes everything": {"delete", func(m *mutant) {
			m.remove = func(m *mutant, ctx context.Context, s *core.Session, _ string) error {
				var errs []error
				for _, p := range m.Timeline() {
					errs = append(errs, m.Provider.Delete(ctx, s, p.RemoteID))
				}
				return errors.Join(errs...)
			}
		}},
		"Delete that swallows errors": {"delete/errors", func(m *mutant) {
			m.remove = func(m *mutant, ctx context.Context, s *core.Session, remoteID string) error {
				_ = m.Provider.Delete(ctx, s, remoteID) // the fault
				return nil
			}
		}},
		"Delete that takes any 404 for gone": {"delete/errors", func(m *mutant) {
			m.remove = func(m *mutant, ctx context.Context, s *core.Session, remoteID string) error {
				err := m.Provider.Delete(ctx, s, remoteID)
				if err != nil && core.AsError(err).Status == http.StatusNotFound {
					return nil
				}
				return err
			}
		}},
		"Identify that believes whatever it is told": {"identify", func(m *mutant) {
			m.identify = func(a core.Account, _ error) (core.Account, error) {
				return core.Account{
					Platform: "scripted", RemoteID: cmp.Or(a.RemoteID, coretest.MemberID), Kind: cmp.Or(a.Kind, core.AccountPerson), DisplayName: "Somebody",
				}, nil
			}
		}},
		"Identify without a platform": {"identify", func(m *mutant) {
			m.identify = func(a core.Account, err error) (core.Account, error) { a.Platform = ""; return a, err }
		}},
		"Identify that calls every failure a defect": {"identify/errors", func(m *mutant) {
			m.identify = func(a core.Account, err error) (core.Account, error) {
				if err != nil {
					return a, errors.New("identifying failed")
				}
				return a, nil
			}
		}},
	}
}
