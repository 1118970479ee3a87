package providertest_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/providertest"
)

// repeatable describes a network that takes a post once, under its key, and of a text a certain
// number of bytes.
func repeatable(broken wrap) providertest.Harness {
	h := scripted(nil)
	h.New = func(testing.TB, *slog.Logger) *providertest.Instance {
		return openAs(coretest.Config{Repeatable: true, TextBytes: 900}, broken)
	}
	h.Abilities = append(h.Abilities, providertest.Repeatable)
	return h
}

func TestRepeatableProviderConforms(t *testing.T) {
	t.Parallel()
	providertest.Run(t, repeatable(nil))
}

func TestRepeatableMutantsAreCaught(t *testing.T) {
	t.Parallel()
	for name, build := range map[string]func(*mutant){
		"a key for every call": func(m *mutant) {
			m.pub.commit = func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
				own := with(s, coretest.NewCheckpoint())
				if err := copyWithoutKey(ctx, s, own); err != nil {
					return core.Receipt{}, err
				}
				return p.Commit(ctx, own)
			}
		},
		"a key that is not saved": func(m *mutant) {
			m.pub.prepare = func(ctx context.Context, p *publicationMutant, s *core.Session) (core.Progress, error) {
				progress, err := p.publication.Prepare(ctx, s)
				if err == nil && progress.Ready {
					err = copyWithoutKey(ctx, s, s)
				}
				return progress, err
			}
		},
		"a repetition that is refused": func(m *mutant) {
			m.pub.commit = func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
				before := len(m.Timeline())
				r, err := p.Commit(ctx, s)
				if err == nil && len(m.Timeline()) == before {
					return core.Receipt{}, &core.Error{Kind: core.KindDuplicate, Status: 409, Message: "it is there"}
				}
				return r, err
			}
		},
		"a repetition that fails after a loss": func(m *mutant) {
			m.pub.commit = failAfterALoss()
		},
		"a receipt of another post": func(m *mutant) {
			m.pub.commit = func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
				r, err := p.Commit(ctx, s)
				if len(m.Timeline()) > 1 {
					r.RemoteID = m.Timeline()[0].RemoteID
				}
				return r, err
			}
		},
		"a look that comes too early": func(m *mutant) {
			m.pub.reconcile = func(context.Context, publication, *core.Session, time.Time) (core.Receipt, bool, error) {
				return core.Receipt{}, false, &core.Error{Kind: core.KindUncertain, Message: "ask later", RetryAfter: time.Minute}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notices(t, "commit/again", repeatable(breaking(build)))
		})
	}
	for name, by := range map[string]int{"a text may have a byte more": 1, "a text may have a byte less": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			notices(t, "plan/limits", repeatable(breaking(func(m *mutant) {
				m.info = func(i core.Info) core.Info { i.Limits.TextBytes += by; return i }
			})))
		})
	}
	t.Run("no way to look", func(t *testing.T) {
		t.Parallel()
		notices(t, "commit/again", repeatable(func(p core.Provider) core.Provider { return unreadable{p} }))
	})
	t.Run("an ability that nobody named", func(t *testing.T) {
		t.Parallel()
		h := repeatable(nil)
		h.Abilities = h.Abilities[:len(h.Abilities)-1]
		notices(t, "abilities", h)
	})
}

// copyWithoutKey saves in the second session what the first one's checkpoint has, but for the
// key of the post.
func copyWithoutKey(ctx context.Context, from, to *core.Session) error {
	var state map[string]any
	if _, err := from.Checkpoint.Load(&state); err != nil {
		return err
	}
	delete(state, "key")
	return to.Checkpoint.Save(ctx, state)
}

// failAfterALoss returns a Commit that fails once another one was lost.
func failAfterALoss() commitFunc {
	lost := map[core.Checkpoint]bool{}
	return func(ctx context.Context, p publication, s *core.Session) (core.Receipt, error) {
		if lost[s.Checkpoint] {
			return core.Receipt{}, &core.Error{Kind: core.KindTemporary, Message: "it was lost before"}
		}
		r, err := p.Commit(ctx, s)
		lost[s.Checkpoint] = err != nil
		return r, err
	}
}

// unreadable is an adapter whose publications cannot be looked for.
type unreadable struct{ core.Provider }

func (u unreadable) Plan(ctx context.Context, as core.Account, d core.Draft) (core.Publication, error) {
	pub, err := u.Provider.Plan(ctx, as, d)
	if err != nil {
		return nil, err
	}
	return unreadablePost{pub}, nil
}

type unreadablePost struct{ core.Publication }

func (unreadablePost) Repeatable() bool { return true }
