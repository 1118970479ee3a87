package api_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

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
