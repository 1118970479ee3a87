package providertest_test

import (
	"context"
	"time"

	"github.com/crier-social/crier/core"
)

func followUpMutants() map[string]mutation {
	return map[string]mutation{
		"Plan that forgets the first comment": {"plan/whole draft", func(m *mutant) {
			m.pub.followUps = func(publication) []core.FollowUpName { return nil }
		}},
		"Plan that always comments": {"plan/whole draft", func(m *mutant) {
			m.pub.followUps = func(publication) []core.FollowUpName {
				return []core.FollowUpName{core.FollowUpComment, core.FollowUpNoComments}
			}
		}},
		"Plan that refuses a comment without naming it": {"plan/whole draft", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				if d.FirstComment != nil {
					return nil, &core.Error{Kind: core.KindUnsupported, Field: "post", Message: "no"}
				}
				return m.Provider.Plan(ctx, as, d)
			}
		}},
		"Plan that shows placeholders": {"plan/whole draft", func(m *mutant) {
			m.plan = func(ctx context.Context, m *mutant, as core.Account, d core.Draft) (core.Publication, error) {
				d.Mentions = nil
				return m.Provider.Plan(ctx, as, d)
			}
		}},
		"FollowUp that writes twice": {"follow-up/one write", func(m *mutant) {
			m.pub.followUp = func(ctx context.Context, p publication, s *core.Session, name core.FollowUpName, r core.Receipt) (map[string]any, error) {
				if result, err := p.FollowUp(ctx, s, name, r); err != nil {
					return result, err
				}
				return p.FollowUp(ctx, s, name, r)
			}
		}},
		"FollowUp without a result": {"follow-up/one write", func(m *mutant) {
			m.pub.followUp = func(ctx context.Context, p publication, s *core.Session, name core.FollowUpName, r core.Receipt) (map[string]any, error) {
				_, err := p.FollowUp(ctx, s, name, r)
				return nil, err
			}
		}},
		"FollowUp that repeats what may have been done": {"follow-up/lost answer", func(m *mutant) {
			m.pub.followUp = func(ctx context.Context, p publication, s *core.Session, name core.FollowUpName, r core.Receipt) (map[string]any, error) {
				result, err := p.FollowUp(ctx, s, name, r)
				if err != nil {
					return p.FollowUp(ctx, s, name, r)
				}
				return result, err
			}
		}},
		"FollowUp that claims a lost request was never sent": {"follow-up/lost answer", func(m *mutant) {
			m.pub.followUp = func(ctx context.Context, p publication, s *core.Session, name core.FollowUpName, r core.Receipt) (map[string]any, error) {
				result, err := p.FollowUp(ctx, s, name, r)
				if err != nil {
					e := *core.AsError(err)
					e.Unsent = true
					return nil, &e
				}
				return result, nil
			}
		}},
		"FindFollowUp that always finds": {"follow-up/lost answer", func(m *mutant) {
			m.pub.find = func(context.Context, publication, *core.Session, core.FollowUpName, core.Receipt, time.Time) (map[string]any, bool, error) {
				return map[string]any{"commentId": "1"}, true, nil
			}
		}},
		"FindFollowUp that never finds": {"follow-up/lost answer", func(m *mutant) {
			m.pub.find = func(context.Context, publication, *core.Session, core.FollowUpName, core.Receipt, time.Time) (map[string]any, bool, error) {
				return nil, false, nil
			}
		}},
		"FollowUp of the wrong kind": {"follow-up/errors", func(m *mutant) {
			m.pub.followUp = func(ctx context.Context, p publication, s *core.Session, name core.FollowUpName, r core.Receipt) (map[string]any, error) {
				result, err := p.FollowUp(ctx, s, name, r)
				if err != nil {
					e := *core.AsError(err)
					e.Kind = core.KindTemporary
					return nil, &e
				}
				return result, nil
			}
		}},
	}
}
