package providertest_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/providers/providertest"
)

// named describes a network that takes a comment once, under its name.
func named(broken func(*coretest.Forum) core.Provider) providertest.Harness {
	h := scripted(nil)
	h.New = func(testing.TB, *slog.Logger) *providertest.Instance {
		return openAs(coretest.Config{CommentKeys: true}, func(p core.Provider) core.Provider {
			return broken(coretest.ForumOf(p.(*coretest.Provider)))
		})
	}
	h.Abilities = append(
		h.Abilities, providertest.Discussion, providertest.RepeatableComments, providertest.Editor, providertest.CommentSwitch,
		providertest.Analyst, providertest.Archive, providertest.Directory, providertest.Catalog,
	)
	return h
}

func whole(f *coretest.Forum) core.Provider { return f }

func TestProviderWithNamedCommentsConforms(t *testing.T) {
	t.Parallel()
	providertest.Run(t, named(whole))
}

// remarker is an adapter whose comments have one fault built in.
type remarker struct {
	*coretest.Forum

	add  func(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, error)
	find func(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, bool, error)
}

func (r remarker) AddComment(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, error) {
	if r.add != nil {
		return r.add(ctx, s, d)
	}
	return r.Forum.AddComment(ctx, s, d)
}

func (r remarker) FindComment(ctx context.Context, s *core.Session, d core.CommentDraft, since time.Time) (core.Comment, bool, error) {
	if r.find != nil {
		return r.find(ctx, s, d)
	}
	return r.Forum.FindComment(ctx, s, d, since)
}

// commentMutants are faults in comments by the check that notices them.
func commentMutants() map[string]map[string]func(*remarker) {
	return map[string]map[string]func(*remarker){
		"comments/again": {
			"a name for every call": func(r *remarker) {
				r.add = func(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, error) {
					d.Key = core.NewID(s.Clock.Now())
					return r.Forum.AddComment(ctx, s, d)
				}
			},
			"a time for every call": func(r *remarker) {
				r.add = func(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, error) {
					d.At = s.Clock.Now()
					return r.Forum.AddComment(ctx, s, d)
				}
			},
			"a repetition that is refused": func(r *remarker) {
				r.add = func(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, error) {
					before := len(r.Written())
					c, err := r.Forum.AddComment(ctx, s, d)
					if err == nil && len(r.Written()) == before {
						return core.Comment{}, &core.Error{Kind: core.KindDuplicate, Status: 409, Message: "it is there"}
					}
					return c, err
				}
			},
			"an AddComment that repeats itself": func(r *remarker) {
				r.add = func(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, error) {
					c, err := r.Forum.AddComment(ctx, s, d)
					if err != nil {
						return r.Forum.AddComment(ctx, s, d)
					}
					return c, err
				}
			},
			"a lost answer that is told to be a refusal": func(r *remarker) {
				r.add = func(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, error) {
					c, err := r.Forum.AddComment(ctx, s, d)
					if err != nil {
						e := *core.AsError(err)
						e.Unsent = true
						return core.Comment{}, &e
					}
					return c, nil
				}
			},
			"the name of another comment": func(r *remarker) {
				r.add = func(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, error) {
					c, err := r.Forum.AddComment(ctx, s, d)
					if len(r.Calls(coretest.OpComment)) > 1 {
						c.ID = "comment-0"
					}
					return c, err
				}
			},
			"a look that never finds": func(r *remarker) {
				r.find = func(context.Context, *core.Session, core.CommentDraft) (core.Comment, bool, error) {
					return core.Comment{}, false, nil
				}
			},
			"a look that comes too early": func(r *remarker) {
				r.find = func(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, bool, error) {
					c, found, err := r.Forum.FindComment(ctx, s, d, d.At)
					if err == nil && !found {
						err = &core.Error{Kind: core.KindTemporary, Message: "ask later", RetryAfter: time.Minute}
					}
					return c, found, err
				}
			},
		},
		"comments/names": {
			"one name for all": func(r *remarker) {
				r.add = func(ctx context.Context, s *core.Session, d core.CommentDraft) (core.Comment, error) {
					d.Key = "the same"
					return r.Forum.AddComment(ctx, s, d)
				}
			},
			"a look by the words": func(r *remarker) {
				r.find = func(context.Context, *core.Session, core.CommentDraft) (core.Comment, bool, error) {
					for _, c := range r.Written() {
						return c, true, nil
					}
					return core.Comment{}, false, nil
				}
			},
		},
	}
}

func TestCommentMutantsAreCaught(t *testing.T) {
	t.Parallel()
	for check, mutants := range commentMutants() {
		for name, build := range mutants {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				notices(t, check, named(func(f *coretest.Forum) core.Provider {
					r := &remarker{Forum: f}
					build(r)
					return r
				}))
			})
		}
	}
	t.Run("an ability that nobody named", func(t *testing.T) {
		t.Parallel()
		h := named(whole)
		h.Abilities = slices.DeleteFunc(h.Abilities, func(a providertest.Ability) bool { return a == providertest.RepeatableComments })
		notices(t, "abilities", h)
	})
}
