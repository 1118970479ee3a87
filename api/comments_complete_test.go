package api_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
	"github.com/crier-social/crier/core/store"
)

// namesComments is a network that takes a comment once, under its name.
func namesComments(o *options) { o.network = func(c *coretest.Config) { c.CommentKeys = true } }

// A comment of a request that nobody answered is written when the same request comes again, if it
// is not there; what may be under way by then makes no second one.
func TestCommentOfARequestThatDied(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		comment coretest.Behaviour
		sent    int
	}{
		"written":     {coretest.LoseAnswer, 1},
		"not written": {coretest.LoseRequest, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dies := true
			s, forum := newForum(t, namesComments, withAnswers(func(r store.Request) error {
				if dies && r.Status != 0 {
					return errors.New("the process is gone")
				}
				return nil
			}))
			id, _ := s.publish("Hello")
			ask := func() *response {
				return s.whileTimePasses(func() *response {
					return s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "a"}, header{"Idempotency-Key", "k"})
				})
			}
			began := s.clock.Now()
			s.network.Next(coretest.OpComment, tt.comment)
			s.network.Always(coretest.OpFindComment, coretest.Answer(403, 0))
			ask().want(http.StatusBadGateway)
			equal(t, core.CodeKeyInProgress, ask().want(http.StatusConflict).problems()[0].Code)

			// The second process looks, and dies as well.
			s.network.Heal()
			s.clock.Advance(2 * time.Minute)
			if tt.sent > 1 {
				s.network.Next(coretest.OpComment, coretest.LoseRequest)
				s.network.Next(coretest.OpFindComment, coretest.Succeed, coretest.Answer(403, 0))
				ask().want(http.StatusBadGateway)
				s.clock.Advance(time.Minute)
				equal(t, core.CodeKeyInProgress, ask().want(http.StatusConflict).problems()[0].Code) // counted from the second one
				s.clock.Advance(time.Minute)
			}
			dies = false
			s.network.Heal()
			now := ask().want(http.StatusOK)
			equal(t, tt.sent, len(s.network.Calls(coretest.OpComment)))
			there := forum.Written()
			if len(there) != 1 || there[0].ID != now.part()["commentId"] || there[0].CreatedAt.Before(began.Add(-time.Second)) || there[0].CreatedAt.After(began.Add(time.Second)) {
				t.Errorf("written %+v, told of %v", there, now.object())
			}
			again := ask().want(http.StatusOK)
			equal(t, []string{string(now.body), "true"}, []string{string(again.body), again.header.Get("Idempotency-Replayed")})
			s.call(http.MethodDelete, "/comments/"+now.text("commentId"), nil).want(http.StatusOK)
			equal(t, 0, len(forum.Written()))
		})
	}
}

// After an answer that tells nothing, the same request completes the comments whose outcome is
// open, and no other: one that was written, and deleted since, stays away.
func TestCompletingWhatIsOpenAlone(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t, namesComments)
	page := s.link(coretest.PageID)
	r := s.call(http.MethodPost, "/post", jsonMap{"post": "Hello", "platforms": "scripted", "accountIds": []string{s.account.ID, page.ID}}).want(http.StatusOK)
	ask := func() *response {
		return s.whileTimePasses(func() *response {
			return s.call(http.MethodPost, "/comments", jsonMap{"id": r.text("id"), "comment": "a"}, header{"Idempotency-Key", "k"})
		})
	}
	s.network.Next(coretest.OpComment, coretest.LoseRequest)
	s.network.Next(coretest.OpFindComment, coretest.Answer(403, 0))
	first := ask().want(http.StatusBadRequest)
	equal(t, core.CodeUncertain, first.problems()[0].Code)
	written := forum.Written()
	equal(t, 1, len(written))
	s.call(http.MethodDelete, "/comments/"+first.text("commentId"), nil).want(http.StatusOK)
	equal(t, 0, len(forum.Written()))

	s.clock.Advance(time.Minute)
	second := ask().want(http.StatusBadRequest)
	equal(t, core.CodeUpstreamUnavailable, second.problems()[0].Code) // the one that was deleted
	left := forum.Written()
	if len(left) != 1 || left[0].From.ID == written[0].From.ID {
		t.Errorf("written %+v, before %+v", left, written)
	}
}

// faster is a store of requests on which another server takes up a request right before this one.
type faster struct {
	store.Requests
	another func(r store.Request)
}

func (f faster) RetryRequest(ctx context.Context, r store.Request, at time.Time) error {
	f.another(r)
	return f.Requests.RetryRequest(ctx, r, at)
}

// TestCompletingOnSeveralServers: of those that come upon an abandoned request at the same moment,
// one asks the networks, whether the other has ended or not; what was deleted since stays away.
func TestCompletingOnSeveralServers(t *testing.T) {
	t.Parallel()
	for name, answered := range map[string]bool{"under way": false, "answered": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dies := true
			var s *server
			var forum *coretest.Forum
			s, forum = newForum(t, namesComments, func(o *options) {
				o.api = func(c *api.Config) {
					requests := c.Requests
					c.Requests = faster{answering{requests, func(r store.Request) error {
						if dies && r.Status != 0 {
							return errors.New("the process is gone")
						}
						return nil
					}}, func(r store.Request) {
						r2 := r
						r2.TriedAt = s.clock.Now().Add(-time.Second)
						if err := requests.RetryRequest(context.Background(), r, r2.TriedAt); err != nil {
							t.Error(err)
						}
						if r2.Status, r2.Answer = 200, []byte(`{"status":"success","id":"another","commentId":"another"}`); answered {
							if err := requests.AnswerRequest(context.Background(), r2); err != nil {
								t.Error(err)
							}
						}
					}}
				}
			})
			id, _ := s.publish("Hello")
			ask := func() *response {
				return s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "a"}, header{"Idempotency-Key", "k"})
			}
			first := ask().want(http.StatusOK)
			s.call(http.MethodDelete, "/comments/"+first.text("commentId"), nil).want(http.StatusOK)
			dies = false
			s.clock.Advance(2 * time.Minute)
			equal(t, core.CodeKeyInProgress, ask().want(http.StatusConflict).problems()[0].Code)
			if answered {
				equal(t, "another", ask().want(http.StatusOK).text("commentId"))
			}
			equal(t, []int{1, 0, 0}, []int{len(s.network.Calls(coretest.OpComment)), len(s.network.Calls(coretest.OpFindComment)), len(forum.Written())})
		})
	}
}

// TestAnAnswerThatComesLate does not replace what another server has found out since.
func TestAnAnswerThatComesLate(t *testing.T) {
	t.Parallel()
	var requests store.Requests
	s, _ := newForum(t, namesComments, func(o *options) {
		o.api = func(c *api.Config) { requests = c.Requests }
	})
	id, _ := s.publish("Hello")
	ask := func() *response {
		return s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "a"}, header{"Idempotency-Key", "k"})
	}
	s.network.Next(coretest.OpComment, func(ctx context.Context, apply func() error) error {
		known, err := requests.GetRequest(ctx, s.profile.ID, "k")
		if err != nil {
			return err
		}
		at := s.clock.Now().Add(time.Second)
		if err := requests.RetryRequest(ctx, known, at); err != nil {
			return err
		}
		known.TriedAt, known.Status, known.Answer = at, 200, []byte(`{"status":"success","id":"another","commentId":"another"}`)
		if err := requests.AnswerRequest(ctx, known); err != nil {
			return err
		}
		return coretest.Succeed(ctx, apply)
	})
	equal(t, false, ask().want(http.StatusOK).text("commentId") == "another")
	equal(t, "another", ask().want(http.StatusOK).text("commentId"))
}

// TestDeletingAgain deletes a comment that a late request has brought back.
func TestDeletingAgain(t *testing.T) {
	t.Parallel()
	s, forum := newForum(t, namesComments)
	id, _ := s.publish("Hello")
	var late func() error
	s.network.Next(coretest.OpComment, func(ctx context.Context, apply func() error) error {
		late = apply
		return coretest.LoseRequest(ctx, apply)
	})
	r := s.whileTimePasses(func() *response {
		return s.call(http.MethodPost, "/comments", jsonMap{"id": id, "comment": "a"})
	}).want(http.StatusOK)
	for range 2 {
		equal(t, 1, len(forum.Written()))
		s.call(http.MethodDelete, "/comments/"+r.text("commentId"), nil).want(http.StatusOK)
		equal(t, 0, len(forum.Written()))
		if err := late(); err != nil {
			t.Fatal(err)
		}
	}
}
