package providertest_test

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/providertest"
)

// mutant is the scripted network's adapter with one fault built in. Every nil
// field leaves a method as it is.
type mutant struct {
	*coretest.Provider

	info     func(core.Info) core.Info
	plan     func(context.Context, *mutant, core.Account, core.Draft) (core.Publication, error)
	identify func(core.Account, error) (core.Account, error)
	remove   func(*mutant, context.Context, *core.Session, string) error
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
	core.Previewer
}

type (
	needsFunc     func(publication) []core.Need
	preflightFunc func(context.Context, publication, *core.Session) error
	prepareFunc   func(context.Context, *publicationMutant, *core.Session) (core.Progress, error)
	commitFunc    func(context.Context, publication, *core.Session) (core.Receipt, error)
	reconcileFunc func(context.Context, publication, *core.Session, time.Time) (core.Receipt, bool, error)
)

// publicationMutant is a publication with one fault built in.
type publicationMutant struct {
	publication

	needs     needsFunc
	preflight preflightFunc
	prepare   prepareFunc
	commit    commitFunc
	reconcile reconcileFunc

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

func TestMutantsAreCaught(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		check string // the one that has to notice, perhaps among others
		build func(*mutant)
	}{
		"Info without a title": {"info", func(m *mutant) {
			m.info = func(i core.Info) core.Info { i.Title = ""; return i }
		}},
		"Info that changes": {"info", func(m *mutant) {
			var asked atomic.Int64
			m.info = func(i core.Info) core.Info { i.Limits.Videos = int(asked.Add(1)); return i }
		}},
		"Info that others can change": {"info", func(m *mutant) {
			shared := m.Provider.Info().Options
			m.info = func(i core.Info) core.Info { i.Options = shared; return i }
		}},
		"Info that promises longer texts": {"plan/limits", func(m *mutant) {
			m.info = func(i core.Info) core.Info { i.Limits.TextLength++; return i }
		}},
		"Info that promises more pictures": {"plan/limits", func(m *mutant) {
			m.info = func(i core.Info) core.Info { i.Limits.Images++; return i }
		}},
		"an option that nobody documents the use of": {"plan/golden", func(m *mutant) {
			m.info = func(i core.Info) core.Info {
				i.Options = append(i.Options, core.OptionInfo{Name: "more", Type: "string", Help: "More."})
				return i
			}
		}},
		"Plan that calls the network": {"plan/pure", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				_, _ = m.Provider.Identify(ctx, core.Credentials{AccessToken: coretest.MemberToken}, "")
				return m.Provider.Plan(ctx, as, d)
			}
		}},
		"Plan that answers differently": {"plan/pure", func(m *mutant) {
			var planned atomic.Int64
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				d.Text += strings.Repeat("!", int(planned.Add(1)))
				return m.Provider.Plan(ctx, as, d)
			}
		}},
		"Plan that changes the draft": {"plan/pure", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				pub, err := m.Provider.Plan(ctx, as, d)
				if len(d.Options) > 0 {
					d.Options[len(d.Options)-1] = ' '
				}
				return pub, err
			}
		}},
		"Plan that ignores the options": {"plan/golden", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				d.Options = nil
				return m.Provider.Plan(ctx, as, d)
			}
		}},
		"Plan that ignores unknown options": {"plan/unknown options", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				pub, err := m.Provider.Plan(ctx, as, d)
				known := slices.DeleteFunc(core.AsErrors(err), func(e *core.Error) bool { return e.Code == core.CodeUnknownOption })
				if err == nil || len(known) > 0 {
					return pub, err
				}
				d.Options = nil
				return m.Provider.Plan(ctx, as, d)
			}
		}},
		"Plan that lets every draft pass": {"plan/rejected", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				pub, err := m.Provider.Plan(ctx, as, d)
				if err == nil {
					return pub, nil
				}
				return m.Provider.Plan(ctx, as, core.Draft{Text: "something else"})
			}
		}},
		"Plan that names no field": {"plan/malformed options", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				pub, err := m.Provider.Plan(ctx, as, d)
				if err != nil {
					return nil, &core.Error{Kind: core.KindInvalid, Message: "something is wrong"}
				}
				return pub, nil
			}
		}},
		"Plan that panics on depth": {"plan/hostile input", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				if strings.Contains(string(d.Options), "[[[[") {
					panic("too deep")
				}
				return m.Provider.Plan(ctx, as, d)
			}
		}},
		"Plan whose errors are its own fault": {"plan/rejected", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				pub, err := m.Provider.Plan(ctx, as, d)
				if err != nil {
					return nil, errors.New("something is wrong")
				}
				return pub, nil
			}
		}},
		"Needs without the nested file": {"plan/needs", func(m *mutant) {
			m.pub.needs = func(p publication) []core.Need {
				return slices.DeleteFunc(p.Needs(), func(n core.Need) bool { return n.Key == "thumbnail" })
			}
		}},
		"Needs that accept anything": {"plan/needs", func(m *mutant) {
			m.pub.needs = func(p publication) []core.Need {
				needs := p.Needs()
				for i := range needs {
					needs[i].Accept = nil
				}
				return needs
			}
		}},
		"Needs out of order": {"plan/needs", func(m *mutant) {
			m.pub.needs = func(p publication) []core.Need {
				needs := p.Needs()
				slices.Reverse(needs)
				return needs
			}
		}},
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
	checks := map[string]providertest.Check{}
	for _, c := range providertest.Checks() {
		checks[c.Name] = c
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check, ok := checks[tt.check]
			if !ok {
				t.Fatalf("there is no check %q", tt.check)
			}
			h := scripted(breaking(tt.build))
			h.Update = false
			err := check.Run(t, h)
			if err == nil {
				t.Fatalf("the check %q does not notice", tt.check)
			}
			t.Logf("noticed: %.300s", err.Error())
		})
	}
}

// TestEveryCheckNoticesSomething makes sure that no check of the suite is
// without a mutant that it catches, so that none can have become empty.
func TestEveryCheckNoticesSomething(t *testing.T) {
	t.Parallel()
	t.Run("abilities", func(t *testing.T) {
		t.Parallel()
		h := scripted(nil)
		h.Abilities = h.Abilities[1:]
		notices(t, "abilities", h)
		h = scripted(func(p core.Provider) core.Provider { return struct{ core.Provider }{p} })
		notices(t, "abilities", h)
	})
	t.Run("harness", func(t *testing.T) {
		t.Parallel()
		h := scripted(nil)
		h.Files = h.Files[1:]
		notices(t, "harness", h)
	})
	t.Run("resume after a cut", func(t *testing.T) {
		t.Parallel()
		notices(t, "prepare/resumes after a cut", scripted(breaking(func(m *mutant) {
			m.pub.prepare = func(ctx context.Context, p *publicationMutant, s *core.Session) (core.Progress, error) {
				if p.prepared == 1 {
					s = with(s, forgetful{s.Checkpoint})
				}
				return p.publication.Prepare(ctx, s)
			}
		})))
	})
	t.Run("golden file", func(t *testing.T) {
		t.Parallel()
		h := scripted(nil)
		h.Update = false
		h.Golden[0].Draft.Text += "!"
		notices(t, "plan/golden", h)
		h.Golden[0] = providertest.Golden{Name: "missing", Draft: core.Draft{Text: "x", Options: json.RawMessage(`{}`)}}
		notices(t, "plan/golden", h)
	})
}

// notices runs one check, which has to fail.
func notices(t *testing.T, name string, h providertest.Harness) {
	t.Helper()
	for _, c := range providertest.Checks() {
		if c.Name == name {
			err := c.Run(t, h)
			if err == nil {
				t.Errorf("the check %q does not notice", name)
			}
			return
		}
	}
	t.Errorf("there is no check %q", name)
}
