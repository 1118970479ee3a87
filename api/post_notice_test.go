package api_test

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/crier-social/crier/api"
	"github.com/crier-social/crier/core"
	"github.com/crier-social/crier/core/coretest"
)

// TestNoticeOfAPost: a notice tells what the answer to POST /post would.
func TestNoticeOfAPost(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		script []coretest.Behaviour
		page   bool
		body   jsonMap
		status int
	}{
		"published":              {status: http.StatusOK},
		"by network":             {body: jsonMap{"post": jsonMap{"scripted": "a", "default": "b"}}, status: http.StatusOK},
		"refused by the network": {script: []coretest.Behaviour{coretest.Answer(400, 0)}, status: http.StatusBadRequest},
		"forbidden":              {script: []coretest.Behaviour{coretest.Answer(403, 0)}, status: http.StatusBadRequest},
		"in part":                {script: []coretest.Behaviour{coretest.Answer(400, 0)}, page: true, status: http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.network.Next(coretest.OpCommit, tc.script...)
			body := jsonMap{"post": "a", "platforms": []string{"scripted"}}
			if tc.page {
				body["accountIds"] = []string{s.linkPage().ID}
			}
			maps.Copy(body, tc.body)
			r := s.call(http.MethodPost, "/post", body).want(tc.status)
			answer, notice := r.object(), s.notice(r.text("id"))
			for _, member := range []string{"status", "id", "errors", "postIds", "post"} {
				equal(t, answer[member], notice[member])
			}
			equal(t, any(float64(tc.status)), notice["code"])
			equal(t, 6, len(notice))
		})
	}
}

func TestNoticeOfAScheduledPost(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.call(http.MethodPost, "/post", jsonMap{
		"post": "a", "platforms": []string{"scripted"}, "scheduleDate": "2026-11-20T10:00:00Z",
	}).want(http.StatusOK).text("id")
	equal(t, "processing", s.notice(id)["status"])
	s.clock.Advance(time.Hour)
	s.settle(id)
	notice := s.notice(id)
	entries := notice["postIds"].([]any)
	delete(entries[0].(jsonMap), "lateSeconds") // the clock runs in steps while the post is awaited
	equal(t, jsonMap{
		"status": "success", "code": 200.0, "id": id, "scheduleDate": "2026-11-20T10:00:00Z", "post": "a",
		"errors": []any{}, "postIds": []any{s.published(0)},
	}, notice)
}

// notice is what is told of a post.
func (s *server) notice(id string) jsonMap {
	s.t.Helper()
	o, err := s.publisher.Get(s.t.Context(), s.profile.ID, id)
	if err != nil {
		s.t.Fatal(err)
	}
	raw, err := json.Marshal(api.PostNotice(o))
	if err != nil {
		s.t.Fatal(err)
	}
	var out jsonMap
	if err := json.Unmarshal(raw, &out); err != nil {
		s.t.Fatal(err)
	}
	return out
}

// audience is told of outcomes.
type audience struct {
	mu   sync.Mutex
	ids  map[string]bool // of the notices
	told map[string]int  // notices, by post
	some chan string     // the id of each post that was told of
}

func newAudience() *audience {
	return &audience{ids: map[string]bool{}, told: map[string]int{}, some: make(chan string, 100)}
}

func (*audience) Wants(context.Context, string, core.NoticeAction) (bool, error) { return true, nil }

func (l *audience) Tell(_ context.Context, _ string, notices ...core.Notice) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, n := range notices {
		if l.ids[n.ID] {
			continue
		}
		l.ids[n.ID] = true
		l.told[n.PostID]++
		l.some <- n.PostID
	}
	return nil
}

func (l *audience) about(id string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.told[id]
}

// TestWhoGetsNoOutcomeIsTold: the outcome is in the answer, or a notice tells it.
func TestWhoGetsNoOutcomeIsTold(t *testing.T) {
	t.Parallel()
	body := jsonMap{"post": "a", "platforms": []string{"scripted"}}
	async := header{"Prefer", "respond-async"}
	for name, tc := range map[string]struct {
		send func(s *server, gate *coretest.Gate) (id string)
		held bool // the network holds the post
		told int
	}{
		"in the answer": {send: func(s *server, _ *coretest.Gate) string {
			return s.call(http.MethodPost, "/post", body).want(http.StatusOK).text("id")
		}},
		"respond-async": {told: 1, send: func(s *server, _ *coretest.Gate) string {
			return s.call(http.MethodPost, "/post", body, async).want(http.StatusAccepted).text("id")
		}},
		"not in time": {told: 1, held: true, send: func(s *server, gate *coretest.Gate) string {
			waits := s.clock.Follow(coretest.Exactly(30 * time.Second))
			answered := s.begin(http.MethodPost, "/post", body)
			gate.Await(s.t)
			s.clock.Advance(waits.Next(s.t))
			return s.answer(answered).want(http.StatusAccepted).text("id")
		}},
		"released": {told: 1, held: true, send: func(s *server, gate *coretest.Gate) string {
			answered := s.begin(http.MethodPost, "/post", body, header{"Prefer", "wait=300"})
			gate.Await(s.t)
			s.api.ReleaseWaiters()
			return s.answer(answered).want(http.StatusAccepted).text("id")
		}},
		"hung up": {told: 1, held: true, send: func(s *server, gate *coretest.Gate) string {
			ctx, hangUp := context.WithCancel(s.t.Context())
			go func() {
				<-gate.Arrived
				hangUp()
			}()
			if _, err := s.trySend(ctx, http.MethodPost, "/post", body, header{"X-API-KEY", apiKey}, header{"Prefer", "wait=300"}); err == nil {
				s.t.Error("a client that has hung up was answered")
			}
			list := s.call(http.MethodGet, "/history", nil).want(http.StatusOK).object()["history"].([]any)
			return list[0].(jsonMap)["id"].(string)
		}},
		"asked again": {told: 1, held: true, send: func(s *server, gate *coretest.Gate) string {
			key := header{"Idempotency-Key", "k"}
			id := s.call(http.MethodPost, "/post", body, key, async).want(http.StatusAccepted).text("id")
			gate.Await(s.t)
			gate.Open()
			s.call(http.MethodPost, "/post", body, key).want(http.StatusOK)
			return id
		}},
		"copied": {told: 1, send: func(s *server, _ *coretest.Gate) string {
			id := s.call(http.MethodPost, "/post", body).want(http.StatusOK).text("id")
			return s.call(http.MethodPost, "/post/copy", jsonMap{"id": id, "platforms": []string{"scripted"}}, async).want(http.StatusAccepted).text("id")
		}},
		"retried": {told: 1, send: func(s *server, _ *coretest.Gate) string {
			s.network.Next(coretest.OpCommit, coretest.Answer(403, 0))
			id := s.call(http.MethodPost, "/post", body).want(http.StatusBadRequest).text("id")
			s.call(http.MethodPut, "/post/retry", jsonMap{"id": id}).want(http.StatusOK)
			return id
		}},
		"approved": {told: 1, send: func(s *server, _ *coretest.Gate) string {
			id := s.call(http.MethodPost, "/post", jsonMap{"post": "a", "platforms": []string{"scripted"}, "requiresApproval": true}).want(http.StatusOK).text("id")
			s.call(http.MethodPatch, "/post", jsonMap{"id": id, "approved": true}).want(http.StatusOK)
			return id
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, gate := newAudience(), coretest.NewGate()
			s := newServer(t, func(o *options) { o.notices = l })
			if tc.held {
				s.network.Next(coretest.OpCommit, gate.Before)
			}
			id := tc.send(s, gate)
			if tc.held {
				gate.Open()
			}
			s.settle(id)
			for range tc.told {
				if got := coretest.Receive(t, "who is told of the outcome", l.some); got != id {
					t.Errorf("told of post %s, want %s", got, id)
				}
			}
			if n := l.about(id); n != tc.told {
				t.Errorf("told %d times, want %d", n, tc.told)
			}
		})
	}
}
